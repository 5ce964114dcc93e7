extends RefCounted
## The GPU's part: shaders, textures and the three passes of shaders/composite.gd.
##
## Everything here belongs to the rendering thread. Textures are made when sizes change; what a pass
## draws with is looked up when its textures are others than the last time. A frame in the steady
## state only draws. `release` frees all.

enum {ENCODE, REDUCE, COMPOSITE}  ## the stages

const Shaders := preload("../shaders/composite.gd")
const STAGES: Array[String] = ["encode", "reduce", "composite"]
const LABELS: Array[String] = ["Eyebrush encode", "Eyebrush reduce", "Eyebrush composite"]
const FRAGMENTS: Array[String] = [Shaders.ENCODE, Shaders.REDUCE, Shaders.COMPOSITE]
const EYES := 2
const WHOLE := Rect2()  ## a region of no size: the whole target

var grid: Array[RID] = [RID(), RID()]  ## one 3D texture for each eye
var strokes: Array[RID] = [RID(), RID()]
var small: RID  ## both eyes' small pictures, left on top

var _rd: RenderingDevice
var _copy: RID
var _sizes := {}  # what each texture is, to know when it has to be made anew
var _shaders: Array[RID] = []  # by stage
var _pipelines := {}  # (stage, framebuffer format) -> pipeline
var _linear: RID
var _nearest: RID
var _regions: Array[Rect2] = [WHOLE, WHOLE]  # of each eye in the small picture
var _bindings: Array[Binding] = []  # by stage and eye


## What a pass of one eye is drawn with, as long as its textures stay the same.
class Binding:
	var target := RID()
	var source := RID()
	var depth := RID()
	var framebuffer := RID()
	var uniforms := RID()
	var pipeline := RID()
	var begin := []  # arguments of draw_list_begin


func _init(rd: RenderingDevice) -> void:
	_rd = rd
	_linear = _sampler(RenderingDevice.SAMPLER_FILTER_LINEAR)
	_nearest = _sampler(RenderingDevice.SAMPLER_FILTER_NEAREST)
	for stage in STAGES.size():
		_shaders.append(_compile(stage))
		for eye in EYES:
			_bindings.append(Binding.new())


## Empty, or what is wrong with the shaders on this device.
func fault() -> String:
	for stage in STAGES.size():
		if not _shaders[stage].is_valid():
			return "the %s shader was not accepted by this GPU's driver" % STAGES[stage]
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
	for eye in views:
		_regions[eye] = Rect2(Vector2(0, small_size.y * eye), small_size)


## Textures for a field: `cells` is the grid's (width, height, bins), `stroke_size` the strokes'.
## Whether they were made anew.
func fit_field(cells: Vector3i, stroke_size: Vector2i, views: int) -> bool:
	if _sizes.get("cells") == cells and _sizes.get("strokes") == stroke_size and _sizes.get("eyes") == views:
		return false
	_sizes["cells"] = cells
	_sizes["strokes"] = stroke_size
	_sizes["eyes"] = views
	for eye in views:
		grid[eye] = _renew(grid[eye], _texture(Vector2i(cells.x, cells.y * 3),
			RenderingDevice.DATA_FORMAT_R16G16B16A16_SFLOAT,
			RenderingDevice.TEXTURE_USAGE_CAN_UPDATE_BIT, cells.z))
		strokes[eye] = _renew(strokes[eye], _texture(stroke_size,
			RenderingDevice.DATA_FORMAT_R8G8B8A8_UNORM,
			RenderingDevice.TEXTURE_USAGE_CAN_UPDATE_BIT))
		_bindings[COMPOSITE * EYES + eye] = Binding.new()
	return true


## Scene colour -> working copy (one for both eyes, one after the other).
func encode(eye: int, color: RID, constants: PackedByteArray) -> void:
	_draw(ENCODE, eye, _copy, WHOLE, constants, color)


## Working copy -> the small picture of one eye.
func reduce(eye: int, constants: PackedByteArray) -> void:
	_draw(REDUCE, eye, small, _regions[eye], constants, _copy)


## Working copy and field -> scene colour. Without depth (an invalid RID) there is no parallax.
func composite(eye: int, color: RID, depth: RID, constants: PackedByteArray) -> void:
	_draw(COMPOSITE, eye, color, WHOLE, constants, _copy, depth if depth.is_valid() else _copy)


func release() -> void:
	for rid: RID in _pipelines.values() + _shaders + grid + strokes + [small, _copy, _linear, _nearest]:
		_free(rid)
	_pipelines.clear()
	_shaders.clear()
	_bindings.clear()
	_sizes.clear()
	grid = [RID(), RID()]
	strokes = [RID(), RID()]
	small = RID()
	_copy = RID()


func _draw(stage: int, eye: int, target: RID, region: Rect2, constants: PackedByteArray, source: RID,
		depth := RID()) -> void:
	var binding := _bindings[stage * EYES + eye]
	if binding.target != target or binding.source != source or binding.depth != depth \
			or not _rd.framebuffer_is_valid(binding.framebuffer) \
			or not _rd.uniform_set_is_valid(binding.uniforms):
		binding.target = target
		binding.source = source
		binding.depth = depth
		_bind(binding, stage, eye, region)
	_rd.draw_command_begin_label(LABELS[stage], Color.CORAL)
	var list: int = _rd.callv(&"draw_list_begin", binding.begin)
	_rd.draw_list_bind_render_pipeline(list, binding.pipeline)
	_rd.draw_list_bind_uniform_set(list, binding.uniforms, 0)
	_rd.draw_list_set_push_constant(list, constants, constants.size())
	_rd.draw_list_draw(list, false, 1, 3)
	_rd.draw_list_end()
	_rd.draw_command_end_label()


func _bind(binding: Binding, stage: int, eye: int, region: Rect2) -> void:
	var uniforms: Array[RDUniform] = [_sampled(0, _linear, binding.source)]
	if stage == COMPOSITE:
		uniforms.append(_sampled(1, _linear, grid[eye]))
		uniforms.append(_sampled(2, _linear, strokes[eye]))
		uniforms.append(_sampled(3, _nearest, binding.depth))
	binding.framebuffer = FramebufferCacheRD.get_cache_multipass([binding.target], [], 1)
	binding.uniforms = UniformSetCacheRD.get_cache(_shaders[stage], 0, uniforms)
	binding.pipeline = _pipeline(stage, binding.framebuffer)
	# Godot 4.3 wants four load/store actions, 4.4 and later one set of flags; 0 loads and stores.
	var actions: Array = [0, 0, 0, 0] if Engine.get_version_info().hex < 0x040400 else [0]
	binding.begin = [binding.framebuffer] + actions + [PackedColorArray(), 1.0, 0, region]


func _sampled(at: int, sampler: RID, texture: RID) -> RDUniform:
	var uniform := RDUniform.new()
	uniform.uniform_type = RenderingDevice.UNIFORM_TYPE_SAMPLER_WITH_TEXTURE
	uniform.binding = at
	uniform.add_id(sampler)
	uniform.add_id(texture)
	return uniform


func _pipeline(stage: int, framebuffer: RID) -> RID:
	var format := _rd.framebuffer_get_format(framebuffer)
	var key := Vector2i(stage, format)
	if not _pipelines.has(key):
		var blend := RDPipelineColorBlendState.new()
		blend.attachments = [RDPipelineColorBlendStateAttachment.new()]
		_pipelines[key] = _rd.render_pipeline_create(_shaders[stage], format, -1,
			RenderingDevice.RENDER_PRIMITIVE_TRIANGLES, RDPipelineRasterizationState.new(),
			RDPipelineMultisampleState.new(), RDPipelineDepthStencilState.new(), blend)
	return _pipelines[key]


func _compile(stage: int) -> RID:
	var text := RDShaderSource.new()
	text.source_vertex = Shaders.COVER
	text.source_fragment = FRAGMENTS[stage]
	var spirv := _rd.shader_compile_spirv_from_source(text)
	var errors := spirv.compile_error_vertex + spirv.compile_error_fragment
	if errors != "":
		push_error("%s: %s" % [LABELS[stage], errors])
		return RID()
	return _rd.shader_create_from_spirv(spirv, "eyebrush_" + STAGES[stage])


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
