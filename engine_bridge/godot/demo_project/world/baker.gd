## Paints textures on the GPU, once, from short GLSL functions (textures.gd): nothing is shipped.
##
## Each function is `void surface(vec2 uv, out vec4 color, out float height, out float rough)`, and
## tiles over uv 0..1. It becomes an albedo, a normal map from the height, and a roughness map.

const Surfaces := preload("res://world/textures.gd")

const VERTEX := """#version 450
layout(location = 0) out vec2 uv;
void main() {
	uv = vec2((gl_VertexIndex << 1) & 2, gl_VertexIndex & 2);
	gl_Position = vec4(uv * 2.0 - 1.0, 0.0, 1.0);
}
"""

const HEAD := """#version 450
layout(location = 0) in vec2 uv;
layout(location = 0) out vec4 result;
layout(push_constant) uniform Constants { vec4 k; } c; // what, texel, relief

// Hash of a lattice point (Jarzynski & Olano, "Hash Functions for GPU Rendering", JCGT 2020).
vec3 hash(vec2 p) {
	uvec3 v = uvec3(ivec3(floor(vec3(p, p.x + 7.0 * p.y)))) * 1664525u + 1013904223u;
	v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
	v ^= v >> 16u;
	v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
	return vec3(v) / 4294967295.0;
}
// Value noise that repeats every n lattice cells; p in cells.
float noise(vec2 p, vec2 n) {
	vec2 i = floor(p), f = p - i;
	f = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
	float a = hash(mod(i, n)).x, b = hash(mod(i + vec2(1, 0), n)).x;
	float d = hash(mod(i + vec2(0, 1), n)).x, e = hash(mod(i + vec2(1, 1), n)).x;
	return mix(mix(a, b, f.x), mix(d, e, f.x), f.y);
}
float fbm(vec2 p, vec2 n) {
	float sum = 0.0, weight = 0.5;
	for (int i = 0; i < 5; i++) { sum += weight * noise(p, n); p *= 2.0; n *= 2.0; weight *= 0.5; }
	return sum / 0.97;
}
// Distance to the nearest and second nearest cell point, and that cell's hash.
vec4 cells(vec2 p, vec2 n) {
	vec2 i = floor(p);
	float first = 9.0, second = 9.0; vec2 id = vec2(0);
	for (int y = -1; y <= 1; y++) for (int x = -1; x <= 1; x++) {
		vec2 g = i + vec2(x, y), h = mod(g, n);
		float d = length(g + 0.15 + 0.7 * hash(h).xy - p);
		if (d < first) { second = first; first = d; id = h; } else if (d < second) second = d;
	}
	return vec4(first, second, hash(id + 91.0).xy);
}
float disc(vec2 p, vec2 at, float r) { return 1.0 - smoothstep(r * 0.9, r, length(p - at)); }
"""

const TAIL := """
void main() {
	vec4 color; float height, rough;
	surface(uv, color, height, rough);
	if (c.k.x < 0.5) { result = color; return; }
	if (c.k.x > 1.5) { result = vec4(1.0, rough, 0.0, 1.0); return; }
	float hx, hy; vec4 unused; float t = c.k.y;
	surface(uv + vec2(t, 0), unused, hx, rough);
	surface(uv + vec2(0, t), unused, hy, rough);
	vec3 n = normalize(vec3((height - hx) * c.k.z, -(height - hy) * c.k.z, t));
	result = vec4(n * 0.5 + 0.5, 1.0);
}
"""


## A material of the named surface. `tile_m`: how many metres one repeat covers (triplanar, in world
## space), or 0 to go by the mesh's own uv. `relief_m`: height of the relief on a 1 m tile.
static func material(name: String, tile_m := 1.0, relief_m := 0.01, size := 512) -> StandardMaterial3D:
	var out := StandardMaterial3D.new()
	var maps := maps(name, relief_m, size)
	out.albedo_texture = maps[0]
	out.normal_enabled = relief_m > 0.0
	out.normal_texture = maps[1]
	out.roughness_texture = maps[2]
	out.roughness_texture_channel = BaseMaterial3D.TEXTURE_CHANNEL_GREEN
	out.texture_filter = BaseMaterial3D.TEXTURE_FILTER_LINEAR_WITH_MIPMAPS_ANISOTROPIC
	if tile_m > 0.0:
		out.uv1_triplanar = true
		out.uv1_world_triplanar = true
		out.uv1_triplanar_sharpness = 8.0
		out.uv1_scale = Vector3.ONE / tile_m
	return out


## [albedo, normal, roughness] of the named surface, with mipmaps.
static func maps(name: String, relief_m: float, size: int) -> Array[ImageTexture]:
	var rd := RenderingServer.get_rendering_device()
	var source := RDShaderSource.new()
	source.source_vertex = VERTEX
	source.source_fragment = HEAD + Surfaces.GLSL[name] + TAIL
	var spirv := rd.shader_compile_spirv_from_source(source)
	if spirv.compile_error_fragment != "":
		push_error("surface %s: %s" % [name, spirv.compile_error_fragment])
	var shader := rd.shader_create_from_spirv(spirv)
	var format := RDTextureFormat.new()
	format.format = RenderingDevice.DATA_FORMAT_R8G8B8A8_UNORM
	format.width = size
	format.height = size
	format.usage_bits = (RenderingDevice.TEXTURE_USAGE_COLOR_ATTACHMENT_BIT
		| RenderingDevice.TEXTURE_USAGE_CAN_COPY_FROM_BIT)
	var target := rd.texture_create(format, RDTextureView.new(), [])
	var framebuffer := rd.framebuffer_create([target])
	var blend := RDPipelineColorBlendState.new()
	blend.attachments = [RDPipelineColorBlendStateAttachment.new()]
	var pipeline := rd.render_pipeline_create(shader, rd.framebuffer_get_format(framebuffer), -1,
		RenderingDevice.RENDER_PRIMITIVE_TRIANGLES, RDPipelineRasterizationState.new(),
		RDPipelineMultisampleState.new(), RDPipelineDepthStencilState.new(), blend)
	var out: Array[ImageTexture] = []
	for what in 3:
		var push := PackedFloat32Array([what, 1.0 / size, relief_m, 0.0]).to_byte_array()
		var list := rd.draw_list_begin(framebuffer, RenderingDevice.DRAW_DEFAULT_ALL)
		rd.draw_list_bind_render_pipeline(list, pipeline)
		rd.draw_list_set_push_constant(list, push, push.size())
		rd.draw_list_draw(list, false, 1, 3)
		rd.draw_list_end()
		var image := Image.create_from_data(size, size, false, Image.FORMAT_RGBA8,
			rd.texture_get_data(target, 0))
		image.generate_mipmaps(what == 1)
		out.append(ImageTexture.create_from_image(image))
	for rid: RID in [pipeline, framebuffer, target, shader]:
		if rid.is_valid():
			rd.free_rid(rid)
	return out
