"""eyebrush explain: parts of a style, what taking them away does, patches, and the page."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from eyebrush import Stylizer
from eyebrush.cli import main
from eyebrush.clip import ClipReader, shipped_clip
from eyebrush.errors import InputError
from eyebrush.explain import colours
from eyebrush.explain.ablation import ablate, mean_style
from eyebrush.explain.parts import LAYERS, kinds_of, layers_of
from eyebrush.explain.patches import SIDE_PX, nearest_patches, nearest_styles
from eyebrush.explain.report import LONG_SIDE, read_frame
from eyebrush.features import CHANNELS, FeatureNetwork
from eyebrush.resources import STYLE_ENCODER
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture

CODE = 1408


@pytest.fixture(scope="module")
def frame():
    """A quarter of a frame of the shipped clip, [256, 256, 3]."""
    with ClipReader(shipped_clip()) as clip:
        return np.ascontiguousarray(clip[len(clip) // 2].color[0, 100:356, 100:356, :3])


@pytest.fixture(scope="module")
def explained(frame):
    stylizer = Stylizer("starry-night", smoothing_s=0.0)
    mean = mean_style(stylizer.library)
    return ablate(stylizer, frame, stylizer.style, mean), stylizer, mean


def test_every_number_of_a_code_belongs_to_one_layer_and_one_kind():
    for parts in (layers_of(CODE), kinds_of(CODE)):
        assert (sum(p.mask.astype(int) for p in parts) == 1).all()
        assert all(p.about for p in parts)
    assert not kinds_of(CODE)[-1].mask.any()  # the palette is no part of the code


def test_another_network_is_refused():
    with pytest.raises(InputError, match="codes of 64 numbers"):
        layers_of(64)


def test_layers_after_the_grid_change_no_tone(explained):
    """The grid is read off after block 4: what follows can only change strokes."""
    (_, effects), *_ = explained
    by_name = {e.part.name: e for e in effects}
    for name in ("up", "mix"):
        assert by_name[name].tone == 0.0
        assert by_name[name].strokes > 1.0
    for name in ("stem", "block 1", "block 4", "palette"):
        assert by_name[name].tone > 1.0
    assert by_name["palette"].change > by_name["mix"].change  # a blue night is most of it


def test_the_mean_style_has_nothing_to_take_away(frame, explained):
    _, stylizer, mean = explained
    whole, effects = ablate(stylizer, frame, mean, mean)
    assert [e.change for e in effects] == [0.0] * len(effects)
    assert np.array_equal(effects[0].without, whole.full)


def test_tone_and_strokes_add_up_to_the_picture(explained):
    (whole, _), *_ = explained
    total = np.abs(whole.full.astype(float) - whole.frame).mean(-1) / 255
    assert (total <= whole.by_tone + whole.by_strokes + 1e-6).all()
    assert 0.05 < whole.mask < 0.9


def test_a_patch_is_found_where_it_has_gone(frame):
    """The painting is the frame, moved: the piece lies elsewhere in it."""
    painting = np.roll(frame, (-64, 48), (0, 1))
    weight = np.zeros(frame.shape[:2])
    weight[96 : 96 + SIDE_PX, 128 : 128 + SIDE_PX] = 1  # strokes act here
    (match,) = nearest_patches(FeatureNetwork(), frame, weight, painting, count=1)
    assert np.array_equal(match.ours, frame[96 : 96 + SIDE_PX, 128 : 128 + SIDE_PX])
    assert np.array_equal(match.theirs, match.ours)
    assert match.likeness > 0.9


def test_patches_do_not_touch(frame):
    matches = nearest_patches(FeatureNetwork(), frame, np.ones(frame.shape[:2]), frame)
    assert 4 <= len(matches) <= 6
    assert all(np.array_equal(m.ours, m.theirs) for m in matches)  # each is its own nearest
    assert len({m.ours.tobytes() for m in matches}) == len(matches)


def test_neighbours_are_others_nearest_first(explained):
    _, stylizer, mean = explained
    found = nearest_styles(stylizer.library, stylizer.library.get("great-wave"), mean)
    likeness = [value for _, value in found]
    assert "great-wave" not in {s.name for s, _ in found}
    assert likeness == sorted(likeness, reverse=True)


def test_features_are_those_of_the_encoder(frame):
    features = FeatureNetwork()(frame)
    assert features.relu3_3.shape == (256, 64, 64)
    assert [m.shape for m in features.moments] == [(2, c) for c in CHANNELS]
    mean, deviation = features.moments[2]
    assert mean == pytest.approx(features.relu3_3.mean((1, 2)), rel=1e-3, abs=1e-3)
    assert deviation == pytest.approx(features.relu3_3.std((1, 2)), rel=1e-2, abs=1e-2)


def test_an_encoder_without_vgg_is_refused(installed):
    with pytest.raises(InputError, match="1 ReLUs and 0 logarithms"):
        FeatureNetwork(installed / STYLE_ENCODER)


def test_colours_say_what_they_should():
    blue, orange = (np.full((8, 8), v) for v in (0.5, 0.0))
    assert (colours.tone_or_strokes(blue, orange)[0, 0] == colours.TONE).all()
    assert (colours.tone_or_strokes(orange, blue)[0, 0] == colours.STROKES).all()
    ramp = colours.heat(np.linspace(0, 1, 50)[None], 1.0)[0].astype(int).sum(-1)
    assert (np.diff(ramp) > 0).all()  # lighter means more, also in grey
    assert (colours.strip(np.zeros(3)) == 250).all()


def test_the_command_writes_a_page_of_its_own(tmp_path, frame, capsys):
    Image.fromarray(frame).save(tmp_path / "frame.png")
    page = tmp_path / "page.html"
    line = ["explain", tmp_path / "frame.png", "--style", "scream", "-o", page, "--json", "-q"]
    assert main([str(a) for a in line]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [p["name"] for p in report["parts"][: len(LAYERS)]] == [name for name, _ in LAYERS]
    assert len(report["nearest_styles"]) == 4
    text = page.read_text("utf-8")
    assert "<script" not in text
    assert not re.search(r"(?:src|href)='(?!data:)|url\(|https?:", text)
    pictures = re.findall(r"src='data:image/(?:jpeg|png);base64,([^']+)'", text)
    assert len(pictures) == 4 + 8 + 2 + 4  # result, layers, strips, neighbours
    for data in pictures:
        Image.open(io.BytesIO(base64.b64decode(data))).load()
    shown = [float(number) for number in re.findall(r"<span>([\d.]+)</span><small>", text)]
    assert shown == pytest.approx([p["change"] for p in report["parts"]], abs=0.06)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("page.txt", "frame", "wanted a page"),
        ("page.html", "missing", "no file"),
        ("page.html", "tiny", "64x64"),
        ("page.html", "text", "no known picture format"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(tmp_path, capsys, name, content, message):
    picture = tmp_path / "frame.png"
    if content == "text":
        picture.write_text("not a picture")
    elif content != "missing":
        side = 8 if content == "tiny" else 128
        Image.new("RGB", (side, side), "grey").save(picture)
    code = main(["explain", str(picture), "-o", str(tmp_path / name)])
    err = capsys.readouterr().err
    assert code == 2
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / name).exists()


def test_large_frames_are_shrunk(tmp_path):
    Image.new("RGB", (2400, 1200), "teal").save(tmp_path / "large.png")
    assert read_frame(tmp_path / "large.png").shape == (LONG_SIDE // 2, LONG_SIDE, 3)
