extends CompositorEffect
## Writes what each eye sees into a folder, from which pack_clip.py makes a clip.
##
## Add it to a Compositor, set `folder`, and set `frame` before each frame that is to be recorded
## (-1 records nothing). Per frame and eye: NNNNN.EYE.rgba (sRGB, 8 bits, row 0 on top) and
## NNNNN.EYE.inverse (float32, 1/m along the view axis, 0 for the sky); one line per frame in
## frames.jsonl with the display time, the camera's transform, and each view's projection and crop.
## Stages, all on the rendering thread: _crop -> _draw colour -> _draw depth -> read back -> _store.

const EYES := ["left", "right"]
const Shaders := preload("res://recorder/shaders.gd")

var folder := ""
var frame := -1
var display_time_ns := 0
var color_size := Vector2i(512, 512)
var depth_size := Vector2i(128, 128)
var exposure := 1.15  ## the colour buffer is linear and not yet tone-mapped at this stage

var _rd: RenderingDevice
var _targets := {}  # [size, format] -> RID
var _shaders := {}  # fragment shader's text -> RID, and so the next two
var _pipelines := {}
var _samplers := {}


func _init() -> void:
	effect_callback_type = EFFECT_CALLBACK_TYPE_POST_TRANSPARENT
	access_resolved_color = true
	access_resolved_depth = true
	_rd = RenderingServer.get_rendering_device()


func _render_callback(_type: int, data: RenderData) -> void:
	var buffers := data.get_render_scene_buffers() as RenderSceneBuffersRD
	var scene := data.get_render_scene_data()
	if frame < 0 or buffers == null or scene.get_view_count() != 2:
		return
	var views := []
	for eye in 2:
		var projection := scene.get_view_projection(eye)
		var crop := _crop(projection)
		var source := Vector2(buffers.get_internal_size()) * crop.size / Vector2(color_size)
		var taps := Vector2(ceilf(source.x), ceilf(source.y))
		_draw(Shaders.COLOR, buffers.get_color_layer(eye), _target(color_size, true), crop,
			Vector4(exposure, taps.x, taps.y, 0.0), color_size)
		var line := _linearise(projection)
		_draw(Shaders.DEPTH, buffers.get_depth_layer(eye), _target(depth_size, false), crop,
			Vector4(line.x, line.y, 0.0, 0.0), depth_size)
		_store("rgba", eye, _rd.texture_get_data(_target(color_size, true), 0))
		_store("inverse", eye, _rd.texture_get_data(_target(depth_size, false), 0))
		views.append({"projection": _columns(projection),
			"crop": [crop.position.x, crop.position.y, crop.size.x, crop.size.y]})
	var camera := scene.get_cam_transform()
	var b := camera.basis
	var o := camera.origin
	_append({"frame": frame, "display_time_ns": display_time_ns, "views": views,
		"color_size": [color_size.x, color_size.y], "depth_size": [depth_size.x, depth_size.y],
		"camera": [b.x.x, b.x.y, b.x.z, b.y.x, b.y.y, b.y.z, b.z.x, b.z.y, b.z.z, o.x, o.y, o.z]})
	frame = -1


## The largest central part of the view whose pixels are square at color_size, in uv.
func _crop(p: Projection) -> Rect2:
	var tangents := Vector2(1.0 / absf(p.x.x), 1.0 / absf(p.y.y))
	var wanted := Vector2(color_size)
	var scale := minf(tangents.x / wanted.x, tangents.y / wanted.y)
	var size := wanted * scale / tangents
	return Rect2((Vector2.ONE - size) * 0.5, size)


## (a, b) with depth_buffer = a + b / distance, distance along the view axis.
func _linearise(p: Projection) -> Vector2:
	var rz := Vector4(p.x.z, p.y.z, p.z.z, p.w.z)
	var rw := Vector4(p.x.w, p.y.w, p.z.w, p.w.w)
	var axis := Vector3(rw.x, rw.y, rw.z)
	var a := Vector3(rz.x, rz.y, rz.z).dot(axis) / axis.length_squared()
	return Vector2(a, rz.w - a * rw.w)


func _columns(p: Projection) -> Array:
	var out := []
	for column: Vector4 in [p.x, p.y, p.z, p.w]:
		out.append_array([column.x, column.y, column.z, column.w])
	return out


func _target(size: Vector2i, color: bool) -> RID:
	var key := [size, color]
	if not _targets.has(key):
		var format := RDTextureFormat.new()
		format.format = (RenderingDevice.DATA_FORMAT_R8G8B8A8_UNORM if color
			else RenderingDevice.DATA_FORMAT_R32_SFLOAT)
		format.width = size.x
		format.height = size.y
		format.usage_bits = (RenderingDevice.TEXTURE_USAGE_COLOR_ATTACHMENT_BIT
			| RenderingDevice.TEXTURE_USAGE_CAN_COPY_FROM_BIT)
		_targets[key] = _rd.texture_create(format, RDTextureView.new(), [])
	return _targets[key]


func _draw(fragment: String, source: RID, target: RID, crop: Rect2, values: Vector4,
		size: Vector2i) -> void:
	var framebuffer := FramebufferCacheRD.get_cache_multipass([target], [], 1)
	if not _pipelines.has(fragment):
		_prepare(fragment, _rd.framebuffer_get_format(framebuffer))
	var uniform := RDUniform.new()
	uniform.uniform_type = RenderingDevice.UNIFORM_TYPE_SAMPLER_WITH_TEXTURE
	uniform.binding = 0
	uniform.add_id(_samplers[fragment])
	uniform.add_id(source)
	var uniforms := UniformSetCacheRD.get_cache(_shaders[fragment], 0, [uniform])
	var push := PackedFloat32Array([crop.position.x, crop.position.y, crop.size.x, crop.size.y,
		values.x, values.y, values.z, values.w, 1.0 / size.x, 1.0 / size.y, 0.0, 0.0]).to_byte_array()
	var list := _rd.draw_list_begin(framebuffer, RenderingDevice.DRAW_DEFAULT_ALL)
	_rd.draw_list_bind_render_pipeline(list, _pipelines[fragment])
	_rd.draw_list_bind_uniform_set(list, uniforms, 0)
	_rd.draw_list_set_push_constant(list, push, push.size())
	_rd.draw_list_draw(list, false, 1, 3)
	_rd.draw_list_end()


func _prepare(fragment: String, format: int) -> void:
	var text := RDShaderSource.new()
	text.source_vertex = Shaders.VERTEX
	text.source_fragment = fragment
	var spirv := _rd.shader_compile_spirv_from_source(text)
	if spirv.compile_error_fragment != "":
		push_error(spirv.compile_error_fragment)
	_shaders[fragment] = _rd.shader_create_from_spirv(spirv)
	var blend := RDPipelineColorBlendState.new()
	blend.attachments = [RDPipelineColorBlendStateAttachment.new()]
	_pipelines[fragment] = _rd.render_pipeline_create(_shaders[fragment], format, -1,
		RenderingDevice.RENDER_PRIMITIVE_TRIANGLES, RDPipelineRasterizationState.new(),
		RDPipelineMultisampleState.new(), RDPipelineDepthStencilState.new(), blend)
	var state := RDSamplerState.new()
	if fragment == Shaders.COLOR:
		state.min_filter = RenderingDevice.SAMPLER_FILTER_LINEAR
		state.mag_filter = RenderingDevice.SAMPLER_FILTER_LINEAR
	_samplers[fragment] = _rd.sampler_create(state)


func _store(kind: String, eye: int, bytes: PackedByteArray) -> void:
	var path := folder.path_join("%05d.%s.%s" % [frame, EYES[eye], kind])
	var file := FileAccess.open(path, FileAccess.WRITE)
	if file == null:
		push_error("cannot write %s (%s)" % [path, error_string(FileAccess.get_open_error())])
		return
	file.store_buffer(bytes)


func _append(entry: Dictionary) -> void:
	var path := folder.path_join("frames.jsonl")
	var mode := FileAccess.READ_WRITE if FileAccess.file_exists(path) else FileAccess.WRITE
	var file := FileAccess.open(path, mode)
	file.seek_end()
	file.store_line(JSON.stringify(entry, "", false, true))


func _notification(what: int) -> void:
	if what == NOTIFICATION_PREDELETE and _rd:
		for table: Dictionary in [_pipelines, _shaders, _targets, _samplers]:
			for rid: RID in table.values():
				_rd.free_rid(rid)
