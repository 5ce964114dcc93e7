"""The desk's HTTP API against a real ``eyebrush demo --desk``: what it says is what runs."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from desk_stage import NEEDS, until
from desk_stage import stage_fixture as stage_fixture
from eyebrush.desk import decode
from eyebrush.styles import open_library
from sentence_model import needs_model, take_away
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture

for module in NEEDS:
    pytest.importorskip(module)
from eyebrush.desk.app import Desk  # noqa: E402
from eyebrush.desk.hub import Hub  # noqa: E402
from eyebrush.desk.presets import PresetFolder  # noqa: E402
from eyebrush.desk.studio import Studio  # noqa: E402


def painting(height=96, width=128, kind="PNG"):
    rng = np.random.default_rng(1)
    buffer = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8)).save(buffer, kind)
    return buffer.getvalue()


def bomb():
    """A picture of 900 megapixels in some kilobytes."""
    buffer = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_state_is_what_really_runs(stage):
    session = stage.session()
    assert session["name"] == "demo"
    assert session["eye_px"] == [96, 96]
    assert session["eyes"] == 2
    assert session["budget_ms"] == pytest.approx(1000 / 72, rel=0.02)
    assert session["backend"]["backend"] == "openvino"
    assert session["governor"]["state"] in ("full", "half-rate", "small-field", "grid-only",
                                            "pass-through")  # fmt: skip
    before = session["counts"]["fields"]
    until(lambda: stage.session()["counts"]["fields"] > before, "another field")


def test_a_wish_is_granted_and_answered_with_what_runs_then(stage):
    status, session = stage.ask(
        "POST", "api/wish", {"style": "beta", "strength": 0.5, "calm": 0, "detail": 1}
    )
    assert status == 200
    assert session["look"] == {
        "style": "beta",
        "strength": 0.5,
        "calm": 0.0,
        "detail": 1.0,
        "by": "desk",
    }
    assert stage.session()["look"] == session["look"]
    mix = [{"style": "alpha", "weight": 1}, {"style": "gamma", "weight": 3}]
    _, session = stage.ask("POST", "api/wish", {"session": "demo", "mix": mix})
    assert session["look"]["style"] == "alpha:0.25,gamma:0.75"
    assert session["look"]["strength"] == 0.5, "what is not named stays"
    _, session = stage.ask("POST", "api/wish", {"release": True})
    assert session["look"] == {
        "style": "alpha", "strength": 1.0, "calm": 1.0, "detail": 0.7, "by": "command line"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"style": "no-such"}, "got style 'no-such'"),
        ({"style": "x.safetensors"}, "got style file 'x.safetensors'"),
        ({"style": "/etc/passwd"}, "style = "),
        ({"strength": 2}, "line 1: strength = 2; wanted a number at least 0, at most 1"),
        ({"strength": None}, "strength = null"),
        ({"mix": []}, "mix = 0 items"),
        ({"session": "nobody", "strength": 1}, "got session 'nobody'"),
        ({"colour": 1}, "one of session, style, mix"),
        (b'{"strength":\n NaN}', "line 2"),
        (b"\xff", "UTF-8"),
        (b"[" * 5000, "levels"),
        (b"[]", "wanted a JSON object"),
    ],
)
def test_a_bad_wish_changes_nothing_and_says_why(stage, body, said):
    before = stage.session()["look"]
    status, answer = stage.ask("POST", "api/wish", body)
    assert status == 400
    assert said in answer["error"]
    assert stage.session()["look"] == before


def test_a_body_is_bounded(stage):
    status, answer = stage.ask("POST", "api/wish", b" " * (65 << 10))
    assert status == 413
    assert "at most 65536" in answer["error"]


@needs_model
def test_words_find_a_style_which_a_wish_then_paints(stage):
    status, found = stage.ask("GET", "api/find?text=gamma%20rays,%20subtle")
    assert status == 200
    assert found["near"][0]["name"] == "gamma"
    assert (found["dials"], found["words"]) == ({"strength": 0.5}, {"subtle": "strength 0.5"})
    assert stage.session()["look"]["by"] == "command line", "looking for it changes nothing"
    status, session = stage.ask("POST", "api/wish", {"style": found["use"]})
    assert status == 200
    assert (session["look"]["style"], session["look"]["strength"]) == (found["style"], 0.5)
    stage.ask("POST", "api/wish", {"release": True})


@pytest.mark.parametrize("query", ["", "?text=", "?text=%20", "?text=" + "x" * 501])
def test_no_words_and_too_many_are_refused(stage, query):
    status, answer = stage.ask("GET", f"api/find{query}")
    assert status == 400
    assert "wanted 1 to 500; fix: " in answer["error"]


def test_without_the_extra_the_api_says_which_is_missing(installed, monkeypatch, tmp_path):
    """The handler alone: the desk's own process has whatever is installed."""
    take_away(monkeypatch)
    studio = Studio(open_library(), "auto", "auto", lambda _: None)
    desk = Desk(Hub(lambda _: None), studio, PresetFolder(tmp_path), {})
    scope = {"type": "http", "method": "GET", "path": "/api/find", "query_string": b"text=a+wave"}
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    asyncio.run(desk.app()({**scope, "headers": []}, receive, send))
    assert sent[0]["status"] == 503
    assert "pip install 'eyebrush[speak]'" in json.loads(sent[1]["body"])["error"]


def test_a_painting_becomes_a_style_with_progress(stage):
    status, job = stage.ask("POST", "api/paintings?title=My%20Sun%20Flowers.PNG", painting())
    assert status == 202
    assert job["style"] == "my-sun-flowers-png"

    def ended():
        (now,) = (j for j in stage.get("api/state")["jobs"] if j["id"] == job["id"])
        return now if now["phase"] in ("done", "failed") else None

    assert until(ended, "the style")["error"] == ""
    assert stage.ask("POST", "api/wish", {"style": job["style"]})[0] == 200
    rows = {row["name"]: row for row in stage.get("api/styles")["styles"]}
    assert rows[job["style"]]["kind"] == "own"
    assert rows["alpha"]["kind"] == "shipped"
    stage.ask("POST", "api/wish", {"release": True})
    assert stage.ask("DELETE", f"api/styles/{job['style']}")[0] == 204
    assert stage.ask("DELETE", f"api/styles/{job['style']}")[0] == 400
    assert stage.ask("DELETE", "api/styles/alpha")[0] == 400


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "an empty file"),
        (b"GIF89a nonsense", "no known picture format"),
        (painting()[:200], "damaged"),
        (painting(20, 20), "at least 64x64"),
        (bomb(), "megapixels"),
    ],
)
def test_what_is_no_painting_fails_with_the_reason(stage, data, said):
    _, job = stage.ask("POST", "api/paintings?title=../../etc/passwd", data)
    assert "/" not in job["style"]

    def failed():
        (now,) = (j for j in stage.get("api/state")["jobs"] if j["id"] == job["id"])
        return now if now["phase"] == "failed" else None

    assert said in until(failed, "the failure")["error"]
    assert job["style"] not in [row["name"] for row in stage.get("api/styles")["styles"]]


def test_presets_are_kept_applied_and_removed(stage):
    preset = {
        "format": "eyebrush-preset/1",
        "name": "evening",
        "mix": [{"style": "beta", "weight": 1}, {"style": "gamma", "weight": 1}],
        "strength": 0.75,
        "calm": 0.5,
    }
    assert stage.ask("PUT", "api/presets/evening", preset) == (200, preset)
    assert stage.get("api/presets/evening") == preset
    assert stage.get("api/presets") == {"presets": [{"name": "evening", "preset": preset}]}
    _, session = stage.ask("POST", "api/presets/evening/apply", {})
    assert session["look"] == {
        "style": "beta:0.5,gamma:0.5", "strength": 0.75, "calm": 0.5, "detail": 0.7, "by": "desk"
    }  # fmt: skip
    assert stage.ask("PUT", "api/presets/morning", preset)[0] == 400
    status, answer = stage.ask("PUT", "api/presets/evening", b'{\n"format": 1}')
    assert (status, "line 2" in answer["error"]) == (400, True)
    assert stage.ask("DELETE", "api/presets/evening")[0] == 204
    assert stage.ask("GET", "api/presets/evening")[0] == 400


LIMITS = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from eyebrush.desk import decode
decode.limit()
print([resource.getrlimit(what)[1] for what in (
    resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE)])
try:
    bytearray(decode.MEMORY_BYTES)
except MemoryError:
    print("memory is bounded")
try:
    with open("x", "wb") as file:
        file.write(b"x")
except OSError:
    print("nothing is written")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no resource limits of this kind")
def test_the_process_that_decodes_can_do_little_harm(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LIMITS],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    limits, *rest = done.stdout.splitlines()
    assert limits == str([decode.MEMORY_BYTES, decode.CPU_S, decode.FILES, 0])
    assert rest == ["memory is bounded", "nothing is written"]
