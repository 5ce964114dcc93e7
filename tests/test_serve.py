"""eyebrush serve, feed and bridge-ls, with a tiny network: sessions come and go in every way."""

import json
import math
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from eyebrush import Stylizer, bridge, feed, reference
from eyebrush.bridge import Control, EngineSession
from eyebrush.cli import main
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames
from eyebrush.listen.react import HUE_RAD, PULSE, QUIET
from eyebrush.looks import wanted_style
from eyebrush.media import read_image
from listen_sounds import click_track
from own_sessions import folder_fixture as folder_fixture
from serving import PATIENCE_S, command, serving, until
from sounds import needs_listen, write_wav
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture
from tiny_assets import stereo_frames, tiny_style


def open_session(name="game", **options):
    return EngineSession(name, 96, 96, depth=True, **options)


def answer(engine, frame, frame_id, size=(96, 96)):
    """Send one frame until the field of exactly that frame is there."""

    def arrived():
        engine.send(frame, size, frame_id)
        if not engine.wait(0.2):
            return None
        made = engine.field()
        return made if made is not None and made.frame_id == frame_id else None

    return until(arrived, f"the field of frame {frame_id}")


def test_the_field_is_that_of_the_full_frame(installed):
    """What comes back over the bridge is what Stylizer makes of the full frame (to the rounding of
    the small picture to bytes)."""
    frame = stereo_frames(1)[0]
    with serving(), open_session() as engine:
        made = answer(engine, feed.small(frame), 1)
    wanted = Stylizer("alpha", precision="f32").field(frame)
    assert np.abs(made.field.grid - wanted.grid).max() < 0.05
    difference = np.abs(made.field.strokes.astype(int) - wanted.strokes.astype(int))
    assert difference.max() <= 4
    assert made.field.extent == wanted.extent
    assert made.field.views[0].orientation_xyzw == pytest.approx(frame.views[0].orientation_xyzw)
    assert made.field.display_time_ns == frame.display_time_ns
    assert made.stage_ns["network"] > 0


@pytest.mark.parametrize(("height", "width"), [(96, 96), (100, 90), (13, 300)])
def test_small_pictures_are_a_way_in_of_their_own(installed, height, width):
    """Stylizer.field(small=True) equals the full way on pictures that rounding does not touch."""
    cell = np.random.default_rng(0).integers(0, 256, (2, *reference.field_size(height, width), 3))
    color = cell.astype(np.uint8).repeat(4, 1).repeat(4, 2)
    stylizer = Stylizer("alpha", precision="f32", smoothing_s=0)
    full = stylizer.field(EyeFrames(color))
    small = stylizer.field(EyeFrames(np.ascontiguousarray(color[:, ::4, ::4])), small=True)
    np.testing.assert_allclose(small.grid, full.grid, atol=1e-5)
    np.testing.assert_array_equal(small.strokes, full.strokes)
    assert small.extent == full.extent


def test_pixels_mode_gives_what_restyle_gives(installed):
    frame = stereo_frames(1)[0]
    with serving(), open_session(pixels=True) as engine:
        engine.set_control(Control(pixels=True, strength=0.5))
        made = answer(engine, frame, 1)
    stylizer = Stylizer("alpha", precision="f32", strength=0.5)
    wanted = stylizer.restyle(frame).color
    assert np.abs(made.pixels[..., :3].astype(int) - wanted.astype(int)).max() <= 1
    assert made.stage_ns["composite"] > 0
    with serving(), open_session(pixels=True) as engine:
        engine.set_control(Control(pixels=True))
        engine.send(feed.small(stereo_frames(1)[0]), (96, 96), 1)
        reason = until(lambda: engine.status().report.reason.startswith("got a small"), "a reason")
        assert reason


def test_engines_choose_their_styles(installed):
    stylizer = Stylizer("alpha", precision="f32")
    own, beta = stylizer.style, stylizer.library.get("beta")
    assert wanted_style(Control(), stylizer, own) is own
    assert wanted_style(Control("beta"), stylizer, own).name == "beta"
    mixed = wanted_style(Control("", "beta", 0.25), stylizer, own)
    np.testing.assert_allclose(mixed.code, 0.75 * own.code + 0.25 * beta.code, rtol=1e-5)
    foreign = tiny_style("own", 9)
    code = Control(code=foreign.code, tone_out=foreign.tone_out, network=foreign.network)
    np.testing.assert_array_equal(wanted_style(code, stylizer, own).code, foreign.code)
    for text in ("/etc/passwd", "x.safetensors", "a:1,../x.safetensors", "c:\\x"):
        with pytest.raises(InputError, match="style file"):
            wanted_style(Control(text), stylizer, own)


def test_why_another_backend_runs_is_reported(installed, monkeypatch):
    """As while an engine of TensorRT is being compiled, or after it failed."""
    really = Stylizer.describe
    note = "tensorrt-rtx: CUDA error 719"
    monkeypatch.setattr(Stylizer, "describe", lambda self: replace(really(self), note=note))
    small = feed.small(stereo_frames(1)[0])
    with serving(), open_session() as engine:
        answer(engine, small, 1)
        report = until(
            lambda: (r := engine.status().report).state == "running" and r, "a report of running"
        )
        assert report.reason == note
        assert report.backend.startswith("openvino CPU")


def test_a_wish_that_cannot_be_granted_is_answered_with_the_reason(installed):
    small = feed.small(stereo_frames(1)[0])
    with serving(), open_session() as engine:
        engine.set_control(Control("beta", strength=0.5))
        assert answer(engine, small, 1).strength == 0.5
        engine.set_control(Control("no-such-style"))
        reports = lambda: answer(engine, small, 2) and engine.status().report  # noqa: E731
        until(lambda: "no-such-style" in reports().reason, "the reason")
        assert engine.status().report.state == "running"
        assert engine.status().report.style == "beta"
        engine.set_control(Control(code=np.ones(3, np.float32), network="other"))
        until(lambda: "made for network other" in reports().reason, "the reason")
        engine.set_control(Control())
        until(lambda: reports().reason == "" and reports().style == "alpha", "all to be well")
        engine.set_control(Control(paused=True))
        engine.send(small, (96, 96), 3)
        until(lambda: engine.status().report.state == "paused", "the pause")
        engine.set_control(Control())
        answer(engine, small, 4)


def test_start_order_restarts_and_resizes(installed):
    small = feed.small(stereo_frames(1)[0])
    with open_session() as engine:
        engine.send(small, (96, 96), 1)
        assert engine.status().link == "none"
        with serving():  # a runtime that comes second
            answer(engine, small, 2)
            big = EyeFrames(np.zeros((1, 16, 20, 3), np.uint8))
            assert answer(engine, big, 3, (64, 80)).field.strokes.shape == (1, 32, 40, 4)
        assert engine.status().link == "lost"
        with serving() as server:  # one that was restarted
            answer(engine, small, 4)
            assert engine.status().link == "live"
            engine.close()
            until(lambda: not server.figures, "the session to be left")
            with EngineSession("game", 200, 200) as larger:  # an engine that was restarted, larger
                answer(larger, EyeFrames(np.zeros((2, 50, 50, 3), np.uint8)), 1, (200, 200))
    assert bridge.sessions() == []


def test_several_engines_at_once_keep_their_own_styles(installed):
    small = feed.small(stereo_frames(1)[0])
    with serving() as server, open_session("one") as one, open_session("two") as two:
        two.set_control(Control("beta"))
        fields = [answer(engine, small, 1).field for engine in (one, two)]
        assert {f.name for f in server.figures} == {"one", "two"}
    assert np.abs(fields[0].strokes.astype(int) - fields[1].strokes.astype(int)).mean() > 3


def test_only_the_named_session(installed):
    small = feed.small(stereo_frames(1)[0])
    with serving("one"), open_session("two") as two, open_session("one") as one:
        answer(one, small, 1)
        assert two.status().link == "none"


def test_a_frame_that_fails_is_no_end(installed, monkeypatch):
    small = feed.small(stereo_frames(1)[0])
    with serving() as server, open_session() as engine:
        answer(engine, small, 1)
        with monkeypatch.context() as patch:
            patch.setattr(Stylizer, "field", _broken)
            engine.send(small, (96, 96), 2)
            until(lambda: engine.status().report.state == "failed", "the failure")
            assert engine.status().report.reason == "out of luck"
        answer(engine, small, 3)
        until(lambda: engine.status().report.state == "running", "the recovery")
        assert [f.state for f in server.figures] == ["running"]


def _broken(*_, **__):
    raise RuntimeError("out of luck")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM for one process")
def test_the_commands(installed, tmp_path, capsys):
    """serve, feed and bridge-ls as a user types them."""
    server = command("serve", "--style", "beta", "--json")
    try:
        out = tmp_path / "last.png"
        fed = command("feed", "--frames", 20, "--style", "gamma", "-o", out, "--json")
        text, errors = fed.communicate(timeout=PATIENCE_S)
        assert fed.returncode == 0, errors
        summary = json.loads(text)
        assert summary["style"] == "gamma"
        assert summary["fields"] >= 1
        assert summary["links"][-1] == "live"
        assert read_image(out).color.shape == (1, 96, 192, 3)
        with open_session("mine"):
            assert main(["bridge-ls"]) == 0
            assert "mine" in capsys.readouterr().out
            assert main(["bridge-ls", "--json", "--clean"]) == 0
            listed = json.loads(capsys.readouterr().out)
            assert [s["name"] for s in listed["sessions"]] == ["mine"]
            assert listed["removed"] == []
    finally:
        server.send_signal(signal.SIGTERM)
        text, errors = server.communicate(timeout=PATIENCE_S)
    assert server.returncode == 0, errors
    rows = [row for line in text.splitlines() for row in json.loads(line)["sessions"]]
    assert {row["name"] for row in rows} <= {"feed", "mine"}
    assert "stopped" in errors


def test_sound_moves_the_look_of_what_is_served(installed, tmp_path):
    """From a file of clicks to the strength of the fields that an engine gets, and to the status:
    within the limits, whatever the machine's pace."""
    needs_listen()
    sound = write_wav(tmp_path / "clicks.wav", click_track(120, 12))
    line = ("serve", "--style", "alpha", "--react", sound, "--react-style", "beta", "--json")
    server = command(*line)
    fed, accents = [], []
    try:
        while not (len(accents) > 1 and any(a["share"] > 0.05 for a in accents)):
            assert len(fed) < 20, f"no beat was seen in {accents}"
            feeding = command("feed", "--frames", 150, "--json")
            accents += _accents_of(server, while_runs=feeding)
            text, errors = feeding.communicate(timeout=PATIENCE_S)
            assert feeding.returncode == 0, errors
            fed.append(json.loads(text)["strength"])
    finally:
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=PATIENCE_S)
    assert server.returncode == 0, errors
    least, most = min(f["min"] for f in fed), max(f["max"] for f in fed)
    assert QUIET <= least < 0.95, "between clicks it is silent"
    assert most <= 1
    assert {a["toward"] for a in accents} == {"beta"}
    assert all(QUIET <= a["strength"] <= 1 for a in accents)
    assert all(0 <= a["share"] <= PULSE for a in accents)
    assert all(abs(a["hue_deg"]) <= math.degrees(HUE_RAD) + 0.05 for a in accents)  # rounded


def _accents_of(server, while_runs):
    """What the server's status says of its sessions' accents, a line a second."""
    found = []
    while while_runs.poll() is None:
        sessions = json.loads(server.stdout.readline())["sessions"]
        found += [s["accent"] for s in sessions if s["accent"] is not None]
    return found


def test_feed_without_a_runtime_says_what_to_start(installed, capsys):
    assert main(["feed", "--frames", "3", "--wait", "0.1"]) == 3
    assert "fix: eyebrush serve" in capsys.readouterr().err
