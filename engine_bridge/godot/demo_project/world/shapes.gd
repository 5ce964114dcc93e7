## Meshes made in code: rounded boxes, turned (lathe) bodies, leaf crowns, grass, terrain.


static func add(parent: Node3D, mesh: Mesh, material: Material, at: Vector3,
		turn := Vector3.ZERO) -> MeshInstance3D:
	var node := MeshInstance3D.new()
	node.mesh = mesh
	node.material_override = material
	node.position = at
	node.rotation = turn
	parent.add_child(node)
	return node


static func box(size: Vector3) -> BoxMesh:
	var mesh := BoxMesh.new()
	mesh.size = size
	return mesh


## A box with rounded edges: points of a subdivided box, pulled onto a radius around its core.
static func rounded(size: Vector3, radius := 0.02, steps := 4) -> ArrayMesh:
	var half := size * 0.5
	var r := minf(radius, minf(half.x, minf(half.y, half.z)))
	var core := half - Vector3.ONE * r
	var tool := SurfaceTool.new()
	tool.begin(Mesh.PRIMITIVE_TRIANGLES)
	var lines := PackedFloat32Array()  # -1..0 on one rounded edge, 0..1 on the other; the flat lies between
	for i in steps + 1:
		lines.append(-1.0 + float(i) / steps - 0.0001)
	for i in steps + 1:
		lines.append(0.0001 + float(i) / steps)
	var n := lines.size()
	for face in 6:
		var axis := face / 2
		var side := 1.0 if face % 2 == 0 else -1.0
		var first := face * n * n
		_rounded_face(tool, lines, axis, side, core, r)
		for y in n - 1:
			for x in n - 1:
				var a := first + y * n + x
				var quad := [a, a + 1, a + n, a + 1, a + n + 1, a + n]
				if side > 0.0:
					quad.reverse()  # Godot's front is clockwise
				for i: int in quad:
					tool.add_index(i)
	tool.generate_tangents()
	return tool.commit()


static func _rounded_face(tool: SurfaceTool, lines: PackedFloat32Array, axis: int, side: float,
		core: Vector3, r: float) -> void:
	var second := (axis + 1) % 3
	var third := (axis + 2) % 3
	for v in lines:
		for u in lines:
			var normal := Vector3.ZERO
			normal[axis] = side
			normal[second] = tan(PI * 0.25 * u)  # 0 on the flat, 1 (45 degrees) on the edge
			normal[third] = tan(PI * 0.25 * v)
			normal = normal.normalized()
			var place := core * Vector3.ONE
			place[axis] *= side
			place[second] *= signf(u)
			place[third] *= signf(v)
			tool.set_uv(Vector2(u, v) * 0.5 + Vector2(0.5, 0.5))
			tool.set_normal(normal)
			tool.add_vertex(place + normal * r)


## A body turned on a lathe: points (radius, height) from the bottom up; uv goes once around.
static func lathe(profile: PackedVector2Array, sides := 32) -> ArrayMesh:
	var tool := SurfaceTool.new()
	tool.begin(Mesh.PRIMITIVE_TRIANGLES)
	tool.set_smooth_group(0)
	var rows := profile.size()
	for j in rows:
		var before := profile[maxi(j - 1, 0)]
		var after := profile[mini(j + 1, rows - 1)]
		var slope := (after - before).normalized()
		for i in sides + 1:
			var angle := TAU * i / sides
			var out := Vector3(cos(angle), 0.0, sin(angle))
			tool.set_normal((out * slope.y - Vector3.UP * slope.x).normalized())
			tool.set_uv(Vector2(float(i) / sides, 1.0 - float(j) / (rows - 1)))
			tool.add_vertex(out * profile[j].x + Vector3.UP * profile[j].y)
	for j in rows - 1:
		for i in sides:
			var a := j * (sides + 1) + i
			for k: int in [a, a + 1, a + sides + 1, a + 1, a + sides + 2, a + sides + 1]:
				tool.add_index(k)
	tool.generate_tangents()
	return tool.commit()


## A smooth curve through (radius, height) points, `steps` pieces between each two.
static func curve(points: Array[Vector2], steps := 6) -> PackedVector2Array:
	var out := PackedVector2Array()
	for i in points.size() - 1:
		for k in steps:
			out.append(points[i].cubic_interpolate(points[i + 1], points[maxi(i - 1, 0)],
				points[mini(i + 2, points.size() - 1)], float(k) / steps))
	out.append(points[-1])
	return out


## A surface over x, z: `height` gives y at (x, z); n x n squares; uv is (x, z) in metres.
static func terrain(low: Vector2, high: Vector2, n: int, height: Callable) -> ArrayMesh:
	var tool := SurfaceTool.new()
	tool.begin(Mesh.PRIMITIVE_TRIANGLES)
	for j in n + 1:
		for i in n + 1:
			var x := lerpf(low.x, high.x, float(i) / n)
			var z := lerpf(low.y, high.y, float(j) / n)
			tool.set_uv(Vector2(x, z))
			tool.add_vertex(Vector3(x, height.call(x, z), z))
	for j in n:
		for i in n:
			var a := j * (n + 1) + i
			for k: int in [a, a + 1, a + n + 1, a + 1, a + n + 2, a + n + 1]:
				tool.add_index(k)
	tool.generate_normals()
	tool.generate_tangents()
	return tool.commit()


## Many copies of a mesh. `places` holds Transform3D, `tints` one Color each.
static func many(parent: Node3D, mesh: Mesh, material: Material, places: Array[Transform3D],
		tints: Array[Color]) -> MultiMeshInstance3D:
	var multi := MultiMesh.new()
	multi.transform_format = MultiMesh.TRANSFORM_3D
	multi.use_colors = true
	multi.mesh = mesh
	multi.instance_count = places.size()
	for i in places.size():
		multi.set_instance_transform(i, places[i])
		multi.set_instance_color(i, tints[i])
	var node := MultiMeshInstance3D.new()
	node.multimesh = multi
	node.material_override = material
	parent.add_child(node)
	return node


## Two crossed squares, 1 m wide, normals up: a tuft of leaves.
static func cross_card() -> ArrayMesh:
	var tool := SurfaceTool.new()
	tool.begin(Mesh.PRIMITIVE_TRIANGLES)
	for k in 2:
		var side := Vector3(0.5, 0, 0) if k == 0 else Vector3(0, 0, 0.5)
		var corners := [-side - Vector3(0, 0.5, 0), side - Vector3(0, 0.5, 0),
			side + Vector3(0, 0.5, 0), -side + Vector3(0, 0.5, 0)]
		var uvs := [Vector2(0, 1), Vector2(1, 1), Vector2(1, 0), Vector2(0, 0)]
		for i in 4:
			tool.set_uv(uvs[i])
			tool.set_normal(Vector3.UP)
			tool.add_vertex(corners[i])
		for i: int in [0, 2, 1, 0, 3, 2]:
			tool.add_index(k * 4 + i)
	return tool.commit()


## Five bent blades of grass in a tuft 1 m high; uv.y is 0 at the root and 1 at the tip.
static func tuft() -> ArrayMesh:
	var tool := SurfaceTool.new()
	tool.begin(Mesh.PRIMITIVE_TRIANGLES)
	for k in 5:
		var angle := TAU * k / 5.0 + 0.5 * sin(k * 5.0)
		var out := Vector3(cos(angle), 0, sin(angle))
		var side := Vector3(-out.z, 0, out.x) * 0.05
		var lean := 0.25 + 0.2 * sin(k * 3.0)
		var tall := 0.75 + 0.25 * cos(k * 7.0)
		var middle := out * (0.06 + lean * 0.3) + Vector3.UP * tall * 0.6
		var rows := [[out * 0.06 - side, 0.0], [out * 0.06 + side, 0.0], [middle - side * 0.7, 0.6],
			[middle + side * 0.7, 0.6], [out * (0.06 + lean) + Vector3.UP * tall, 1.0]]
		for row: Array in rows:
			tool.set_uv(Vector2(0.5, row[1]))
			tool.set_normal((Vector3.UP + out * 0.4).normalized())
			tool.add_vertex(row[0])
		for i: int in [0, 2, 1, 1, 2, 3, 2, 4, 3]:
			tool.add_index(k * 5 + i)
	return tool.commit()


## A flower 2 m wide, opening upwards: petals (uv.x 0; uv.y 0 at the root, 1 at the rim) around a
## heart (uv.x 1). Few triangles: there are hundreds of them.
static func flower(petals := 7) -> ArrayMesh:
	var tool := SurfaceTool.new()
	tool.begin(Mesh.PRIMITIVE_TRIANGLES)
	for k in petals:
		var turn := Basis(Vector3.UP, TAU * k / petals)
		var points := [Vector3(0.05, 0, 0), Vector3(0.55, 0.22, 0.30), Vector3(0.55, 0.22, -0.30),
			Vector3(0.95, 0.26, 0.17), Vector3(0.95, 0.26, -0.17)]
		for point: Vector3 in points:
			tool.set_uv(Vector2(0.0, point.x))
			tool.set_normal(turn * Vector3(-0.25, 1.0, point.z * 0.8).normalized())
			tool.add_vertex(turn * point)
		for i: int in [0, 2, 1, 1, 2, 3, 2, 4, 3]:
			tool.add_index(k * 5 + i)
	var first := petals * 5
	tool.set_uv(Vector2(1, 0))
	tool.set_normal(Vector3.UP)
	tool.add_vertex(Vector3(0, 0.26, 0))
	for k in 7:
		var out := Vector3(cos(TAU * k / 7.0), 0, sin(TAU * k / 7.0))
		tool.set_uv(Vector2(1, 0))
		tool.set_normal((out + Vector3.UP).normalized())
		tool.add_vertex(out * 0.27 + Vector3.UP * 0.12)
		for i: int in [0, 1 + k, 1 + (k + 1) % 7]:
			tool.add_index(first + i)
	return tool.commit()
