extends Node3D
## The painter's room: x -3..3, z 0.25..5, 2.7 m high; its front wall, with the door, lies at z = 0.

const Shapes := preload("res://world/shapes.gd")
const M := preload("res://world/materials.gd")

const DOOR := Rect2(-0.15, 0.0, 1.2, 2.15)  # x, y, width, height
const WINDOW := Rect2(-2.4, 0.9, 1.45, 1.2)
const SIDE_WINDOW := Rect2(0.9, 0.85, 1.5, 1.3)  # z, y, in the left wall


func _ready() -> void:
	_walls()
	_openings()
	_furniture()
	_shelf(Vector3(2.78, 0.0, 1.35))
	_wall_picture(Vector3(1.95, 1.62, 0.27), Vector2(1.05, 0.8), M.of("painting"))
	_table(Vector3(-1.68, 0.0, 0.78))
	_armchair(Vector3(1.75, 0.0, 1.0), -0.75)
	_lamp(Vector3(-0.58, 0.0, 0.62))
	_lights()


func _block(low: Vector3, high: Vector3, material: Material) -> void:
	Shapes.add(self, Shapes.box(high - low), material, (low + high) * 0.5)


## A wall in the plane of x and y, from z0 to z1, around its openings.
func _pierced(x0: float, x1: float, top: float, holes: Array, build: Callable) -> void:
	var x := x0
	for hole: Rect2 in holes:
		build.call(x, hole.position.x, 0.0, top)
		build.call(hole.position.x, hole.end.x, hole.end.y, top)
		if hole.position.y > 0.0:
			build.call(hole.position.x, hole.end.x, 0.0, hole.position.y)
		x = hole.end.x
	build.call(x, x1, 0.0, top)


func _walls() -> void:
	var plaster := M.of("plaster")
	var brick := M.of("facade")
	_block(Vector3(-3.2, -0.2, 0.0), Vector3(3.2, 0.0, 5.2), M.of("planks"))
	_block(Vector3(-3.2, 2.7, 0.0), Vector3(3.2, 2.8, 5.2), M.tinted("plaster", Color(1.08, 1.1, 1.15)))
	_block(Vector3(3.0, 0.0, 0.0), Vector3(3.2, 2.7, 5.2), plaster)
	_block(Vector3(-3.2, 0.0, 5.0), Vector3(3.2, 2.7, 5.2), plaster)
	_pierced(-3.2, 3.2, 2.7, [WINDOW, DOOR], func(x0: float, x1: float, y0: float, y1: float) -> void:
		_block(Vector3(x0, y0, 0.1), Vector3(x1, y1, 0.25), plaster)
		_block(Vector3(x0, y0, 0.0), Vector3(x1, y1, 0.1), brick))
	_pierced(0.0, 5.2, 2.7, [SIDE_WINDOW], func(z0: float, z1: float, y0: float, y1: float) -> void:
		_block(Vector3(-3.2, y0, z0), Vector3(-3.0, y1, z1), plaster))
	for i in 4:  # beams under the ceiling
		Shapes.add(self, Shapes.rounded(Vector3(0.16, 0.18, 4.9), 0.02), M.of("wood"), Vector3(-2.3 + 1.5 * i, 2.62, 2.6))
	var skirting := M.plain(Color(0.86, 0.82, 0.73), 0.5)
	_block(Vector3(-3.0, 0.0, 0.25), Vector3(DOOR.position.x - 0.1, 0.12, 0.27), skirting)
	_block(Vector3(DOOR.end.x + 0.1, 0.0, 0.25), Vector3(3.0, 0.12, 0.27), skirting)
	_block(Vector3(2.98, 0.0, 0.25), Vector3(3.0, 0.12, 5.0), skirting)
	for side: float in [-1.0, 1.0]:  # the roof
		var roof := Shapes.add(self, Shapes.box(Vector3(4.1, 0.14, 6.4)), M.of("tiles"), Vector3(side * 1.75, 3.55, 2.55))
		roof.rotation.z = -side * 0.52


## Frames, sills, panes and the open door.
func _openings() -> void:
	var paint := M.plain(Color(0.93, 0.90, 0.82), 0.45)
	_frame(WINDOW, paint, 0.0)
	_frame(DOOR, M.of("wood"), 0.0)
	for i in 1:
		_block(Vector3(WINDOW.get_center().x - 0.02, WINDOW.position.y, 0.11), Vector3(WINDOW.get_center().x + 0.02, WINDOW.end.y, 0.15), paint)
	_block(Vector3(WINDOW.position.x, WINDOW.position.y + 0.72, 0.115), Vector3(WINDOW.end.x, WINDOW.position.y + 0.75, 0.145), paint)
	Shapes.add(self, Shapes.rounded(Vector3(WINDOW.size.x + 0.24, 0.05, 0.24), 0.015), paint, Vector3(WINDOW.get_center().x, WINDOW.position.y - 0.02, 0.33))
	for z: float in [SIDE_WINDOW.get_center().x]:
		_block(Vector3(-3.12, SIDE_WINDOW.position.y, z - 0.03), Vector3(-3.07, SIDE_WINDOW.end.y, z + 0.03), paint)
	_block(Vector3(-3.12, 1.48, SIDE_WINDOW.position.x), Vector3(-3.07, 1.53, SIDE_WINDOW.end.x), paint)
	# the leaf of the door stands open, outside
	var hinge := Node3D.new()
	hinge.position = Vector3(DOOR.end.x, 0.0, 0.02)
	hinge.rotation.y = -1.75
	add_child(hinge)
	var green := M.tinted("board", Color(1.25, 1.35, 1.0))
	Shapes.add(hinge, Shapes.rounded(Vector3(1.16, 2.1, 0.05), 0.01), green, Vector3(-0.58, 1.06, 0.0))
	for y: float in [0.55, 1.5]:
		Shapes.add(hinge, Shapes.rounded(Vector3(0.86, 0.72, 0.07), 0.02), green, Vector3(-0.58, y, 0.0))
	Shapes.add(hinge, Shapes.lathe(Shapes.curve([Vector2(0.0, -0.05), Vector2(0.035, -0.02), Vector2(0.035, 0.02), Vector2(0.0, 0.05)])), M.of("brass"), Vector3(-1.05, 1.05, 0.07))
	_curtain(WINDOW.position.x - 0.12, 0.42)
	_curtain(WINDOW.end.x - 0.30, 0.42)
	var rod := CylinderMesh.new()
	rod.top_radius = 0.014
	rod.bottom_radius = 0.014
	rod.height = WINDOW.size.x + 0.5
	Shapes.add(self, rod, M.of("brass"), Vector3(WINDOW.get_center().x, WINDOW.end.y + 0.14, 0.36), Vector3(0, 0, PI / 2))
	Shapes.add(self, Shapes.rounded(Vector3(1.5, 0.16, 0.5), 0.03), M.of("rock"), Vector3(DOOR.get_center().x, -0.1, -0.22))


func _frame(hole: Rect2, material: Material, z: float) -> void:
	var w := 0.09
	for x: float in [hole.position.x - w / 2 + 0.02, hole.end.x + w / 2 - 0.02]:
		Shapes.add(self, Shapes.rounded(Vector3(w, hole.size.y + w, 0.32), 0.012), material, Vector3(x, hole.get_center().y + w / 2, 0.125 + z))
	Shapes.add(self, Shapes.rounded(Vector3(hole.size.x + 2 * w, w, 0.32), 0.012), material, Vector3(hole.get_center().x, hole.end.y + w / 2 - 0.02, 0.125 + z))


func _curtain(x: float, width: float) -> void:
	var tool := SurfaceTool.new()
	tool.begin(Mesh.PRIMITIVE_TRIANGLES)
	var columns := 40
	for row in 13:
		for i in columns + 1:
			var s := float(i) / columns
			var t := float(row) / 12
			var fold := 0.035 * sin(s * 26.0 + 0.8 * sin(t * 3.0)) * (0.5 + 0.5 * t)
			var pinch := 1.0 - 0.25 * exp(-pow((t - 0.72) * 5.0, 2.0))
			tool.set_uv(Vector2(s * width, t))
			tool.add_vertex(Vector3(x + (s - 0.5) * width * pinch + 0.5 * width, WINDOW.end.y + 0.13 - t * 1.75, 0.36 + fold))
	for row in 12:
		for i in columns:
			var a := row * (columns + 1) + i
			for k: int in [a, a + 1, a + columns + 1, a + 1, a + columns + 2, a + columns + 1]:
				tool.add_index(k)
	tool.generate_normals()
	tool.generate_tangents()
	var cloth := M.tinted("linen", Color(1.0, 0.86, 0.66))
	cloth.cull_mode = BaseMaterial3D.CULL_DISABLED
	cloth.backlight_enabled = true
	cloth.backlight = Color(0.5, 0.4, 0.25)
	Shapes.add(self, tool.commit(), cloth, Vector3.ZERO)


func _furniture() -> void:
	var plane := PlaneMesh.new()
	plane.size = Vector2(2.7, 1.9)
	Shapes.add(self, plane, M.of("rug"), Vector3(0.25, 0.012, 1.75), Vector3(0, 0.06, 0))
	Shapes.add(self, Shapes.box(Vector3(2.7, 0.02, 1.9)), M.plain(Color(0.30, 0.07, 0.07)), Vector3(0.25, 0.001, 1.75), Vector3(0, 0.06, 0))


func _wall_picture(at: Vector3, size: Vector2, picture: Material) -> void:
	var gold := M.tinted("brass", Color(0.9, 0.8, 0.62))
	var quad := QuadMesh.new()
	quad.size = size
	Shapes.add(self, quad, picture, at + Vector3(0, 0, 0.02))
	for side: float in [-1.0, 1.0]:
		Shapes.add(self, Shapes.rounded(Vector3(0.09, size.y + 0.18, 0.06), 0.025, 5), gold, at + Vector3(side * (size.x / 2 + 0.035), 0, 0.02))
		Shapes.add(self, Shapes.rounded(Vector3(size.x + 0.18, 0.09, 0.06), 0.025, 5), gold, at + Vector3(0, side * (size.y / 2 + 0.035), 0.02))


func _table(at: Vector3) -> void:
	var wood := M.of("wood")
	Shapes.add(self, Shapes.rounded(Vector3(1.35, 0.05, 0.65), 0.02), wood, at + Vector3(0, 0.74, 0))
	var leg := Shapes.lathe(Shapes.curve([Vector2(0.02, 0.0), Vector2(0.03, 0.08), Vector2(0.022, 0.2), Vector2(0.035, 0.45), Vector2(0.025, 0.62), Vector2(0.04, 0.72)]))
	for x: float in [-0.58, 0.58]:
		for z: float in [-0.24, 0.24]:
			Shapes.add(self, leg, wood, at + Vector3(x, 0, z))
	var vase := Shapes.lathe(Shapes.curve([Vector2(0.06, 0.0), Vector2(0.11, 0.08), Vector2(0.12, 0.16), Vector2(0.05, 0.27), Vector2(0.045, 0.31), Vector2(0.07, 0.34)], 8), 48)
	var china := M.of("ceramic")
	china.cull_mode = BaseMaterial3D.CULL_DISABLED
	Shapes.add(self, vase, china, at + Vector3(0.22, 0.765, 0.02))
	_bouquet(at + Vector3(0.22, 1.1, 0.02))
	var bowl := Shapes.lathe(Shapes.curve([Vector2(0.05, 0.0), Vector2(0.13, 0.03), Vector2(0.17, 0.09)], 8), 40)
	var glaze := M.plain(Color(0.16, 0.36, 0.38), 0.2)
	glaze.cull_mode = BaseMaterial3D.CULL_DISABLED
	Shapes.add(self, bowl, glaze, at + Vector3(-0.3, 0.765, 0.05))
	var fruit := [[Vector3(-0.36, 0.86, 0.02), Color(0.85, 0.18, 0.10)], [Vector3(-0.25, 0.86, 0.0), Color(0.95, 0.60, 0.10)],
		[Vector3(-0.3, 0.86, 0.12), Color(0.62, 0.70, 0.16)], [Vector3(-0.30, 0.93, 0.04), Color(0.88, 0.28, 0.12)]]
	for one: Array in fruit:
		var ball := SphereMesh.new()
		ball.radius = 0.062
		ball.height = 0.115
		Shapes.add(self, ball, M.plain(one[1], 0.35), at + one[0])


func _bouquet(at: Vector3) -> void:
	var stem := CylinderMesh.new()
	stem.top_radius = 0.005
	stem.bottom_radius = 0.007
	var colors := [Color(0.93, 0.35, 0.20), Color(0.98, 0.78, 0.22), Color(0.86, 0.22, 0.38), Color(0.95, 0.92, 0.84), Color(0.55, 0.38, 0.75)]
	var random := RandomNumberGenerator.new()
	random.seed = 5
	var places: Array[Transform3D] = []
	var tints: Array[Color] = []
	for i in 17:
		var lean := Vector3(random.randf_range(-0.20, 0.20), 0.0, random.randf_range(-0.14, 0.14))
		var top := at + lean + Vector3(0, random.randf_range(0.10, 0.34) - lean.length() * 0.3, 0)
		var foot := at + Vector3(0, -0.04, 0)
		var node := Shapes.add(self, stem, M.plain(Color(0.22, 0.40, 0.12)), (top + foot) * 0.5)
		node.scale = Vector3(1, (top - foot).length() / 2.0, 1)
		node.quaternion = Quaternion(Vector3.UP, (top - foot).normalized())
		node.scale = Vector3(1, (top - foot).length() / 2.0, 1)
		var face := Basis(Quaternion(Vector3.UP, (lean * 3.0 + Vector3(0, 0.6, 0.35)).normalized()))
		places.append(Transform3D(face.scaled(Vector3.ONE * 0.052), top))
		tints.append(colors[i % colors.size()])
	Shapes.many(self, Shapes.flower(9), M.shader("res://world/flower.gdshader"), places, tints)


func _armchair(at: Vector3, turn: float) -> void:
	var chair := Node3D.new()
	chair.position = at
	chair.rotation.y = turn
	add_child(chair)
	var cloth := M.of("fabric")
	Shapes.add(chair, Shapes.rounded(Vector3(0.74, 0.24, 0.72), 0.08, 6), cloth, Vector3(0, 0.30, 0))
	Shapes.add(chair, Shapes.rounded(Vector3(0.60, 0.14, 0.62), 0.06, 6), cloth, Vector3(0, 0.46, 0.04))
	Shapes.add(chair, Shapes.rounded(Vector3(0.72, 0.72, 0.18), 0.08, 6), cloth, Vector3(0, 0.72, -0.30), Vector3(-0.16, 0, 0))
	for side: float in [-1.0, 1.0]:
		Shapes.add(chair, Shapes.rounded(Vector3(0.16, 0.36, 0.70), 0.075, 6), cloth, Vector3(side * 0.40, 0.46, 0.0))
		for z: float in [-0.28, 0.28]:
			Shapes.add(chair, Shapes.lathe(Shapes.curve([Vector2(0.015, 0.0), Vector2(0.03, 0.19)])), M.of("wood"), Vector3(side * 0.34, 0, z))
	Shapes.add(chair, Shapes.rounded(Vector3(0.40, 0.40, 0.13), 0.064, 6), M.tinted("linen", Color(0.95, 0.55, 0.25)), Vector3(0.06, 0.68, -0.12), Vector3(-0.35, 0.2, 0.3))


func _shelf(at: Vector3) -> void:
	var wood := M.of("wood")
	for z: float in [-0.75, 0.75]:
		Shapes.add(self, Shapes.rounded(Vector3(0.34, 2.05, 0.04), 0.008), wood, at + Vector3(0, 1.03, z))
	for level in 6:
		Shapes.add(self, Shapes.rounded(Vector3(0.34, 0.035, 1.5), 0.008), wood, at + Vector3(0, 0.10 + 0.385 * level, 0))
	Shapes.add(self, Shapes.box(Vector3(0.02, 2.0, 1.5)), wood, at + Vector3(0.16, 1.03, 0))
	for level in 5:
		if level == 3:
			continue
		var row := QuadMesh.new()
		row.size = Vector2(1.44, 0.34)
		var books: StandardMaterial3D = M.of("books").duplicate()
		books.uv1_offset = Vector3(0.23 * level, 0, 0)
		Shapes.add(self, row, books, at + Vector3(-0.10, 0.29 + 0.385 * level, 0), Vector3(0, -PI / 2, 0))
	var pot := Shapes.lathe(Shapes.curve([Vector2(0.05, 0.0), Vector2(0.09, 0.08), Vector2(0.04, 0.2), Vector2(0.05, 0.24)]))
	Shapes.add(self, pot, M.of("ceramic"), at + Vector3(-0.03, 1.275, -0.4))
	var globe := SphereMesh.new()
	globe.radius = 0.12
	globe.height = 0.24
	Shapes.add(self, globe, M.tinted("ceramic", Color(0.75, 0.85, 0.70)), at + Vector3(-0.04, 1.43, 0.25))


func _lamp(at: Vector3) -> void:
	var brass := M.of("brass")
	Shapes.add(self, Shapes.lathe(Shapes.curve([Vector2(0.16, 0.0), Vector2(0.15, 0.025), Vector2(0.03, 0.05), Vector2(0.014, 0.12), Vector2(0.014, 1.4)])), brass, at)
	var shade := Shapes.lathe(Shapes.curve([Vector2(0.21, 1.30), Vector2(0.15, 1.47), Vector2(0.11, 1.60)]), 48)
	var glow := M.tinted("linen", Color(1.0, 0.90, 0.70))
	glow.cull_mode = BaseMaterial3D.CULL_DISABLED
	glow.emission_enabled = true
	glow.emission = Color(1.0, 0.66, 0.30)
	glow.emission_energy_multiplier = 0.9
	Shapes.add(self, shade, glow, at).cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	_omni(at + Vector3(0, 1.45, 0), Color(1.0, 0.72, 0.42), 1.1, 4.0, true)


func _lights() -> void:
	_omni(Vector3(-1.65, 1.5, 0.75), Color(0.80, 0.90, 1.0), 0.7, 4.5, false)  # sky through the window
	_omni(Vector3(0.45, 1.2, 0.4), Color(0.88, 0.94, 1.0), 0.6, 4.0, false)  # and through the door
	_omni(Vector3(-0.9, 0.6, 1.7), Color(1.0, 0.80, 0.55), 0.8, 4.5, false)  # the sunny floor's bounce


func _omni(at: Vector3, color: Color, energy: float, reach: float, shadow: bool) -> void:
	var light := OmniLight3D.new()
	light.position = at
	light.light_color = color
	light.light_energy = energy
	light.omni_range = reach
	light.shadow_enabled = shadow
	light.light_specular = 1.0 if shadow else 0.2
	add_child(light)
