extends SceneTree
## Tests of the addon's parts that need no display: each function named test_* is one.
##
## Argument after "--": a JSON file of views from test_godot_addon.py. Prints a line for each test and
## for each failure; the exit code is the number of failures.

const Effect := preload("res://addons/eyebrush/eyebrush_effect.gd")
const EyebrushNode := preload("res://addons/eyebrush/eyebrush.gd")
const Fade := preload("res://addons/eyebrush/render/fade.gd")
const Meter := preload("res://addons/eyebrush/render/meter.gd")
const RuntimeProcess := preload("res://addons/eyebrush/runtime_process.gd")
const Settings := preload("res://addons/eyebrush/settings.gd")
const Styles := preload("res://addons/eyebrush/styles/styles.gd")

var failures := 0


func _initialize() -> void:
	await process_frame
	for method: Dictionary in get_script().get_script_method_list():
		var name: String = method.name
		if name.begins_with("test_"):
			var before := failures
			await call(name)
			print("%s %s" % ["ok" if failures == before else "FAILED", name])
	quit(failures)


func check(holds: bool, what: String) -> void:
	if not holds:
		failures += 1
		print("  ", what)


func check_near(got: PackedFloat32Array, wanted: Array, tolerance: float, what: String) -> void:
	check(got.size() == wanted.size(), "%s: %d numbers, wanted %d" % [what, got.size(), wanted.size()])
	for i in mini(got.size(), wanted.size()):
		check(absf(got[i] - wanted[i]) <= tolerance,
			"%s: number %d is %f, wanted %f" % [what, i, got[i], wanted[i]])


func test_views_like_the_runtime() -> void:
	var text := FileAccess.get_file_as_string(OS.get_cmdline_user_args()[0])
	var cases: Array = JSON.parse_string(text)
	check(cases.size() > 3, "no cases")
	var bridge: RefCounted = ClassDB.instantiate("EyebrushBridge")
	for case: Dictionary in cases:
		var c: Array = case.camera
		var camera := Transform3D(Vector3(c[0], c[4], c[8]), Vector3(c[1], c[5], c[9]),
			Vector3(c[2], c[6], c[10]), Vector3(c[3], c[7], c[11]))
		var p: Array = case.projection  # row by row
		var projection := Projection(Vector4(p[0], p[4], p[8], p[12]), Vector4(p[1], p[5], p[9], p[13]),
			Vector4(p[2], p[6], p[10], p[14]), Vector4(p[3], p[7], p[11], p[15]))
		bridge.prepare(0, camera, projection, 0.5, 1.0, 2.0, 1)
		check_near(bridge.get_view(0), case.view, 2e-5, "view")
		var numbers: PackedFloat32Array = bridge.get_constants(0).to_float32_array()
		check_near(numbers.slice(0, 12), [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], 0.0, "no field yet")
		check_near(numbers.slice(14, 16), [0.5, 1.0], 0.0, "strength")
		check_near(numbers.slice(16, 18), case.depth_line, 1e-5, "depth line")
		check_near(numbers.slice(18, 20), [2.0, 1.0], 0.0, "scale and depth")


func test_orthogonal_cameras_have_no_view() -> void:
	var bridge: RefCounted = ClassDB.instantiate("EyebrushBridge")
	bridge.prepare(1, Transform3D.IDENTITY, Projection.create_orthogonal(-1, 1, -1, 1, 0.1, 10), 1.0, 1.0, 1.0, 0)
	check_near(bridge.get_view(1), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0.0, "none")


func test_constants_are_written_in_place() -> void:
	var bridge: RefCounted = ClassDB.instantiate("EyebrushBridge")
	var held: PackedByteArray = bridge.get_constants(0)
	bridge.prepare(0, Transform3D.IDENTITY, Projection.IDENTITY, 0.25, 1.0, 1.0, 0)
	check(held.decode_float(14 * 4) == 0.25, "seen by who took the array before")
	check(bridge.get_constants(1).decode_float(14 * 4) == 0.0, "not the other eye's")


func test_fade_takes_200_ms_each_way() -> void:
	var fade := Fade.new()
	check(fade.step(true, 0) == 0.0, "starts plain")
	for i in range(1, 11):
		fade.step(true, i * 10_000)
	check(is_equal_approx(fade.share, 0.5), "half after 100 ms, got %f" % fade.share)
	for i in range(11, 31):
		fade.step(true, i * 10_000)
	check(fade.share == 1.0, "whole after 200 ms")
	for i in range(31, 51):
		fade.step(false, i * 10_000)
	check(is_zero_approx(fade.share), "plain after 200 ms more, got %f" % fade.share)


func test_fade_after_a_pause_does_not_jump() -> void:
	var fade := Fade.new()
	fade.step(true, 0)
	check(fade.step(true, 60_000_000) <= 0.25, "a minute's pause counts as one frame")


func test_taps_cover_the_area() -> void:
	var bridge: RefCounted = ClassDB.instantiate("EyebrushBridge")
	var rows := {Vector2i(1440, 1600): [1.0 / 360, 1.0 / 400, 2, 2], Vector2i(1441, 30): [1.0 / 362, 1.0 / 16, 2, 1]}
	for size: Vector2i in rows:
		bridge.set_views(size.x, size.y, 1)
		bridge.prepare(0, Transform3D.IDENTITY, Projection.IDENTITY, 0.0, 0.0, 1.0, 0)
		check_near(bridge.get_constants(0).to_float32_array().slice(20), rows[size], 1e-6, str(size))


func test_session_names() -> void:
	var before: String = ProjectSettings.get_setting("application/config/name")
	var rows := {"My Game!": "my-game-", "": "godot", "--": "godot", "Грибы 2": "2",
		"x".repeat(99): "x".repeat(40)}
	for name: String in rows:
		ProjectSettings.set_setting("application/config/name", name)
		var got := Effect.session_name()
		check(got == rows[name], "%s gives %s, wanted %s" % [name, got, rows[name]])
	ProjectSettings.set_setting("application/config/name", before)


func test_bridge_without_runtime() -> void:
	var bridge: RefCounted = ClassDB.instantiate("EyebrushBridge")
	check(bridge.take_field() == -8, "a closed bridge says so")
	check("open" in bridge.get_message(), bridge.get_message())
	check(bridge.open("bad name!", "unit test", 64, 64, 2) == -1, "bad names are refused")
	check("bad name!" in bridge.get_message(), bridge.get_message())
	var session := "unit-tests-%d" % OS.get_process_id()
	check(bridge.open(session, "unit test", 64, 48, 2) == 0, bridge.get_message())
	check(bridge.get_small_px(64) == 16, "small pictures are a quarter")
	bridge.set_views(64, 48, 2)
	bridge.keep_views(0, 1)
	var pixels := PackedByteArray()
	pixels.resize(2 * 4 * bridge.get_small_px(64) * bridge.get_small_px(48))
	check(bridge.publish(0, pixels.slice(4)) == -1, "pixels of a wrong size")
	var twin: RefCounted = ClassDB.instantiate("EyebrushBridge")
	check(twin.open(session, "unit test", 64, 48, 2) == -2, "a name belongs to one")
	check(bridge.publish(0, pixels) == 0, bridge.get_message())
	bridge.set_views(640, 480, 2)
	bridge.keep_views(1, 2)
	var answer: int = bridge.publish(1, pixels)
	check(answer == -7, "larger than the session: %d %s" % [answer, bridge.get_message()])
	check(bridge.take_field() == 1, "no field yet")
	check(bridge.read_status() == 0, "no runtime")
	check(bridge.get_status()[1] == 1.0, "one frame was sent")
	check(bridge.get_field_eyes() == 0, "no field yet")
	check(bridge.get_grid(5).is_empty(), "no such eye")
	bridge.close()
	check(bridge.publish(0, pixels) == -8, "closed again")


func test_runtime_is_found_along_path() -> void:
	var before := OS.get_environment("PATH")
	OS.set_environment("PATH", "/nowhere")
	check(RuntimeProcess.find() == "", "nothing there")
	var process := RuntimeProcess.new()
	check(not process.start("", "unit"), "cannot start")
	check("pip install eyebrush" in process.fault, process.fault)
	check(not process.start("/nowhere/eyebrush", "unit"), "cannot start this, either")
	OS.set_environment("PATH", before)
	var folder := OS.get_user_data_dir().path_join("ein Ördner mit Leerzeichen")
	DirAccess.make_dir_recursive_absolute(folder)
	var program := folder.path_join("eyebrush")
	var file := FileAccess.open(program, FileAccess.WRITE)
	file.store_string("#!/bin/sh\nexec sleep 30\n")
	file.close()
	FileAccess.set_unix_permissions(program, 0x1ED)  # 0755
	OS.set_environment("PATH", before + ":" + folder)
	check(RuntimeProcess.find() == program, "found: %s" % RuntimeProcess.find())
	check(process.start("", "unit"), process.fault)
	check(process.running(), "runs")
	process.stop()
	await create_timer(0.3).timeout
	check(not process.running(), "ended")
	OS.set_environment("PATH", before)


func test_node_attaches_to_the_current_camera() -> void:
	var first := _camera()
	var second := _camera()
	first.make_current()
	var node := EyebrushNode.new()
	root.add_child(node)
	node.style = "scream"
	await process_frame
	await process_frame
	check(first.compositor and node.effect in first.compositor.compositor_effects, "first camera")
	check(node.effect.style == "scream", "style handed on")
	second.make_current()
	await process_frame
	await process_frame
	check(first.compositor == null, "first camera is as it was")
	check(second.compositor and node.effect in second.compositor.compositor_effects, "second camera")
	var own := Compositor.new()
	own.compositor_effects = [CompositorEffect.new()]
	first.compositor = own
	first.make_current()
	await process_frame
	await process_frame
	check(own.compositor_effects.size() == 2, "joins a camera's own effects")
	node.free()
	check(own.compositor_effects.size() == 1, "and leaves them")
	first.free()
	second.free()


func test_two_nodes_warn() -> void:
	var first := EyebrushNode.new()
	var second := EyebrushNode.new()
	root.add_child(first)
	root.add_child(second)
	check(first._get_configuration_warnings().is_empty(), "the first is fine")
	check(second._get_configuration_warnings().size() == 1, "the second warns")
	check(not second.is_processing(), "and does nothing")
	first.free()
	second.free()


func test_settings_have_defaults() -> void:
	check(Settings.read("strength") == 1.0, "strength")
	check(Settings.read("style") in Styles.NAMES, "style")


func test_presets_of_the_desk() -> void:
	var node := EyebrushNode.new()
	node.mix_style = "scream"
	var good := """{"format": "eyebrush-preset/1", "name": "x", "strength": 0.5, "calm": 0.25,
		"mix": [{"style": "starry-night", "weight": 3}, {"style": "great-wave", "weight": 1}]}"""
	check(node.load_preset(_written(good)) == "", "a good one is taken")
	check(node.style == "starry-night:0.750,great-wave:0.250", "its mix: %s" % node.style)
	check(node.mix_style == "" and node.strength == 0.5, "and nothing else")
	check(node.calm == 0.25 and node.detail == 0.7, "its dials; one that it leaves out stays")
	for bad: Array in [
			["", "no text"], ["{\n\"format\": ", "line 2"], ["[]", "another format"],
			[good.replace("0.5", "7"), "strength 7"], [good.replace("0.25", "-2"), "calm -2"], [good.replace("preset/1", "preset/9"), "another format"],
			[good.replace("\"weight\": 3", "\"weight\": -3"), "in its mix"],
			[good.replace("great-wave", "g".repeat(120)), "too many styles"]]:
		var fault := node.load_preset(_written(bad[0]))
		check(fault.contains(bad[1]), "%s: %s" % [bad[1], fault])
	check(node.strength == 0.5, "a bad one changes nothing")
	check(node.load_preset("user://no-such.json").contains("no text"), "nor does none")
	node.free()


func _written(text: String) -> String:
	var file := FileAccess.open("user://preset.json", FileAccess.WRITE)
	file.store_string(text)
	file.close()
	return "user://preset.json"


func test_meter() -> void:
	var bridge: RefCounted = ClassDB.instantiate("EyebrushBridge")
	var meter := Meter.new(bridge)
	meter.frames = 2
	bridge.clock_start()
	await create_timer(0.2).timeout  # no time of this thread's
	bridge.clock_stop(Meter.GRAB)
	var until := Time.get_ticks_usec() + 20_000
	while Time.get_ticks_usec() < until:
		pass
	bridge.clock_stop(Meter.UPLOAD)
	var costs := meter.per_frame_ms()
	check(costs.upload > 0.0 and costs.read == 0.0, "the work's stage: %s" % costs)
	check(costs.upload <= 10.5, "per frame, 20 ms in two frames: %s" % costs)
	check(is_equal_approx(costs.all, costs.upload + costs.grab), "all")
	meter.reset()
	check(meter.per_frame_ms().all == 0.0, "reset")


func _camera() -> Camera3D:
	var camera := Camera3D.new()
	root.add_child(camera)
	return camera
