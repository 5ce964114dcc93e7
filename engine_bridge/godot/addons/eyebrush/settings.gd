extends RefCounted
## The addon's project settings, under eyebrush/: names, defaults and hints.

const Styles := preload("styles/styles.gd")
const MESSAGES := "eyebrush"  ## prefix of what game and editor tell each other
const TABLE := {
	"eyebrush/style": ["great-wave", PROPERTY_HINT_ENUM_SUGGESTION, Styles.HINT],
	"eyebrush/mix_style": ["", PROPERTY_HINT_ENUM_SUGGESTION, Styles.HINT],
	"eyebrush/mix": [0.0, PROPERTY_HINT_RANGE, "0,1,0.01"],
	"eyebrush/strength": [1.0, PROPERTY_HINT_RANGE, "0,1,0.01"],
	"eyebrush/calm": [1.0, PROPERTY_HINT_RANGE, "0,1,0.01"],
	"eyebrush/detail": [0.7, PROPERTY_HINT_RANGE, "0,1,0.01"],
	"eyebrush/use_depth": [true, PROPERTY_HINT_NONE, ""],
	"eyebrush/keep_transparent": [false, PROPERTY_HINT_NONE, ""],
	"eyebrush/max_field_age_ms": [800, PROPERTY_HINT_RANGE, "50,5000,10,suffix:ms"],
	"eyebrush/runtime/start": [false, PROPERTY_HINT_NONE, ""],
	"eyebrush/runtime/program": ["", PROPERTY_HINT_GLOBAL_FILE, ""],
}


## Make them known to the editor, so that they have hints and defaults are not saved.
static func define() -> void:
	for name: String in TABLE:
		var row: Array = TABLE[name]
		if not ProjectSettings.has_setting(name):
			ProjectSettings.set_setting(name, row[0])
		ProjectSettings.set_initial_value(name, row[0])
		ProjectSettings.set_as_basic(name, true)
		ProjectSettings.add_property_info(
			{"name": name, "type": typeof(row[0]), "hint": row[1], "hint_string": row[2]})


static func read(name: String) -> Variant:
	return ProjectSettings.get_setting("eyebrush/" + name, TABLE["eyebrush/" + name][0])
