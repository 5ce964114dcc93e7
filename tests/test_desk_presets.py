"""Preset files, and the small JSON Schema checker that names lines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyebrush.desk import schema
from eyebrush.desk.presets import PresetFolder, mix_text, parse_preset, preset_wish, read_preset
from eyebrush.errors import InputError

PRESET = schema.load("preset.schema.json")
GOOD = {
    "format": "eyebrush-preset/1",
    "name": "evening",
    "mix": [{"style": "monet", "weight": 3}, {"style": "hokusai", "weight": 1}],
    "strength": 0.8,
    "calm": 1,
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)  # fmt: skip


def text_of(value, indent=2):
    return json.dumps(value, indent=indent, ensure_ascii=False)


@given(json_values, st.sampled_from([None, 0, 3]))
def test_values_are_read_as_json_reads_them(value, indent):
    read, lines = schema.read_with_lines(text_of(value, indent))
    assert read == value
    assert lines[()] == 1


@given(st.text(alphabet='{}[]",:01.eE-+ \n\ttruefalsn\\u', max_size=60))
def test_texts_are_refused_where_json_refuses_them(text):
    try:
        wanted = json.loads(text)
    except ValueError:
        wanted = ValueError
    try:
        got = schema.read_with_lines(text)[0]
    except ValueError:
        got = ValueError
    if got is ValueError and wanted is not ValueError:  # we refuse more, and only this
        assert has_duplicates(text) or "e" in text.lower()  # a number beyond all bounds
    else:
        assert got == wanted


def has_duplicates(text):
    def pairs(items):
        if len({key for key, _ in items}) < len(items):
            raise OverflowError
        return dict(items)

    try:
        json.loads(text, object_pairs_hook=pairs)
    except OverflowError:
        return True
    return False


@given(st.data())
def test_our_checker_agrees_with_a_full_one(data):
    """jsonschema_rs comes with schemathesis."""
    full = pytest.importorskip("jsonschema_rs").validator_for(PRESET)
    preset = json.loads(json.dumps(GOOD))
    keys = [*GOOD, "colour"]
    for _ in range(data.draw(st.integers(0, 2))):
        preset[data.draw(st.sampled_from(keys))] = data.draw(
            json_values | st.sampled_from([0.5, 1, 2, -1, "x", [], [GOOD["mix"][0]] * 9])
        )
    if data.draw(st.booleans()):
        preset.pop(data.draw(st.sampled_from(list(preset))))
    try:
        schema.check(preset, PRESET)
        ours = True
    except schema.FaultError:
        ours = False
    assert ours == full.is_valid(preset)


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        ({"format": "eyebrush-preset/9"}, 2, 'format = "eyebrush-preset/9"; wanted "eyebrush-p'),
        ({"name": "No Such"}, 3, 'name = "No Such"'),
        ({"strength": 1.5}, 14, "strength = 1.5; wanted a number at least 0, at most 1"),
        ({"calm": "very"}, 15, 'calm = "very"; wanted a JSON number'),
        ({"colour": 1}, 16, "colour = a member of that name"),
    ],
)
def test_a_bad_preset_names_its_line(change, line, said):
    with pytest.raises(InputError) as refused:
        parse_preset(text_of({**GOOD, **change}), "evening.json")
    assert f"evening.json, line {line}: " in str(refused.value)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "no JSON"),
        ('{\n"format": yes\n}', 2, "no JSON"),
        ('{\n"name": "a",\n"name": "b"}', 3, "comes twice"),
        ('{\n"name": "a",\n}', 3, "a comma too many"),
        ('{\n"name" "a"}', 2, "a colon is missing"),
        ('{\n"strength": 1e999}', 2, "not finite"),
        ('{\n"strength": ' + "9" * 5000 + "}", 2, "too long"),
        ("[" * 100, 1, "levels"),
        ("{}\n{}", 2, "text after the end"),
        (text_of({"mix": [{"style": "a", "weight": 1}, {"style": "b"}]}), 7, 'no "weight"'),
        (text_of({key: GOOD[key] for key in GOOD if key != "mix"}), 1, 'no "mix"'),
    ],
)
def test_what_is_no_preset_names_its_line(text, line, said):
    with pytest.raises(InputError) as refused:
        parse_preset(text, "x.json")
    assert f"x.json, line {line}: " in str(refused.value)
    assert said in str(refused.value)


def test_a_schema_with_words_we_do_not_know_is_refused():
    with pytest.raises(ValueError, match="anyOf"):
        schema.check(1, {"anyOf": [{"type": "number"}]})


def test_a_folder_of_presets(tmp_path):
    folder = PresetFolder(tmp_path / "presets")
    assert folder.all() == []
    path = folder.save(GOOD)
    assert read_preset(path) == GOOD
    folder.save({**GOOD, "strength": 0.5})
    (tmp_path / "presets" / "bad.json").write_text('{\n  "name": 1\n}')
    (tmp_path / "presets" / "big.json").write_bytes(b" " * (65 << 10))
    rows = {row["name"]: row for row in folder.all()}
    assert rows["evening"]["preset"]["strength"] == 0.5
    assert "line 2" in rows["bad"]["problem"]
    assert "65536 bytes" in rows["big"]["problem"]
    folder.remove("evening")
    for name in ("evening", "../evening", "/etc/passwd"):
        with pytest.raises(InputError):
            folder.get(name)
        with pytest.raises(InputError):
            folder.remove(name)


def test_what_a_preset_asks_for():
    assert preset_wish(GOOD) == {"style": "monet:0.75,hokusai:0.25", "strength": 0.8, "calm": 1}
    assert mix_text([{"style": "monet", "weight": 0.1}]) == "monet"
