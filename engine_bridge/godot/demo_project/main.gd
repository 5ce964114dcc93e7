extends Node3D
## Builds the scene, walks through it in an OpenXR session, and records the walk.
##
## Arguments after "--": record=FOLDER (else it is only shown), frames=N, warmup=N, start=N,
## multiplier=X (render target size, as a multiple of what the runtime recommends), every=N (a
## preview: only each Nth frame of the walk).
## Run with --fixed-fps 72: time then goes by the frame, however slowly a frame is drawn.

const Recorder := preload("res://recorder/clip_recorder.gd")
const Walk := preload("res://walk.gd")
const RATE_HZ := 72
const LENGTH := 120  # frames of the whole walk

@onready var origin: XROrigin3D = $Origin
@onready var head: XRCamera3D = $Origin/Head
@onready var environment: WorldEnvironment = $World/Environment
@onready var moving: Array[Node] = get_tree().get_nodes_in_group("moving")

var args := {"record": "", "frames": str(LENGTH), "warmup": "8", "start": "0", "multiplier": "1",
	"every": "1"}
var recorder: CompositorEffect
var frame := 0


func _ready() -> void:
	for argument in OS.get_cmdline_user_args():
		var pair := argument.split("=", true, 1)
		if pair.size() != 2 or not args.has(pair[0]):
			_fail("got argument %s; wanted one of %s" % [argument, " ".join(args.keys())])
			return
		args[pair[0]] = pair[1]
	var xr := XRServer.find_interface("OpenXR") as OpenXRInterface
	if xr == null or not xr.is_initialized():
		_fail("no OpenXR session: start a runtime (Monado, SteamVR, ...) first")
		return
	xr.render_target_size_multiplier = float(args.multiplier)
	get_viewport().use_xr = true
	frame = int(args.start) - int(args.warmup)
	if args.record != "":
		recorder = Recorder.new()
		recorder.folder = args.record
		environment.compositor = Compositor.new()
		environment.compositor.compositor_effects = [recorder]
	var system := xr.get_system_info()
	var session := {
		"engine": "Godot %s, %s, %s" % [Engine.get_version_info().string,
			RenderingServer.get_current_rendering_method(), RenderingServer.get_video_adapter_name()],
		"runtime": "%s, %s" % [system.get("XRRuntimeName"), system.get("OpenXRSystemName")],
	}
	print("eyebrush session: ", session)
	if recorder:
		var file := FileAccess.open(args.record.path_join("session.json"), FileAccess.WRITE)
		if file == null:
			_fail("cannot write into %s" % args.record)
			return
		file.store_string(JSON.stringify(session))


func _process(_delta: float) -> void:
	var recorded := frame - int(args.start)
	if recorder and recorded == int(args.frames):
		get_tree().quit()
		return
	var step := int(args.start) + maxi(recorded, 0) * int(args.every) if recorder else posmod(frame, LENGTH)
	# The walk says where the head is in the world; the runtime, where it is over the origin.
	var over_origin := head.transform
	origin.global_transform = Walk.head(float(step) / LENGTH) * over_origin.affine_inverse()
	for node in moving:
		node.move(float(step) / RATE_HZ)
	if recorder:
		recorder.frame = recorded if recorded >= 0 else -1
		recorder.display_time_ns = 1_000_000_000 + roundi(step * 1e9 / RATE_HZ)
		print("frame ", recorded)
	frame += 1


func _fail(message: String) -> void:
	printerr("eyebrush demo scene: ", message)
	get_tree().quit(2)
