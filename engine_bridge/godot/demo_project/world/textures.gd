## The surfaces of the scene as GLSL (see baker.gd). Colours are sRGB-encoded.

const GLSL := {
"planks": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	vec2 n = vec2(8.0, 2.0);
	float column = floor(uv.x * n.x);
	vec2 p = vec2(uv.x * n.x, uv.y * n.y + hash(vec2(mod(column, n.x), 3)).x);
	vec2 id = vec2(mod(column, n.x), mod(floor(p.y), n.y));
	vec2 f = fract(p);
	vec3 h = hash(id + 11.0);
	vec2 g = vec2(uv.x * 64.0 + 40.0 * h.x, uv.y * 6.0);
	float warp = fbm(vec2(uv.x * 16.0, uv.y * 4.0) + h.xy * 16.0, vec2(16, 4));
	float grain = fbm(g + vec2(5.0 * warp, 0), vec2(64, 6));
	float ring = 0.5 + 0.5 * sin(40.0 * (warp + 0.35 * f.x) + 9.0 * h.y);
	vec3 wood = mix(vec3(0.46, 0.27, 0.14), vec3(0.76, 0.52, 0.30), 0.55 * grain + 0.25 * ring + 0.2 * h.z);
	float gap = smoothstep(0.0, 0.03, min(f.x, 1.0 - f.x)) * smoothstep(0.0, 0.006, min(f.y, 1.0 - f.y));
	color = vec4(wood * (0.82 + 0.3 * h.x) * mix(0.35, 1.0, gap), 1);
	height = 0.25 * grain + gap;
	rough = mix(0.75, 0.36 + 0.25 * grain, gap);
}
""",
"wood": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	float warp = fbm(vec2(uv.x * 4.0, uv.y * 2.0), vec2(4, 2));
	float grain = fbm(vec2(uv.x * 48.0 + 6.0 * warp, uv.y * 4.0), vec2(48, 4));
	float ring = 0.5 + 0.5 * sin(6.2832 * (6.0 * uv.x + 3.0 * warp));
	color = vec4(mix(vec3(0.24, 0.14, 0.08), vec3(0.50, 0.32, 0.19), 0.55 * grain + 0.25 * ring), 1);
	height = 0.4 * grain;
	rough = 0.42 + 0.25 * grain;
}
""",
"plaster": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	float a = fbm(uv * 6.0, vec2(6)), b = fbm(uv * vec2(40, 24), vec2(40, 24));
	float strokes = fbm(vec2(uv.x * 12.0 + 3.0 * a, uv.y * 30.0 + 4.0 * a), vec2(12, 30));
	color = vec4(vec3(0.86, 0.76, 0.58) * (0.86 + 0.14 * a + 0.08 * b) + vec3(0.02, 0.0, -0.03) * a, 1);
	height = 0.6 * strokes + 0.4 * b;
	rough = 0.9;
}
""",
"facade": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	vec2 n = vec2(8, 20);
	float row = floor(uv.y * n.y);
	vec2 p = vec2(uv.x * n.x + 0.5 * mod(row, 2.0), uv.y * n.y);
	vec2 id = vec2(mod(floor(p.x), n.x), mod(row, n.y)), f = fract(p);
	vec3 h = hash(id);
	float speck = fbm(uv * 60.0, vec2(60));
	float edge = 0.06 + 0.05 * fbm(uv * 24.0, vec2(24));
	float brick = smoothstep(0.0, edge * 0.5, min(f.x, 1.0 - f.x)) * smoothstep(0.0, edge * 1.6, min(f.y, 1.0 - f.y));
	vec3 clay = mix(vec3(0.52, 0.23, 0.17), vec3(0.78, 0.45, 0.32), h.x) * (0.75 + 0.4 * speck) * (0.85 + 0.25 * h.y);
	color = vec4(mix(vec3(0.72, 0.68, 0.60) * (0.8 + 0.3 * speck), clay, brick), 1);
	height = brick + 0.35 * speck;
	rough = 0.9;
}
""",
"tiles": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	vec2 n = vec2(8, 8);
	float row = floor(uv.y * n.y);
	vec2 p = vec2(uv.x * n.x + 0.5 * mod(row, 2.0), uv.y * n.y);
	vec2 id = vec2(mod(floor(p.x), n.x), mod(row, n.y)), f = fract(p);
	vec3 h = hash(id + 5.0);
	float curve = sqrt(max(0.0, 1.0 - pow(abs(2.0 * f.x - 1.0), 4.0)));
	float speck = fbm(uv * 48.0, vec2(48));
	color = vec4(mix(vec3(0.50, 0.20, 0.13), vec3(0.74, 0.36, 0.22), h.x) * (0.6 + 0.4 * curve * (0.5 + f.y)) * (0.8 + 0.35 * speck), 1);
	height = curve * (0.3 + 0.7 * f.y);
	rough = 0.8;
}
""",
"grass": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	float a = fbm(uv * 5.0, vec2(5)), b = fbm(uv * 28.0, vec2(28));
	float blades = fbm(vec2(uv.x * 120.0 + 6.0 * b, uv.y * 40.0), vec2(120, 40));
	vec3 c = mix(vec3(0.16, 0.29, 0.07), vec3(0.42, 0.55, 0.16), 0.5 * a + 0.5 * blades);
	c = mix(c, vec3(0.62, 0.60, 0.26), 0.35 * smoothstep(0.5, 0.8, b));
	color = vec4(c * (0.65 + 0.6 * blades), 1);
	height = blades;
	rough = 0.95;
}
""",
"cobbles": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	vec4 s = cells(uv * 9.0 + 0.25 * fbm(uv * 18.0, vec2(18)), vec2(9));
	float round = smoothstep(0.02, 0.28, s.y - s.x);
	float speck = fbm(uv * 70.0, vec2(70));
	vec3 stone = mix(vec3(0.50, 0.46, 0.42), vec3(0.78, 0.70, 0.58), s.z);
	stone = mix(stone, vec3(0.60, 0.52, 0.50), s.w * 0.5) * (0.75 + 0.4 * speck);
	vec3 soil = vec3(0.33, 0.30, 0.17) * (0.7 + 0.5 * speck);
	color = vec4(mix(soil, stone, round), 1);
	height = round + 0.2 * speck;
	rough = mix(0.95, 0.7, round);
}
""",
"bark": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	float w = fbm(uv * vec2(6, 3), vec2(6, 3));
	float ridges = fbm(vec2(uv.x * 20.0 + 3.0 * w, uv.y * 5.0), vec2(20, 5));
	float deep = smoothstep(0.3, 0.65, ridges);
	color = vec4(mix(vec3(0.17, 0.11, 0.08), vec3(0.50, 0.40, 0.30), deep) * (0.8 + 0.4 * w), 1);
	height = deep;
	rough = 0.95;
}
""",
"leaves": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	color = vec4(0.30, 0.42, 0.12, 0); height = 0.0; rough = 0.75;
	for (int i = 0; i < 26; i++) {
		vec3 h = hash(vec2(i, 17)), g = hash(vec2(i, 71));
		vec2 at = 0.5 + 0.36 * sqrt(h.z) * vec2(cos(6.2832 * h.x), sin(6.2832 * h.x));
		float turn = 6.2832 * g.x;
		vec2 p = mat2(cos(turn), -sin(turn), sin(turn), cos(turn)) * (uv - at) / (0.075 + 0.05 * g.y);
		float width = 0.55 * (1.0 - p.x * p.x) * (1.0 - 0.35 * p.x);
		if (abs(p.x) < 1.0 && abs(p.y) < width) {
			float vein = smoothstep(0.0, 0.06, abs(p.y)) * (0.85 + 0.15 * smoothstep(0.0, 0.3, abs(fract(3.0 * (p.x + abs(p.y))) - 0.5)));
			vec3 leaf = mix(vec3(0.20, 0.36, 0.08), vec3(0.56, 0.62, 0.20), g.z * 0.8 + 0.2 * h.y);
			color = vec4(leaf * mix(1.15, 0.9, vein) * (0.8 + 0.25 * p.y / width), 1);
		}
	}
}
""",
"rug": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	vec2 q = abs(uv - 0.5) * 2.0;                       // four-fold symmetry
	float border = max(q.x * 1.0, q.y * 1.0);
	vec3 red = vec3(0.55, 0.09, 0.10), navy = vec3(0.09, 0.13, 0.28), cream = vec3(0.88, 0.79, 0.60), gold = vec3(0.78, 0.54, 0.20);
	vec3 c = red;
	float a = atan(q.y * 1.4, q.x), r = length(q * vec2(1.0, 1.4));
	float petals = r * (1.0 + 0.16 * cos(8.0 * a));
	if (petals < 0.62) c = navy;
	if (petals < 0.56) c = cream;
	if (petals < 0.52) c = red * 0.85;
	if (r * (1.0 + 0.22 * cos(8.0 * a + 3.14)) < 0.34) c = gold;
	if (r * (1.0 + 0.10 * cos(16.0 * a)) < 0.24) c = navy;
	if (r < 0.13 + 0.03 * cos(8.0 * a)) c = cream;
	vec2 d = abs(fract(q * 9.0) - 0.5);                 // little diamonds on the field
	if (petals > 0.68 && border < 0.74 && d.x + d.y < 0.24) c = mix(gold, cream, step(d.x + d.y, 0.1));
	if (border > 0.76) c = navy;
	float along = q.x > q.y ? q.y : q.x, z = abs(fract(along * 11.0) - 0.5);
	float across = (border - 0.76) / 0.2;
	if (border > 0.76 && border < 0.96 && abs(across - 0.5) < 0.42 - z * 0.7) c = gold;
	if (border > 0.76 && border < 0.96 && abs(across - 0.5) < 0.26 - z * 0.7) c = red;
	if (abs(border - 0.76) < 0.012 || abs(border - 0.955) < 0.012) c = cream;
	float weave = hash(floor(uv * 340.0)).x;
	color = vec4(c * (0.75 + 0.35 * weave) * (0.9 + 0.2 * fbm(uv * 9.0, vec2(9))), 1);
	height = 0.5 * weave + 0.5 * abs(sin(uv.y * 600.0));
	rough = 1.0;
}
""",
"fabric": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	vec2 p = uv * 60.0;
	float weave = 0.5 + 0.5 * sin(6.2832 * p.x) * sin(6.2832 * p.y);
	vec2 d = fract(uv * 6.0) - 0.5;
	float flower = length(d) * (1.0 + 0.25 * cos(5.0 * atan(d.y, d.x)));
	vec3 c = mix(vec3(0.10, 0.32, 0.34), vec3(0.16, 0.42, 0.42), fbm(uv * 8.0, vec2(8)));
	c = mix(c, vec3(0.86, 0.70, 0.42), smoothstep(0.26, 0.24, flower) * smoothstep(0.10, 0.12, flower));
	color = vec4(c * (0.8 + 0.3 * weave), 1);
	height = weave;
	rough = 0.95;
}
""",
"linen": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	vec2 p = uv * 80.0;
	float weave = 0.5 + 0.5 * sin(6.2832 * p.x) * sin(6.2832 * p.y);
	color = vec4(vec3(0.93, 0.88, 0.78) * (0.88 + 0.14 * weave), 1);
	height = weave; rough = 0.95;
}
""",
"brass": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	float a = fbm(uv * 8.0, vec2(8));
	color = vec4(mix(vec3(0.72, 0.52, 0.22), vec3(0.90, 0.74, 0.40), a), 1);
	height = 0.1 * a; rough = 0.25 + 0.3 * a;
}
""",
"ceramic": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	float band = abs(uv.y - 0.5);
	vec2 d = vec2(fract(uv.x * 6.0) - 0.5, (uv.y - 0.5) * 3.0);
	float petal = length(d) * (1.0 + 0.3 * cos(6.0 * atan(d.y, d.x)));
	vec3 white = vec3(0.92, 0.92, 0.88), blue = vec3(0.10, 0.22, 0.55);
	vec3 c = mix(white, blue, smoothstep(0.34, 0.32, petal) * smoothstep(0.14, 0.16, petal));
	c = mix(c, blue, smoothstep(0.02, 0.015, abs(band - 0.26)) + smoothstep(0.01, 0.007, abs(band - 0.31)));
	color = vec4(c, 1); height = 0.0; rough = 0.15;
}
""",
"painting": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	float stroke = fbm(vec2(uv.x * 24.0, uv.y * 70.0), vec2(24, 70));
	vec2 p = uv + 0.035 * (vec2(fbm(uv * 12.0, vec2(12)), stroke) - 0.5);
	float y = 1.0 - p.y;
	vec3 c = mix(vec3(0.98, 0.72, 0.38), vec3(0.22, 0.40, 0.66), smoothstep(0.45, 1.0, y + 0.12 * stroke));
	float sun = length((p - vec2(0.66, 0.36)) * vec2(1.3, 1.0));
	c = mix(vec3(1.0, 0.93, 0.62), c, smoothstep(0.07, 0.10, sun + 0.02 * stroke));
	c += vec3(0.25, 0.14, 0.02) * smoothstep(0.35, 0.05, sun);
	for (int i = 0; i < 4; i++) {
		float f = float(i), ridge = 0.56 - 0.11 * f + 0.10 * fbm(vec2(p.x * (4.0 + f) + 3.1 * f, f), vec2(64)) + 0.03 * sin(p.x * (9.0 + 4.0 * f) + f * 2.0);
		vec3 hill = mix(vec3(0.42, 0.44, 0.60), vec3(0.20, 0.36, 0.12), f / 3.0);
		if (y < ridge) c = hill * (0.75 + 0.6 * stroke);
	}
	float river = abs(p.x - 0.45 - 0.14 * sin(9.0 * y) * y * 2.0) - 0.10 * (0.42 - y);
	if (y < 0.40 && river < 0.0) c = mix(vec3(0.55, 0.66, 0.78), vec3(0.98, 0.80, 0.50), stroke);
	vec4 dab = cells(p * vec2(30, 22), vec2(30, 22));
	if (y < 0.22 && dab.x < 0.22) c = mix(vec3(0.85, 0.20, 0.16), vec3(0.95, 0.80, 0.30), step(0.5, dab.z));
	color = vec4(c * (0.85 + 0.3 * stroke), 1);
	height = stroke; rough = 0.6;
}
""",
"books": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	float n = 22.0, x = uv.x * n + 0.35 * noise(vec2(uv.x * n * 0.5, 2), vec2(11, 64));
	float id = mod(floor(x), n), f = fract(x);
	vec3 h = hash(vec2(id, 5)), g = hash(vec2(id, 43));
	float top = 0.70 + 0.26 * h.x;
	vec3 c = 0.5 + 0.5 * cos(6.2832 * (h.y + vec3(0.0, 0.28, 0.55)));
	c = mix(c * vec3(0.72, 0.5, 0.42), vec3(0.30, 0.16, 0.10), 0.3) * (0.8 + 0.4 * g.x);
	float y = 1.0 - uv.y;
	float band = step(abs(y - 0.16), 0.012) + step(abs(y - top + 0.14), 0.012);
	float title = step(abs(y - 0.45), 0.11) * step(abs(f - 0.5), 0.22) * step(0.4, noise(vec2(id * 9.0, y * 60.0), vec2(999)));
	c = mix(c, vec3(0.88, 0.72, 0.38), clamp(band + title, 0.0, 1.0) * step(0.3, g.y));
	float edge = pow(abs(2.0 * f - 1.0), 6.0);
	c *= 1.0 - 0.75 * edge;
	color = vec4(y > top ? vec3(0.06, 0.04, 0.03) : c, 1);
	height = y > top ? 0.0 : 1.0 - edge; rough = 0.6;
}
""",
"board": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	float grain = fbm(vec2(uv.x * 6.0, uv.y * 60.0), vec2(6, 60));
	float y = fract(uv.y * 4.0), gap = smoothstep(0.0, 0.03, min(y, 1.0 - y));
	float worn = smoothstep(0.62, 0.78, fbm(uv * vec2(10, 26), vec2(10, 26)));
	vec3 paint = vec3(0.11, 0.24, 0.30) * (0.85 + 0.3 * grain);
	color = vec4(mix(paint, vec3(0.50, 0.36, 0.22) * (0.7 + 0.5 * grain), 0.65 * worn) * mix(0.4, 1.0, gap), 1);
	height = 0.3 * grain + gap; rough = 0.7;
}
""",
"stripes": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	float n = 12.0, f = fract(uv.x * n);
	vec3 red = vec3(0.82, 0.13, 0.10), cream = vec3(0.96, 0.88, 0.70), gold = vec3(0.95, 0.66, 0.16);
	vec3 c = mod(floor(uv.x * n), 2.0) < 0.5 ? red : cream;
	float v = uv.y + 0.03 * cos(6.2832 * n * 0.5 * uv.x);
	if (abs(v - 0.56) < 0.05) c = vec3(0.13, 0.22, 0.46);
	if (abs(v - 0.56) < 0.02) c = gold;
	float seam = smoothstep(0.0, 0.05, min(f, 1.0 - f));
	color = vec4(c * mix(0.7, 1.0, seam), 1); height = sqrt(seam); rough = 0.55;
}
""",
"wicker": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	vec2 p = uv * 12.0;
	float w = mod(floor(p.x) + floor(p.y), 2.0) < 0.5 ? sin(3.1416 * fract(p.x)) : sin(3.1416 * fract(p.y));
	color = vec4(mix(vec3(0.25, 0.14, 0.06), vec3(0.72, 0.50, 0.26), w), 1);
	height = w; rough = 0.8;
}
""",
"rock": """
void surface(vec2 uv, out vec4 color, out float height, out float rough) {
	float a = fbm(uv * 5.0, vec2(5)), b = fbm(uv * 30.0 + 2.0 * a, vec2(30));
	color = vec4(mix(vec3(0.34, 0.33, 0.31), vec3(0.66, 0.62, 0.55), 0.5 * a + 0.5 * b), 1);
	height = 0.6 * a + 0.4 * b; rough = 0.9;
}
""",
}
