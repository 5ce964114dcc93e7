"""Styles: files, the library, mixing, and paintings that become codes."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.numpy import save_file

import tiny_network
from eyebrush import backends, resources, tone
from eyebrush.errors import InputError
from eyebrush.styles import Style, encode_painting, mix_styles, open_library, user_folder
from eyebrush.styles.add import resize_painting
from eyebrush.styles.files import FORMAT, read_styles, write_styles
from eyebrush.styles.style import check_name, name_from
from tiny_assets import NAMES, tiny_style
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture


@pytest.fixture
def library(installed):
    return open_library()


def test_round_trip_of_a_file(tmp_path):
    styles = [tiny_style("one", 1), tiny_style("two", 2)]
    write_styles(tmp_path / "s.safetensors", styles)
    back = read_styles(tmp_path / "s.safetensors")
    assert list(back) == ["one", "two"]
    for style in styles:
        np.testing.assert_array_equal(back[style.name].code, style.code)
        np.testing.assert_array_equal(back[style.name].tone_out, style.tone_out)
        assert back[style.name].info == style.info
        assert back[style.name].network == tiny_network.NETWORK_ID
    assert [p.name for p in tmp_path.iterdir()] == ["s.safetensors"]


def test_library_knows_shipped_styles_in_their_order(library):
    assert library.names() == list(NAMES)
    assert library.default.name == NAMES[0]
    assert library.get("beta").describe() == "Beta, Nobody"


def test_save_get_and_remove_a_style_of_ones_own(library):
    path = library.save(tiny_style("mine", 9))
    assert path == user_folder() / "mine.safetensors"
    assert library.names() == [*NAMES, "mine"]
    np.testing.assert_array_equal(library.get("mine").code, tiny_style("mine", 9).code)
    with pytest.raises(InputError, match="taken"):
        library.save(tiny_style("mine", 10))
    library.save(tiny_style("mine", 10), replace=True)
    np.testing.assert_array_equal(library.get("mine").code, tiny_style("mine", 10).code)
    assert library.remove("mine") == path
    assert library.names() == list(NAMES)


def test_shipped_names_cannot_be_taken_or_removed(library):
    with pytest.raises(InputError, match="taken by a shipped style"):
        library.save(tiny_style("alpha", 9), replace=True)
    with pytest.raises(InputError, match="shipped style 'alpha'"):
        library.remove("alpha")
    with pytest.raises(InputError, match="unknown style 'nope'"):
        library.remove("nope")


def test_a_style_by_file(library, tmp_path):
    write_styles(tmp_path / "x.safetensors", [tiny_style("x", 4)])
    assert library.resolve(str(tmp_path / "x.safetensors")).name == "x"


def test_mix_is_linear_in_code_and_colour(library):
    a, b = library.get("alpha"), library.get("beta")
    mixed = library.resolve("alpha:3,beta:1")
    np.testing.assert_allclose(mixed.code, 0.75 * a.code + 0.25 * b.code, rtol=1e-6)
    np.testing.assert_allclose(mixed.tone_out, 0.75 * a.tone_out + 0.25 * b.tone_out, rtol=1e-6)
    assert mixed.name == "alpha:3,beta:1"
    half = library.resolve("alpha, beta")
    np.testing.assert_allclose(half.code, (a.code + b.code) / 2, rtol=1e-6)


def test_a_mix_may_contain_files(library, tmp_path):
    write_styles(tmp_path / "x.safetensors", [tiny_style("x", 4)])
    mixed = library.resolve(f"alpha:1,{tmp_path / 'x.safetensors'}:0")
    np.testing.assert_allclose(mixed.code, library.get("alpha").code)


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0.01, 100)), min_size=1, max_size=6))
def test_a_mix_stays_within_its_styles(parts):
    styles = [tiny_style(f"s{seed}", seed) for seed, _ in parts]
    mixed = mix_styles(styles, [weight for _, weight in parts])
    codes = np.stack([s.code for s in styles])
    assert (mixed.code >= codes.min(0) - 1e-5).all()
    assert (mixed.code <= codes.max(0) + 1e-5).all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alpa", "did you mean 'alpha'"),
        ("zzzzzz", "eyebrush style list"),
        ("", "name a style"),
        ("alpha,,beta", "name a style"),
        ("alpha:-1,beta:2", "mix weights"),
        ("alpha:0,beta:0", "sum to 0"),
        ("alpha:nan,beta:1", "mix weights"),
        ("nowhere/x.safetensors", "no file"),
    ],
)
def test_what_cannot_be_resolved_says_how_to_go_on(library, text, said):
    with pytest.raises(InputError, match=said):
        library.resolve(text)


def test_mixing_styles_of_two_networks_is_refused():
    with pytest.raises(InputError, match="networks"):
        mix_styles([tiny_style("a", 1), tiny_style("b", 2, "other-net")], [1, 1])


def test_a_code_of_another_network_is_refused(library, tmp_path):
    write_styles(tmp_path / "old.safetensors", [tiny_style("old", 1, "field-v0-00000000")])
    with pytest.raises(InputError, match=r"network field-v0-00000000.*tiny-v1-0000beef.*style add"):
        library.resolve(str(tmp_path / "old.safetensors"))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("where", ["code", "tone_out"])
def test_nan_and_inf_are_refused(bad, where):
    good = tiny_style("x", 1)
    values = {"code": good.code.copy(), "tone_out": good.tone_out.copy()}
    values[where].flat[3] = bad
    with pytest.raises(InputError, match=f"NaN or Inf in its {where}"):
        Style("x", values["code"], values["tone_out"], good.network)


def contents(**changes):
    style = tiny_style("x", 1)
    tensors = {"x/code": style.code, "x/tone_out": style.tone_out}
    metadata = {"format": FORMAT, "network": style.network, "styles": json.dumps({"x": {}})}
    for key, value in changes.items():
        target = tensors if key.startswith("x/") else metadata
        if value is None:
            del target[key]
        else:
            target[key] = value
    return tensors, metadata


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "eyebrush-styles/9"},
        {"format": None},
        {"network": None},
        {"styles": "{not json"},
        {"styles": "[1, 2]"},
        {"styles": '{"x": {}, "y": {}}'},
        {"x/code": None},
        {"x/code": np.zeros((2, 2), np.float32)},
        {"x/code": np.full(16, np.nan, np.float32)},
        {"x/code": np.zeros(16, np.float64)},
        {"x/tone_out": np.zeros((4, 4), np.float32)},
    ],
)
def test_unsound_contents_are_refused(tmp_path, changes):
    tensors, metadata = contents(**changes)
    save_file(tensors, tmp_path / "x.safetensors", metadata)
    with pytest.raises(InputError) as caught:
        read_styles(tmp_path / "x.safetensors")
    assert "\n" not in str(caught.value)


@given(cut=st.integers(0, 400), flip=st.integers(0, 400), mask=st.integers(1, 255))
def test_damaged_bytes_give_an_input_error_or_sound_styles(tmp_path_factory, cut, flip, mask):
    folder = tmp_path_factory.mktemp("damage")
    write_styles(folder / "x.safetensors", [tiny_style("x", 1)])
    data = bytearray((folder / "x.safetensors").read_bytes())
    data[flip % len(data)] ^= mask
    (folder / "x.safetensors").write_bytes(data[: len(data) - cut % len(data)])
    styles, said = {}, ""
    try:
        styles = read_styles(folder / "x.safetensors")
    except InputError as error:
        said = str(error)
    assert "\n" not in said
    assert all(np.isfinite(s.code).all() for s in styles.values())


def test_painting_becomes_a_code(installed, tmp_path):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (80, 120, 3), dtype=np.uint8)
    Image.fromarray(picture).save(tmp_path / "Big Wave (1831).png")
    encoder = backends.load_encoder(installed / resources.STYLE_ENCODER)
    style = encode_painting(encoder, tmp_path / "Big Wave (1831).png", info={"artist": "Hokusai"})
    assert style.name == "big-wave-1831"
    assert style.info["artist"] == "Hokusai"
    painting = resize_painting(picture)
    np.testing.assert_allclose(style.tone_out[:, 3], painting.mean((0, 1)) / 255, atol=1e-5)
    planar = np.ascontiguousarray(tone.canonical(painting).transpose(2, 0, 1)[None])
    np.testing.assert_array_equal(style.code, encoder.encode(planar))


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((600, 900), (512, 768)), ((300, 200), (768, 512)), ((100, 1000), (102, 1024))],
)
def test_paintings_are_brought_to_the_encoders_size(size, wanted):
    assert resize_painting(np.zeros((*size, 3), np.uint8)).shape == (*wanted, 3)


def test_a_thumbnail_is_no_painting(installed, tmp_path):
    Image.new("RGB", (40, 400)).save(tmp_path / "tiny.png")
    encoder = backends.load_encoder(installed / resources.STYLE_ENCODER)
    with pytest.raises(InputError, match="40x400 pixels"):
        encode_painting(encoder, tmp_path / "tiny.png")


@given(st.text(max_size=80))
def test_every_text_gives_a_valid_name(text):
    assert check_name(name_from(text))


@pytest.mark.parametrize("name", ["", "../up", "a/b", "Upper", "x" * 65, ".hidden", "a:b"])
def test_names_that_are_no_file_names_are_refused(name):
    with pytest.raises(InputError, match="style name"):
        check_name(name)


@pytest.mark.parametrize(
    ("platform", "variables", "wanted"),
    [
        ("linux", {"XDG_DATA_HOME": "/x"}, "/x/eyebrush/styles"),
        ("linux", {"HOME": "/home/a"}, "/home/a/.local/share/eyebrush/styles"),
        ("darwin", {"HOME": "/Users/a"}, "/Users/a/Library/Application Support/eyebrush/styles"),
        ("win32", {"APPDATA": "/roaming"}, "/roaming/eyebrush/styles"),
    ],
)
def test_user_folder_follows_the_platform(monkeypatch, platform, variables, wanted):
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    for key, value in variables.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr("sys.platform", platform)
    assert user_folder().as_posix() == wanted
