extends Node3D
## A small hot-air balloon that drifts across the garden: the moving object of the scene.

const Shapes := preload("res://world/shapes.gd")
const M := preload("res://world/materials.gd")


func _ready() -> void:
	add_to_group("moving")
	var skin := Shapes.curve([Vector2(0.10, -0.86), Vector2(0.18, -0.74), Vector2(0.50, -0.30),
		Vector2(0.66, 0.10), Vector2(0.58, 0.44), Vector2(0.30, 0.66), Vector2(0.0, 0.71)], 8)
	Shapes.add(self, Shapes.lathe(skin, 72), M.of("stripes"), Vector3.ZERO)
	var basket := Shapes.curve([Vector2(0.0, -1.36), Vector2(0.12, -1.36), Vector2(0.14, -1.15), Vector2(0.15, -1.12)])
	var wicker: StandardMaterial3D = M.of("wicker")
	wicker.cull_mode = BaseMaterial3D.CULL_DISABLED
	Shapes.add(self, Shapes.lathe(basket, 24), wicker, Vector3.ZERO)
	var rope := CylinderMesh.new()
	rope.top_radius = 0.006
	rope.bottom_radius = 0.006
	rope.height = 0.32
	for i in 8:
		var angle := TAU * i / 8.0
		Shapes.add(self, rope, M.plain(Color(0.35, 0.26, 0.15)), Vector3(cos(angle) * 0.135, -0.99, sin(angle) * 0.135))


## Where it is `seconds` into the walk.
func move(seconds: float) -> void:
	position = Vector3(2.75 - 1.35 * seconds, 2.75 + 0.18 * sin(seconds * 1.9), -6.6 - 0.25 * seconds)
	rotation = Vector3(0.05 * sin(seconds * 2.3), 0.5 * seconds, 0.06 * sin(seconds * 1.7 + 0.6))
