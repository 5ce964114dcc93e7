extends RefCounted
## The GPU's part: shaders, textures and the three passes of shaders/composite.gd.
##
## Everything here belongs to the rendering thread. Textures are made when sizes change, uniform
## sets are kept by Godot's own cache; a frame in the steady state only draws. `release` frees all.

const Shaders := preload("../shaders/composite.gd")
const FRAGMENTS := {"encode": Shaders.ENCODE, "reduce": Shaders.REDUCE, "composite": Shaders.COMPOSITE}
const WHOLE := Rect2()  ## a region of no size: the whole target
const CONSTANTS := 24  ## floats in the push constants, see `Constants` in composite.slang

var grid: Array[RID] = [RID(), RID()]  ## one 3D texture for each eye
var strokes: Array[RID] = [RID(), RID()]
var small: RID  ## both eyes' small pictures, left on top

var _rd: RenderingDevice
var _copy: RID
var _sizes := {}  # what each texture is, to know when it has to be made anew
var _shaders := {}  # stage -> shader
var _pipelines := {}  # [stage, framebuffer format] -> pipeline
var _linear: RID
var _nearest: RID
var _begin_tail: Array = []  # arguments of draw_list_begin between framebuffer and region


func _init(rd: RenderingDevice) -> void:
	_rd = rd
	# Godot 4.3 wants four load/store actions there, 4.4 and later one set of flags; 0 loads and stores.
	var actions: Array = [0, 0, 0, 0] if Engine.get_version_info().hex < 0x040400 else [0]
	_begin_tail = actions + [PackedColorArray(), 1.0, 0]
	_linear = _sampler(RenderingDevice.SAMPLER_FILTER_LINEAR)
	_nearest = _sampler(RenderingDevice.SAMPLER_FILTER_NEAREST)
	for stage: String in FRAGMENTS:
		_shaders[stage] = _compile(stage)


## Empty, or what is wrong with the shaders on this device.
func fault() -> String:
	for stage: String in _shaders:
		if not _shaders[stage].is_valid():
			return "the %s shader was not accepted by this GPU's driver" % stage
	return ""


## Textures for views of `size` and small pictures of `small_size` (for `views` eyes).
func fit_views(size: Vector2i, small_size: Vector2i, views: int) -> void:
	if _sizes.get("copy") != size:
		_sizes["copy"] = size
		_copy = _renew(_copy, _texture(size, RenderingDevice.DATA_FORMAT_R16G16B16A16_SFLOAT,
			RenderingDevice.TEXTURE_USAGE_COLOR_ATTACHMENT_BIT))
	var stacked := Vector2i(small_size.x, small_size.y * views)
	if _sizes.get("small") != stacked:
		_sizes["small"] = stacked
		small = _renew(small, _texture(stacked, RenderingDevice.DATA_FORMAT_R8G8B8A8_UNORM,
			RenderingDevice.TEXTURE_USAGE_COLOR_ATTACHMENT_BIT
			| RenderingDevice.TEXTURE_USAGE_CAN_COPY_FROM_BIT))


## Textures for a field: `cells` is the grid's (width, height, bins), `stroke_size` the strokes'.
func fit_field(cells: Vector3i, stroke_size: Vector2i, views: int) -> void:
	var key := [cells, stroke_size, views]
	if _sizes.get("field") == key:
		return
	_sizes["field"] = key
	for eye in views:
		grid[eye] = _renew(grid[eye], _texture(Vector2i(cells.x, cells.y * 3),
			RenderingDevice.DATA_FORMAT_R16G16B16A16_SFLOAT,
			RenderingDevice.TEXTURE_USAGE_CAN_UPDATE_BIT, cells.z))
		strokes[eye] = _renew(strokes[eye], _texture(stroke_size,
			RenderingDevice.DATA_FORMAT_R8G8B8A8_UNORM,
			RenderingDevice.TEXTURE_USAGE_CAN_UPDATE_BIT))


## Scene colour -> working copy (one for both eyes, one after the other).
func encode(color: RID, constants: PackedByteArray) -> void:
	_draw("encode", _copy, WHOLE, constants, [[_linear, color]])


## Working copy -> the small picture of one eye.
func reduce(eye: int, small_size: Vector2i, constants: PackedByteArray) -> void:
	var region := Rect2(Vector2(0, small_size.y * eye), small_size)
	_draw("reduce", small, region, constants, [[_linear, _copy]])


## Working copy and field -> scene colour. Without depth (an invalid RID) there is no parallax.
func composite(eye: int, color: RID, depth: RID, constants: PackedByteArray) -> void:
	_draw("composite", color, WHOLE, constants, [[_linear, _copy], [_linear, grid[eye]],
		[_linear, strokes[eye]], [_nearest, depth if depth.is_valid() else _copy]])


## How many taps `reduce` takes in one direction: each lies between two source pixels.
static func taps(source_px: int, target_px: int) -> float:
	return maxf(1.0, ceilf(float(source_px) / target_px / 2.0))


func release() -> void:
	for table: Dictionary in [_pipelines, _shaders]:
		for rid: RID in table.values():
			_free(rid)
		table.clear()
	for rid: RID in grid + strokes + [small, _copy, _linear, _nearest]:
		_free(rid)
	grid = [RID(), RID()]
	strokes = [RID(), RID()]
	small = RID()
	_copy = RID()
	_sizes.clear()


func _draw(stage: String, target: RID, region: Rect2, constants: PackedByteArray,
		textures: Array) -> void:
	var framebuffer := FramebufferCacheRD.get_cache_multipass([target], [], 1)
	var uniforms: Array[RDUniform] = []
	for binding in textures.size():
		var uniform := RDUniform.new()
		uniform.uniform_type = RenderingDevice.UNIFORM_TYPE_SAMPLER_WITH_TEXTURE
		uniform.binding = binding
		uniform.add_id(textures[binding][0])
		uniform.add_id(textures[binding][1])
		uniforms.append(uniform)
	var bound := UniformSetCacheRD.get_cache(_shaders[stage], 0, uniforms)
	_rd.draw_command_begin_label("Eyebrush " + stage, Color.CORAL)
	var list: int = _rd.callv("draw_list_begin", [framebuffer] + _begin_tail + [region])
	_rd.draw_list_bind_render_pipeline(list, _pipeline(stage, framebuffer))
	_rd.draw_list_bind_uniform_set(list, bound, 0)
	_rd.draw_list_set_push_constant(list, constants, constants.size())
	_rd.draw_list_draw(list, false, 1, 3)
	_rd.draw_list_end()
	_rd.draw_command_end_label()


func _pipeline(stage: String, framebuffer: RID) -> RID:
	var format := _rd.framebuffer_get_format(framebuffer)
	var key := [stage, format]
	if not _pipelines.has(key):
		var blend := RDPipelineColorBlendState.new()
		blend.attachments = [RDPipelineColorBlendStateAttachment.new()]
		_pipelines[key] = _rd.render_pipeline_create(_shaders[stage], format, -1,
			RenderingDevice.RENDER_PRIMITIVE_TRIANGLES, RDPipelineRasterizationState.new(),
			RDPipelineMultisampleState.new(), RDPipelineDepthStencilState.new(), blend)
	return _pipelines[key]


func _compile(stage: String) -> RID:
	var text := RDShaderSource.new()
	text.source_vertex = Shaders.COVER
	text.source_fragment = FRAGMENTS[stage]
	var spirv := _rd.shader_compile_spirv_from_source(text)
	var errors := spirv.compile_error_vertex + spirv.compile_error_fragment
	if errors != "":
		push_error("Eyebrush: %s: %s" % [stage, errors])
		return RID()
	return _rd.shader_create_from_spirv(spirv, "eyebrush_" + stage)


func _sampler(filter: RenderingDevice.SamplerFilter) -> RID:
	var state := RDSamplerState.new()  # repeat mode: clamp to edge
	state.min_filter = filter
	state.mag_filter = filter
	return _rd.sampler_create(state)


## bins: 0 for a plain texture, else the depth of a 3D one.
func _texture(size: Vector2i, format: RenderingDevice.DataFormat, usage: int, bins := 0) -> RID:
	var wanted := RDTextureFormat.new()
	wanted.format = format
	wanted.width = size.x
	wanted.height = size.y
	if bins > 0:
		wanted.depth = bins
		wanted.texture_type = RenderingDevice.TEXTURE_TYPE_3D
	wanted.usage_bits = usage | RenderingDevice.TEXTURE_USAGE_SAMPLING_BIT
	return _rd.texture_create(wanted, RDTextureView.new(), [])


func _renew(old: RID, new: RID) -> RID:
	_free(old)
	return new


func _free(rid: RID) -> void:
	if rid.is_valid():
		_rd.free_rid(rid)
