extends "eyebrush.gd"
## The Eyebrush node of the whole project, with what the project settings say. The dock's "Enabled"
## makes it an autoload. While the game runs from the editor, it reports to the dock and obeys it.

const Settings := preload("settings.gd")
const DIALS := ["style", "mix_style", "mix", "strength", "calm", "detail"]  ## the dock turns these


func _init() -> void:
	super()
	for name: String in DIALS + ["use_depth", "keep_transparent", "max_field_age_ms"]:
		set(name, Settings.read(name))
	start_runtime = Settings.read("runtime/start")
	runtime_program = Settings.read("runtime/program")


func _ready() -> void:
	super()
	if EngineDebugger.is_active():
		EngineDebugger.register_message_capture(Settings.MESSAGES, _on_message)


func _on_message(message: String, data: Array) -> bool:
	if message != "set" or data.size() != 2 or not data[0] in DIALS:
		return false
	set(data[0], data[1])
	return true


func _watch() -> void:
	super()
	if EngineDebugger.is_active():
		EngineDebugger.send_message(Settings.MESSAGES + ":report", [report()])


func _exit_tree() -> void:
	super()
	if EngineDebugger.has_capture(Settings.MESSAGES):
		EngineDebugger.unregister_message_capture(Settings.MESSAGES)
