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

const LABEL_PX := 72  ## width of the words before a control

var state := Label.new()
var _gallery := ItemList.new()
var _mix: HSlider


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
	_add_slider("Strength", "strength", "0 is the plain picture.")
	_add_slider("Calm", "calm", "How much strokes stay where they are in the world.")
	_add_slider("Detail", "detail", "How far strokes keep off lettering and other hard contrast.")
	add_child(HSeparator.new())
	_add_mix_style()
	_mix = _add_slider("Mix", "mix", "Share of the second style.")
	_mix.editable = Settings.read("mix_style") != ""
	add_child(HSeparator.new())
	var start := CheckBox.new()
	start.text = "Start the runtime with the game"
	start.tooltip_text = "Runs `eyebrush serve` beside the game and ends it with the game."
	start.button_pressed = Settings.read("runtime/start")
	start.toggled.connect(func(on: bool) -> void: setting_changed.emit("runtime/start", on))
	add_child(start)
	var foot := HBoxContainer.new()
	state.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	state.size_flags_horizontal = SIZE_EXPAND_FILL
	state.text = "No game is running." if RuntimeProcess.find() != "" else "No `eyebrush` on PATH: see Help."
	foot.add_child(state)
	var help := Button.new()
	help.text = "Help"
	help.size_flags_vertical = SIZE_SHRINK_BEGIN
	help.pressed.connect(_show_help)
	foot.add_child(help)
	add_child(foot)


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
	_gallery.max_columns = 0
	_gallery.icon_mode = ItemList.ICON_MODE_TOP
	_gallery.fixed_icon_size = Vector2i(Styles.SIDE_PX, Styles.SIDE_PX)
	_gallery.fixed_column_width = Styles.SIDE_PX + 8
	_gallery.same_column_width = true
	_gallery.size_flags_vertical = SIZE_EXPAND_FILL
	_gallery.custom_minimum_size.y = 260
	var sheet: Texture2D = load((get_script() as Script).resource_path.get_base_dir().path_join(GALLERY))
	for i in Styles.NAMES.size():
		var picture := AtlasTexture.new()
		picture.atlas = sheet
		picture.region = Rect2(i % Styles.COLUMNS * Styles.SIDE_PX, i / Styles.COLUMNS * Styles.SIDE_PX,
			Styles.SIDE_PX, Styles.SIDE_PX)
		_gallery.add_item(Styles.NAMES[i].replace("-", " "), picture)
		_gallery.set_item_tooltip(i, Styles.NAMES[i])
		if Styles.NAMES[i] == Settings.read("style"):
			_gallery.select(i)
	_gallery.item_selected.connect(
		func(i: int) -> void: setting_changed.emit("style", Styles.NAMES[i]))
	_gallery.resized.connect(_gallery.ensure_current_is_visible.call_deferred)
	add_child(_gallery)


func _add_mix_style() -> void:
	var choice := OptionButton.new()
	choice.add_item("no second style")
	for style in Styles.NAMES:
		choice.add_item(style)
	choice.select(Styles.NAMES.find(Settings.read("mix_style")) + 1)
	choice.item_selected.connect(func(i: int) -> void:
		_mix.editable = i > 0
		setting_changed.emit("mix_style", "" if i == 0 else Styles.NAMES[i - 1]))
	_add_row("Mixed with", choice)


func _add_slider(text: String, property: String, tooltip: String) -> HSlider:
	var slider := HSlider.new()
	slider.max_value = 1.0
	slider.step = 0.01
	slider.value = Settings.read(property)
	slider.size_flags_vertical = SIZE_SHRINK_CENTER
	slider.tooltip_text = tooltip
	var shown := Label.new()
	shown.text = "%.2f" % slider.value
	slider.value_changed.connect(func(value: float) -> void:
		shown.text = "%.2f" % value
		setting_changed.emit(property, value))
	_add_row(text, slider).add_child(shown)
	return slider


func _add_row(text: String, control: Control) -> HBoxContainer:
	var row := HBoxContainer.new()
	var label := Label.new()
	label.text = text
	label.custom_minimum_size.x = LABEL_PX
	control.size_flags_horizontal = SIZE_EXPAND_FILL
	row.add_child(label)
	row.add_child(control)
	add_child(row)
	return row


func _show_help() -> void:
	var dialog := AcceptDialog.new()
	dialog.title = "Eyebrush"
	dialog.dialog_text = HELP
	dialog.visibility_changed.connect(func() -> void:
		if not dialog.visible:
			dialog.queue_free())
	add_child(dialog)
	dialog.popup_centered()
