@tool
extends EditorDebuggerPlugin
## Between the dock and a game that runs from the editor: reports come, settings go.

signal reported(report: Dictionary)

const PREFIX := preload("../settings.gd").MESSAGES


func _has_capture(capture: String) -> bool:
	return capture == PREFIX


func _capture(message: String, data: Array, _session_id: int) -> bool:
	if message != PREFIX + ":report":
		return false
	reported.emit(data[0])
	return true


## Change a property of the running game's Eyebrush.
func tell(property: String, value: Variant) -> void:
	for session: EditorDebuggerSession in get_sessions():
		if session.is_active():
			session.send_message(PREFIX + ":set", [property, value])
