"""Native composite against reference.py, for every instruction set that this processor has.

Tolerance: 1 of 255 levels. Both sides compute the same numbers in float32, but multiply-add in
another order; a value that lies on a rounding boundary may fall to either side. More than 1 level
would be another computation. With noise for a picture about 0.02 % of the values differ, and more
than 0.2 % would be suspicious; special arguments (say strength 0.3 over a saturated picture) put
any number of values on a boundary, so that the property test checks the 1 level alone.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyebrush import _core, ops, reference
from eyebrush.errors import InputError
from eyebrush.frame import View, reprojection
from pixel_formats import FORMATS, apart, noise, poisoned


def case(
    seed: int,
    *,
    eyes: int = 2,
    size: tuple[int, int] = (45, 67),
    channels: int = 3,
    bins: int = 8,
    grid_size: tuple[int, int] = (16, 16),
    strokes_size: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """Random arguments of composite: a grid around the identity, noise for strokes."""
    rng = np.random.default_rng(seed)
    identity = np.eye(3, 4, dtype=np.float32).reshape(12, 1, 1, 1)
    noise = rng.normal(0, 0.3, (eyes, 12, bins, *grid_size)).astype(np.float32)
    strokes_size = strokes_size or (-(-size[0] // 2), -(-size[1] // 2))
    return {
        "color": rng.integers(0, 256, (eyes, *size, channels), dtype=np.uint8),
        "grid": identity + noise,
        "strokes": rng.integers(0, 256, (eyes, *strokes_size, 4), dtype=np.uint8),
    }


def turned(eyes: int, yaw: float, pitch: float, roll: float, move: float = 0.0) -> dict[str, Any]:
    """matrix and parallax of a head that turned by these angles (radians) and moved (metres)."""
    half = np.array([pitch, yaw, roll]) / 2
    xyz = np.sin(half)
    w = math.sqrt(max(0.0, 1.0 - float(xyz @ xyz)))
    view = View((*map(float, xyz), w), (move, -move / 2, move))
    pairs = [
        reprojection(view, View(fov_rad=(-0.8, 0.7 + 0.1 * e, 0.8, -0.9))) for e in range(eyes)
    ]
    return {"matrix": np.stack([m for m, _ in pairs]), "parallax": np.stack([p for _, p in pairs])}


def assert_like_reference(arguments: dict[str, Any]) -> float:
    """At most 1 level off, alpha untouched. Returns the share of values that differ."""
    poison = np.full_like(arguments["color"], 177)
    got = ops.composite(**arguments, out=poison)
    assert got is poison
    wanted = reference.composite(**arguments)
    off = np.abs(got.astype(int) - wanted)
    assert off.max() <= 1, f"{off.max()} levels at {np.unravel_index(off.argmax(), off.shape)}"
    np.testing.assert_array_equal(got[..., 3:], arguments["color"][..., 3:])
    return float((off > 0).mean())


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("pose", ["same", "turned", "rolled", "moved"])
def test_like_reference(isa: str, channels: int, pose: str) -> None:
    arguments = case(5, channels=channels, size=(131, 157))
    if pose == "turned":
        arguments["matrix"] = turned(2, 0.03, 0.02, 0.01)["matrix"]
    elif pose == "rolled":
        arguments["matrix"] = turned(2, 0.3, -0.2, 0.7)["matrix"]
    elif pose == "moved":
        arguments |= turned(2, 0.02, 0.01, 0.02, move=0.1)
        depth = np.random.default_rng(6).uniform(0.3, 9, (2, 33, 40)).astype(np.float32)
        depth[:, :9] = np.inf
        depth[:, -2:, :5] = -1.0  # not a distance: taken as 1 mm, as the reference does
        arguments["depth_m"] = depth
    assert assert_like_reference(arguments) < 0.002


sizes = st.tuples(st.integers(1, 40), st.integers(1, 70))
small = st.tuples(st.integers(1, 18), st.integers(1, 18))
angle = st.floats(-0.4, 0.4)
share = st.sampled_from([0.0, 0.3, 1.0]) | st.floats(0, 1)


@given(
    seed=st.integers(0, 2**32 - 1),
    eyes=st.integers(1, 2),
    size=sizes,
    channels=st.sampled_from([3, 4]),
    bins=st.integers(1, 12),
    grid_size=small,
    strokes_size=sizes,
    half_grid=st.booleans(),
    angles=st.none() | st.tuples(angle, angle, angle),
    depth_size=st.none() | sizes,
    extent=st.tuples(st.floats(0.25, 1), st.floats(0.25, 1)),
    strength=share,
    stroke_opacity=share,
)
def test_like_reference_for_any_sizes(
    isa: str,
    seed: int,
    eyes: int,
    size: tuple[int, int],
    channels: int,
    bins: int,
    grid_size: tuple[int, int],
    strokes_size: tuple[int, int],
    half_grid: bool,
    angles: tuple[float, float, float] | None,
    depth_size: tuple[int, int] | None,
    extent: tuple[float, float],
    strength: float,
    stroke_opacity: float,
) -> None:
    arguments = case(
        seed,
        eyes=eyes,
        size=size,
        channels=channels,
        bins=bins,
        grid_size=grid_size,
        strokes_size=strokes_size,
    )
    arguments |= {"extent": extent, "strength": strength, "stroke_opacity": stroke_opacity}
    if half_grid:
        arguments["grid"] = arguments["grid"].astype(np.float16)
    if angles is not None:
        arguments |= turned(eyes, *angles, move=0.05)
        if depth_size is None:
            del arguments["parallax"]
        else:
            rng = np.random.default_rng(seed)
            arguments["depth_m"] = rng.uniform(1, 20, (eyes, *depth_size)).astype(np.float32)
    assert_like_reference(arguments)


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("pixels", FORMATS)
@pytest.mark.parametrize("strength", [1.0, 0.4])
def test_every_format_into_every_other(pixels: str, to: str, strength: float) -> None:
    arguments = case(18, size=(35, 61)) | turned(2, 0.05, 0.02, 0.3, move=0.1)
    rng = np.random.default_rng(19)
    arguments["color"] = noise(rng, pixels, 2, 35, 61)
    arguments["depth_m"] = rng.uniform(0.5, 9, (2, 9, 16)).astype(np.float32)
    out = poisoned(to, 2, 35, 61)
    assert ops.composite(**arguments, strength=strength, out=out) is out
    wanted = reference.composite(**arguments, strength=strength, out=np.empty_like(out))
    off = apart(out, wanted)
    assert off.max() <= 1, f"{off.max()} levels at {np.unravel_index(off.argmax(), off.shape)}"


@pytest.mark.parametrize("pixels", FORMATS)
def test_strength_zero_leaves_any_format_alone(pixels: str) -> None:
    arguments = case(20, size=(21, 33))
    color = noise(np.random.default_rng(21), pixels, 2, 21, 33)
    got = ops.composite(**(arguments | {"color": color}), strength=0.0)
    if pixels == "rgba16f":  # encoded and decoded again: 1 part in 1000, which is a rounding or two
        wanted = np.nan_to_num(color.astype(np.float64), nan=0, posinf=65504, neginf=0)
        wanted[..., :3] = np.maximum(wanted[..., :3], 0)
        np.testing.assert_allclose(got.astype(np.float64), wanted, rtol=1e-3, atol=1e-7)
    else:
        np.testing.assert_array_equal(got, color)


def test_one_pixel(isa: str) -> None:
    assert_like_reference(case(7, eyes=1, size=(1, 1), grid_size=(1, 1), strokes_size=(1, 1)))


def test_strength_zero_and_the_identity_leave_the_picture_alone(isa: str) -> None:
    arguments = case(8, channels=4)
    np.testing.assert_array_equal(ops.composite(**arguments, strength=0.0), arguments["color"])
    identity = np.eye(3, 4, dtype=np.float32).reshape(12, 1, 1, 1)
    arguments["grid"] = np.ascontiguousarray(np.broadcast_to(identity, arguments["grid"].shape))
    kept = ops.composite(**arguments, stroke_opacity=0.0)
    np.testing.assert_array_equal(kept, arguments["color"])


def test_strokes_vanish_behind_the_eye(isa: str) -> None:
    arguments = case(9, eyes=1)
    identity = np.eye(3, 4, dtype=np.float32).reshape(12, 1, 1, 1)
    arguments["grid"] = np.ascontiguousarray(np.broadcast_to(identity, arguments["grid"].shape))
    back = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, -1.0]]])
    np.testing.assert_array_equal(ops.composite(**arguments, matrix=back), arguments["color"])


def test_in_place(isa: str) -> None:
    arguments = case(10, size=(37, 53))
    wanted = ops.composite(**arguments)
    got = ops.composite(**arguments, out=arguments["color"])
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
def test_bad_numbers_in_the_grid_spoil_only_the_pixels_that_use_them(isa: str, bad: float) -> None:
    arguments = case(11, size=(64, 64))
    wanted = ops.composite(**arguments)
    arguments["grid"][0, :, :, 2, 3] = bad
    got = ops.composite(**arguments)
    np.testing.assert_array_equal(got[1], wanted[1])
    far = np.ones((64, 64), bool)
    far[4:16, 8:20] = False  # cells beside corner (2, 3): 4 pixels a cell, and a pixel of margin
    np.testing.assert_array_equal(got[0][far], wanted[0][far])


def test_bad_numbers_in_the_depth_are_survived(isa: str) -> None:
    arguments = case(12) | turned(2, 0.05, 0.02, 0.02, move=0.2)
    depth = np.full((2, 9, 9), 2.0, np.float32)
    depth[0, 3, 3], depth[1, 5, 5], depth[0, 0, 0] = np.nan, -np.inf, 1e-38
    got = ops.composite(**arguments, depth_m=depth)
    assert got.shape == arguments["color"].shape


def test_a_grid_of_huge_numbers_stays_in_range(isa: str) -> None:
    arguments = case(13, channels=4)
    arguments["grid"] *= np.float32(1e30)
    got = ops.composite(**arguments, stroke_opacity=0.0)
    np.testing.assert_array_equal(got[..., 3], arguments["color"][..., 3])
    assert set(np.unique(got[..., :3])) <= {0, 255}


def test_result_does_not_depend_on_threads_or_on_callers(isa: str) -> None:
    arguments = case(14, size=(97, 81)) | {"matrix": turned(2, 0.1, 0.1, 0.1)["matrix"]}
    wanted = ops.composite(**arguments)
    before = ops.threads()
    results: list[np.ndarray] = []
    try:
        for n in (1, 2, 5):
            ops.set_threads(n)
            results.append(ops.composite(**arguments))
            callers = [
                threading.Thread(target=lambda: results.append(ops.composite(**arguments)))
                for _ in range(3)
            ]
            for caller in callers:
                caller.start()
            for caller in callers:
                caller.join(30)
    finally:
        ops.set_threads(before)
    assert len(results) == 12
    for result in results:
        np.testing.assert_array_equal(result, wanted)


def refused() -> list[Any]:
    """(arguments that replace good ones, what the error must say was got)"""
    good = case(15)
    big = np.zeros((2, 45, 134, 3), np.uint8)
    return [
        ({"color": good["color"][..., :2].copy()}, "2 channels"),
        ({"grid": good["grid"].astype(np.float64)}, "float64"),
        ({"grid": good["grid"][:1]}, "grid float32 [1, 12"),
        ({"grid": good["grid"][:, :, :, ::2]}, "strides"),
        ({"strokes": good["strokes"][..., :3].copy()}, "strokes uint8"),
        ({"extent": (0.0, 1.0)}, "extent=(0.0, 1.0)"),
        ({"extent": (math.nan, 1.0)}, "extent=(nan, 1.0)"),
        ({"strength": 1.5}, "strength=1.5"),
        ({"stroke_opacity": math.nan}, "stroke_opacity=nan"),
        ({"matrix": np.eye(3)}, "matrix [3, 3]"),
        ({"matrix": np.full((2, 3, 3), np.nan)}, "NaN"),
        ({"matrix": "turned"}, "matrix []"),
        ({"parallax": np.zeros((2, 3))}, "parallax alone"),
        ({"depth_m": np.ones((2, 4, 4), np.float32)}, "depth_m alone"),
        ({"depth_m": np.ones((2, 4, 4)), **turned(2, 0, 0, 0)}, "float64"),
        ({"out": np.zeros((2, 45, 66, 3), np.uint8)}, "out uint8 [2, 45, 66, 3]"),
        ({"color": big[:, :, :67].copy(), "out": big[:, :, 67:]}, "strides"),
    ]


@pytest.mark.parametrize(("replaced", "says"), refused())
def test_refuses(replaced: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as error:
        ops.composite(**(case(15) | replaced))
    assert says in error.value.got
    assert "\n" not in str(error.value)


def test_refuses_an_out_that_overlaps_the_picture() -> None:
    arguments = case(16)
    room = np.zeros(arguments["color"].size + 64, np.uint8)
    color = room[: arguments["color"].size].reshape(arguments["color"].shape)
    out = room[64:].reshape(color.shape)
    with pytest.raises(InputError, match="overlapping color"):
        ops.composite(**(arguments | {"color": color, "out": out}))


def test_the_core_itself_refuses_wrong_sizes() -> None:
    """No size check of eyebrush.ops stands alone between a caller and somebody else's memory."""
    color, grid, strokes = case(17).values()
    short = np.zeros((2, 45, 66, 3), np.uint8)
    with pytest.raises(ValueError, match="out: wanted shape"):
        _core.composite(color, grid, strokes, 1, 1, None, None, None, 1, 1, short)
    with pytest.raises(ValueError, match="grid: wanted"):
        _core.composite(color, grid[:, :, ::2], strokes, 1, 1, None, None, None, 1, 1, color)
    with pytest.raises(ValueError, match="color: wanted"):
        _core.composite(color[..., ::2], grid, strokes, 1, 1, None, None, None, 1, 1, color)


def test_cpu_features_name_what_is_used(isa: str) -> None:
    features = ops.cpu_features()
    assert features["isa"] == isa
    assert isa in ops.describe()
    assert features["threads"] >= 1
    assert features["cuda"] is _core.cuda
    with pytest.raises(ValueError, match="sse9"):
        _core.set_isa("sse9")
