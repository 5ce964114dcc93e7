@tool
extends EditorPlugin
## The editor's side of the addon: project settings, the dock, and the project-wide Eyebrush.

const AUTOLOAD := "EyebrushProject"
const DebuggerLink := preload("editor/debugger_link.gd")
const Dock := preload("editor/dock.gd")
const Settings := preload("settings.gd")

var dock: Dock
var link := DebuggerLink.new()


func _enter_tree() -> void:
	Settings.define()
	dock = Dock.new()
	dock.build(ProjectSettings.has_setting("autoload/" + AUTOLOAD))
	dock.enabled_changed.connect(_set_enabled)
	dock.setting_changed.connect(_set_setting)
	link.reported.connect(dock.show_report)
	add_debugger_plugin(link)
	add_control_to_dock(DOCK_SLOT_RIGHT_BL, dock)


func _exit_tree() -> void:
	remove_debugger_plugin(link)
	remove_control_from_docks(dock)
	dock.free()


func _disable_plugin() -> void:
	_set_enabled(false)


func _set_enabled(enabled: bool) -> void:
	if enabled == ProjectSettings.has_setting("autoload/" + AUTOLOAD):
		return
	if enabled:
		add_autoload_singleton(AUTOLOAD, (get_script() as Script).resource_path.get_base_dir() + "/autoload.gd")
	else:
		remove_autoload_singleton(AUTOLOAD)
	ProjectSettings.save()


func _set_setting(property: String, value: Variant) -> void:
	ProjectSettings.set_setting("eyebrush/" + property, value)
	ProjectSettings.save()
	link.tell(property, value)
