"""The benchmarks measure what they say: flow, masks, pairs, tables; and each program runs."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eyebrush.clip import ClipInfo, ClipReader, ClipWriter
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames, View, reprojection
from tiny_assets import assets_fixture, installed_fixture  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "benchmarks"
sys.path.append(str(BENCHMARKS))  # programs beside each other, not a package

import contestants  # noqa: E402
import harness  # noqa: E402
import readme_figures  # noqa: E402
from quality import scenes, stills, streams, warping  # noqa: E402
from quality.colour import colour_transfer  # noqa: E402

SIZE = 96
WALL_M, CARD_M = 3.0, 1.5


def render(view: View, size: int = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """Ray cast: a patterned wall at z = -3 m, before it a card at z = -1.5 m. (colour, depth)."""
    rays = np.concatenate([warping.pixel_centres(size, size), np.ones((size, size, 1))], -1)
    rays = rays @ (view.rotation() @ view.uv_to_ray()).T
    eye = np.asarray(view.position_m)
    color, depth = np.zeros((size, size, 3)), np.full((size, size), np.inf)
    for distance, tint, half in ((WALL_M, 0.5, np.inf), (CARD_M, 0.8, 0.25)):
        t = (-distance - eye[2]) / rays[..., 2]
        x, y = eye[0] + t * rays[..., 0], eye[1] - 1.6 + t * rays[..., 1]
        hit = (t > 0) & (np.abs(x) < half) & (np.abs(y) < half)
        phases = np.stack([np.sin(5 * x + tint), np.sin(4 * y), np.cos(3 * (x + y))], -1)
        color = np.where(hit[..., None], 0.5 * tint + 0.25 * phases, color)
        depth = np.where(hit, t, depth)  # the ray's z is -1 in eye space: t is depth along the axis
    return (np.clip(color, 0, 1) * 255 + 0.5).astype(np.uint8), depth.astype(np.float32)


def wall_frames(count: int = 12) -> list[EyeFrames]:
    """A head that turns and moves sideways before the wall and the card."""
    frames = []
    for i in range(count):
        half = 0.5 * 0.006 * i
        turn = (0.0, -math.sin(half), 0.0, math.cos(half))
        views = tuple(View(turn, (0.064 * e - 0.032 + 0.006 * i, 1.6, 0.0)) for e in range(2))
        eyes = [render(v) for v in views]
        color, depth = (np.stack(part) for part in zip(*eyes, strict=True))
        frames.append(EyeFrames(color, views, (i + 1) * 10**9 // 72, depth[:, ::2, ::2].copy()))
    return frames


@pytest.fixture(name="wall", scope="session")
def wall_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wall") / "wall.eyeclip"
    with ClipWriter(path, ClipInfo("a wall and a card"), quality=None) as clip:
        for frame in wall_frames():
            clip.add(frame)
    return path


def program(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / name), *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )


def test_pose_warp_moves_points_as_geometry_does() -> None:
    here, there = View(position_m=(0.032, 1.6, 0)), View(position_m=(-0.1, 1.6, 0.05))
    depth = np.full((8, 8), WALL_M, np.float32)
    warp = warping.pose_warp(here, there, depth, depth + 0.05, (SIZE, SIZE))
    point = np.array([0.4, 1.9, -WALL_M])  # on the wall
    uv = []
    for view in (here, there):
        p = np.linalg.inv(view.uv_to_ray()) @ (point - view.position_m)
        uv.append(p[:2] / p[2])
    column, row = (uv[0] * SIZE).astype(int)
    moved = warping.pixel_centres(SIZE, SIZE)[row, column] - uv[0]
    scale = WALL_M / (WALL_M + 0.05)  # the other eye stands farther from the wall
    np.testing.assert_allclose(warp.uv[row, column], uv[1] + scale * moved, atol=1e-5)
    matrix, parallax = reprojection(here, there)
    q = matrix @ [*uv[0], 1] + parallax / WALL_M
    np.testing.assert_allclose(q[:2] / q[2], uv[1], atol=1e-9)


def test_warped_wall_agrees_where_visible_and_the_card_hides_what_is_behind_it() -> None:
    left, right = wall_frames(1)[0].views
    (color_l, depth_l), (color_r, depth_r) = render(left), render(right)
    warp = warping.pose_warp(left, right, depth_l, depth_r, (SIZE, SIZE))
    assert warp.visible.mean() > 0.6
    error = warping.warping_error(warp, color_l, color_r)
    assert error < 0.01  # resampling of a smooth pattern and 8-bit rounding
    everywhere = warping.Warp(warp.uv, np.ones_like(warp.visible))
    assert warping.warping_error(everywhere, color_l, color_r) > 4 * error
    # what the right eye's card hides is wall in the left picture, and must not be compared
    there = (warp.uv * SIZE).astype(int).clip(0, SIZE - 1)
    hidden = (depth_l == WALL_M) & (depth_r[there[..., 1], there[..., 0]] < WALL_M)
    assert hidden.any()
    assert not (hidden & warp.visible).any()


def test_movers_are_left_out() -> None:
    view = wall_frames(1)[0].views[0]
    color, depth = render(view)
    warp = warping.pose_warp(view, view, depth, depth, (SIZE, SIZE))
    moved = color.copy()
    moved[10:30, 10:30] = 255 - moved[10:30, 10:30] // 2
    steady = warping.without_movers(warp, color, moved)
    assert not steady.visible[14:26, 14:26].any()
    np.testing.assert_array_equal(steady.visible[40:], warp.visible[40:])


def test_disparity_warp_keeps_the_nearer_surface() -> None:
    disparity = np.full((4, 40), 2.0, np.float32)
    disparity[:, 20:28] = 8.0  # a near bar that covers columns 12..19 of the right picture
    disparity[0, 30] = 0.0  # unknown
    warp = warping.disparity_warp(disparity)
    assert warp.visible[:, 20:28].all()
    assert not warp.visible[:, 15:20].any()  # land on 13..17: behind the bar
    assert not warp.visible[0, 30]
    assert warp.visible[1:, 32:].all()
    assert not warp.visible[:, :2].any()  # outside of the right picture
    assert warp.uv[1, 35, 0] == pytest.approx((35 + 0.5 - 2) / 40)


def test_flow_warp_is_in_pixels() -> None:
    flow = np.zeros((10, 20, 2), np.float16)
    flow[...] = 2, -1
    valid = np.ones((10, 20), bool)
    valid[5, 5] = False
    warp = warping.flow_warp(flow, valid)
    assert warp.uv[4, 7].tolist() == pytest.approx([9.5 / 20, 3.5 / 10])
    assert not warp.visible[5, 5]
    assert not warp.visible[0].any()
    assert not warp.visible[:, -2:].any()


def test_clip_scene_compares_earlier_frames_and_both_eyes(wall: Path) -> None:
    with ClipReader(wall) as clip:
        scene = scenes.clip_scene(clip, moments=2)
        assert scene.wanted() == {0, 1, 9, 10, 11}
        assert {p.here[0] for p in scene.pairs} == {10, 11}
        kinds = {"temporal, 1 frame", "temporal, 10 frames", "stereo"}
        assert {p.kind for p in scene.pairs} == kinds
        rows = streams.measure(
            contestants.EachPicture("as it is", lambda color: color), scene, None
        )
    assert max(r["error"] for r in rows) < 0.015


def test_moments_are_spread_and_alternate() -> None:
    moments = scenes.spread(10, 95, 6)
    assert len(moments) == 6
    assert moments[0] == 10
    assert moments[-1] in (94, 95)
    assert [m % 2 for m in moments] == [0, 1, 0, 1, 0, 1]


def test_clip_without_depth_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flat.eyeclip"
    with ClipWriter(path, ClipInfo("no depth"), quality=None) as clip:
        for i, f in enumerate(wall_frames(2) * 6):
            clip.add(EyeFrames(f.color, f.views, i + 1))
    with ClipReader(path) as clip, pytest.raises(InputError, match="no depth"):
        scenes.clip_scene(clip, 2)


class Recorder:
    """Stands for a Stylizer: a field is the number of its frame."""

    def reset(self) -> None:
        self.made: list[int] = []

    def set_style(self, style: str, strength: float) -> None:
        pass

    set_calm = set_detail = lambda self, value: None

    def field(self, frames: EyeFrames) -> int:
        self.made.append(frames.display_time_ns)
        return frames.display_time_ns

    def composite(self, frames: EyeFrames, field: int) -> np.ndarray:
        return np.full((2, 4, 4, 3), frames.display_time_ns - field, np.uint8)


@pytest.mark.parametrize(
    ("every", "latency", "ages"),
    [(1, 0, [0] * 8), (1, 1, [0] + [1] * 7), (2, 1, [0, 1, 2, 1, 2, 1, 2, 1])],
)
def test_live_fields_are_as_old_as_said(every: int, latency: int, ages: list[int]) -> None:
    blank = np.zeros((2, 4, 4, 3), np.uint8)
    frames = [EyeFrames(blank, display_time_ns=i) for i in range(8)]
    recorder = Recorder()
    look = contestants.Look(every=every, latency=latency)
    run = contestants.Eyebrush(recorder, "x", "any", look)  # type: ignore[arg-type]
    made = run.restyle(frames, range(8))
    assert [int(made[i].max()) for i in range(8)] == ages
    assert recorder.made == list(range(0, 8, every))


def test_pairs_are_different_and_use_everything_evenly() -> None:
    pairs = stills.pair_up(6, 38, 72)
    assert len(set(pairs)) == 72
    assert all(sum(p == k for p, _ in pairs) == 12 for k in range(6))
    assert len(stills.pair_up(3, 2, 100)) == 6
    assert len(set(stills.pair_up(3, 2, 100))) == 6


def test_tables_fill_the_readme(tmp_path: Path) -> None:
    (tmp_path / "a-old.json").write_text(json.dumps({"date": "2020-01-01", "tables": {"x": "old"}}))
    (tmp_path / "a-new.json").write_text(json.dumps({"date": "2021-01-01", "tables": {"x": "new"}}))
    readme = tmp_path / "README.md"
    readme.write_text("a\n<!-- figures:x -->\nstale\n<!-- /figures -->\nb\n")
    arguments = ("--readme", readme, "--results", tmp_path)
    assert program("readme_figures.py", "--check", *arguments).returncode == 1
    assert program("readme_figures.py", *arguments).returncode == 0
    assert readme.read_text() == "a\n<!-- figures:x -->\nnew\n<!-- /figures -->\nb\n"
    assert program("readme_figures.py", "--check", *arguments).returncode == 0
    assert program("readme_figures.py", "--machine", "old", *arguments).returncode == 0
    assert "\nold\n" in readme.read_text()


def test_readme_markers_must_be_known_and_closed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="figures:y"):
        readme_figures.fill("<!-- figures:y -->\n<!-- /figures -->", {"x": "1"})
    with pytest.raises(InputError, match="without its end"):
        readme_figures.fill("<!-- figures:x -->\n", {"x": "1"})
    (tmp_path / "broken-x.json").write_text("[1]")
    with pytest.raises(InputError, match="broken-x"):
        readme_figures.load_tables(tmp_path)


def test_machine_slug_is_a_file_name() -> None:
    assert set(harness.machine_slug()) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert harness.machine_slug().endswith("-cores")


@pytest.mark.usefixtures("installed")
def test_speed_runs(wall: Path, tmp_path: Path) -> None:
    done = program(
        "speed.py", "--quick", "--no-peer", "--clip", wall, "--size", 64, "--out", tmp_path,
        "--sizes", "64x64", "96x64", "--threads", 1,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("speed-*.json")
    body = json.loads(path.read_text("utf-8"))
    figures = body["figures"]
    assert figures["backend"]["backend"] == "openvino"
    assert [r["height_px"] for r in figures["scaling"]] == [64, 64]
    ms = figures["comparison"]["eyebrush_ms"]
    assert 0 < ms["network"]["min"] <= ms["network"]["p50"] < ms["frame"]["max"]
    assert figures["peak_mb"]["eyebrush"] > 20
    assert body["tables"]["speed"] in path.with_suffix(".md").read_text("utf-8")
    assert set(body["tables"]) == {"speed", "scaling"}


def test_errors_are_one_line(tmp_path: Path) -> None:
    for name in ("speed.py", "dials.py"):
        done = program(name, "--clip", tmp_path / "none.eyeclip", "--no-peer", "--out", tmp_path)
        assert done.returncode == InputError.exit_code
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stderr.startswith("error: got")
    assert not list(tmp_path.iterdir())


def test_colour_transfer_takes_the_paintings_colours_and_nothing_else() -> None:
    rng = np.random.default_rng(1)
    ramp = np.linspace(60, 180, 64)[:, None, None] * np.ones((1, 64, 3))
    photograph = (ramp + rng.normal(0, 20, (64, 64, 3))).clip(0, 255).astype(np.uint8)
    painting = rng.normal((90, 120, 150), (12, 20, 16), (50, 70, 3)).clip(0, 255).astype(np.uint8)
    made = colour_transfer(photograph, painting)
    assert made.shape == photograph.shape
    np.testing.assert_allclose(made.mean((0, 1)), painting.mean((0, 1)), atol=1)
    # whitening adds a variance of 0.05^2, so that a little of the deviation is lost
    ratio = made.std((0, 1)) / painting.std((0, 1))
    assert ((ratio > 0.85) & (ratio < 1.02)).all()


def test_composite_runs_and_gives_a_table(tmp_path: Path) -> None:
    done = program("composite_result.py", "--threads", 1, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("composite-*.json")
    table = json.loads(path.read_text("utf-8"))["tables"]["composite"]
    assert "| 1440x1600 |" in table
    assert "composite, same pose" in table
