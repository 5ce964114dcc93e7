"""Every kind of bad input: one line that names got, wanted and fix; an exit code; no leftovers."""

import io
import json
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file

from eyebrush.cli import main
from eyebrush.styles.files import FORMAT
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture


def png(shape=(40, 60, 3)):
    memory = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save(memory, "png")
    return memory.getvalue()


def huge_png():
    """A sound header of 60000 x 60000 pixels; the rest is of a small picture."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return png()[:8] + chunk + png()[33:]


def tiff(values):
    memory = io.BytesIO()
    Image.fromarray(values).save(memory, "tiff")
    return memory.getvalue()


def style_bytes(folder, *, network="tiny-v1-0000beef", code=None, fmt=FORMAT):
    code = np.ones(16, np.float32) if code is None else code
    tensors = {"x/code": code, "x/tone_out": np.ones((3, 4), np.float32)}
    metadata = {"format": fmt, "network": network, "styles": json.dumps({"x": {}})}
    save_file(tensors, folder / "x.tmp", metadata)
    data = (folder / "x.tmp").read_bytes()
    (folder / "x.tmp").unlink()
    return data


@pytest.fixture
def work(installed, tmp_path, monkeypatch):
    """A working folder with one sound picture, the current folder of the test."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "good.png").write_bytes(png((80, 100, 3)))
    monkeypatch.chdir(folder)
    return folder


def refused(capsys, folder, *args, code=2):
    """Run; it must fail politely and change nothing in the folder. Returns what it said."""
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    found = main([str(a) for a in args])
    out, err = capsys.readouterr()
    assert found == code, err
    assert out == ""
    lines = [line for line in err.splitlines() if line.startswith("eyebrush: error: ")]
    assert len(lines) == 1, err
    assert "Traceback" not in err
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before
    message = lines[0]
    assert "fix: " in message
    return message


BAD_PICTURES = {
    "missing.png": (None, "no file missing.png"),
    "empty.png": (b"", "an empty file"),
    "text.png": (b"just words", "no known picture format"),
    "cut.png": (png()[:1500], "damaged"),
    "header.png": (png()[:20], "damaged|no known picture"),
    "huge.png": (huge_png(), "megapixels"),
    "nan.tif": (tiff(np.full((8, 8), np.nan, np.float32)), "NaN or Inf"),
    "inf.tif": (tiff(np.full((8, 8), np.inf, np.float32)), "NaN or Inf"),
    "range.tif": (tiff(np.full((8, 8), 1e9, np.float32)), "values 1e\\+09"),
}


@pytest.mark.parametrize("name", BAD_PICTURES)
@pytest.mark.parametrize("role", ["input", "painting", "style add"])
def test_bad_pictures(capsys, work, name, role):
    data, said = BAD_PICTURES[name]
    if data is not None:
        (work / name).write_bytes(data)
    args = {
        "input": ["restyle", name, "-o", "out.png"],
        "painting": ["restyle", "good.png", "--painting", name, "-o", "out.png"],
        "style add": ["style", "add", name],
    }[role]
    message = refused(capsys, work, *args)
    assert name in message
    assert re.search(said, message), message


def test_a_folder_as_painting(capsys, work):
    (work / "folder").mkdir()
    assert "folder" in refused(capsys, work, "style", "add", "folder")


def test_folders_without_pictures_and_with_a_bad_one(capsys, work):
    (work / "in").mkdir()
    assert "without pictures" in refused(capsys, work, "restyle", "in", "-o", "out")
    for i in range(3):
        (work / "in" / f"f{i}.png").write_bytes(png())
    (work / "in" / "f2.png").write_bytes(png()[:700])
    assert "f2.png" in refused(capsys, work, "restyle", "in", "-o", "out")


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (13, 1), (17, 31), (3, 200)])
@pytest.mark.parametrize("channels", [3, 4])
def test_odd_sizes_are_fine(work, size, channels):
    """Not bad input at all: any size works."""
    (work / "odd.png").write_bytes(png((*size, channels)))
    assert main(["restyle", "odd.png", "-o", "out.png", "-q"]) == 0
    with Image.open("out.png") as out:
        assert out.size == size[::-1]


def test_side_by_side_of_an_odd_width(capsys, work):
    (work / "odd.png").write_bytes(png((8, 31, 3)))
    args = ["restyle", "odd.png", "--stereo", "sbs", "-o", "out.png"]
    assert "even width" in refused(capsys, work, *args)


def damaged_clip(kind, whole):
    if kind == "missing":
        return None
    if kind == "picture":  # a sound container with one broken picture
        memory = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(memory, "w") as new:
            names = old.namelist()
            broken = next(n for n in names if n.endswith((".webp", ".png")))
            for n in names:
                new.writestr(n, b"broken" if n == broken else old.read(n))
        return memory.getvalue()
    return {
        "empty": b"",
        "text": b"not a clip",
        "truncated": whole[: len(whole) // 2],
        "no manifest": b"PK\x05\x06" + bytes(18),
    }[kind]


@pytest.mark.parametrize(
    "kind", ["missing", "empty", "text", "truncated", "no manifest", "picture"]
)
@pytest.mark.parametrize("role", ["restyle", "demo"])
def test_corrupt_clips(capsys, work, installed, kind, role):
    data = damaged_clip(kind, (installed / "clip.eyeclip").read_bytes())
    if data is not None:
        (work / "bad.eyeclip").write_bytes(data)
    if role == "restyle":
        assert "bad.eyeclip" in refused(capsys, work, "restyle", "bad.eyeclip", "-o", "out")
    else:
        (work / "d").mkdir()
        refused(capsys, work, "demo", "--clip", "bad.eyeclip", "-o", "d")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: None, "no file x.safetensors"),
        (lambda _: b"", "damaged"),
        (lambda _: b"\xff" * 100, "damaged"),
        (lambda f: style_bytes(f)[:-20], "damaged"),
        (lambda f: style_bytes(f, network="field-v9-12345678"), "network field-v9-12345678"),
        (lambda f: style_bytes(f, code=np.ones(7, np.float32)), "code of 7 numbers"),
        (lambda f: style_bytes(f, code=np.full(16, np.nan, np.float32)), "NaN or Inf"),
        (lambda f: style_bytes(f, code=np.full(16, np.inf, np.float32)), "NaN or Inf"),
        (lambda f: style_bytes(f, fmt="eyebrush-styles/7"), "eyebrush-styles/7"),
    ],
)
def test_bad_style_files(capsys, work, make, said):
    data = make(work)
    if data is not None:
        (work / "x.safetensors").write_bytes(data)
    args = ["restyle", "good.png", "--style", "x.safetensors", "-o", "out.png"]
    assert said in refused(capsys, work, *args)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--style", "alpa"], "did you mean 'alpha'"),
        (["--style", "unheard-of"], "eyebrush style list"),
        (["--mix", "alpha"], "use --style"),
        (["--mix", "alpha:0.5,gama:0.5"], "did you mean 'gamma'"),
        (["--mix", "alpha:0,beta:0"], "sum to 0"),
        (["--mix", "alpha:-1,beta:2"], "finite weight"),
        (["--backend", "cudnn"], "wanted auto or one of"),
    ],
)
def test_bad_choices(capsys, work, options, said):
    code = 3 if options[0] == "--backend" else 2
    args = ["restyle", "good.png", *options, "-o", "out.png"]
    assert said in refused(capsys, work, *args, code=code)


@pytest.mark.parametrize(
    "options",
    [
        ["--strength", "2"],
        ["--strength", "nan"],
        ["--threads", "0"],
        ["--threads", "many"],
        ["--fps", "0"],
        ["--precision", "f8"],
        ["--style", "alpha", "--mix", "alpha:1,beta:1"],
        ["--no-such-option"],
    ],
)
def test_usage_errors_are_exit_code_2(capsys, work, options):
    assert main(["restyle", "good.png", "-o", "out.png", *options]) == 2
    assert "usage: eyebrush" in capsys.readouterr().err
    assert not (work / "out.png").exists()


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("out.xyz", "suffix '.xyz'"),
        ("good.png", "which is the input"),
        ("good.png/out.png", "can be written"),
        ("out.eyeclip", "without poses"),
        ("folder", "not empty"),
        ("folder.png", "folder"),
    ],
)
def test_bad_outputs(capsys, work, output, said):
    for name in ("folder", "folder.png"):
        (work / name).mkdir()
        (work / name / "file").write_text("x")
    assert said in refused(capsys, work, "restyle", "good.png", "-o", output)


def test_a_folder_without_permission(capsys, work, monkeypatch):
    """As the system says it; root, who may run these tests, may write anywhere."""

    def locked(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", locked)
    assert "Permission denied" in refused(capsys, work, "restyle", "good.png", "-o", "out.png")


def test_a_full_disk(capsys, work, monkeypatch):
    """The write itself fails: nothing stays behind."""

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    message = refused(capsys, work, "restyle", "good.png", "-o", "out.png")
    assert "No space left on device" in message


def test_style_add_refuses_bad_names_and_outputs(capsys, work):
    for options, said in (
        (["--name", "../up"], "style name"),
        (["--name", "alpha"], "taken by a shipped style"),
        (["-o", "style.txt"], ".safetensors"),
        (["-o", "good.png/x.safetensors"], "can be written"),
    ):
        assert said in refused(capsys, work, "style", "add", "good.png", *options)


def test_style_remove_refuses_what_is_not_ones_own(capsys, work):
    assert "shipped style" in refused(capsys, work, "style", "remove", "alpha")
    assert "unknown style" in refused(capsys, work, "style", "remove", "../work/good")


@pytest.fixture
def copied_assets(installed, work, monkeypatch):
    """The shipped files, to be damaged."""
    copy = work.parent / "assets-copy"
    copy.mkdir()
    for path in installed.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("EYEBRUSH_ASSETS", str(copy))
    return copy


@pytest.mark.parametrize("name", ["field.onnx", "styles.safetensors", "style_encoder.onnx"])
@pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "noise"])
def test_damaged_weights(capsys, work, copied_assets, name, damage):
    path = copied_assets / name
    whole = path.read_bytes()
    noise = np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8).tobytes()
    contents = {"empty": b"", "truncated": whole[: len(whole) // 2], "noise": noise}
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(contents[damage])
    args = ["restyle", "good.png", "--painting", "good.png", "-o", "out.png"]
    assert name in refused(capsys, work, *args)


def test_weights_with_nan(capsys, work, copied_assets):
    tensors = load_file(copied_assets / "styles.safetensors")
    tensors["alpha/code"][:] = np.nan
    names = json.dumps({n.split("/")[0]: {} for n in tensors})
    metadata = {"format": FORMAT, "network": "tiny-v1-0000beef", "styles": names}
    save_file(tensors, copied_assets / "styles.safetensors", metadata)
    assert "NaN" in refused(capsys, work, "restyle", "good.png", "-o", "out.png")


def test_styles_and_network_that_do_not_belong_together(capsys, work, copied_assets):
    data = style_bytes(work, network="field-v1-aaaaaaaa")
    (copied_assets / "styles.safetensors").write_bytes(data)
    message = refused(capsys, work, "restyle", "good.png", "-o", "out.png")
    assert "field-v1-aaaaaaaa" in message
    assert "tiny-v1-0000beef" in message


def test_as_a_user_sees_it(work):
    """One process of its own: exactly one line, on stderr, without a traceback."""
    line = [sys.executable, "-m", "eyebrush", "restyle", "nowhere.jpg", "-o", "out.png"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "eyebrush: error: got no file nowhere.jpg; wanted a picture that Pillow can read "
        "(PNG, JPEG, WebP, TIFF, ...); fix: check the path\n"
    )


def test_an_unforeseen_error_is_one_line_too(capsys, work, monkeypatch):
    from eyebrush import stylizer

    def broken(*_args, **_options):
        raise KeyError("oops")

    monkeypatch.setattr(stylizer.Stylizer, "restyle", broken)
    message = refused(capsys, work, "restyle", "good.png", "-o", "out.png", code=1)
    assert "unforeseen KeyError" in message
