extends Node3D
## The garden in front of the house (z < 0): path, sign, trees, flowers, cottage, lake and hills.

const Shapes := preload("res://world/shapes.gd")
const M := preload("res://world/materials.gd")

var _random := RandomNumberGenerator.new()
var _relief := FastNoiseLite.new()


func _ready() -> void:
	_random.seed = 20
	_relief.seed = 4
	_relief.frequency = 0.045
	_ground()
	_path()
	_sign(Vector3(1.45, 0.0, -4.2), -0.26)
	_trees()
	_grass()
	_flowers()
	_fence()
	_cottage(Vector3(-4.6, 0.0, -15.0), 0.35)
	_stones()


## Height of the ground at (x, z), metres: level by the house, falling to the lake, hills beyond.
func height(x: float, z: float) -> float:
	var away := smoothstep(-5.0, -14.0, z)
	var y := away * 0.5 * _relief.get_noise_2d(x, z)
	y -= 2.2 * smoothstep(-15.0, -26.0, z) * smoothstep(-14.0, -2.0, x)
	var far := smoothstep(-52.0, -120.0, z)
	y += far * (15.0 + 26.0 * absf(_relief.get_noise_2d(x * 0.28 + 90.0, z * 0.28)))
	y += 7.0 * smoothstep(14.0, 60.0, absf(x + 4.0)) * (1.0 + _relief.get_noise_2d(x * 0.6, z * 0.6))
	return y - 0.02


## Middle of the path at z.
func path_x(z: float) -> float:
	return 0.45 - 0.75 * sin(-z * 0.22) * smoothstep(0.0, -4.0, z) - 0.035 * maxf(-z - 6.0, 0.0)


func _ground() -> void:
	Shapes.add(self, Shapes.terrain(Vector2(-40, -56), Vector2(40, 8), 140, height), M.of("grass"), Vector3.ZERO)
	var far := M.tinted("grass", Color(0.75, 0.86, 0.70))
	far.uv1_scale = Vector3.ONE * 0.05
	Shapes.add(self, Shapes.terrain(Vector2(-160, -190), Vector2(160, -55.5), 90, height), far, Vector3.ZERO)
	var lake := PlaneMesh.new()
	lake.size = Vector2(90, 50)
	Shapes.add(self, lake, M.shader("res://world/water.gdshader"), Vector3(4, -1.25, -42))


func _path() -> void:
	var tool := SurfaceTool.new()
	tool.begin(Mesh.PRIMITIVE_TRIANGLES)
	var rows := 70
	for i in rows + 1:
		var z := -0.05 - 17.0 * i / rows
		var wobble := 0.06 * sin(z * 3.1)
		for k in 5:
			var s := (k - 2) / 2.0
			var x := path_x(z) + s * (0.72 + wobble * (1 if k == 4 else -1))
			tool.add_vertex(Vector3(x, height(x, z) + 0.035 * (1.0 - s * s) + 0.012, z))
	for i in rows:
		for k in 4:
			var a := i * 5 + k
			for j: int in [a, a + 5, a + 1, a + 1, a + 5, a + 6]:
				tool.add_index(j)
	tool.generate_normals()
	Shapes.add(self, tool.commit(), M.of("cobbles"), Vector3.ZERO)


func _sign(at: Vector3, turn: float) -> void:
	var post := Node3D.new()
	post.position = at
	post.rotation.y = turn
	add_child(post)
	for x: float in [-0.72, 0.72]:
		Shapes.add(post, Shapes.rounded(Vector3(0.10, 2.1, 0.10), 0.015), M.of("wood"), Vector3(x, 1.05, -0.06))
		Shapes.add(post, Shapes.lathe(Shapes.curve([Vector2(0.08, 0), Vector2(0.05, 0.06), Vector2(0.0, 0.12)])), M.of("brass"), Vector3(x, 2.1, -0.06))
	Shapes.add(post, Shapes.rounded(Vector3(1.62, 0.92, 0.05), 0.02), M.of("board"), Vector3(0, 1.50, 0.0))
	var rim := M.tinted("brass", Color(0.95, 0.82, 0.55))
	for side: float in [-1.0, 1.0]:
		Shapes.add(post, Shapes.rounded(Vector3(1.66, 0.045, 0.07), 0.015), rim, Vector3(0, 1.50 + side * 0.455, 0.0))
		Shapes.add(post, Shapes.rounded(Vector3(0.045, 0.92, 0.07), 0.015), rim, Vector3(side * 0.80, 1.50, 0.0))
	_text(post, "EYEBRUSH", 0.30, Vector3(0, 1.70, 0.032), Color(0.99, 0.86, 0.50))
	_text(post, "Gallery  →", 0.19, Vector3(0, 1.445, 0.032), Color(0.97, 0.95, 0.88))
	_text(post, "open daily 9–17", 0.165, Vector3(0, 1.22, 0.032), Color(0.97, 0.95, 0.88))


func _text(parent: Node3D, words: String, letter_m: float, at: Vector3, color: Color) -> void:
	var label := Label3D.new()
	label.text = words
	label.font_size = 160
	label.outline_size = 0
	label.pixel_size = letter_m / 160.0
	label.modulate = color
	label.shaded = true
	label.double_sided = false
	label.alpha_cut = Label3D.ALPHA_CUT_DISABLED
	label.texture_filter = BaseMaterial3D.TEXTURE_FILTER_LINEAR_WITH_MIPMAPS_ANISOTROPIC
	label.position = at
	parent.add_child(label)


func _trees() -> void:
	_tree(Vector3(-3.4, 0, -6.2), 4.6, Color(1.05, 1.05, 0.95))
	_tree(Vector3(5.2, 0, -6.8), 5.2, Color(0.90, 1.0, 0.75))
	_tree(Vector3(3.4, 0, -12.5), 5.4, Color(1.25, 1.02, 0.60))
	_tree(Vector3(-9.5, 0, -12.0), 6.0, Color(0.85, 1.0, 0.80))
	_tree(Vector3(9.5, 0, -16.0), 6.5, Color(0.95, 1.05, 0.80))
	_tree(Vector3(-1.2, 0, -20.0), 5.0, Color(1.15, 1.05, 0.70))
	_tree(Vector3(-12.0, 0, -22.0), 7.0, Color(0.80, 0.95, 0.75))
	for i in 9:  # a row by the lake
		_tree(Vector3(6.0 + 3.4 * i, 0, -23.0 - 2.0 * sin(i * 2.0)), 4.5 + sin(i * 4.0), Color(0.9 + 0.15 * sin(i), 1.0, 0.72))


func _tree(at: Vector3, tall: float, tint: Color) -> void:
	at.y = height(at.x, at.z)
	var r := tall * 0.05
	var trunk := Shapes.lathe(Shapes.curve([Vector2(r * 1.9, -0.1), Vector2(r * 1.15, tall * 0.07), Vector2(r, tall * 0.2), Vector2(r * 0.75, tall * 0.5), Vector2(r * 0.2, tall * 0.85)]), 14)
	var bark: StandardMaterial3D = M.of("bark")
	bark.uv1_scale = Vector3(1, 3, 1)
	Shapes.add(self, trunk, bark, at)
	var lumps: Array[Vector4] = []  # middle and radius
	for i in 9:
		var angle := TAU * i / 9.0 * 2.4 + tall
		var out := tall * (0.05 + 0.20 * _random.randf())
		lumps.append(Vector4(cos(angle) * out, tall * (0.52 + 0.36 * i / 9.0), sin(angle) * out, tall * (0.17 + 0.07 * _random.randf())))
		if i < 5:
			var limb := CylinderMesh.new()
			limb.top_radius = r * 0.15
			limb.bottom_radius = r * 0.5
			var from := Vector3(0, tall * (0.34 + 0.05 * i), 0)
			var to := Vector3(lumps[i].x, lumps[i].y, lumps[i].z)
			limb.height = (to - from).length()
			var node := Shapes.add(self, limb, bark, at + (from + to) * 0.5)
			node.quaternion = Quaternion(Vector3.UP, (to - from).normalized())
	var places: Array[Transform3D] = []
	var tints: Array[Color] = []
	var far := clampf(-at.z / 20.0, 0.0, 1.0)
	for i in int(lerpf(620.0, 260.0, far)):
		var lump := lumps[i % lumps.size()]
		var out := Vector3(_random.randfn(), _random.randfn(), _random.randfn()).normalized()
		var place := Vector3(lump.x, lump.y, lump.z) + out * lump.w * (0.55 + 0.5 * _random.randf())
		var normal := (out + 0.6 * (place - Vector3(0, tall * 0.62, 0)).normalized() + Vector3.UP * 0.25).normalized()
		var turn := Basis(Quaternion(Vector3.UP, normal)) * Basis(Vector3.UP, _random.randf() * TAU)
		places.append(Transform3D(turn.scaled(Vector3.ONE * tall * (0.085 + 0.045 * far + 0.06 * _random.randf())), place))
		var deep := clampf((place.y / tall - 0.4) * 1.2 + 0.25 * _random.randf(), 0.0, 1.0)
		tints.append(tint * Color.WHITE.lerp(Color(1.2, 1.15, 0.9), deep) * (0.62 + 0.45 * deep))
	Shapes.many(self, Shapes.cross_card(), M.foliage(), places, tints).position = at


func _grass() -> void:
	var places: Array[Transform3D] = []
	var tints: Array[Color] = []
	while places.size() < 6500:
		var z := -0.3 - 17.0 * pow(_random.randf(), 1.5)
		var x := _random.randf_range(-7.0, 7.0) * (0.55 + 0.045 * -z)
		var off := absf(x - path_x(z))
		if off < 0.70 + 0.1 * _random.randf():
			continue
		var near_edge := exp(-2.0 * (off - 0.7))
		var tall := _random.randf_range(0.10, 0.20) * (1.0 + 0.7 * near_edge)
		var turn := Basis(Vector3.UP, _random.randf() * TAU).scaled(Vector3(0.2, tall, 0.2))
		places.append(Transform3D(turn, Vector3(x, height(x, z), z)))
		var dry := clampf(0.5 + 0.9 * _relief.get_noise_2d(x * 8.0, z * 8.0) + 0.25 * _random.randfn(), 0.0, 1.0)
		tints.append(Color(0.13, 0.30, 0.05).lerp(Color(0.42, 0.46, 0.12), dry))
	Shapes.many(self, Shapes.tuft(), M.shader("res://world/grass.gdshader"), places, tints).cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF


func _flowers() -> void:
	var places: Array[Transform3D] = []
	var tints: Array[Color] = []
	var stems: Array[Transform3D] = []
	var stem_tints: Array[Color] = []
	var colors := [Color(0.90, 0.10, 0.08), Color(0.96, 0.70, 0.08), Color(0.93, 0.90, 0.84), Color(0.48, 0.22, 0.70), Color(0.92, 0.32, 0.50)]
	for i in 520:
		var side := -1.0 if i % 2 == 0 else 1.0
		var z := -0.7 - 9.5 * _random.randf()
		var x := path_x(z) + side * (0.86 + 0.55 * absf(_random.randfn() * 0.7))
		if i % 5 == 0:  # a bed around the sign
			x = 1.55 + 0.55 * _random.randfn()
			z = -4.0 + 0.25 * _random.randfn()
		var tall := _random.randf_range(0.16, 0.38)
		var top := Vector3(x, height(x, z) + tall, z)
		var color: Color = colors[(int(floor(z * 0.9 + x)) + 50 + (i % 3 if i % 4 == 0 else 0)) % colors.size()]
		var face := Basis(Quaternion(Vector3.UP, Vector3(_random.randfn() * 0.3 - 0.3, 1, _random.randfn() * 0.3 + 0.4).normalized()))
		places.append(Transform3D(face * Basis(Vector3.UP, i).scaled(Vector3.ONE * _random.randf_range(0.045, 0.072)), top))
		tints.append(color)
		stems.append(Transform3D(Basis(Vector3.UP, i).scaled(Vector3(0.10, tall, 0.10)), Vector3(x, top.y - tall, z)))
		stem_tints.append(Color(0.14, 0.32, 0.06))
	Shapes.many(self, Shapes.flower(), M.shader("res://world/flower.gdshader"), places, tints)
	Shapes.many(self, Shapes.tuft(), M.shader("res://world/grass.gdshader"), stems, stem_tints)


func _fence() -> void:
	var white := M.tinted("linen", Color(0.98, 0.96, 0.92))
	var pale := Shapes.rounded(Vector3(0.075, 0.85, 0.022), 0.01, 2)
	var rail := Shapes.box(Vector3(0.30, 0.06, 0.03))
	for i in 74:
		var x := -11.0 + 0.3 * i
		var z := -9.2 + 0.5 * sin(x * 0.2)
		if absf(x - path_x(z)) < 0.95:
			continue
		Shapes.add(self, pale, white, Vector3(x, height(x, z) + 0.45, z))
		for y: float in [0.25, 0.62]:
			Shapes.add(self, rail, white, Vector3(x, height(x, z) + y, z - 0.025))


func _cottage(at: Vector3, turn: float) -> void:
	var house := Node3D.new()
	house.position = at + Vector3(0, height(at.x, at.z) - 0.1, 0)
	house.rotation.y = turn
	add_child(house)
	var wall := M.tinted("plaster", Color(1.12, 1.1, 1.05))
	Shapes.add(house, Shapes.box(Vector3(4.6, 2.8, 3.6)), wall, Vector3(0, 1.4, -1.8))
	Shapes.add(house, Shapes.box(Vector3(4.66, 0.6, 3.66)), M.of("rock"), Vector3(0, 0.3, -1.8))
	var gable := PrismMesh.new()
	gable.size = Vector3(3.6, 1.7, 4.6)
	Shapes.add(house, gable, wall, Vector3(0, 3.65, -1.8), Vector3(0, PI / 2, 0))
	for side: float in [-1.0, 1.0]:
		Shapes.add(house, Shapes.rounded(Vector3(5.2, 0.14, 2.75), 0.03), M.of("tiles"), Vector3(0, 3.62, -1.8 + side * 1.08), Vector3(side * 0.757, 0, 0))
	Shapes.add(house, Shapes.box(Vector3(0.55, 1.5, 0.55)), M.of("facade"), Vector3(1.3, 4.6, -2.2))
	var trim := M.plain(Color(0.92, 0.90, 0.84), 0.5)
	var glass := M.plain(Color(0.16, 0.24, 0.30), 0.08, 0.3)
	var shutter := M.tinted("board", Color(1.0, 1.5, 1.2))
	for x: float in [-1.5, 1.5]:
		Shapes.add(house, Shapes.box(Vector3(0.95, 1.15, 0.06)), trim, Vector3(x, 1.6, 0.02))
		for k: float in [-0.21, 0.21]:
			for y: float in [-0.26, 0.26]:
				Shapes.add(house, Shapes.box(Vector3(0.36, 0.46, 0.04)), glass, Vector3(x + k, 1.6 + y, 0.04))
		for k: float in [-0.72, 0.72]:
			Shapes.add(house, Shapes.rounded(Vector3(0.42, 1.2, 0.05), 0.01), shutter, Vector3(x + k, 1.6, 0.05))
		Shapes.add(house, Shapes.rounded(Vector3(1.1, 0.2, 0.25), 0.03), M.of("wood"), Vector3(x, 0.94, 0.14))
	Shapes.add(house, Shapes.rounded(Vector3(1.16, 2.2, 0.10), 0.02), trim, Vector3(0, 1.08, 0.01))
	Shapes.add(house, Shapes.rounded(Vector3(0.96, 2.05, 0.10), 0.02), M.tinted("board", Color(3.2, 0.9, 0.6)), Vector3(0, 1.03, 0.03))
	for i in 3:
		Shapes.add(house, Shapes.rounded(Vector3(1.6, 0.14, 0.35), 0.03), M.of("rock"), Vector3(0, 0.05 - 0.0 * i, 0.2 + 0.3 * i))


func _stones() -> void:
	for i in 46:
		var z := -0.9 - 0.33 * i
		var side := -1.0 if i % 2 == 0 else 1.0
		var x := path_x(z) + side * (0.78 + 0.04 * _random.randfn())
		var size := _random.randf_range(0.10, 0.19)
		var stone := Shapes.rounded(Vector3(size * 1.4, size, size * 1.2), size * 0.42, 4)
		Shapes.add(self, stone, M.of("rock"), Vector3(x, height(x, z) + size * 0.2, z), Vector3(_random.randf(), _random.randf() * TAU, _random.randf() * 0.4))
