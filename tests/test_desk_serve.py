"""The desk of ``eyebrush serve``: several engines, whose wishes the desk overrules; ctl and OSC."""

from __future__ import annotations

import json
import os
import signal
import socket
from urllib.parse import urlsplit

import numpy as np
import pytest

from desk_stage import NEEDS, Stage, staged, until
from eyebrush import Stylizer, feed
from eyebrush.bridge import Control, EngineSession
from eyebrush.cli import main
from own_sessions import folder_fixture as folder_fixture
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture
from tiny_assets import stereo_frames

for module in NEEDS:
    pytest.importorskip(module)


@pytest.fixture(name="serve")
def serve_fixture(installed, tmp_path):
    with staged("serve", home=tmp_path / "xdg", assets=installed) as stage:
        yield stage


def engine_of(name):
    return EngineSession(name, 96, 96, depth=True, engine=f"engine {name}")


def answer(engine, frame_id):
    """Send one frame until its own field is there."""
    frame = feed.small(stereo_frames(1)[0])

    def arrived():
        engine.send(frame, (96, 96), frame_id)
        if not engine.wait(0.2):
            return None
        made = engine.field()
        return made if made is not None and made.frame_id == frame_id else None

    return until(arrived, f"the field of frame {frame_id}")


def looks(stage):
    return {s["name"]: s["look"] for s in stage.get("api/state")["sessions"]}


def test_engines_come_and_go_and_each_has_its_own_look(serve):
    assert serve.get("api/state")["sessions"] == []
    status, told = serve.ask("POST", "api/wish", {"strength": 1})
    assert (status, "no engine is connected" in told["error"]) == (400, True)
    with engine_of("one") as one, engine_of("two") as two:
        answer(one, 1), answer(two, 1)
        until(lambda: len(looks(serve)) == 2, "both sessions")
        session = serve.session()
        assert session["kind"] == "bridge"
        assert session["governor"] is None, "the engine owns its display loop"
        assert session["eye_px"] == [96, 96]
        status, _ = serve.ask("POST", "api/wish", {"session": "two", "style": "gamma"})
        assert status == 200
        assert looks(serve)["two"]["style"] == "gamma"
        assert looks(serve)["one"]["style"] == "alpha"
    until(lambda: looks(serve) == {}, "both to be gone")


def test_the_very_next_field_has_what_was_wished(serve):
    with engine_of("game") as engine:
        answer(engine, 1)
        until(lambda: looks(serve), "the session")
        serve.ask("POST", "api/wish", {"style": "gamma", "strength": 0.25})
        made = answer(engine, 2)
    assert made.strength == 0.25
    wanted = Stylizer("gamma").field(stereo_frames(1)[0])
    difference = np.abs(made.field.strokes.astype(int) - wanted.strokes.astype(int))
    assert difference.mean() < 2, "bf16 and the small picture's rounding; another style is 20 away"


def test_the_desk_overrules_the_engine_until_it_lets_go(serve):
    with engine_of("game") as engine:
        engine.set_control(Control("beta", strength=0.5))
        answer(engine, 1)
        until(lambda: looks(serve).get("game", {}).get("by") == "engine", "the engine's wish")
        _, session = serve.ask("POST", "api/wish", {"style": "gamma"})
        assert session["look"] == {
            "style": "gamma",
            "strength": 0.5,
            "calm": 1.0,
            "detail": 0.7,
            "by": "desk",
        }
        engine.set_control(Control("alpha", strength=0.75, calm=0.5))
        until(lambda: looks(serve)["game"]["strength"] == 0.75, "the engine's strength")
        assert looks(serve)["game"]["style"] == "gamma", "the desk named that"
        status, told = serve.ask("POST", "api/wish", {"style": "no-such", "strength": 0})
        assert (status, looks(serve)["game"]["strength"]) == (400, 0.75), told
        _, session = serve.ask("POST", "api/wish", {"release": True})
        assert session["look"] == {
            "style": "alpha",
            "strength": 0.75,
            "calm": 0.5,
            "detail": 0.7,
            "by": "engine",
        }


def test_ctl_from_a_script(serve, monkeypatch, capsys):
    monkeypatch.setenv("EYEBRUSH_DESK", serve.link)
    with engine_of("game") as engine:
        answer(engine, 1)
        until(lambda: looks(serve), "the session")
        assert main(["ctl", "set", "style=alpha:1,gamma:3", "strength=0.5"]) == 0
        said = "game: alpha:1,gamma:3, strength 0.5, calm 1, detail 0.7"
        assert said in capsys.readouterr().err
        assert looks(serve)["game"]["strength"] == 0.5
        assert main(["ctl", "set", "calm=0", "--session", "game"]) == 0
        assert looks(serve)["game"]["calm"] == 0
        preset = {"format": "eyebrush-preset/1", "name": "dusk",
                  "mix": [{"style": "beta", "weight": 1}], "strength": 1}  # fmt: skip
        serve.ask("PUT", "api/presets/dusk", preset)
        assert main(["ctl", "preset", "dusk"]) == 0
        assert looks(serve)["game"]["style"] == "beta"
        capsys.readouterr()
        assert main(["ctl", "presets"]) == 0
        assert json.loads(capsys.readouterr().out)["presets"][0]["name"] == "dusk"
        assert main(["ctl", "get"]) == 0
        assert json.loads(capsys.readouterr().out)["sessions"][0]["name"] == "game"
        for bad, said in (
            (["set", "style=no-such"], "no-such"),
            (["set", "strength=2"], "line 1: strength = 2"),
            (["set", "strength=much"], "got 'strength=much'"),
            (["set", "colour=1"], "got 'colour=1'"),
            (["set", "strength=1", "--session", "nobody"], "nobody"),
            (["preset", "../x"], "got preset name '../x'"),
            (["preset", "none"], "no file"),
        ):
            assert main(["ctl", *bad]) == 2
            assert said in capsys.readouterr().err


def test_ctl_finds_the_desk_by_itself_and_says_when_there_is_none(
    serve, monkeypatch, capsys, tmp_path
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "xdg"))
    assert main(["ctl", "link"]) == 0
    assert capsys.readouterr().out.strip() == serve.link
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "elsewhere"))
    assert main(["ctl", "get"]) == 3
    assert "eyebrush serve --desk" in capsys.readouterr().err
    assert main(["ctl", "get", "--link", "http://127.0.0.1:9/"]) == 3
    assert "got no answer" in capsys.readouterr().err


def test_open_sound_control(installed, tmp_path):
    builder = pytest.importorskip("pythonosc.osc_message_builder").OscMessageBuilder
    port = free_udp_port()

    def send(address, *values):
        message = builder(address=address)
        for value in values:
            message.add_arg(value)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(message.build().dgram, ("127.0.0.1", port))

    with staged("serve", "--osc", str(port), home=tmp_path / "xdg", assets=installed) as serve:
        with engine_of("one") as one, engine_of("two") as two:
            answer(one, 1), answer(two, 1)
            until(lambda: len(looks(serve)) == 2, "both sessions")
            first = serve.session()["name"]
            send("/eyebrush/strength", 0.5)
            until(lambda: looks(serve)[first]["strength"] == 0.5, "the strength")
            send("/eyebrush/session/two/style", "gamma")
            until(lambda: looks(serve)["two"]["style"] == "gamma", "the style")
            send("/eyebrush/session/two/mix", "alpha", 1.0, "beta", 1.0)
            until(lambda: looks(serve)["two"]["style"] == "alpha:0.5,beta:0.5", "the mix")
            for address, value in (("/eyebrush/strength", 7.0), ("/eyebrush/nonsense", 1),
                                   ("/other", 1), ("/eyebrush/style", "../x"),
                                   ("/eyebrush/style", 3.0)):  # fmt: skip
                send(address, value)
            send("/eyebrush/session/two/release")
            until(lambda: looks(serve)["two"]["by"] == "command line", "the release")
        assert "OSC /eyebrush/strength" in "".join(serve.said)


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_osc_without_a_desk_is_refused(capsys):
    assert main(["serve", "--osc", "9000"]) == 2
    assert "--osc without --desk" in capsys.readouterr().err


def test_a_desk_that_cannot_start_says_why(installed, capsys):
    assert main(["serve", "--desk", "--desk-no-open", "--desk-host", "192.0.2.1"]) == 3
    said = capsys.readouterr().err
    assert "got address 192.0.2.1" in said
    assert "fix: pass --desk-port" in said


def test_two_desks_take_two_ports(serve, installed, tmp_path):
    port = str(urlsplit(serve.link).port)
    with staged("serve", "--desk-port", port, home=tmp_path / "xdg", assets=installed) as second:
        assert urlsplit(second.link).port != urlsplit(serve.link).port
        assert urlsplit(second.link).path == urlsplit(serve.link).path, "the user's one token"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_desk_that_dies_costs_no_field(serve):
    pid = desk_pid(serve)
    with engine_of("game") as engine:
        answer(engine, 1)
        os.kill(pid, signal.SIGKILL)
        until(lambda: "the desk has ended by itself" in "".join(serve.said), "the warning")
        answer(engine, 2)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_runtime_that_dies_takes_its_desk_along(installed, tmp_path):
    stage = Stage("serve", home=tmp_path / "xdg", assets=installed)
    pid = desk_pid(stage)
    stage.process.kill()
    stage.stop()
    until(lambda: not alive(pid), "the desk to end")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups")
def test_the_desk_is_out_of_a_terminals_reach_but_not_out_of_the_runtimes_session(serve):
    pid, runtime = desk_pid(serve), serve.process.pid
    assert os.getpgid(pid) != os.getpgid(runtime), "Ctrl-C is for the runtime"
    assert os.getsid(pid) == os.getsid(runtime), "niceness counts within a session only"
    mine, its = (os.getpriority(os.PRIO_PROCESS, p) for p in (runtime, pid))
    assert its > mine


def desk_pid(stage):
    """The process that the desk runs in: the runtime's child."""
    place = f"/proc/{stage.process.pid}/task/{stage.process.pid}/children"
    if not os.path.exists(place):
        pytest.skip("this system does not tell a process's children (/proc)")
    with open(place) as file:
        return int(file.read().split()[0])


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
