extends RefCounted
## CPU time of the addon's stages on the rendering thread, summed up.
##
## grab: working copy, small picture and the request to read it back. read: the small picture into
## shared memory. upload: a new field out of it and into textures. composite: the last pass.
## other: status and what is not in one of these.

const STAGES: Array[String] = ["grab", "read", "upload", "composite", "other"]

var frames := 0
var fields := 0
var total_us := {}
var longest_us := {}
var _since_us := 0


func _init() -> void:
	reset()


func reset() -> void:
	frames = 0
	fields = 0
	for stage in STAGES:
		total_us[stage] = 0
		longest_us[stage] = 0


func start() -> void:
	_since_us = Time.get_ticks_usec()


## The time since `start` or the last `stop` belongs to this stage.
func stop(stage: String) -> void:
	var now := Time.get_ticks_usec()
	total_us[stage] += now - _since_us
	longest_us[stage] = maxi(longest_us[stage], now - _since_us)
	_since_us = now


## Milliseconds per frame, all stages, and how many frames and fields that was measured over.
func per_frame_ms() -> Dictionary:
	var out := {"frames": frames, "fields": fields, "all": 0.0}
	for stage in STAGES:
		out[stage] = total_us[stage] / 1000.0 / maxi(frames, 1)
		out.all += out[stage]
	return out
