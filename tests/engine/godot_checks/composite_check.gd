extends SceneTree
## Runs the addon's three passes on pictures from a folder and leaves there what came out.
##
## Argument after "--": the folder. cases.json lists cases; each names its files and numbers, see
## test_godot_composite.py, which compares the results with eyebrush.reference.

const Passes := preload("res://addons/eyebrush/render/passes.gd")

var rd := RenderingServer.get_rendering_device()


func _initialize() -> void:
	var folder := OS.get_cmdline_user_args()[0]
	var cases: Array = JSON.parse_string(FileAccess.get_file_as_string(folder.path_join("cases.json")))
	var passes := Passes.new(rd)
	if passes.fault() != "":
		printerr(passes.fault())
		quit(1)
		return
	for case: Dictionary in cases:
		_run(passes, case, folder.path_join(case.name))
	passes.release()
	quit()


func _run(passes: Passes, case: Dictionary, base: String) -> void:
	var size := Vector2i(case.size[0], case.size[1])
	var small := Vector2i(case.small[0], case.small[1])
	var color := _texture(size, RenderingDevice.DATA_FORMAT_R32G32B32A32_SFLOAT, base + ".color")
	var depth := RID()
	if FileAccess.file_exists(base + ".depth"):
		depth = _texture(size, RenderingDevice.DATA_FORMAT_R32_SFLOAT, base + ".depth")
	passes.fit_views(size, small, 2)
	passes.fit_field(Vector3i(case.cells[0], case.cells[1], case.cells[2]),
		Vector2i(case.stroke_size[0], case.stroke_size[1]), 2)
	rd.texture_update(passes.grid[1], 0, FileAccess.get_file_as_bytes(base + ".grid"))
	rd.texture_update(passes.strokes[1], 0, FileAccess.get_file_as_bytes(base + ".strokes"))
	var constants := PackedFloat32Array(case.constants).to_byte_array()
	passes.encode(1, color, constants)
	passes.reduce(1, constants)  # the right eye: the lower half
	passes.composite(1, color, depth, constants)
	_store(base + ".out", rd.texture_get_data(color, 0))
	_store(base + ".reduced", rd.texture_get_data(passes.small, 0))
	rd.free_rid(color)
	if depth.is_valid():
		rd.free_rid(depth)


func _texture(size: Vector2i, format: RenderingDevice.DataFormat, path: String) -> RID:
	var wanted := RDTextureFormat.new()
	wanted.format = format
	wanted.width = size.x
	wanted.height = size.y
	wanted.usage_bits = (RenderingDevice.TEXTURE_USAGE_SAMPLING_BIT
		| RenderingDevice.TEXTURE_USAGE_COLOR_ATTACHMENT_BIT
		| RenderingDevice.TEXTURE_USAGE_CAN_UPDATE_BIT | RenderingDevice.TEXTURE_USAGE_CAN_COPY_FROM_BIT)
	return rd.texture_create(wanted, RDTextureView.new(), [FileAccess.get_file_as_bytes(path)])


func _store(path: String, bytes: PackedByteArray) -> void:
	FileAccess.open(path, FileAccess.WRITE).store_buffer(bytes)
