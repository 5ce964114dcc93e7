"""The Unity package's bridge client on Mono: everything of it that needs no Unity.

engine_bridge/tests/Client.cs does each frame what the package's render pass does.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge_native import BRIDGE, PATIENCE_S, compiler, mono_program
from eyebrush import bridge, feed
from eyebrush.frame import View, reprojection
from own_sessions import folder_fixture as folder_fixture
from serving import command, serving, until
from tiny_assets import CLIP_FRAMES, stereo_frames
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture

HEADER = BRIDGE / "include" / "eyebrush_bridge.h"
FIELDS, WARM, WATCHED = 10, 600, 3000
# Arrays of the C structs that are single fields in C#, which has no fixed arrays of structs.
SPLIT = {"extent": "extentU", "views": "left", "head": "headLeft"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return mono_program(tmp_path_factory.mktemp("unity-client"), "Client")


def run(client: list[str], *arguments: object) -> str:
    line = [*client, *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@contextmanager
def started(client: list[str], *arguments: object) -> Iterator[subprocess.Popen]:
    """The client in the background; killed at the end where it still runs."""
    line = [*client, *map(str, arguments)]
    process = subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def serve_process() -> Iterator[subprocess.Popen]:
    process = command("serve", "--quiet")
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def c_offsets(folder: Path) -> dict[str, dict[str, int]]:
    """Every field of every struct in eyebrush_bridge.h, where this machine's compiler puts it."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text("utf-8"), flags=re.DOTALL)
    fields = {}
    for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", text, re.DOTALL):
        fields[name] = re.findall(r"(\w+)(?:\[\w+\])?\s*[,;]", body)
    prints = "".join(
        f'printf("{s} {f} %zu\\n", offsetof({s}, {f}));' for s in fields for f in fields[s]
    )
    source, program = folder / "offsets.c", folder / "offsets"
    source.write_text(
        f'#include <stdio.h>\n#include "{HEADER}"\nint main(void) {{ {prints} return 0; }}\n'
    )
    subprocess.run([compiler(), str(source), "-o", str(program)], check=True)
    found: dict[str, dict[str, int]] = {}
    for line in subprocess.check_output([program], text=True).splitlines():
        struct, name, offset = line.split()
        found.setdefault(struct, {})[name] = int(offset)
    return found


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def test_struct_offsets_equal_those_of_c(client: list[str], tmp_path: Path) -> None:
    """Every single field, with both compilers' own words; the package asserts sizes at load."""
    ours: dict[str, dict[str, int]] = json.loads(run(client, "offsets"))
    theirs = c_offsets(tmp_path)
    compared = 0
    for struct, fields in theirs.items():
        name = camel("_" + struct)
        if name == "EbSessionInfo":
            continue  # engines do not list sessions
        wanted = {camel(SPLIT.get(f, f)): offset for f, offset in fields.items()}
        compared += len(wanted)
        assert wanted.items() <= ours[name].items(), name
        extra = ours[name].keys() - wanted.keys()
        assert extra <= {"extentV", "right", "headRight"}, name
    assert compared > 80


def test_what_is_wrong_with_the_library_is_said(client: list[str], tmp_path: Path) -> None:
    program = shutil.copy(client[-1], tmp_path)  # away from the library, which Mono finds beside it
    done = subprocess.run(["mono", program, "offsets"], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "fix: eyebrush install unity PROJECT_DIR" in done.stderr


def test_fields_arrive_whole(
    client: list[str], installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checksums of every field: as the runtime wrote it, and packed for the 3D texture."""
    written: dict[int, int] = {}
    publish = bridge.RuntimeSession.publish_field

    def record(self: Any, got: bridge.Frame, made: Any, *rest: Any) -> None:
        grid, strokes = np.ascontiguousarray(made.grid), np.ascontiguousarray(made.strokes)
        written[got.frame_id] = zlib.crc32(packed(grid[-1]), zlib.crc32(strokes, zlib.crc32(grid)))
        publish(self, got, made, *rest)

    monkeypatch.setattr(bridge.RuntimeSession, "publish_field", record)
    with serving():
        lines = run(client, "play", "my-game", FIELDS).splitlines()
    got = {int(line.split()[0]): int(line.split()[1]) for line in lines[:-1]}
    assert len(got) >= FIELDS
    assert got.items() <= written.items()
    assert lines[-1] == "figures my-game alpha True"  # style and strength, as wished


def packed(grid: np.ndarray) -> np.ndarray:
    """eb_pack_grid: [12, D, Gh, Gw] -> [D, 3 Gh, Gw, 4] half floats."""
    _, bins, height, width = grid.shape
    rows = grid.astype(np.float16).reshape(3, 4, bins, height, width)
    return np.ascontiguousarray(rows.transpose(2, 0, 3, 4, 1))


def test_either_side_may_restart(client: list[str], installed: Path) -> None:
    """As a player sees it: `eyebrush serve` is killed and started again, then the game is."""

    def says(game: subprocess.Popen, what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while game.stdout.readline().strip() != what:
            assert time.monotonic() < deadline, what

    with started(client, "watch", "my-game", 100) as game:
        says(game, "no runtime yet: run `eyebrush serve`")
        with serve_process() as runtime:
            says(game, "painting")
            runtime.kill()
            says(game, "the runtime has gone: run `eyebrush serve`")
        with serve_process() as runtime:
            says(game, "painting")
            runtime.send_signal(signal.SIGSTOP)
            says(game, "the runtime is stalled")
            runtime.send_signal(signal.SIGCONT)
            says(game, "painting")
            game.kill()
            game.wait()
            with started(client, "watch", "my-game", 100) as again:
                says(again, "painting")


def test_a_frame_makes_no_garbage(client: list[str], installed: Path) -> None:
    """After warm-up, not a byte in thousands of frames, fields among them, and no collection."""
    with serving():
        out = json.loads(run(client, "garbage", "my-game", WARM, WATCHED))
    assert out["fields"] >= 3
    assert (out["bytes"], out["collections"]) == (0, 0)


def test_feed_and_the_client_as_its_runtime(client: list[str], installed: Path) -> None:
    """`eyebrush feed` is the engine: its frames arrive byte by byte, and it gets fields back."""
    with started(client, "runtime", "feed") as runtime:
        fed = command("feed", "--frames", 40, "--json")
        text, errors = fed.communicate(timeout=PATIENCE_S)
        assert fed.returncode == 0, errors
        lines = runtime.communicate(timeout=PATIENCE_S)[0].splitlines()
    assert json.loads(text)["fields"] >= 3
    got = {int(line.split()[0]): int(line.split()[1]) for line in lines}
    assert len(got) >= 3
    shown = [feed.small(frame).color for frame in stereo_frames()]
    rgba = [np.concatenate([c, np.full_like(c[..., :1], 255)], -1) for c in shown]
    sums = {zlib.crc32(np.ascontiguousarray(picture)) for picture in rgba}
    assert len(sums) == CLIP_FRAMES
    assert set(got.values()) <= sums


def test_serve_and_feed_beside_the_client(client: list[str], installed: Path) -> None:
    """One runtime, two engines: each gets its own fields."""
    with serve_process(), started(client, "watch", "my-game", 100) as game:
        fed = command("feed", "--frames", 60, "--json")
        text, errors = fed.communicate(timeout=PATIENCE_S)
        assert fed.returncode == 0, errors
        assert json.loads(text)["fields"] >= 1
        until(lambda: game.stdout.readline().strip() == "painting", "the game to be painted")


def unity_matrices(view: View) -> tuple[np.ndarray, np.ndarray]:
    """worldToCameraMatrix and projectionMatrix as Unity would have them for an OpenXR view:
    Unity's world is left-handed (z turned round), its eye space right-handed."""
    flip = np.diag([1.0, 1.0, -1.0])
    world_to_eye = np.eye(4)
    world_to_eye[:3, :3] = view.rotation().T @ flip
    world_to_eye[:3, 3] = -view.rotation().T @ np.asarray(view.position_m)
    left, right, up, down = (np.tan(a) for a in view.fov_rad)
    near, far = 0.05, 500.0
    projection = np.zeros((4, 4))
    projection[0, 0], projection[0, 2] = 2 / (right - left), (right + left) / (right - left)
    projection[1, 1], projection[1, 2] = 2 / (up - down), (up + down) / (up - down)
    projection[2, 2], projection[2, 3] = (
        -(far + near) / (far - near),
        -2 * far * near / (far - near),
    )
    projection[3, 2] = -1
    return world_to_eye, projection


def random_view(rng: np.random.Generator) -> View:
    turn = rng.normal(size=4)
    turn /= np.linalg.norm(turn)
    fov = rng.uniform(0.5, 1.1, 4) * (-1, 1, 1, -1)
    return View(tuple(turn), tuple(rng.normal(0, 2, 3)), tuple(fov))


def test_views_and_reprojection_like_python(client: list[str], tmp_path: Path) -> None:
    """From Unity's matrices to the bridge's views and the composite's constants.

    Tolerances: matrices come as 32-bit floats with positions of some metres, so that what is
    computed from them is exact to some 1e-6; the homography divides by nothing small.
    """
    rng = np.random.default_rng(3)
    half_turns = [
        View(orientation_xyzw=q) for q in [(1.0, 0, 0, 0), (0, 1.0, 0, 0), (0, 0, 1.0, 0)]
    ]
    pairs = [(random_view(rng), random_view(rng)) for _ in range(40)]
    pairs += [(view, random_view(rng)) for view in half_turns]
    cases = np.stack(
        [np.stack([m.T for v in pair for m in unity_matrices(v)]).ravel() for pair in pairs]
    )
    cases.astype(np.float32).tofile(tmp_path / "cases")
    lines = run(client, "views", tmp_path / "cases").splitlines()
    assert len(lines) == len(pairs)
    for line, (frame, seen) in zip(lines, pairs, strict=True):
        numbers = np.array(line.split(), float)
        turn, place, fov = numbers[:4], numbers[4:7], numbers[7:11]
        turn *= np.sign(turn @ frame.orientation_xyzw)  # q and -q are one rotation
        np.testing.assert_allclose(turn, frame.orientation_xyzw, atol=1e-5)
        np.testing.assert_allclose(place, frame.position_m, atol=1e-5)
        np.testing.assert_allclose(fov, frame.fov_rad, atol=1e-5)
        matrix, parallax = reprojection(frame, seen)
        wanted = np.column_stack([matrix, parallax])
        np.testing.assert_allclose(numbers[11:23].reshape(3, 4), wanted, atol=1e-4)
        a, b = numbers[23:]  # OpenGL: depth buffer = (ndc + 1) / 2
        for depth in (0.05, 1.0, 40.0):
            projection = unity_matrices(frame)[1]
            ndc = (projection[2, 2] * -depth + projection[2, 3]) / depth
            assert a + b / depth == pytest.approx((ndc + 1) / 2, abs=1e-5)


def test_orthographic_cameras_have_no_view(client: list[str], tmp_path: Path) -> None:
    view, projection = unity_matrices(View())
    projection[3] = (0, 0, 0, 1)
    case = np.stack([view.T, projection.T, view.T, projection.T]).astype(np.float32)
    case.tofile(tmp_path / "cases")
    numbers = np.array(run(client, "views", tmp_path / "cases").split(), float)
    assert not numbers[:11].any()
    np.testing.assert_array_equal(numbers[11:23], np.eye(3, 4).ravel())
