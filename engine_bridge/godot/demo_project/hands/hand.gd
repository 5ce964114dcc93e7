extends Node3D
## One of the painter's hands, as a child of the XROrigin3D. Where the headset tracks hands it takes
## their shape; else it rests around what it holds, at the controller. Hidden where there is neither.

const Shapes := preload("res://world/shapes.gd")
const M := preload("res://world/materials.gd")

const FINGERS := 5  # thumb first
const BONES := 4  # of each, metacarpal to tip; three of the thumb
const SKIN := Color(0.80, 0.57, 0.44)
const SLEEVE := Color(0.20, 0.25, 0.38)
## Joints of a right hand around a stick, in OpenXR's grip space: the stick is the z axis, the thumb
## at -z, the wrist at +y, the back of the hand at +x. A row for each finger: from its root on.
const WRIST := Vector3(0.022, 0.075, 0.004)
## (Plain arrays: from literals, Godot 4.6 makes garbage of a constant Array[PackedVector3Array].)
const RESTING := [
	[Vector3(0.012, 0.042, -0.030), Vector3(-0.006, 0.010, -0.044), Vector3(-0.020, -0.014, -0.042),
		Vector3(-0.024, -0.034, -0.034)],
	[Vector3(0.026, 0.040, -0.018), Vector3(0.030, -0.030, -0.032), Vector3(0.004, -0.056, -0.032),
		Vector3(-0.022, -0.036, -0.030), Vector3(-0.020, -0.010, -0.026)],
	[Vector3(0.028, 0.042, -0.006), Vector3(0.032, -0.034, -0.010), Vector3(0.004, -0.062, -0.010),
		Vector3(-0.025, -0.038, -0.010), Vector3(-0.020, -0.008, -0.008)],
	[Vector3(0.027, 0.042, 0.008), Vector3(0.030, -0.030, 0.012), Vector3(0.004, -0.056, 0.012),
		Vector3(-0.023, -0.034, 0.011), Vector3(-0.019, -0.007, 0.010)],
	[Vector3(0.024, 0.044, 0.020), Vector3(0.025, -0.022, 0.032), Vector3(0.004, -0.042, 0.031),
		Vector3(-0.018, -0.025, 0.029), Vector3(-0.016, -0.004, 0.027)],
]

@export_enum("left", "right") var side := "right"

var _bones: Array[MeshInstance3D] = []
var _palm: MeshInstance3D
var _held := Node3D.new()


func _ready() -> void:
	var skin := M.plain(SKIN, 0.6)
	for finger in FINGERS:
		for bone in BONES + 1:
			var mesh := CapsuleMesh.new()
			mesh.radius = 0.0105 - 0.0009 * bone + (0.0015 if finger == 0 else 0.0)
			mesh.height = 2.0 * mesh.radius
			_bones.append(Shapes.add(self, mesh, skin, Vector3.ZERO))
	_palm = Shapes.add(self, Shapes.rounded(Vector3(0.024, 0.085, 0.072), 0.012), skin, Vector3.ZERO)
	var cuff := CylinderMesh.new()
	cuff.top_radius = 0.037
	cuff.bottom_radius = 0.031
	cuff.height = 0.14
	Shapes.add(_held, cuff, M.plain(SLEEVE, 0.9), _mirrored(Vector3(0.022, 0.155, 0.004)))
	if side == "right":
		_add_brush()
	else:
		_add_palette()
	add_child(_held)


func _process(_delta: float) -> void:
	var tracked := XRServer.get_tracker("/user/hand_tracker/" + side) as XRHandTracker
	var held := XRServer.get_tracker(side + "_hand") as XRPositionalTracker
	var pose := held.get_pose("grip") if held else null
	visible = true
	if tracked and tracked.has_tracking_data:
		transform = Transform3D.IDENTITY
		_show(_tracked_joints(tracked), _at(tracked, XRHandTracker.HAND_JOINT_WRIST))
		_held.visible = false
	elif pose and pose.has_tracking_data:
		transform = pose.get_adjusted_transform()
		_show(_resting_joints(), _mirrored(WRIST))
		_held.visible = true
	else:
		visible = false


func _tracked_joints(hand: XRHandTracker) -> Array[PackedVector3Array]:
	var out: Array[PackedVector3Array] = []
	for finger in FINGERS:
		var first := XRHandTracker.HAND_JOINT_THUMB_METACARPAL if finger == 0 \
			else XRHandTracker.HAND_JOINT_INDEX_FINGER_METACARPAL + (finger - 1) * 5
		var row := PackedVector3Array()
		for joint in (4 if finger == 0 else 5):
			row.append(_at(hand, first + joint))
		out.append(row)
	return out


func _at(hand: XRHandTracker, joint: int) -> Vector3:
	return hand.get_hand_joint_transform(joint as XRHandTracker.HandJoint).origin


func _resting_joints() -> Array[PackedVector3Array]:
	var out: Array[PackedVector3Array] = []
	for row: Array in RESTING:
		var joints := PackedVector3Array()
		for joint: Vector3 in row:
			joints.append(_mirrored(joint))
		out.append(joints)
	return out


func _mirrored(place: Vector3) -> Vector3:
	return place if side == "right" else Vector3(-place.x, place.y, place.z)


func _show(joints: Array[PackedVector3Array], wrist: Vector3) -> void:
	for finger in FINGERS:
		var from := wrist
		for bone in BONES + 1:
			var node := _bones[finger * (BONES + 1) + bone]
			node.visible = bone < joints[finger].size()
			if node.visible:
				_lay(node, from, joints[finger][bone])
				from = joints[finger][bone]
	# The palm lies between the wrist and the roots of the index and little fingers.
	var index := joints[1][1]
	var little := joints[4][1]
	var along := (wrist - (index + little) * 0.5).normalized()
	var across := (little - index).slide(along).normalized()
	_palm.transform = Transform3D(Basis(along.cross(across), along, across), (wrist * 2.0 + index + little) * 0.25)


## A capsule from one joint to the next.
func _lay(bone: MeshInstance3D, from: Vector3, to: Vector3) -> void:
	var capsule: CapsuleMesh = bone.mesh
	var along := to - from
	capsule.height = along.length() + 2.0 * capsule.radius
	var up := along.normalized()
	var aside := up.cross(Vector3.RIGHT if absf(up.x) < 0.9 else Vector3.UP).normalized()
	bone.transform = Transform3D(Basis(aside, up, aside.cross(up)), (from + to) * 0.5)


func _add_brush() -> void:
	var profile := Shapes.curve([Vector2(0.0, -0.13), Vector2(0.0045, -0.10), Vector2(0.006, 0.02), Vector2(0.0045, 0.10)])
	_lathed(profile, M.of("wood"))
	_lathed(PackedVector2Array([Vector2(0.0055, 0.10), Vector2(0.007, 0.125), Vector2(0.007, 0.135)]), M.of("brass"))
	_lathed(Shapes.curve([Vector2(0.007, 0.135), Vector2(0.0095, 0.150), Vector2(0.006, 0.168), Vector2(0.0, 0.182)]),
		M.plain(Color(0.11, 0.25, 0.55), 0.5))


## A body along the stick, its top towards the thumb.
func _lathed(profile: PackedVector2Array, material: Material) -> void:
	Shapes.add(_held, Shapes.lathe(profile, 20), material, Vector3.ZERO, Vector3(-PI / 2, 0, 0))


func _add_palette() -> void:
	var board := CylinderMesh.new()
	board.top_radius = 0.12
	board.bottom_radius = 0.12
	board.height = 0.006
	var palette := Shapes.add(_held, board, M.of("wood"), Vector3(0.07, -0.05, -0.055), Vector3(-PI / 2, 0, 0))
	palette.scale = Vector3(1.35, 1.0, 1.0)
	var paints: Array[Color] = [Color(0.93, 0.91, 0.85), Color(0.95, 0.78, 0.22), Color(0.85, 0.35, 0.16),
		Color(0.66, 0.11, 0.13), Color(0.17, 0.38, 0.24), Color(0.10, 0.22, 0.52)]
	for i in paints.size():
		var angle := PI * (0.1 + 0.8 * i / (paints.size() - 1))
		var blob := SphereMesh.new()
		blob.radius = 0.016
		blob.height = 0.018
		Shapes.add(palette, blob, M.plain(paints[i], 0.25), Vector3(cos(angle) * 0.085, 0.004, sin(angle) * 0.085))
