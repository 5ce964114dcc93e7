"""The command line as a user runs it, with tiny networks in place of the shipped ones."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
from PIL import Image

import eyebrush
from eyebrush.cli import COMMANDS, main
from eyebrush.media import read_image, write_image
from tiny_assets import CLIP_FRAMES, NAMES
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture


def run(capsys, *args):
    """main() in this process: (exit code, stdout, stderr)."""
    code = main([str(a) for a in args])
    out, err = capsys.readouterr()
    return code, out, err


def command(*args, **options):
    """A process of its own: what a user types."""
    line = [sys.executable, "-m", "eyebrush", *(str(a) for a in args)]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, **options)


@pytest.fixture
def photo(tmp_path):
    rng = np.random.default_rng(3)
    small = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
    path = tmp_path / "photo.png"
    small.resize((160, 120), Image.Resampling.BICUBIC).save(path)
    return path


def test_version_and_help_need_no_network():
    done = command("--version")
    assert done.stdout == f"eyebrush {eyebrush.__version__}\n"
    assert done.returncode == 0
    text = command("--help").stdout
    assert all(name in text for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_examples(capsys, name):
    code, out, _ = run(capsys, name, "--help")
    assert code == 0
    assert f"eyebrush {name}" in out.split("examples:")[1]


def test_help_does_not_load_the_network_library():
    code = (
        "import sys, eyebrush.cli as c; c.main(['restyle', '--help']); "
        "sys.exit('openvino' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0


class TestRestyle:
    def test_a_picture_in_a_process_of_its_own(self, installed, photo, tmp_path):
        done = command("restyle", photo, "--style", "beta", "-o", tmp_path / "out.png")
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        assert "style beta (openvino CPU" in done.stderr
        assert read_image(tmp_path / "out.png").color.shape == (1, 120, 160, 3)

    def test_styles_differ_and_strength_blends(self, capsys, installed, photo, tmp_path):
        pictures = {}
        for name, options in {
            "alpha": ["--style", "alpha"],
            "beta": ["--style", "beta"],
            "mix": ["--mix", "alpha:0.5,beta:0.5"],
            "weak": ["--style", "alpha", "--strength", "0.3"],
            "none": ["--style", "alpha", "--strength", "0"],
        }.items():
            out = tmp_path / f"{name}.png"
            assert run(capsys, "restyle", photo, *options, "-o", out)[0] == 0
            pictures[name] = read_image(out).color.astype(int)
        original = read_image(photo).color
        np.testing.assert_array_equal(pictures["none"], original)
        assert np.abs(pictures["alpha"] - pictures["beta"]).mean() > 3
        assert np.abs(pictures["mix"] - pictures["alpha"]).mean() > 1
        blended = original + 0.3 * (pictures["alpha"] - original)
        assert np.abs(pictures["weak"] - blended).max() <= 1  # rounding of both pictures

    def test_a_painting_instead_of_a_style(self, capsys, installed, photo, tmp_path):
        code, out, err = run(
            capsys, "restyle", photo, "--painting", photo, "-o", tmp_path / "o.png", "--json"
        )
        assert code == 0, err
        summary = json.loads(out)
        assert summary["style"] == "photo"
        assert summary["frames"] == 1
        assert summary["backend"]["backend"] == "openvino"

    def test_transparency_is_kept(self, capsys, installed, tmp_path):
        picture = np.random.default_rng(0).integers(0, 256, (31, 45, 4), dtype=np.uint8)
        write_image(tmp_path / "in.png", picture)
        assert run(capsys, "restyle", tmp_path / "in.png", "-o", tmp_path / "out.png")[0] == 0
        found = read_image(tmp_path / "out.png").color[0]
        np.testing.assert_array_equal(found[..., 3], picture[..., 3])

    def test_side_by_side_is_two_eyes(self, capsys, installed, photo, tmp_path):
        """Both halves the same: so are both restyled eyes, at the seam, too."""
        half = read_image(photo).color[0]
        write_image(tmp_path / "in.png", np.concatenate([half, half], axis=1))
        args = ["restyle", tmp_path / "in.png", "-o", tmp_path / "out.png"]
        assert run(capsys, *args, "--stereo", "sbs")[0] == 0
        left, right = np.split(read_image(tmp_path / "out.png").color[0], 2, axis=1)
        np.testing.assert_array_equal(left, right)

    def test_numbered_frames(self, capsys, installed, photo, tmp_path):
        (tmp_path / "in").mkdir()
        for i in range(3):
            (tmp_path / "in" / f"f{i}.png").write_bytes(photo.read_bytes())
        assert run(capsys, "restyle", tmp_path / "in", "-o", tmp_path / "out", "-q")[::2] == (0, "")
        assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
            "f0.png",
            "f1.png",
            "f2.png",
        ]

    def test_a_clip_to_an_animation(self, capsys, installed, tmp_path):
        clip = installed / "clip.eyeclip"
        assert run(capsys, "restyle", clip, "-o", tmp_path / "out.webp")[0] == 0
        with Image.open(tmp_path / "out.webp") as animation:
            assert animation.n_frames == CLIP_FRAMES


class TestStyle:
    def test_list(self, capsys, installed):
        code, out, _ = run(capsys, "style", "list")
        assert code == 0
        assert all(name in out for name in NAMES)
        listed = json.loads(run(capsys, "style", "list", "--json")[1])
        assert [s["name"] for s in listed["styles"]] == list(NAMES)

    def test_add_use_show_mix_remove(self, capsys, installed, photo, tmp_path):
        code, out, err = run(
            capsys, "style", "add", photo, "--name", "mine", "--artist", "Me", "--json"
        )
        assert code == 0, err
        assert json.loads(out)["file"].endswith("mine.safetensors")
        assert run(capsys, "style", "add", photo, "--name", "mine")[0] == 2
        assert run(capsys, "style", "add", photo, "--name", "mine", "--replace")[0] == 0
        out_png = tmp_path / "o.png"
        assert run(capsys, "restyle", photo, "--style", "mine", "-o", out_png)[0] == 0
        assert run(capsys, "style", "mix", "mine:0.7,alpha:0.3", "--name", "half")[0] == 0
        shown = json.loads(run(capsys, "style", "show", "half", "--json")[1])
        parts = [
            json.loads(run(capsys, "style", "show", n, "--json")[1])["code"]
            for n in ("mine", "alpha")
        ]
        np.testing.assert_allclose(shown["code"], np.dot([0.7, 0.3], parts), rtol=1e-5)
        assert "mean_colour:  #" in run(capsys, "style", "show", "mine")[1]
        assert run(capsys, "style", "remove", "mine")[0] == 0
        assert run(capsys, "style", "show", "mine")[0] == 2

    def test_add_to_a_file(self, capsys, installed, photo, tmp_path):
        path = tmp_path / "s.safetensors"
        assert run(capsys, "style", "add", photo, "-o", path)[0] == 0
        assert run(capsys, "restyle", photo, "--style", path, "-o", tmp_path / "o.png")[0] == 0
        assert "photo" not in run(capsys, "style", "list")[1]

    def test_a_stale_file_does_not_hide_the_others(self, capsys, installed, tmp_path):
        folder = tmp_path / "xdg" / "eyebrush" / "styles"
        folder.mkdir(parents=True)
        (folder / "old.safetensors").write_bytes(b"junk")
        listed = json.loads(run(capsys, "style", "list", "--json")[1])["styles"]
        assert [s["name"] for s in listed] == [*NAMES, "old"]
        assert "damaged" in listed[-1]["problem"]


class TestDoctor:
    def test_all_is_well(self, capsys, installed):
        code, out, _ = run(capsys, "doctor", "--json")
        report = json.loads(out)
        assert (code, report["healthy"]) == (0, True)
        names = [c["name"] for c in report["checks"]]
        assert {"native core", "shipped files", "backend openvino", "styles"} <= set(names)
        assert run(capsys, "doctor")[0] == 0

    def test_what_is_broken_is_named_with_a_fix(self, capsys, installed, tmp_path, monkeypatch):
        copy = tmp_path / "assets"
        copy.mkdir()
        for path in installed.iterdir():
            (copy / path.name).write_bytes(path.read_bytes())
        (copy / "field.onnx").write_bytes(b"junk")
        (copy / "clip.eyeclip").unlink()
        monkeypatch.setenv("EYEBRUSH_ASSETS", str(copy))
        code, out, _ = run(capsys, "doctor", "--json")
        broken = {c["name"]: c for c in json.loads(out)["checks"] if c["state"] == "fail"}
        assert code == 3
        assert set(broken) == {"shipped files", "backends", "styles"}
        assert broken["shipped files"]["detail"] == "clip.eyeclip missing, field.onnx changed"
        assert all(c["fix"] for c in broken.values())

    def test_support_bundle(self, capsys, installed, tmp_path):
        assert run(capsys, "doctor", "--zip", tmp_path / "b.zip")[0] == 0
        with zipfile.ZipFile(tmp_path / "b.zip") as bundle:
            assert json.loads(bundle.read("doctor.json"))["healthy"]
            assert "numpy==" in bundle.read("packages.txt").decode()


def test_a_closed_pipe_is_no_error(installed):
    """eyebrush style list --json | head -1"""
    line = [sys.executable, "-m", "eyebrush", "style", "list", "--json"]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_is_130_and_leaves_nothing(installed, photo, tmp_path):
    (tmp_path / "in").mkdir()
    for i in range(2000):
        os.link(photo, tmp_path / "in" / f"f{i:04d}.png")
    line = [sys.executable, "-m", "eyebrush", "restyle", tmp_path / "in", "-o", tmp_path / "out"]
    # A job that a shell put into the background (as CI may) ignores SIGINT, and so would its child.
    process = subprocess.Popen(
        line,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".eyebrush-*/f0000.png")):  # it is at work
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "interrupted" in said
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "photo.png"]
