extends RefCounted
## One stream of views through the bridge and back: what EyebrushEffect does on the rendering thread.
##
## Per frame: status and control -> newest field -> fade -> for each view the passes that are needed ->
## ask for the small picture, which is published a frame later, when it has been read back. Nothing
## here waits for the runtime; without one, a frame costs one look at the bridge.

signal changed(state: String, reason: String)  ## on the rendering thread

const Fade := preload("fade.gd")
const Meter := preload("meter.gd")
const Passes := preload("passes.gd")

const LINK := ["none", "live", "stalled", "lost"]  # EB_LINK_...
const NO_RUNTIME := ["no runtime yet: run `eyebrush serve`", "", "the runtime is stalled",
	"the runtime has gone: run `eyebrush serve`"]  # by link
const LIVE := 1
const FAILED := 3  # EB_STATE_FAILED
const OK := 0  # EB_OK
const BUSY := -2  # EB_BUSY
const CAPACITY := -7  # EB_CAPACITY
const RETRY_US := 2_000_000
const MAX_IN_FLIGHT := 2

var state := "plain"  ## plain, painting, or fault
var reason := "not rendered yet"
var field_age_ms := INF
var frames := 0
var in_flight := 0
var meter: Meter
var passes: Passes
var bridge: RefCounted  ## EyebrushBridge (extension/eyebrush_godot.c); null without the library

var _rd: RenderingDevice
var _fade := Fade.new()
var _size := Vector2i.ZERO  # of a view, now
var _views := 0
var _open_size := Vector2i.ZERO
var _open_views := 0
var _retry_at_us := 0
var _link := 0
var _control := []
var _mobile := RenderingServer.get_current_rendering_method() == "mobile"
var _scaled_color := RID()
var _scale := 1.0
var _constants: Array[PackedByteArray] = []  # the bridge's own memory, as are the next two
var _grid: Array[PackedByteArray] = []
var _strokes: Array[PackedByteArray] = []
var _ticket := 0
var _then: Array[Callable] = []  # what to do when the pixels of a ticket have come
var _can_wait_less := false


func _init(rd: RenderingDevice) -> void:
	_rd = rd
	if not ClassDB.class_exists("EyebrushBridge"):
		_say("fault", "the addon's native library is missing or was not loaded for this platform; " +
			"fix: eyebrush install godot PROJECT_DIR")
		return
	bridge = ClassDB.instantiate("EyebrushBridge")
	meter = Meter.new(bridge)
	passes = Passes.new(rd)
	if passes.fault() != "":
		_say("fault", passes.fault())
	for eye in 2:
		_constants.append(bridge.get_constants(eye))
	for ticket in MAX_IN_FLIGHT:
		_then.append(_publish.bind(ticket))
	_can_wait_less = rd.has_method("texture_get_data_async")  # Godot 4.4 and later


## effect: whose look it is, an EyebrushEffect.
func render(buffers: RenderSceneBuffersRD, scene: RenderSceneData, effect: CompositorEffect) -> void:
	var size := buffers.get_internal_size()
	var views := buffers.get_view_count()
	if state == "fault" or size.x < 16 or size.y < 16 or views > 2:
		return
	bridge.clock_start()
	meter.frames += 1
	frames += 1
	if not _opened(size, views, effect):
		bridge.clock_stop(Meter.OTHER)
		return
	_send_control(effect)
	_link = bridge.read_status()
	var live := _link == LIVE
	bridge.clock_stop(Meter.OTHER)
	if live and bridge.take_field() == OK:
		_upload()
		bridge.clock_stop(Meter.UPLOAD)
	var usable: bool = bridge.get_field_eyes() == views
	field_age_ms = bridge.get_field_age_ms() if usable else INF
	var fresh: bool = live and usable and field_age_ms <= effect.max_field_age_ms
	var share := _fade.step(fresh, Time.get_ticks_usec())
	_judge(live, usable, fresh)
	var capture := live and in_flight < MAX_IN_FLIGHT
	var strength := 0.0
	if usable:
		strength = minf(effect.strength, bridge.get_field_strength()) * share
	if capture or strength > 0.0:
		_draw(buffers, scene, effect, capture, strength)
	else:
		bridge.clock_stop(Meter.OTHER)


## What the runtime says of itself; empty before there was a bridge to it.
func runtime_report() -> Dictionary:
	if bridge == null or _open_views == 0:
		return {}
	var numbers: PackedFloat64Array = bridge.get_status()
	return {"link": LINK[int(numbers[0])], "sent": int(numbers[1]), "fields_per_s": numbers[2],
		"style": bridge.get_style(), "backend": bridge.get_backend(),
		"buffers_made": bridge.get_buffers_made()}


func _draw(buffers: RenderSceneBuffersRD, scene: RenderSceneData, effect: CompositorEffect,
		capture: bool, strength: float) -> void:
	var camera := scene.get_cam_transform()
	for eye in _views:
		var color := buffers.get_color_layer(eye)
		var depth := buffers.get_depth_layer(eye) if effect.use_depth and strength > 0.0 else RID()
		bridge.prepare(eye, camera, scene.get_view_projection(eye), strength, effect.stroke_opacity,
			_linear_scale(color), int(depth.is_valid()))
		passes.encode(eye, color, _constants[eye])
		if capture:
			passes.reduce(eye, _constants[eye])
		bridge.clock_stop(Meter.GRAB)
		if strength > 0.0:
			passes.composite(eye, color, depth, _constants[eye])
			bridge.clock_stop(Meter.COMPOSITE)
	if capture:
		_read_back()
		bridge.clock_stop(Meter.GRAB)


## Mobile keeps colours in 10 bits, at half brightness so that there is room above white.
func _linear_scale(color: RID) -> float:
	if _mobile and color != _scaled_color:
		_scaled_color = color
		var format := _rd.texture_get_format(color).format
		_scale = 1.0 if format == RenderingDevice.DATA_FORMAT_R16G16B16A16_SFLOAT else 2.0
	return _scale


func _read_back() -> void:
	bridge.keep_views(_ticket, frames)
	if _can_wait_less:
		if _rd.call("texture_get_data_async", passes.small, 0, _then[_ticket]) != OK:
			return
		in_flight += 1
	else:  # Godot 4.3 has only this one, which waits for the GPU
		in_flight += 1
		_then[_ticket].call(_rd.texture_get_data(passes.small, 0))
	_ticket = (_ticket + 1) % MAX_IN_FLIGHT  # they come back in the order in which they were asked for


func _publish(pixels: PackedByteArray, ticket: int) -> void:
	in_flight -= 1
	bridge.clock_start()
	var answer: int = bridge.publish(ticket, pixels)
	if answer < 0 and answer != CAPACITY:  # a read-back from before the views grew
		_say(state, bridge.get_message())
	bridge.clock_stop(Meter.READ)


func _upload() -> void:
	meter.fields += 1
	var eyes: int = bridge.get_field_eyes()
	if passes.fit_field(bridge.get_grid_cells(), bridge.get_strokes_px(), eyes):
		_grid.clear()
		_strokes.clear()
		for eye in eyes:
			_grid.append(bridge.get_grid(eye))
			_strokes.append(bridge.get_strokes(eye))
	for eye in eyes:
		_rd.texture_update(passes.grid[eye], 0, _grid[eye])
		_rd.texture_update(passes.strokes[eye], 0, _strokes[eye])


## Whether there is a session for views of this size; textures and bridge then fit them.
func _opened(size: Vector2i, views: int, effect: CompositorEffect) -> bool:
	if _open_views != views or size.x > _open_size.x or size.y > _open_size.y:
		var now := Time.get_ticks_usec()
		if now < _retry_at_us:
			return false
		if not _open(size, views, effect.session_or_own()):
			_retry_at_us = now + RETRY_US
			return false
	if _size != size or _views != views:
		_size = size
		_views = views
		bridge.set_views(size.x, size.y, views)
		passes.fit_views(size, Vector2i(bridge.get_small_px(size.x), bridge.get_small_px(size.y)), views)
	return true


func _open(size: Vector2i, views: int, session: String) -> bool:
	_open_views = 0
	_control = []
	var answer := BUSY
	for attempt in 8:  # another game, or another camera of this one, may have the name
		if answer == BUSY:
			var name := session if attempt == 0 else "%s-%d" % [session.left(40), attempt + 1]
			answer = bridge.open(name, "Godot " + Engine.get_version_info().string, size.x, size.y, views)
	if answer != OK:
		_say("plain", bridge.get_message())
		return false
	_open_size = size
	_open_views = views
	return true


func _send_control(effect: CompositorEffect) -> void:
	if not _control.is_empty() and effect.style == _control[0] and effect.mix_style == _control[1] \
			and effect.mix == _control[2] and effect.strength == _control[3] \
			and effect.calm == _control[4] and effect.detail == _control[5]:
		return
	_control = [effect.style, effect.mix_style, effect.mix, effect.strength, effect.calm, effect.detail]
	bridge.callv("set_control", _control + [0])


func _judge(live: bool, usable: bool, fresh: bool) -> void:
	if fresh:
		_say("painting", "")
	elif not live:
		_say("plain", NO_RUNTIME[_link])
	elif bridge.get_runtime_state() == FAILED:
		_say("plain", "the runtime: " + bridge.get_reason())
	elif not usable:
		_say("plain", "waiting for the first field")
	else:
		_say("plain", "the newest field is too old")


func _say(new_state: String, new_reason: String) -> void:
	if new_state == state and new_reason == reason:
		return
	state = new_state
	reason = new_reason
	changed.emit(state, reason)


## Frees what is on the GPU, on the rendering thread.
func release() -> void:
	if passes:
		passes.release()
	if bridge:
		bridge.close()
