class_name EyebrushEffect
extends CompositorEffect
## Restyles what its camera sees with fields from the Eyebrush runtime, in each eye.
##
## Add it to the Compositor of a WorldEnvironment (all cameras) or of a Camera3D (that one). Needs
## Forward+ or Mobile. Without a runtime (`eyebrush serve`) the picture stays plain. Canvas layers and
## OpenXR composition layers are drawn after it and so stay sharp.

## The state changed: "plain", "painting" or "fault", and why (empty while painting). Main thread.
signal state_changed(state: String, reason: String)

const Stream := preload("render/stream.gd")
const Styles := preload("styles/styles.gd")

## Name of a style; empty leaves it to the runtime.
@export_custom(PROPERTY_HINT_ENUM_SUGGESTION, Styles.HINT) var style := ""
## A second style to mix in.
@export_custom(PROPERTY_HINT_ENUM_SUGGESTION, Styles.HINT) var mix_style := ""
## Share of the second style: 0 is only the first, 1 only the second.
@export_range(0.0, 1.0, 0.01) var mix := 0.0
## 0 is the plain picture, 1 is fully painted.
@export_range(0.0, 1.0, 0.01) var strength := 1.0
## How much strokes stay where they are in the world; 0 makes each field anew.
@export_range(0.0, 1.0, 0.01) var calm := 1.0
## How far strokes keep off lettering and other hard contrast.
@export_range(0.0, 1.0, 0.01) var detail := 0.7
## How much of the brush strokes is laid over the colours.
@export_range(0.0, 1.0, 0.01) var stroke_opacity := 1.0
## Let strokes follow near things when the head moves, not only when it turns. Uses the depth buffer.
@export var use_depth := true:
	set(value):
		use_depth = value
		access_resolved_depth = value
## Paint before transparent things are drawn, so that labels, particles and panels with transparency
## stay as they are. Not together with MSAA, which would draw over the painting.
@export var keep_transparent := false:
	set(value):
		keep_transparent = value
		effect_callback_type = (EFFECT_CALLBACK_TYPE_PRE_TRANSPARENT if value
			else EFFECT_CALLBACK_TYPE_POST_TRANSPARENT)
## Fade to the plain picture when the newest field was made from a frame older than this.
@export_range(50, 5000, 10, "suffix:ms") var max_field_age_ms := 800
## Name of the session that the runtime sees; empty takes the project's name.
@export var session := ""

var _stream: Stream
var _rd := RenderingServer.get_rendering_device()
var _buffers := 0  # instance id of the render buffers that this effect works for
var _seen_frame := 0


func _init() -> void:
	access_resolved_color = true
	access_resolved_depth = use_depth
	effect_callback_type = EFFECT_CALLBACK_TYPE_POST_TRANSPARENT


## What the runtime and the addon are doing, for people and for programs.
func report() -> Dictionary:
	if _stream == null:
		return {"state": "plain", "reason": "not rendered yet"}
	var out := {"state": _stream.state, "reason": _stream.reason, "frames": _stream.frames,
		"field_age_ms": _stream.field_age_ms}
	if _stream.meter:
		out["cpu_ms"] = _stream.meter.per_frame_ms()
	out.merge(_stream.runtime_report())
	return out


## Start the CPU times of `report` anew.
func reset_costs() -> void:
	if _stream and _stream.meter:
		_stream.meter.reset()


# --- from here on: the rendering thread ---

func _render_callback(_type: int, data: RenderData) -> void:
	var buffers := data.get_render_scene_buffers() as RenderSceneBuffersRD
	if buffers == null or _rd == null or not _is_ours(buffers):
		return
	if _stream == null:
		_stream = Stream.new(_rd)
		_stream.changed.connect(_on_changed)
		_on_changed(_stream.state, _stream.reason)
	_stream.render(buffers, data.get_render_scene_data(), self)


## One effect serves one view: the first that is drawn with it, until that is drawn no more.
func _is_ours(buffers: RenderSceneBuffersRD) -> bool:
	var id := buffers.get_instance_id()
	var frame := Engine.get_frames_drawn()
	if _buffers != id and frame - _seen_frame <= 2 and _buffers != 0:
		return false
	_buffers = id
	_seen_frame = frame
	return true


func _on_changed(state: String, reason: String) -> void:
	state_changed.emit.call_deferred(state, reason)


func _notification(what: int) -> void:
	if what == NOTIFICATION_PREDELETE and _stream:
		RenderingServer.call_on_render_thread(_release.bind(_stream))


static func _release(stream: Stream) -> void:
	stream.release()


## The session's name: the one that was set, or the project's.
func session_or_own() -> String:
	return session if session != "" else session_name()


## The project's name in the letters that a session may have.
static func session_name() -> String:
	var name: String = ProjectSettings.get_setting("application/config/name", "")
	var out := ""
	for letter in name.to_lower():
		var keep := (letter >= "a" and letter <= "z") or (letter >= "0" and letter <= "9")
		out += letter if keep else "-"
	out = out.lstrip("-").left(40)
	return out if out != "" else "godot"
