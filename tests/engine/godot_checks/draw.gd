extends SceneTree
## Draws full-screen passes of any SPIR-V, as job.json in the folder after "--" lists them; see
## test_unity_composite.py. Knows nothing of what they compute.

const FORMATS := {
	"rgba32f": RenderingDevice.DATA_FORMAT_R32G32B32A32_SFLOAT,
	"rgba16f": RenderingDevice.DATA_FORMAT_R16G16B16A16_SFLOAT,
	"rgba8": RenderingDevice.DATA_FORMAT_R8G8B8A8_UNORM,
	"r32f": RenderingDevice.DATA_FORMAT_R32_SFLOAT,
}
const KINDS := {
	"2d": RenderingDevice.TEXTURE_TYPE_2D,
	"array": RenderingDevice.TEXTURE_TYPE_2D_ARRAY,
	"3d": RenderingDevice.TEXTURE_TYPE_3D,
}

var rd := RenderingServer.get_rendering_device()
var folder := OS.get_cmdline_user_args()[0]
var textures := {}
var shaders := {}
var linear: RID


func _initialize() -> void:
	var job: Dictionary = JSON.parse_string(FileAccess.get_file_as_string(folder.path_join("job.json")))
	var filter := RDSamplerState.new()  # clamped
	filter.min_filter = RenderingDevice.SAMPLER_FILTER_LINEAR
	filter.mag_filter = RenderingDevice.SAMPLER_FILTER_LINEAR
	linear = rd.sampler_create(filter)
	for row: Dictionary in job.textures:
		textures[row.name] = _texture(row)
	for row: Dictionary in job.draws:
		_draw(row)
	for row: Dictionary in job.results:
		var path := folder.path_join("%s.%d.out" % [row.texture, row.layer])
		FileAccess.open(path, FileAccess.WRITE).store_buffer(rd.texture_get_data(textures[row.texture], row.layer))
	for rids: Dictionary in [textures, shaders]:
		for rid: RID in rids.values():
			rd.free_rid(rid)
	rd.free_rid(linear)
	quit()


func _texture(row: Dictionary) -> RID:
	var wanted := RDTextureFormat.new()
	wanted.format = FORMATS[row.format]
	wanted.texture_type = KINDS[row.kind]
	wanted.width = row.size[0]
	wanted.height = row.size[1]
	wanted.depth = row.size[2] if row.kind == "3d" else 1
	wanted.array_layers = row.size[2] if row.kind == "array" else 1
	wanted.usage_bits = (RenderingDevice.TEXTURE_USAGE_SAMPLING_BIT
		| RenderingDevice.TEXTURE_USAGE_CAN_UPDATE_BIT | RenderingDevice.TEXTURE_USAGE_CAN_COPY_FROM_BIT)
	if row.kind != "3d":
		wanted.usage_bits |= RenderingDevice.TEXTURE_USAGE_COLOR_ATTACHMENT_BIT
	var layers: Array[PackedByteArray] = []
	for file: String in row.files:
		layers.append(FileAccess.get_file_as_bytes(folder.path_join(file)))
	return rd.texture_create(wanted, RDTextureView.new(), layers)


func _draw(row: Dictionary) -> void:
	var target := rd.texture_create_shared_from_slice(RDTextureView.new(), textures[row.target], row.layer, 0)
	var framebuffer := rd.framebuffer_create([target])
	var shader := _shader(row.vertex, row.fragment)
	var block := PackedFloat32Array(row.block).to_byte_array()
	var buffer := rd.uniform_buffer_create(block.size(), block) if block.size() > 0 else RID()
	var uniforms: Array[RDUniform] = []
	for name: String in row.bind:
		var uniform := RDUniform.new()
		uniform.binding = row.bind[name]
		match name:
			"linear":
				uniform.uniform_type = RenderingDevice.UNIFORM_TYPE_SAMPLER
				uniform.add_id(linear)
			"block":
				uniform.uniform_type = RenderingDevice.UNIFORM_TYPE_UNIFORM_BUFFER
				uniform.add_id(buffer)
			_:
				uniform.uniform_type = RenderingDevice.UNIFORM_TYPE_TEXTURE
				uniform.add_id(textures[name])
		uniforms.append(uniform)
	var bound := rd.uniform_set_create(uniforms, shader, 0)
	var blend := RDPipelineColorBlendState.new()
	blend.attachments = [RDPipelineColorBlendStateAttachment.new()]
	var pipeline := rd.render_pipeline_create(shader, rd.framebuffer_get_format(framebuffer), -1,
		RenderingDevice.RENDER_PRIMITIVE_TRIANGLES, RDPipelineRasterizationState.new(),
		RDPipelineMultisampleState.new(), RDPipelineDepthStencilState.new(), blend)
	if not pipeline.is_valid():
		printerr("no pipeline for ", row.fragment, " ", row.target)
		return
	var list := rd.draw_list_begin(framebuffer)
	rd.draw_list_bind_render_pipeline(list, pipeline)
	rd.draw_list_bind_uniform_set(list, bound, 0)
	rd.draw_list_draw(list, false, row.instances, 3)
	rd.draw_list_end()
	for rid: RID in [pipeline, bound, framebuffer, target, buffer]:
		if rid.is_valid():
			rd.free_rid(rid)


func _shader(vertex: String, fragment: String) -> RID:
	if not shaders.has([vertex, fragment]):
		var spirv := RDShaderSPIRV.new()
		spirv.bytecode_vertex = FileAccess.get_file_as_bytes(folder.path_join(vertex))
		spirv.bytecode_fragment = FileAccess.get_file_as_bytes(folder.path_join(fragment))
		shaders[[vertex, fragment]] = rd.shader_create_from_spirv(spirv)
	return shaders[[vertex, fragment]]
