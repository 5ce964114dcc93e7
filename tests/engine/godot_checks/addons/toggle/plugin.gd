@tool
extends EditorPlugin
## On, enabled in the project, off again; then ends the editor. Prints what the project says each time.


func _enter_tree() -> void:
	_run.call_deferred()


func _run() -> void:
	await get_tree().create_timer(2.0).timeout
	EditorInterface.set_plugin_enabled("eyebrush", true)
	await get_tree().process_frame
	_say("on")
	var dock: Node = EditorInterface.get_base_control().find_child("Eyebrush", true, false)
	print("toggle: dock ", dock != null)
	dock.enabled_changed.emit(true)
	dock.setting_changed.emit("style", "scream")
	dock.show_report({"state": "painting", "link": "live", "style": "scream", "backend": "CPU",
		"fields_per_s": 20.0, "cpu_ms": {"all": 0.1}})
	print("toggle: says ", dock.state.text.split("\n"))
	await get_tree().process_frame
	_say("enabled")
	EditorInterface.set_plugin_enabled("eyebrush", false)
	await get_tree().process_frame
	_say("off")
	await get_tree().create_timer(1.0).timeout
	get_tree().quit()


func _say(step: String) -> void:
	print("toggle: %s autoload=%s style=%s" % [step, ProjectSettings.has_setting("autoload/EyebrushProject"),
		ProjectSettings.get_setting("eyebrush/style", "unset")])
