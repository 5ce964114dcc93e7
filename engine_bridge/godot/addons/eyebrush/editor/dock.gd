@tool
extends VBoxContainer
## The editor's dock: enable, gallery of styles, mix and dials, what the runtime does.

signal enabled_changed(enabled: bool)
signal setting_changed(property: String, value: Variant)

const Settings := preload("../settings.gd")
const Styles := preload("../styles/styles.gd")
const RuntimeProcess := preload("../runtime_process.gd")
const GALLERY := "../styles/gallery.webp"
const HELP := """The runtime makes the fields. Install it with

    pip install eyebrush

and start it with

    eyebrush serve

or tick "Start with the game". Games find it by themselves, in any order."""

var state := Label.new()
var _mix_style := OptionButton.new()


func _init() -> void:
	name = "Eyebrush"


func build(is_enabled: bool) -> void:
	var enabled := CheckBox.new()
	enabled.text = "Enabled in this project"
	enabled.tooltip_text = "Paints the current camera of every scene, in both eyes."
	enabled.button_pressed = is_enabled
	enabled.toggled.connect(enabled_changed.emit)
	add_child(enabled)
	_add_gallery()
	_add_slider("Strength", "strength")
	_add_slider("Calm", "calm")
	_add_slider("Detail", "detail")
	_add_mix()
	_add_slider("Mix", "mix")
	var start := CheckBox.new()
	start.text = "Start the runtime with the game"
	start.button_pressed = Settings.read("runtime/start")
	start.toggled.connect(func(on: bool) -> void: setting_changed.emit("runtime/start", on))
	add_child(start)
	state.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	state.text = "No game is running." if RuntimeProcess.find() != "" else "No `eyebrush` on PATH: see Help."
	add_child(state)
	var help := Button.new()
	help.text = "Help"
	help.pressed.connect(_show_help)
	add_child(help)


## Shows what a running game reports.
func show_report(report: Dictionary) -> void:
	var lines: PackedStringArray = [report.get("state", "plain").capitalize()]
	if report.get("reason", "") != "":
		lines.append(report.reason)
	if report.get("link") == "live":
		lines.append("%s on %s, %.0f fields/s" % [report.style, report.backend, report.fields_per_s])
	if report.has("cpu_ms"):
		lines.append("%.2f ms of CPU a frame" % report.cpu_ms.all)
	state.text = "\n".join(lines)


func _add_gallery() -> void:
	var gallery := ItemList.new()
	gallery.max_columns = 0
	gallery.icon_mode = ItemList.ICON_MODE_TOP
	gallery.fixed_icon_size = Vector2i(Styles.SIDE_PX, Styles.SIDE_PX)
	gallery.fixed_column_width = Styles.SIDE_PX + 8
	gallery.same_column_width = true
	gallery.size_flags_vertical = SIZE_EXPAND_FILL
	gallery.custom_minimum_size.y = 240
	var sheet: Texture2D = load((get_script() as Script).resource_path.get_base_dir().path_join(GALLERY))
	for i in Styles.NAMES.size():
		var picture := AtlasTexture.new()
		picture.atlas = sheet
		picture.region = Rect2(i % Styles.COLUMNS * Styles.SIDE_PX, i / Styles.COLUMNS * Styles.SIDE_PX,
			Styles.SIDE_PX, Styles.SIDE_PX)
		gallery.add_item(Styles.NAMES[i], picture)
		if Styles.NAMES[i] == Settings.read("style"):
			gallery.select(i)
	gallery.item_selected.connect(
		func(i: int) -> void: setting_changed.emit("style", Styles.NAMES[i]))
	add_child(gallery)


func _add_mix() -> void:
	_mix_style.add_item("no second style")
	for style in Styles.NAMES:
		_mix_style.add_item(style)
	_mix_style.select(Styles.NAMES.find(Settings.read("mix_style")) + 1)
	_mix_style.item_selected.connect(func(i: int) -> void:
		setting_changed.emit("mix_style", "" if i == 0 else Styles.NAMES[i - 1]))
	add_child(_mix_style)


func _add_slider(text: String, property: String) -> void:
	var row := HBoxContainer.new()
	var label := Label.new()
	label.text = text
	label.custom_minimum_size.x = 80
	var slider := HSlider.new()
	slider.max_value = 1.0
	slider.step = 0.01
	slider.value = Settings.read(property)
	slider.size_flags_horizontal = SIZE_EXPAND_FILL
	slider.value_changed.connect(func(value: float) -> void: setting_changed.emit(property, value))
	row.add_child(label)
	row.add_child(slider)
	add_child(row)


func _show_help() -> void:
	var dialog := AcceptDialog.new()
	dialog.title = "Eyebrush"
	dialog.dialog_text = HELP
	dialog.visibility_changed.connect(func() -> void:
		if not dialog.visible:
			dialog.queue_free())
	add_child(dialog)
	dialog.popup_centered()
