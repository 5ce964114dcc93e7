"""The Unity package's render pass itself, run on Mono with stubs for Unity.

What the stubs do is made up from Unity's manual. So this shows that our own code holds together,
with its passes in the right order for each kind of stereo and without garbage, not that Unity
draws it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import unity_csharp
from bridge_native import BRIDGE, PATIENCE_S, shared_library
from own_sessions import folder_fixture as folder_fixture
from serving import serving
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture

WARM, WATCHED = 300, 1000
ENCODE = "draw 0 from scene for eye "
REDUCE = "draw 1 from Eyebrush copy for eye "
COMPOSITE = "draw 2 from Eyebrush copy for eye "


def one_recording(eye: int, target: int, last: bool) -> list[str]:
    """The passes of one recording; target: the slice of the small picture, -1 for all at once."""
    capture = [f"Eyebrush reduce to Eyebrush small {target}, reads 1", f"{REDUCE}{eye}"]
    if last:
        capture.append("Eyebrush read back, reads 1")
    return [
        "Eyebrush encode to Eyebrush copy -1, reads 1",
        f"{ENCODE}{eye}",
        *capture,
        "Eyebrush composite to scene -1, reads 2",
        f"{COMPOSITE}{eye}, strength 0.50",
    ]


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("unity-frames")
    unity_csharp.build_stubs(folder)
    for name in ("Eyebrush.Bridge", "Eyebrush"):
        assert unity_csharp.build_assembly(folder, name) == (0, "")
    shared_library(folder)
    names = [*unity_csharp.STUB_REFERENCES, "Eyebrush"]
    references = [folder / f"{n}.dll" for n in names if n.startswith(("Unity", "Eyebrush"))]
    program = folder / "Frames.exe"
    code, said = unity_csharp.compile_library(
        program, [BRIDGE / "tests" / "Frames.cs"], references, "-unsafe", "-target:exe"
    )
    assert (code, said) == (0, "")
    return ["mono", str(program)]


def run(frames: list[str], *arguments: object) -> list[str]:
    line = [*frames, *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize("mode", ["flat", "multi-pass", "single-pass"])
def test_frames(frames: list[str], installed: Path, mode: str) -> None:
    """Passes, slices and eyes of a painted frame; then no garbage, while frames go on."""
    wanted = one_recording(0, -1, True)
    if mode == "multi-pass":
        wanted = one_recording(0, 0, False) + one_recording(1, 1, True)
    with serving():
        lines = run(frames, "paint", mode, WARM, WATCHED)
    assert lines[:-3] == wanted
    assert lines[-3:] == ["allocated 0", "sent True", "alpha as my-game"]


def test_eyes_and_feature_change_while_it_runs(frames: list[str], installed: Path) -> None:
    """Each time the session follows, and what was under way meanwhile does no harm."""
    with serving():
        lines = run(frames, "change")
    changes = ("first", "larger", "smaller", "one eye", "anew")
    assert lines == [f"{change} painting, session my-game" for change in changes]


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("gamma", "Fault: got the Gamma color space; wanted Linear"),
        ("views", "Fault: got more than two views"),
        ("volume", "Plain: no Eyebrush volume with a strength is active here"),
        ("nothing", "Plain: no runtime yet: run `eyebrush serve`"),
    ],
)
def test_what_is_wrong_is_said(frames: list[str], why: str, said: str) -> None:
    lines = run(frames, "refuse", why)
    assert lines[-1].startswith(said)
    warnings = [line for line in lines if line.startswith("warning: Eyebrush: ")]
    assert len(warnings) == said.startswith("Fault")  # once, not every frame
