extends RefCounted
## CPU time of the addon's stages on the rendering thread, summed up by the bridge (stage_clock.h).
##
## grab: working copy, small picture and the request to read it back. read: the small picture into
## shared memory. upload: a new field out of it and into textures. composite: the last pass.
## other: status and what is not in one of these.

enum {GRAB, READ, UPLOAD, COMPOSITE, OTHER}

const STAGES: Array[String] = ["grab", "read", "upload", "composite", "other"]

var frames := 0
var fields := 0
var _clock: RefCounted


func _init(bridge: RefCounted) -> void:
	_clock = bridge


func reset() -> void:
	frames = 0
	fields = 0
	_clock.clock_reset()


## Milliseconds per frame, of each stage and all, and over how many frames and fields.
func per_frame_ms() -> Dictionary:
	var out := {"frames": frames, "fields": fields, "all": 0.0}
	var total_ns: PackedFloat64Array = _clock.get_clock()
	for i in STAGES.size():
		out[STAGES[i]] = total_ns[i] / 1e6 / maxi(frames, 1)
		out.all += out[STAGES[i]]
	return out
