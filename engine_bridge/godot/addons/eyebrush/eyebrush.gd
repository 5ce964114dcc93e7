@tool
class_name Eyebrush
extends Node
## Restyles the current camera of its viewport; for code, signals and settings in the scene.
##
## Ticking "Enabled" in the Eyebrush dock adds one to the whole project (autoload.gd). Add a node of
## your own instead to have it in some scenes only, or to change styles from code.

signal runtime_connected  ## the runtime attached
signal runtime_lost  ## it left, or died; the picture fades to plain
signal state_changed(reason: String)  ## empty while painting, else why the picture is plain
signal style_changed(style: String)  ## the runtime paints in this style now

const Effect := preload("eyebrush_effect.gd")
const Preset := preload("preset.gd")
const RuntimeProcess := preload("runtime_process.gd")
const Styles := preload("styles/styles.gd")
const GROUP := &"eyebrush"
const WATCH_S := 0.25

@export var enabled := true
## Name of a style; empty leaves it to the runtime.
@export_custom(PROPERTY_HINT_ENUM_SUGGESTION, Styles.HINT) var style := "great-wave"
## A second style to mix in.
@export_custom(PROPERTY_HINT_ENUM_SUGGESTION, Styles.HINT) var mix_style := ""
## Share of the second style.
@export_range(0.0, 1.0, 0.01) var mix := 0.0
## 0 is the plain picture, 1 is fully painted.
@export_range(0.0, 1.0, 0.01) var strength := 1.0
## How much strokes stay where they are in the world; 0 makes each field anew.
@export_range(0.0, 1.0, 0.01) var calm := 1.0
## How far strokes keep off lettering and other hard contrast.
@export_range(0.0, 1.0, 0.01) var detail := 0.7
## Let strokes follow near things when the head moves. Uses the depth buffer.
@export var use_depth := true
## Labels, particles and panels with transparency stay as they are. Not together with MSAA.
@export var keep_transparent := false
## Fade to the plain picture when the newest field was made from a frame older than this.
@export_range(50, 5000, 10, "suffix:ms") var max_field_age_ms := 800
## The camera to paint; empty takes the viewport's current one.
@export var camera: Camera3D
## Start `eyebrush serve` with the game and end it with it. Else one that runs already is used.
@export var start_runtime := false
## Where the program `eyebrush` is; empty looks along PATH.
@export_global_file var runtime_program := ""

var effect: Effect  ## null in the editor
var runtime := RuntimeProcess.new()

var _compositor: Compositor  # where the effect is now
var _camera: Camera3D  # whose compositor that is, if it is ours
var _watched := {}
var _next_watch_s := 0.0


func _init() -> void:
	if not Engine.is_editor_hint():
		effect = Effect.new()


func _enter_tree() -> void:
	add_to_group(GROUP)


func _ready() -> void:
	if Engine.is_editor_hint():
		set_process(false)
		return
	for warning in _get_configuration_warnings():
		push_warning("Eyebrush: " + warning)
	if get_tree().get_first_node_in_group(GROUP) != self:
		set_process(false)  # the other one paints, as the warning says
		return
	effect.state_changed.connect(func(_state: String, reason: String) -> void: state_changed.emit(reason))
	if start_runtime and not runtime.start(runtime_program, Effect.session_name()):
		push_warning("Eyebrush: " + runtime.fault)


func _exit_tree() -> void:
	_detach()
	runtime.stop()


func _process(delta: float) -> void:
	effect.enabled = enabled
	effect.style = style
	effect.mix_style = mix_style
	effect.mix = mix
	effect.strength = strength
	effect.calm = calm
	effect.detail = detail
	effect.max_field_age_ms = max_field_age_ms
	if effect.use_depth != use_depth:
		effect.use_depth = use_depth
	if effect.keep_transparent != keep_transparent:
		effect.keep_transparent = keep_transparent
	_attach(camera if camera else get_viewport().get_camera_3d())
	_next_watch_s -= delta
	if _next_watch_s <= 0.0:
		_next_watch_s = WATCH_S
		_watch()


## Take the look of a preset that was saved at the style desk. Returns what is wrong with the file.
func load_preset(path: String) -> String:
	var preset := Preset.new(path)
	if preset.fault.is_empty():
		style = preset.style
		for dial: String in preset.dials:
			set(dial, preset.dials[dial])
		mix_style = ""
		mix = 0.0
	return preset.fault


## What the runtime and the addon are doing; see EyebrushEffect.report.
func report() -> Dictionary:
	return effect.report()


## Put the effect where this camera's picture is made: its own compositor, or the world's.
func _attach(wanted: Camera3D) -> void:
	if wanted == null or (_camera == wanted and _compositor and _holds(_compositor)):
		return
	_detach()
	_camera = wanted
	_compositor = wanted.compositor
	if _compositor == null:
		_compositor = _world_compositor()
	if _compositor == null:
		_compositor = Compositor.new()
		wanted.compositor = _compositor
	_compositor.compositor_effects = _compositor.compositor_effects + [effect]


func _detach() -> void:
	if _compositor and _holds(_compositor):
		_compositor.compositor_effects = _compositor.compositor_effects.filter(
			func(other: CompositorEffect) -> bool: return other != effect)
	if is_instance_valid(_camera) and _camera.compositor == _compositor and _compositor \
			and _compositor.compositor_effects.is_empty():
		_camera.compositor = null
	_compositor = null
	_camera = null


func _holds(compositor: Compositor) -> bool:
	return effect in compositor.compositor_effects


func _world_compositor() -> Compositor:
	for node: WorldEnvironment in get_tree().root.find_children("*", "WorldEnvironment", true, false):
		if node.compositor:
			return node.compositor
	return null


func _watch() -> void:
	var now := effect.report()
	if now.get("link") != _watched.get("link"):
		if now.get("link") == "live":
			runtime_connected.emit()
		elif _watched.get("link") == "live":
			runtime_lost.emit()
	if now.get("style", "") != _watched.get("style", ""):
		style_changed.emit(now.style)
	_watched = now


func _get_configuration_warnings() -> PackedStringArray:
	var out := PackedStringArray()
	if RenderingServer.get_current_rendering_method() == "gl_compatibility":
		out.append("got the Compatibility renderer; wanted Forward+ or Mobile; fix: Project Settings, " +
			"Rendering, Renderer")
	if not ClassDB.class_exists("EyebrushBridge"):
		out.append("got no native library for this platform in addons/eyebrush/bin; fix: " +
			"eyebrush install godot PROJECT_DIR, then restart the editor")
	if is_inside_tree() and get_tree().get_node_count_in_group(GROUP) > 1 \
			and get_tree().get_first_node_in_group(GROUP) != self:
		out.append("got two Eyebrush nodes; wanted one; fix: untick Enabled in the dock, or remove one")
	return out
