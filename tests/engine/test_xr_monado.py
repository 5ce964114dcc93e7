"""The player on Monado's simulated headset, under OpenXR's core validation layer."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import engine_root
import numpy as np
import pytest
import xr_root
from PIL import Image
from xr_root import VALIDATION, said, started

from eyebrush.listen.react import HUE_RAD, PULSE, QUIET
from listen_sounds import click_track
from sounds import needs_listen, write_wav

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.skipif(bool(xr_root.why_not()), reason=xr_root.why_not() or "never"),
]
KINDS = ("egl", "vulkan")


@pytest.fixture(scope="module")
def work() -> Iterator[Path]:
    with engine_root.work_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def runtime(work: Path) -> Iterator[Path]:
    with engine_root.monado(work) as folder:
        yield folder


def until(what: Callable[[], Any], timeout_s: float = 30) -> Any:
    """Its first true value."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if value := what():
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come true in {timeout_s} s")


def control(runtime: Path, *arguments: str) -> str:
    """monado-ctl."""
    return subprocess.run(
        [engine_root.HERE / "engine-run.sh", "monado-ctl", *arguments],
        env=xr_root.environment(runtime),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout


def clients(runtime: Path) -> dict[str, bool]:
    """id -> whether it is displayed, of the players that Monado knows."""
    rows = [x.split() for x in control(runtime).splitlines() if x.endswith("Eyebrush")]
    return {row[1]: row[5] == "1" for row in rows}


@pytest.fixture(scope="module")
def played(work: Path) -> dict[str, Path]:
    """Both kinds at the same time, each on a Monado of its own: their folders, when all is over."""
    places = {kind: work / kind for kind in KINDS}
    with contextlib.ExitStack() as stack:
        players = []
        for kind, place in places.items():
            place.mkdir()
            line = ("-m", "eyebrush", "xr", "--json", "--graphics", kind, "--frames", "300")
            options = ("--source", "clip", "--overlay", "--mirror", place / "mirror.png")
            player = started(
                *(stack.enter_context(engine_root.monado(place)), place / "player"),
                *(*line, *options),
                XR_ENABLE_API_LAYERS=VALIDATION,
                XR_CORE_VALIDATION_EXPORT_TYPE="text",
                XR_CORE_VALIDATION_FILE_NAME=place / "words.txt",
            )
            players.append(stack.enter_context(player))
        assert [player.wait(120) for player in players] == [0, 0]
    return places


@pytest.mark.parametrize("kind", KINDS)
def test_three_hundred_frames_without_a_word_from_the_validation_layer(
    played: dict[str, Path], kind: str
) -> None:
    place = played[kind]
    report = json.loads((place / "player.out").read_text("utf-8"))
    lines = (place / "words.txt").read_text("utf-8").splitlines()
    assert len(lines) == 2, lines
    assert "initialized" in lines[0]
    assert "destroyed" in lines[1]
    assert report["frames"] == 300
    assert "Monado" in report["headset"]["runtime"]
    assert report["headset"]["depth_layer"] is True
    assert report["garbage"]["collections"] == 0
    assert report["garbage"]["objects_left"] < 60, "a loop that left one a frame leaves 300"
    with Image.open(place / "mirror.png") as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (240, 640, 3)
    assert pixels.std() > 10


@pytest.mark.parametrize("kind", KINDS)
def test_the_swapchains_hold_the_composite(work: Path, runtime: Path, kind: str) -> None:
    script = engine_root.HERE / "xr_readback.py"
    text = xr_root.run(runtime, work / f"{kind}-back", script, kind, "20")
    found = json.loads(text)
    assert found["wrong"] == 0, "bytes in an image differ from those written"
    assert found["images"] > 40
    assert found["depth_images"] == 20
    assert found["composites"] >= 4
    assert found["worst"] <= 1  # as everywhere: tests/test_ops_composite.py


def test_two_players_take_turns_and_the_space_is_recentred(work: Path, runtime: Path) -> None:
    """The hidden one goes on waiting for frames and ending them, without layers."""
    line = ("-m", "eyebrush", "xr", "--graphics", "egl", "--json")
    a, b = work / "first", work / "second"
    with started(runtime, a, *line, "--frames", "80") as first:
        until(lambda: len(clients(runtime)) == 1)
        with started(runtime, b, *line, "--frames", "40") as second:
            one, two = until(lambda: len(clients(runtime)) == 2 and list(clients(runtime)))
            until(lambda: sum(clients(runtime).values()) == 1)
            hidden = one if clients(runtime)[two] else two
            control(runtime, "-p", hidden)
            until(lambda: clients(runtime).get(hidden))
            control(runtime, "-c")
            assert second.wait(60) == 0
        assert first.wait(60) == 0
    reports = [json.loads(log.with_suffix(".out").read_text()) for log in (a, b)]
    assert [r["frames"] for r in reports] == [80, 40]
    assert all(r["sessions"] == 1 for r in reports)
    assert sum(r["frames_not_rendered"] for r in reports) > 5


def test_sound_moves_the_look(work: Path, runtime: Path) -> None:
    """Clicks with silence between them: less strength, and never out of its limits."""
    needs_listen()
    sound = write_wav(work / "clicks.wav", click_track(120, 12))
    line = ("--graphics", "egl", "--frames", "150", "--source", "clip")
    line += ("--react", sound, "--react-style", "scream", "--style", "great-wave")
    accent = xr_root.play(runtime, work / "sound", *line)["accent"]
    assert accent["toward"] == "scream"
    assert QUIET <= accent["strength"] < 0.95
    assert 0 <= accent["share"] <= PULSE
    assert abs(accent["hue_deg"]) <= math.degrees(HUE_RAD) + 0.05  # rounded


@pytest.mark.parametrize("kind", KINDS)
def test_a_runtime_that_dies_is_told_in_one_line(work: Path, kind: str) -> None:
    place = work / f"{kind}-dies"
    place.mkdir()
    line = ("-m", "eyebrush", "xr", "--graphics", kind, "--reconnect", "0")
    with (
        engine_root.monado(place) as runtime,
        started(runtime, place / "player", *line) as player,
    ):
        until(lambda: any(clients(runtime).values()))
        kill_service(place)
        assert player.wait(30) == 3
    last = said(place / "player").splitlines()[-1]
    assert last.startswith("eyebrush: error: the session is lost (xr")
    assert "fix: start the headset's software" in last


def test_a_runtime_that_comes_back_is_found_again(work: Path) -> None:
    place = work / "back"
    place.mkdir()
    line = ("-m", "eyebrush", "xr", "--graphics", "egl", "--frames", "60", "--json")
    with (
        engine_root.monado(place) as runtime,
        started(runtime, place / "player", *line, "--reconnect", "30") as player,
    ):
        until(lambda: any(clients(runtime).values()))
        kill_service(place)
        with engine_root.monado(place):
            assert player.wait(60) == 0
    report = json.loads((place / "player.out").read_text())
    assert report["sessions"] == 2
    assert report["frames"] == 60
    assert "looking for the runtime again" in said(place / "player")


def kill_service(place: Path) -> None:
    """SIGKILL to the Monado whose XDG_RUNTIME_DIR lies in this folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            name = (process / "comm").read_text().strip()
            settings = (process / "environ").read_bytes()
        except OSError:  # gone meanwhile
            continue
        if name == "monado-service" and f"XDG_RUNTIME_DIR={place}/run".encode() in settings:
            os.kill(int(process.name), signal.SIGKILL)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (
            {"XR_RUNTIME_JSON": "/nowhere/runtime.json"},
            "XR_RUNTIME_JSON names /nowhere/runtime.json",
        ),
        ({"XDG_RUNTIME_DIR": "/tmp/eyebrush-no-such-folder"}, "no OpenXR runtime answers"),
    ],
    ids=["wrong manifest", "no service"],
)
def test_what_is_missing_is_told(
    work: Path, runtime: Path, setting: dict[str, str], expected: str
) -> None:
    log = work / "missing"
    line = ("-m", "eyebrush", "xr", "--graphics", "egl", "--frames", "3")
    with started(runtime, log, *line, **setting) as player:
        assert player.wait(30) == 3
    assert expected in said(log)
    assert said(log).count("\n") == 0
    assert "; fix: " in said(log)


@pytest.mark.parametrize(
    ("kind", "setting", "expected"),
    [
        ("vulkan", {"VK_DRIVER_FILES": "/none.json"}, "gave -9 (no driver that fits)"),
        ("egl", {"__EGL_VENDOR_LIBRARY_DIRS": "/none"}, "no OpenGL 4.5 through EGL"),
    ],
)
def test_no_driver_is_told(
    work: Path, runtime: Path, kind: str, setting: dict[str, str], expected: str
) -> None:
    log = work / f"{kind}-driver"
    line = ("-m", "eyebrush", "xr", "--graphics", kind, "--frames", "3")
    with started(runtime, log, *line, **setting) as player:
        assert player.wait(60) == 3
    assert expected in said(log)
    assert "; fix: install" in said(log)


def test_an_extension_that_the_runtime_lacks_is_named(work: Path, runtime: Path) -> None:
    script = work / "lacking.py"
    script.write_text(
        "from eyebrush.xr.egl import EglGraphics\n"
        "from eyebrush.cli import main\n"
        "EglGraphics.extensions = ('XR_ACME_no_such_thing',)\n"
        "raise SystemExit(main(['xr', '--graphics', 'egl', '--frames', '3']))\n"
    )
    log = work / "lacking"
    with started(runtime, log, script) as player:
        assert player.wait(30) == 3
    assert "does not offer XR_ACME_no_such_thing; fix: choose another --graphics" in said(log)


def test_the_benchmark_runs_in_a_session_of_its_own(work: Path, runtime: Path) -> None:
    line = ("-m", "eyebrush", "bench", "--xr", "--graphics", "egl", "--seconds", "2", "--json")
    text = xr_root.run(runtime, work / "bench", *line, "-o", work / "bench-out")
    report = json.loads(text)
    assert "Monado" in report["profile"]["what"]
    assert (report["profile"]["width_px"], report["profile"]["height_px"]) == (320, 240)
    assert report["runs"][0]["summary"]["frames_shown"] >= 40
    assert (work / "bench-out" / "report.html").is_file()
