extends Node3D
## A small scene that is quick to draw: boxes, a sign with text, a ball. With the effect on its camera;
## flat, a second camera is shown in a corner, without the effect or with one of its own.
##
## Arguments after "--": xr=1, msaa=1, effect=0 (none), second=1 (for the second camera, too), move=1 (the ball and the head move), seconds=N (then
## it ends), fps=N (a limit), session=, style=, multiplier=N, age=MS, commands=FILE (looked at a few times
## a second: "resize W H", "silent SECONDS" (no lines for so long), "quit"). Writes a line of JSON about twice a second: "eyebrush " and what the
## effect reports; costs, frames and the longest frame are those since the last line.

const Effect := preload("res://addons/eyebrush/eyebrush_effect.gd")

var args := {"xr": "0", "msaa": "0", "effect": "1", "second": "0", "move": "0", "seconds": "60", "fps": "0",
	"session": "checks", "style": "great-wave", "multiplier": "1", "age": "2000",
	"commands": ""}
var effect: Effect
var head: Camera3D
var origin: XROrigin3D
var ball: MeshInstance3D
var frames := 0
var longest_us := 0
var last_frame_us := 0
var last_line_us := 0
var silent_until_us := 0
var obeyed := ""


func _ready() -> void:
	for argument in OS.get_cmdline_user_args():
		var pair := argument.split("=", true, 1)
		args[pair[0]] = pair[1]
	Engine.max_fps = int(args.fps)
	_build()
	if args.xr == "0":
		_add_second_view()
	if args.msaa == "1":
		get_viewport().msaa_3d = Viewport.MSAA_4X
	if args.effect == "1":
		effect = _add_effect(head, "state")


func _add_effect(camera: Camera3D, word: String) -> Effect:
	var out := Effect.new()
	out.session = args.session
	out.style = args.style
	out.max_field_age_ms = int(args.age)
	out.state_changed.connect(func(state: String, reason: String) -> void:
		print(word, " ", state, ": ", reason))
	camera.compositor = Compositor.new()
	camera.compositor.compositor_effects = [out]
	return out


func _build() -> void:
	if args.xr == "1":
		var xr := XRServer.find_interface("OpenXR") as OpenXRInterface
		if xr == null or not xr.is_initialized():
			printerr("no OpenXR session")
			get_tree().quit(2)
			return
		xr.render_target_size_multiplier = float(args.multiplier)
		get_viewport().use_xr = true
		origin = XROrigin3D.new()
		add_child(origin)
		head = XRCamera3D.new()
		origin.add_child(head)
	else:
		head = Camera3D.new()
		head.position = Vector3(0, 1.6, 2.0)
		add_child(head)
	head.make_current()
	var sun := DirectionalLight3D.new()
	sun.rotation_degrees = Vector3(-50, 40, 0)
	add_child(sun)
	var environment := WorldEnvironment.new()
	environment.environment = Environment.new()
	environment.environment.background_mode = Environment.BG_COLOR
	environment.environment.background_color = Color(0.55, 0.7, 0.9)
	environment.environment.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	environment.environment.ambient_light_color = Color(0.5, 0.5, 0.55)
	add_child(environment)
	_mesh(BoxMesh.new(), Vector3(0, -0.05, 0), Vector3(8, 0.1, 8), Color(0.4, 0.6, 0.35))
	_mesh(BoxMesh.new(), Vector3(-1.0, 1.2, -0.6), Vector3(0.7, 0.7, 0.7), Color(0.9, 0.25, 0.2))
	_mesh(BoxMesh.new(), Vector3(1.1, 0.6, -1.4), Vector3(0.6, 1.2, 0.6), Color(0.95, 0.8, 0.3))
	_mesh(BoxMesh.new(), Vector3(0, 1.6, -0.3), Vector3(0.9, 0.5, 0.05), Color(0.93, 0.92, 0.88))
	ball = _mesh(SphereMesh.new(), Vector3(1.0, 1.6, -0.6), Vector3(0.7, 0.7, 0.7), Color(0.2, 0.4, 0.95))
	var text := Label3D.new()
	text.text = "EYEBRUSH\n6pt READS"
	text.font_size = 48
	text.pixel_size = 0.003
	text.modulate = Color.BLACK
	text.outline_size = 0
	text.position = Vector3(0, 1.6, -0.26)
	add_child(text)


func _add_second_view() -> void:
	var view := SubViewport.new()
	view.size = Vector2i(96, 96)
	view.render_target_update_mode = SubViewport.UPDATE_ALWAYS
	var camera := Camera3D.new()
	view.add_child(camera)
	var shown := TextureRect.new()
	shown.texture = view.get_texture()
	var layer := CanvasLayer.new()
	layer.add_child(shown)
	add_child(view)
	add_child(layer)
	camera.position = Vector3(0, 1.6, 1.5)
	if args.second == "1":
		_add_effect(camera, "second")


func _mesh(mesh: Mesh, at: Vector3, size: Vector3, color: Color) -> MeshInstance3D:
	var node := MeshInstance3D.new()
	node.mesh = mesh
	node.position = at
	node.scale = size
	var material := StandardMaterial3D.new()
	material.albedo_color = color
	material.roughness = 0.9
	node.material_override = material
	add_child(node)
	return node


func _process(_delta: float) -> void:
	var now := Time.get_ticks_usec()
	if last_frame_us > 0:
		longest_us = maxi(longest_us, now - last_frame_us)
	last_frame_us = now
	frames += 1
	if origin and args.move == "0":  # cancels the simulated headset's own motion
		origin.transform = Transform3D(Basis.IDENTITY, Vector3(0, 1.6, 2.0)) * head.transform.affine_inverse()
	if args.move == "1":
		ball.position.y = 1.6 + 0.4 * sin(now / 4e5)
		if args.xr == "0":
			head.rotation.y = 0.05 * sin(now / 7e5)
	if now - last_line_us > 500_000 and now > silent_until_us:
		var line := {"frames": frames, "us": now - last_line_us, "longest_us": longest_us, "at_us": now}
		if effect:
			line.merge(effect.report())
			if line.get("field_age_ms", 0.0) == INF:
				line.field_age_ms = -1.0
			effect.reset_costs()
		print("eyebrush ", JSON.stringify(line))
		_obey()
		last_line_us = now
		frames = 0
		longest_us = 0
	if now > float(args.seconds) * 1e6:
		get_tree().quit()


func _obey() -> void:
	if args.commands == "" or not FileAccess.file_exists(args.commands):
		return
	var command := FileAccess.get_file_as_string(args.commands).strip_edges()
	if command == obeyed:
		return
	obeyed = command
	var words := command.split(" ")
	if words[0] == "resize":
		get_window().size = Vector2i(int(words[1]), int(words[2]))
	elif words[0] == "silent":
		silent_until_us = Time.get_ticks_usec() + int(float(words[1]) * 1e6)
	elif words[0] == "quit":
		get_tree().quit()
