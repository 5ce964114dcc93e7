"""End to end: Godot on lavapipe, `eyebrush serve` on the host, flat and in an OpenXR session.

All runs are from a folder with spaces and letters that are not ASCII. Pictures are what the screen
or the headset's compositor really shows. EYEBRUSH_PICTURES=FOLDER keeps them.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pictures
import pytest
from engine_root import (
    copy_project,
    display,
    finish,
    godot_command,
    import_project,
    monado,
    process,
    runtime,
    why_not,
    work_folder,
)
from godot_game import Game

HERE = Path(__file__).resolve().parent
SIZE = (448, 448)  # of the flat window
XCB = (
    "XRT_COMPOSITOR_NULL=0",
    "XRT_COMPOSITOR_FORCE_XCB=1",
    "XRT_COMPOSITOR_DEFAULT_FRAMERATE=10",  # what two cores can draw beside Godot and the network
    "XRT_COMPOSITOR_SCALE_PERCENTAGE=50",
)
EYE = (360, 320)  # height, width of an eye in the compositor's window
# Godot's own at exit in XR, with or without the addon.
GODOTS_OWN = ("OpenXRSpatial", "InteractionProfile", "SESSION_NOT_STOPPING")

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "never"),
]


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    with work_folder() as work:
        folder = work / "Mein schönes Spiel 遊び"
        copy_project(HERE / "godot_checks", folder)
        import_project(folder, work)
        yield folder


def restyled(plain: np.ndarray, painted: np.ndarray) -> None:
    """Not black, not the plain picture; edges where they were."""
    assert painted.std() > 15
    assert np.abs(painted.astype(int) - plain).mean() > 15
    down, right = pictures.offset(plain, painted)
    assert abs(down) <= 1
    assert abs(right) <= 1
    assert pictures.correlation(pictures.edges(plain), pictures.edges(painted)) > 0.3


def sign_in(plain: np.ndarray) -> tuple[slice, slice]:
    """Where the sign is: the light grey board of the scene."""
    x = plain.astype(int)
    grey = (x.min(-1) > 185) & (np.ptp(x, axis=-1) < 25)
    rows, columns = np.flatnonzero(grey.sum(1) > 20), np.flatnonzero(grey.sum(0) > 10)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def legible(plain: np.ndarray, painted: np.ndarray, above: float = 0.08) -> None:
    """The text's edges are still there: above what another text of the same look would give, which
    is the same edges mirrored. In XR letters are 12 pixels high, and the margin is smaller."""
    sign = sign_in(plain)
    score = pictures.edge_ssim(plain[sign], painted[sign])
    other = pictures.edge_ssim(plain[sign][:, ::-1], painted[sign])
    print(f"edge SSIM of the sign {score:.3f}, mirrored {other:.3f}")
    assert score > 0.3
    assert score > other + above


def no_errors(text: str, own: tuple[str, ...] = ()) -> None:
    lines = [x for x in text.splitlines() if re.search(r"ERROR|leaked|SCRIPT", x)]
    assert [x for x in lines if not any(o in x for o in own)] == [], text


@pytest.mark.parametrize(
    ("method", "msaa"),
    [("mobile", "0"), ("forward_plus", "1")],
    ids=["mobile", "forward-plus-msaa"],
)
def test_flat_and_the_runtime_comes_and_goes(project: Path, method: str, msaa: str) -> None:
    session = f"test-{os.getpid()}-{method.replace('_', '-')}"
    with work_folder() as work, display(work, SIZE) as screen:
        game = Game(work / "godot.log", work / "commands", screen)
        width, height = SIZE
        command = godot_command(project, "--resolution", f"{width}x{height}", method=method)
        command += ["--", f"session={session}", f"msaa={msaa}", f"commands={game.commands}"]
        command += ["seconds=150", "fps=20"]
        with process(command, game.log, DISPLAY=screen.name, HOME=work) as godot:
            line = game.wait("plain: no runtime")
            plain = game.settled(f"flat-{method}-plain", 0.002)
            with runtime(work / "serve.log", session) as first:
                line = game.wait("painting", after=line)
                painted = game.settled(f"flat-{method}-painted", 0.03)
                made = game.reports()[-1]["buffers_made"]
                first.kill()
                first.wait()
            line = game.wait("plain: the runtime has gone", after=line)
            alone = game.settled(f"flat-{method}-alone", 0.002)
            with runtime(work / "serve2.log", session):
                line = game.wait("painting", after=line)
                again = game.settled(f"flat-{method}-again", 0.03)
                end = game.reports()[-1]
                if method == "mobile":
                    game.tell("resize 320 240")
                    time.sleep(3)
                    smaller = game.settled("flat-smaller", 0.03)
                    assert game.reports()[-1]["state"] == "painting"
                game.tell("quit")
                text = finish(godot, game.log, 30)
    no_errors(text)
    restyled(plain, painted)
    legible(plain, painted)
    inset = (slice(0, 96), slice(0, 96))  # the camera without the effect, on a canvas layer
    assert plain[inset].std() > 15
    assert np.abs(painted[inset].astype(int) - plain[inset]).max() == 0
    assert np.abs(alone.astype(int) - plain).max() <= 1  # plain again, to the last pixel
    restyled(plain, again)
    if method == "mobile":
        shown = np.ptp(smaller, axis=(0, 1)).max()
        assert shown > 50
    # nothing was allocated from field to field: the buffers are the first ones'
    assert end["buffers_made"] == made == 2
    assert end["sent"] > 20


def test_two_cameras_with_effects_of_their_own(project: Path) -> None:
    """The second finds the session's name taken, and gets the next; both are painted."""
    session = f"test-{os.getpid()}-two"
    with work_folder() as work, display(work, SIZE) as screen:
        game = Game(work / "godot.log", work / "commands", screen)
        command = godot_command(project, "--resolution", f"{SIZE[0]}x{SIZE[1]}", method="mobile")
        command += ["--", f"session={session}", "second=1", f"commands={game.commands}"]
        command += ["seconds=120", "fps=20"]
        with process(command, game.log, DISPLAY=screen.name, HOME=work) as godot:
            game.wait("plain: no runtime")
            plain = game.settled("two-plain", 0.002)
            with (
                runtime(work / "serve.log", session),
                runtime(work / "serve2.log", f"{session}-2"),
            ):
                game.wait("painting")
                game.wait_for(lambda: "second painting: " in game.lines())
                painted = game.settled("two-painted", 0.05)
                game.tell("quit")
                text = finish(godot, game.log, 60)
    no_errors(text)
    inset = np.zeros(SIZE, bool)
    inset[:96, :96] = True
    changed = np.abs(painted.astype(int) - plain).mean(-1)
    assert changed[inset].mean() > 10
    assert changed[~inset].mean() > 10


def test_xr_both_eyes(project: Path) -> None:
    """The runtime is there first; then Godot in an OpenXR session on Monado."""
    session = f"test-{os.getpid()}-xr"
    with work_folder() as work, display(work, (1024, 480)) as screen:
        settings = (*XCB, f"DISPLAY={screen.name}")
        serve_log = work / "serve.log"
        with runtime(serve_log, session) as serve, monado(work, *settings) as folder:
            game = Game(work / "godot.log", work / "commands", screen)
            command = godot_command(project, "--resolution", "64x64", method="mobile", xr=True)
            command += ["--", "xr=1", f"session={session}", f"commands={game.commands}"]
            command += ["seconds=150"]
            with process(
                command, game.log, DISPLAY=screen.name, HOME=work, XDG_RUNTIME_DIR=folder
            ) as godot:
                line = game.wait("painting")
                painted = game.settled("xr-painted", 0.05)
                report = game.reports()[-1]
                serve.kill()
                serve.wait()
                game.wait("plain: the runtime has gone", after=line)
                plain = game.settled("xr-plain", 0.02)
                game.tell("quit")
                text = finish(godot, game.log, 60)
    no_errors(text, GODOTS_OWN)
    assert report["style"] == "great-wave"
    height, width = EYE
    for eye in range(2):
        part = (slice(0, height), slice(eye * width, (eye + 1) * width))
        restyled(plain[part], painted[part])
        legible(plain[part], painted[part], 0.03)
    left, right = painted[:height, :width], painted[:height, width : 2 * width]
    assert np.abs(left.astype(int) - right).mean() > 2  # two views, not one twice
