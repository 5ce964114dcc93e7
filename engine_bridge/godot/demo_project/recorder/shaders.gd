## GLSL of the recorder: one full-screen triangle, and the two fragment shaders.

const VERTEX := """#version 450
layout(location = 0) out vec2 uv;
void main() {
	uv = vec2((gl_VertexIndex << 1) & 2, gl_VertexIndex & 2);
	gl_Position = vec4(uv * 2.0 - 1.0, 0.0, 1.0);
}
"""

## Linear scene colour -> tone-mapped, sRGB-encoded 8 bits; the mean over the output pixel's area.
## The curve is Hable's filmic one ("Uncharted 2: HDR Lighting", GDC 2010), white at 6. It comes
## before the mean, so that bright edges get no fringes.
const COLOR := """#version 450
layout(location = 0) in vec2 uv;
layout(location = 0) out vec4 color;
layout(set = 0, binding = 0) uniform sampler2D source;
layout(push_constant) uniform Constants {
	vec4 crop;  // position, size in uv
	vec4 look;  // exposure, taps x, taps y
	vec4 pixel; // size of an output pixel in uv
} k;

vec3 hable(vec3 x) {
	return (x * (0.15 * x + 0.05) + 0.004) / (x * (0.15 * x + 0.5) + 0.06) - 0.02 / 0.3;
}

vec3 encode(vec3 c) {
	c = clamp(c, 0.0, 1.0);
	return mix(1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, c * 12.92,
			lessThanEqual(c, vec3(0.0031308)));
}

void main() {
	vec3 sum = vec3(0.0);
	for (float y = 0.5; y < k.look.z; y++) {
		for (float x = 0.5; x < k.look.y; x++) {
			vec2 at = uv + k.pixel.xy * (vec2(x, y) / k.look.yz - 0.5);
			vec3 light = textureLod(source, k.crop.xy + k.crop.zw * at, 0.0).rgb * k.look.x;
			sum += encode(hable(2.0 * max(light, 0.0)) / hable(vec3(12.0)));
		}
	}
	color = vec4(sum / (k.look.y * k.look.z), 1.0);
}
"""

## Depth buffer (reversed: 0 is the far plane) -> 1 / distance along the view axis; 0 for the sky.
const DEPTH := """#version 450
layout(location = 0) in vec2 uv;
layout(location = 0) out float inverse;
layout(set = 0, binding = 0) uniform sampler2D source;
layout(push_constant) uniform Constants {
	vec4 crop;  // position, size in uv
	vec4 line;  // depth = line.x + line.y / distance
	vec4 pixel;
} k;

void main() {
	float depth = textureLod(source, k.crop.xy + k.crop.zw * uv, 0.0).r;
	inverse = depth <= 0.0 ? 0.0 : max((depth - k.line.x) / k.line.y, 0.0);
}
"""
