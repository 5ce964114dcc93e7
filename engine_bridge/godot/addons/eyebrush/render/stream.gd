extends RefCounted
## One stream of views through the bridge and back: what EyebrushEffect does on the rendering thread.
##
## Per frame: status and control -> newest field -> fade -> for each view the passes that are needed ->
## ask for the small picture, which is published a frame later, when it has been read back. Nothing
## here waits for the runtime; without one, a frame costs one look at the bridge.

signal changed(state: String, reason: String)  ## on the rendering thread

const Fade := preload("fade.gd")
const Meter := preload("meter.gd")
const Passes := preload("passes.gd")
const ViewMath := preload("view_math.gd")

const LINK := ["none", "live", "stalled", "lost"]  # EB_LINK_...
const LIVE := 1.0
const FAILED := 3.0  # EB_STATE_FAILED
const OK := 0  # EB_OK
const BUSY := -2  # EB_BUSY
const CAPACITY := -7  # EB_CAPACITY
const RETRY_US := 2_000_000
const MAX_IN_FLIGHT := 2
const VIEWS_AT := 16  # in EyebrushBridge.get_field

var state := "plain"  ## plain, painting, or fault
var reason := "not rendered yet"
var status := PackedFloat64Array()
var field_age_ms := 0.0
var frames := 0
var in_flight := 0
var meter := Meter.new()
var passes: Passes
var bridge: RefCounted

var _rd: RenderingDevice
var _fade := Fade.new()
var _field := PackedFloat64Array()  # of the textures; empty: none yet
var _field_views: Array[PackedFloat32Array] = []
var _open_size := Vector2i.ZERO
var _open_eyes := 0
var _retry_at_us := 0
var _control := []
var _mobile := RenderingServer.get_current_rendering_method() == "mobile"


func _init(rd: RenderingDevice) -> void:
	_rd = rd
	if not ClassDB.class_exists("EyebrushBridge"):
		_say("fault", "the addon's native library is missing or was not loaded for this platform; " +
			"fix: eyebrush install godot PROJECT_DIR")
		return
	bridge = ClassDB.instantiate("EyebrushBridge")
	passes = Passes.new(rd)
	if passes.fault() != "":
		_say("fault", passes.fault())


## look: the effect's properties, see EyebrushEffect._render_callback.
func render(buffers: RenderSceneBuffersRD, scene: RenderSceneData, look: Dictionary) -> void:
	var size := buffers.get_internal_size()
	var views := buffers.get_view_count()
	if state == "fault" or size.x < 16 or size.y < 16 or views > 2:
		return
	meter.start()
	meter.frames += 1
	frames += 1
	if not _opened(size, views, look.session):
		meter.stop("other")
		return
	_send_control(look)
	status = bridge.read_status()
	var live := status[0] == LIVE
	meter.stop("other")
	if live and bridge.take_field() == OK:
		_upload(bridge.get_field())
		meter.stop("upload")
	var now_ns: int = bridge.get_now_ns()
	var usable := not _field.is_empty() and int(_field[3]) == views
	field_age_ms = (now_ns - _field[1]) / 1e6 if usable else INF
	var fresh: bool = live and usable and field_age_ms <= look.max_field_age_ms
	var share := _fade.step(fresh, Time.get_ticks_usec())
	_judge(live, usable, fresh)
	var capture := live and in_flight < MAX_IN_FLIGHT
	var paint: bool = share > 0.0 and usable and look.strength > 0.0
	if capture or paint:
		_draw(buffers, scene, size, look, capture, share if paint else 0.0)
	else:
		meter.stop("other")


func _draw(buffers: RenderSceneBuffersRD, scene: RenderSceneData, size: Vector2i, look: Dictionary,
		capture: bool, share: float) -> void:
	var views := buffers.get_view_count()
	var small := Vector2i(bridge.get_small_px(size.x), bridge.get_small_px(size.y))
	var camera := scene.get_cam_transform()
	var poses := PackedFloat32Array()
	passes.fit_views(size, small, views)
	for eye in views:
		var projection := scene.get_view_projection(eye)
		var view := ViewMath.view_of(camera, projection)
		poses.append_array(view)
		var color := buffers.get_color_layer(eye)
		var constants := _constants(eye, view, projection, size, small, look, share, color)
		passes.encode(color, constants)
		if capture:
			passes.reduce(eye, small, constants)
		meter.stop("grab")
		if share > 0.0:
			var depth := buffers.get_depth_layer(eye) if look.use_depth else RID()
			passes.composite(eye, color, depth, constants)
			meter.stop("composite")
	if capture:
		_read_back(size, small, poses)
		meter.stop("grab")


func _constants(eye: int, view: PackedFloat32Array, projection: Projection, size: Vector2i,
		small: Vector2i, look: Dictionary, share: float, color: RID) -> PackedByteArray:
	var numbers: PackedFloat32Array
	if share > 0.0:
		numbers = ViewMath.reprojection(view, _field_views[eye])
		var strength: float = minf(look.strength, _field[9]) * share
		numbers.append_array([_field[10], _field[11], strength, look.stroke_opacity])
	else:
		numbers.resize(16)
	var line := ViewMath.depth_line(projection)
	numbers.append_array([line.x, line.y, _linear_scale(color), 1.0 if look.use_depth else 0.0,
		1.0 / small.x, 1.0 / small.y, Passes.taps(size.x, small.x), Passes.taps(size.y, small.y)])
	return numbers.to_byte_array()


## Mobile keeps colours in 10 bits, at half brightness so that there is room above white.
func _linear_scale(color: RID) -> float:
	if not _mobile:
		return 1.0
	var format := _rd.texture_get_format(color).format
	return 1.0 if format == RenderingDevice.DATA_FORMAT_R16G16B16A16_SFLOAT else 2.0


func _read_back(size: Vector2i, small: Vector2i, poses: PackedFloat32Array) -> void:
	var then := _publish.bind(frames, Time.get_ticks_usec() * 1000, size, small, poses)
	if _rd.has_method("texture_get_data_async"):
		if _rd.call("texture_get_data_async", passes.small, 0, then) == OK:
			in_flight += 1
	else:  # Godot 4.3 has only this one, which waits for the GPU
		in_flight += 1
		then.call(_rd.texture_get_data(passes.small, 0))


func _publish(pixels: PackedByteArray, frame: int, time_ns: int, size: Vector2i, small: Vector2i,
		poses: PackedFloat32Array) -> void:
	in_flight -= 1
	meter.start()
	var answer: int = bridge.publish(frame, time_ns, size.x, size.y, small.x, small.y, poses, pixels)
	if answer < 0 and answer != CAPACITY:  # a read-back from before the views grew
		_say(state, bridge.get_message())
	meter.stop("read")


func _upload(field: PackedFloat64Array) -> void:
	meter.fields += 1
	var eyes := int(field[3])
	passes.fit_field(Vector3i(int(field[6]), int(field[5]), int(field[4])),
		Vector2i(int(field[7]), int(field[8])), eyes)
	_field_views.clear()
	for eye in eyes:
		_rd.texture_update(passes.grid[eye], 0, bridge.get_grid(eye))
		_rd.texture_update(passes.strokes[eye], 0, bridge.get_strokes(eye))
		var at := VIEWS_AT + eye * ViewMath.VIEW_FLOATS
		var view := PackedFloat32Array()
		for i in ViewMath.VIEW_FLOATS:
			view.append(field[at + i])
		_field_views.append(view)
	_field = field.duplicate()  # the bridge's own array stays unshared, so that it can be written again


func _opened(size: Vector2i, views: int, session: String) -> bool:
	if _open_eyes == views and size.x <= _open_size.x and size.y <= _open_size.y:
		return true
	var now := Time.get_ticks_usec()
	if now < _retry_at_us:
		return false
	_open_eyes = 0
	_control = []
	var answer := BUSY
	for attempt in 8:  # another game, or another camera of this one, may have the name
		if answer == BUSY:
			var name := session if attempt == 0 else "%s-%d" % [session.left(40), attempt + 1]
			answer = bridge.open(name, "Godot " + Engine.get_version_info().string, size.x, size.y, views)
	if answer != OK:
		_retry_at_us = now + RETRY_US
		_say("plain", bridge.get_message())
		return false
	_open_size = size
	_open_eyes = views
	return true


func _send_control(look: Dictionary) -> void:
	var wanted := [look.style, look.mix_style, look.mix, look.strength, look.calm, look.detail]
	if wanted != _control:
		_control = wanted
		bridge.callv("set_control", wanted + [0])


func _judge(live: bool, usable: bool, fresh: bool) -> void:
	if fresh:
		_say("painting", "")
	elif not live:
		var link: String = LINK[int(status[0])]
		_say("plain", {
			"none": "no runtime yet: run `eyebrush serve`",
			"stalled": "the runtime is stalled",
			"lost": "the runtime has gone: run `eyebrush serve`",
		}[link])
	elif status[6] == FAILED:
		_say("plain", "the runtime: " + bridge.get_reason())
	elif not usable:
		_say("plain", "waiting for the first field")
	else:
		_say("plain", "the newest field is too old")


func _say(new_state: String, new_reason: String) -> void:
	if new_state == state and new_reason == reason:
		return
	state = new_state
	reason = new_reason
	changed.emit(state, reason)


## Frees what is on the GPU, on the rendering thread.
func release() -> void:
	if passes:
		passes.release()
	if bridge:
		bridge.close()
