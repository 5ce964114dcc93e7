extends SceneTree
## The demo's hands with trackers made up here: hidden, at a controller, in the shape of a tracked
## hand. Run in a copy of the demo project by test_godot_demo.py; prints a line for each.
##
## Argument after "--": a PNG to leave a picture of both hands in.

const Hand := preload("res://hands/hand.gd")


func _initialize() -> void:
	var hands := {}
	for side: String in ["left", "right"]:
		hands[side] = Hand.new()
		hands[side].side = side
		root.add_child(hands[side])
	await _frames(2)
	print("hands: untracked ", hands.left.visible, " ", hands.right.visible)
	for side: String in hands:
		var place := Transform3D(Basis.from_euler(Vector3(1.2, 0.0, 0.0)), Vector3(0.16 if side == "right" else -0.16, 0.0, -0.45))
		_hold(side, place)
	await _frames(2)
	# the index finger's last bone, between its last two joints
	print("hands: held ", hands.right.position.is_equal_approx(Vector3(0.16, 0.0, -0.45)), " ",
		_tip(hands.right).is_equal_approx((Vector3(-0.022, -0.036, -0.030) + Vector3(-0.020, -0.010, -0.026)) * 0.5), " ",
		is_equal_approx(_tip(hands.left).x, -_tip(hands.right).x))
	await _picture(OS.get_cmdline_user_args()[0])
	var tracker := XRHandTracker.new()
	tracker.hand = XRPositionalTracker.TRACKER_HAND_RIGHT
	tracker.name = "/user/hand_tracker/right"
	tracker.has_tracking_data = true
	for joint in XRHandTracker.HAND_JOINT_MAX:
		tracker.set_hand_joint_transform(joint, Transform3D(Basis.IDENTITY, Vector3(0.01 * (joint % 5), 1.0 + 0.02 * joint, -0.3)))
	XRServer.add_tracker(tracker)
	await _frames(2)
	var wanted := (tracker.get_hand_joint_transform(XRHandTracker.HAND_JOINT_INDEX_FINGER_PHALANX_DISTAL).origin
		+ tracker.get_hand_joint_transform(XRHandTracker.HAND_JOINT_INDEX_FINGER_TIP).origin) * 0.5
	print("hands: tracked ", hands.right.transform == Transform3D.IDENTITY, " ", _tip(hands.right).is_equal_approx(wanted))
	quit()


func _tip(hand: Hand) -> Vector3:
	return hand._bones[1 * (Hand.BONES + 1) + 4].position


func _frames(count: int) -> void:
	for i in count:
		await process_frame


func _hold(side: String, place: Transform3D) -> void:
	var controller := XRControllerTracker.new()
	controller.name = side + "_hand"
	controller.set_pose("grip", place, Vector3.ZERO, Vector3.ZERO, XRPose.XR_TRACKING_CONFIDENCE_HIGH)
	XRServer.add_tracker(controller)


func _picture(path: String) -> void:
	var camera := Camera3D.new()
	camera.position = Vector3(0.0, 0.12, 0.05)
	camera.rotation.x = -0.2
	root.add_child(camera)
	var sun := DirectionalLight3D.new()
	sun.rotation = Vector3(-0.9, 0.6, 0.0)
	root.add_child(sun)
	var around := WorldEnvironment.new()
	around.environment = Environment.new()
	around.environment.background_mode = Environment.BG_COLOR
	around.environment.background_color = Color(0.72, 0.74, 0.72)
	around.environment.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	around.environment.ambient_light_color = Color(0.45, 0.45, 0.5)
	root.add_child(around)
	await _frames(4)
	root.get_texture().get_image().save_png(path)
