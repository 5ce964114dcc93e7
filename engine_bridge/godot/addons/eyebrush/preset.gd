extends RefCounted
## A look that was saved at the style desk (docs/desk.md): styles with their weights, and the dials.

const FORMAT := "eyebrush-preset/1"
const MOST_BYTES := 127  ## of a mix as text: that is what a message of the bridge has room for

var fault := ""  ## what is wrong with the file; empty if nothing is
var style := ""  ## one style, or a mix as the runtime reads it: "starry-night:0.6,great-wave:0.4"
var dials := {}  ## strength; calm and detail, if it says anything of them


func _init(path: String) -> void:
	var text := FileAccess.get_file_as_string(path)
	if text.is_empty():
		fault = "got no text in %s (%s); wanted a preset of the style desk; fix: save it again" % [
				path, error_string(FileAccess.get_open_error())]
		return
	var json := JSON.new()
	if json.parse(text) != OK:
		fault = "got %s, line %d: %s; wanted JSON; fix: save it again at the desk" % [
				path, json.get_error_line() + 1, json.get_error_message()]
		return
	var wrong := _take(json.data)
	if not wrong.is_empty():
		fault = "got %s with %s; wanted %s; fix: save it again at the desk" % [path, wrong, FORMAT]


## Returns what is wrong with it.
func _take(data: Variant) -> String:
	if not data is Dictionary or data.get("format") != FORMAT:
		return "another format"
	if not data.has("strength"):
		return "no strength"
	for dial: String in ["strength", "calm", "detail"]:
		if not data.has(dial):
			continue
		if not _is_number(data[dial], 0.0, 1.0):
			return "%s %s" % [dial, data[dial]]
		dials[dial] = data[dial]
	if not data.get("mix") is Array or data.mix.is_empty():
		return "no mix"
	var total := 0.0
	for part: Variant in data.mix:
		if not part is Dictionary or not part.get("style") is String or not _is_number(part.get("weight"), 0.0, 1000.0):
			return "the part %s in its mix" % part
		total += part.weight
	if total <= 0.0:
		return "a mix that weighs nothing"
	var mixed := PackedStringArray()
	for part: Dictionary in data.mix:
		mixed.append(part.style if data.mix.size() == 1 else "%s:%.3f" % [part.style, part.weight / total])
	var joined := ",".join(mixed)
	if joined.to_utf8_buffer().size() > MOST_BYTES:
		return "a mix of too many styles for the bridge"
	style = joined
	return ""


static func _is_number(value: Variant, low: float, high: float) -> bool:
	return value is float and value >= low and value <= high
