"""Native grid blend against reference.py on every instruction set, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyebrush import _core, ops, reference
from eyebrush.errors import InputError
from test_ops_composite import turned

TOLERANCE = 2e-3  # grids of unit variance: where uv is off by a rounding, a share of a difference


def case(seed: int, shape: tuple[int, int, int, int] = (2, 8, 16, 16)) -> dict[str, Any]:
    """Noise for grids of [eyes, bins, h, w]."""
    rng = np.random.default_rng(seed)
    eyes, bins, h, w = shape
    grids = rng.normal(0, 1, (2, eyes, 12, bins, h, w)).astype(np.float32)
    return {"fresh": grids[0], "history": grids[1], "share": 0.83}


@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(*[st.integers(1, n) for n in (2, 3, 20, 40)]),
    share=st.sampled_from([0.0, 1.0]) | st.floats(0, 1),
    angles=st.none() | st.tuples(*[st.floats(-0.3, 0.3)] * 3),
    depth=st.booleans(),
    extent=st.tuples(st.floats(0.3, 1), st.floats(0.3, 1)),
)
def test_like_reference_for_any_sizes(
    isa: str,
    seed: int,
    shape: tuple[int, int, int, int],
    share: float,
    angles: tuple[float, float, float] | None,
    depth: bool,
    extent: tuple[float, float],
) -> None:
    arguments = case(seed, shape) | {"share": share, "extent": extent}
    if angles is not None:
        arguments |= turned(shape[0], *angles, move=0.05)
        if depth:
            rng = np.random.default_rng(seed)
            arguments["depth_m"] = rng.uniform(1, 20, (shape[0], 9, 7)).astype(np.float32)
        else:
            del arguments["parallax"]
    got = ops.grid_blend(**arguments, out=np.full_like(arguments["fresh"], 177))
    np.testing.assert_allclose(got, reference.grid_blend(**arguments), rtol=0, atol=TOLERANCE)


def test_a_still_view_is_a_running_mean(isa: str) -> None:
    arguments = case(1)
    still = np.eye(3)[None].repeat(2, 0)
    mixed = 0.17 * arguments["fresh"] + 0.83 * arguments["history"]
    for where in ({}, {"matrix": still}):
        np.testing.assert_allclose(ops.grid_blend(**arguments, **where), mixed, atol=1e-5)


def test_what_was_not_seen_stays_fresh(isa: str) -> None:
    """Two pictures to the side: nothing of the old one is in this one."""
    aside = np.eye(3)[None].repeat(2, 0)
    aside[:, 0, 2] = 2.0
    arguments = case(2)
    np.testing.assert_array_equal(ops.grid_blend(**arguments, matrix=aside), arguments["fresh"])


def test_in_place_and_any_number_of_threads(isa: str) -> None:
    arguments = case(3, (2, 3, 13, 21)) | {"matrix": turned(2, 0.1, 0.1, 0.1)["matrix"]}
    wanted = ops.grid_blend(**arguments)
    before = ops.threads()
    try:
        for n in (1, 3):
            ops.set_threads(n)
            np.testing.assert_array_equal(ops.grid_blend(**arguments), wanted)
    finally:
        ops.set_threads(before)
    np.testing.assert_array_equal(ops.grid_blend(**arguments, out=arguments["fresh"]), wanted)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_bad_numbers_stay_where_they_are(isa: str, bad: float) -> None:
    arguments = case(4)
    arguments["history"][0, 3, 2, 5, 6] = bad
    out = ops.grid_blend(**arguments)
    spoilt = ~np.isfinite(out)
    spoilt[0, 3, 2, 4:7, 5:8] = False  # its own cell, and neighbours with a share of 0 of it
    assert not spoilt.any()


@pytest.mark.parametrize(
    ("replaced", "says"),
    [
        ({"fresh": np.zeros((2, 12, 8, 16, 15), np.float32)}, "history float32 [2, 12, 8, 16, 16]"),
        ({"fresh": np.zeros((2, 11, 8, 16, 16), np.float32)}, "fresh float32 [2, 11, 8, 16, 16]"),
        ({"history": np.zeros((2, 12, 8, 16, 16))}, "float64"),
        ({"share": 1.5}, "share=1.5"),
        ({"extent": (0.0, 1.0)}, "extent=(0.0, 1.0)"),
        ({"parallax": np.zeros((2, 3))}, "parallax alone"),
    ],
)
def test_refuses(replaced: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as error:
        ops.grid_blend(**(case(5) | replaced))
    assert says in error.value.got


def test_refuses_to_write_over_history() -> None:
    arguments = case(6)
    with pytest.raises(InputError, match="overlapping history"):
        ops.grid_blend(**arguments, out=arguments["history"])


def test_the_core_itself_refuses_wrong_sizes() -> None:
    c = case(7)
    with pytest.raises(ValueError, match="history: wanted the shape of fresh"):
        _core.grid_blend(c["fresh"], c["history"][:1], 0.5, 1, 1, None, None, None, c["fresh"])
