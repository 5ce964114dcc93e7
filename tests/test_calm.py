"""Steady strokes: what an anchor keeps, when it is renewed, and when it must not be used."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from eyebrush import Stylizer
from eyebrush.calm import FADE_S, HOLD_S, RECENT_S, SteadyStrokes
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames, View
from eyebrush.steady_grid import TIME_CONSTANT_S, SteadyGrid
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture

H, W = 24, 32
GUIDE = np.full((2, 3, H, W), 0.5, np.float32)
WHOLE = (1.0, 1.0)


def turned(yaw_rad: float) -> tuple[View, View]:
    orientation = (0.0, float(np.sin(yaw_rad / 2)), 0.0, float(np.cos(yaw_rad / 2)))
    return tuple(
        View(orientation_xyzw=orientation, position_m=(x, 0.0, 0.0)) for x in (-0.03, 0.03)
    )


def frame(time_s: float, yaw_rad: float = 0.0, depth_m: float | None = None) -> EyeFrames:
    depth = None if depth_m is None else np.full((2, 6, 8), depth_m, np.float32)
    color = np.zeros((2, 4 * H, 4 * W, 3), np.uint8)
    return EyeFrames(color, turned(yaw_rad), int(time_s * 1e9), depth)


def layer(level: int) -> np.ndarray:
    return np.full((2, 2 * H, 2 * W, 4), level, np.uint8)


def middle(strokes: np.ndarray, eye: int = 0) -> int:
    return int(strokes[eye, H, W, 0])


def test_strokes_stay_on_a_still_view_whatever_the_network_paints() -> None:
    steady = SteadyStrokes()
    for i, level in enumerate((100, 40, 220)):
        strokes = layer(level)
        steady.steady(strokes, GUIDE, frame(0.01 * i), WHOLE)
        assert (np.abs(strokes.astype(int) - 100) <= 1).all()  # truncated towards the fresh one


def test_calm_is_the_share_of_the_anchor() -> None:
    for calm, level in ((0.0, 200), (0.25, 175), (0.5, 150), (1.0, 100)):
        steady = SteadyStrokes(calm)
        steady.steady(layer(100), GUIDE, frame(0), WHOLE)
        strokes = layer(200)
        steady.steady(strokes, GUIDE, frame(0.01), WHOLE)
        assert abs(middle(strokes) - level) <= 1


def test_the_next_anchor_fades_in_when_the_view_has_moved_on() -> None:
    steady = SteadyStrokes()
    steady.steady(layer(100), GUIDE, frame(0), WHOLE)
    start = FADE_S + 0.01
    seen = []
    for t in (0.0, 0.5 * FADE_S, 0.999 * FADE_S):
        strokes = layer(200)
        steady.steady(strokes, GUIDE, frame(start + t, yaw_rad=0.08), WHOLE)
        seen.append(middle(strokes))
    assert seen[0] <= 101  # the old one, in full, at the moment of the change
    assert abs(seen[1] - 150) <= 2
    assert seen[2] >= 199


def test_new_places_keep_what_was_painted_on_them_first() -> None:
    steady = SteadyStrokes()
    steady.steady(layer(100), GUIDE, frame(0), WHOLE)
    seen = []
    for i, level in enumerate((200, 40)):  # just after the second layer was renewed
        strokes = layer(level)
        steady.steady(strokes, GUIDE, frame(RECENT_S + 0.01 * (i + 1), yaw_rad=0.3), WHOLE)
        seen.append(strokes[0, H, :, 0].astype(int))
    new = seen[0] == 200  # beside what the first view saw
    assert 4 < new.sum() < W
    assert (abs(seen[0] - 100) <= 1).sum() > W
    assert (seen[1][new] >= 198).all()


def test_an_old_anchor_is_renewed_where_nothing_moves() -> None:
    steady = SteadyStrokes()
    steady.steady(layer(100), GUIDE, frame(0), WHOLE)
    for t in (HOLD_S + 0.01, HOLD_S + 0.02 + FADE_S):
        strokes = layer(200)
        steady.steady(strokes, GUIDE, frame(t), WHOLE)
    assert middle(strokes) == 200


def test_the_right_eye_takes_the_left_ones_strokes_where_depth_tells() -> None:
    strokes = layer(100)
    strokes[1] = 200
    SteadyStrokes().steady(strokes, GUIDE, frame(0, depth_m=2.0), WHOLE)
    assert abs(middle(strokes, 1) - 100) <= 1
    alone = layer(100)
    alone[1] = 200
    SteadyStrokes().steady(alone, GUIDE, frame(0), WHOLE)  # no depth: nobody knows where it lies
    assert middle(alone, 1) == 200


def test_another_size_starts_anew() -> None:
    steady = SteadyStrokes()
    steady.steady(layer(100), GUIDE, frame(0), WHOLE)
    strokes = np.full((2, H, W, 4), 200, np.uint8)
    steady.steady(strokes, GUIDE[:, :, ::2, ::2].copy(), frame(0.01), WHOLE)
    assert (strokes == 200).all()
    strokes = layer(90)
    steady.steady(strokes, GUIDE, frame(0.02), (0.9, 1.0))  # the same field, another picture in it
    assert (strokes == 90).all()


def test_an_anchor_is_not_the_engines_memory() -> None:
    """Guides, depth and strokes are taken up again by their owners."""
    steady = SteadyStrokes()
    first, guide, seen = layer(100), GUIDE.copy(), frame(0, depth_m=2.0)
    steady.steady(first, guide, seen, WHOLE)
    first[:], guide[:], seen.depth_m[:] = 7, 0.9, 55.0
    strokes = layer(200)
    steady.steady(strokes, GUIDE, frame(0.01, depth_m=2.0), WHOLE)
    assert abs(middle(strokes) - 100) <= 1


def ramp() -> np.ndarray:
    """A grid that knows where it is: the offset rises from 0 to 1 from left to right."""
    grid = np.zeros((2, 12, 3, 8, 16), np.float32)
    grid[:] = (np.arange(16) + 0.5) / 16
    return grid


def test_colours_follow_the_world_and_not_the_screen() -> None:
    steady, yaw_rad = SteadyGrid(), 0.2
    first = ramp()
    steady.steady(first, frame(0), WHOLE, 1.0)
    np.testing.assert_array_equal(first, ramp())
    turned_grid = np.full_like(first, 0.5)
    steady.steady(turned_grid, frame(1e-6, yaw_rad), WHOLE, 1.0)  # no time: all of the old one
    # what is in the middle now was 0.2 rad to the left
    was = 0.5 - 0.5 * np.tan(yaw_rad) / np.tan(0.785)
    assert float(turned_grid[0, 0, 0, 4, 7:9].mean()) == pytest.approx(was, abs=0.01)
    assert turned_grid[0, 0, 0, 4, 0] == pytest.approx(0.5)  # nobody saw that


def test_colours_of_before_fade_with_time_and_calm() -> None:
    for calm, left in ((1.0, np.exp(-1)), (0.5, 0.5 * np.exp(-1)), (0.0, 0.0)):
        steady = SteadyGrid()
        steady.steady(
            np.ones((1, 12, 2, 4, 4), np.float32), frame(0).eyes(slice(0, 1)), WHOLE, calm
        )
        grid = np.zeros((1, 12, 2, 4, 4), np.float32)
        steady.steady(grid, frame(TIME_CONSTANT_S).eyes(slice(0, 1)), WHOLE, calm)
        np.testing.assert_allclose(grid, left, atol=1e-5)


def test_refuses_calm_that_is_no_share() -> None:
    for bad in (-0.1, 1.5, float("nan")):
        with pytest.raises(InputError, match="calm"):
            SteadyStrokes(bad)


@pytest.fixture
def stylizer(installed) -> Stylizer:
    return Stylizer("alpha", precision="f32")


def stream(noise: int, views: bool = True) -> list[EyeFrames]:
    rng = np.random.default_rng(5)
    scene = rng.integers(40, 216, (2, 16, 16, 3)).repeat(6, 1).repeat(6, 2)
    frames = []
    for i in range(4):
        color = np.clip(scene + rng.integers(-noise, noise + 1, scene.shape), 0, 255)
        view = turned(0.0) if views else ()
        frames.append(EyeFrames(color.astype(np.uint8), view, (i + 1) * 14_000_000))
    return frames


def test_a_turning_head_keeps_its_colours(stylizer: Stylizer) -> None:
    frames = [
        replace(f, views=turned(0.002 * i), depth_m=None) for i, f in enumerate(stream(noise=6))
    ]
    moved = []
    for calm in (0.0, 1.0):
        stylizer.set_calm(calm)
        stylizer.reset()
        grids = [stylizer.field(f).grid.copy() for f in frames]
        moved.append(np.mean([np.abs(b - a).mean() for a, b in pairwise(grids)]))
    assert moved[1] < 0.7 * moved[0]


def changes(stylizer: Stylizer, frames: list[EyeFrames]) -> float:
    """Mean change of the strokes from field to field, levels."""
    stylizer.reset()
    layers = [stylizer.field(f).strokes.astype(int) for f in frames]
    return float(np.mean([np.abs(b - a).mean() for a, b in pairwise(layers)]))


def test_sensor_noise_does_not_reach_the_strokes(stylizer: Stylizer) -> None:
    frames = stream(noise=6)
    stylizer.set_calm(0.0)
    restless = changes(stylizer, frames)
    stylizer.set_calm(1.0)
    assert stylizer.calm == 1.0
    assert changes(stylizer, frames) < 0.2 * restless


def test_without_views_every_field_is_its_own(stylizer: Stylizer) -> None:
    frames = stream(noise=6, views=False)
    calm = changes(stylizer, frames)
    stylizer.set_calm(0.0)
    assert changes(stylizer, frames) == calm


def test_a_style_change_takes_new_strokes_at_once(stylizer: Stylizer) -> None:
    frames = stream(noise=0)
    stylizer.field(frames[0])
    stylizer.set_style("beta")
    changed = stylizer.field(frames[1]).strokes.copy()
    stylizer.reset()
    np.testing.assert_array_equal(changed, stylizer.field(replace(frames[1])).strokes)
