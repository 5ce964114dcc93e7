"""Native temporal blend against reference.py, and what it is for.

Tolerance: 1 of 255 levels for each history. Both sides compute weight * (history - fresh) in
float32 in another order and truncate it; a product that is a whole number up to rounding may fall
to either side.
Where uv lies on the border of the field's own fade or of a texel, nothing jumps: every step of the
computation is continuous in uv and in depth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyebrush import _core, ops, reference
from eyebrush.errors import InputError
from eyebrush.frame import View, reprojection
from eyebrush.reference import History
from one_history import one_history
from test_ops_composite import turned


def case(seed: int, *, eyes: int = 2, size: tuple[int, int] = (24, 37)) -> dict[str, Any]:
    """Noise for strokes; guides that agree in some places and not in others."""
    rng = np.random.default_rng(seed)
    h, w = size
    guide = rng.random((eyes, 3, h, w), np.float32)
    change = rng.normal(0, 0.1, guide.shape).astype(np.float32)
    return {
        "fresh": rng.integers(0, 256, (eyes, 2 * h, 2 * w, 4), dtype=np.uint8),
        "history": rng.integers(0, 256, (eyes, 2 * h, 2 * w, 4), dtype=np.uint8),
        "fresh_guide": guide,
        "history_guide": np.clip(guide + change, 0, 1),
        "calm": 0.83,  # times a difference of levels: seldom a whole number
    }


def blend(
    fresh: Any = None,
    history: Any = None,
    fresh_guide: Any = None,
    history_guide: Any = None,
    **k: Any,
) -> np.ndarray:
    """The op with one history."""
    layers = {"fresh": fresh, "history": history}
    guides = {"fresh_guide": fresh_guide, "history_guide": history_guide}
    result: np.ndarray = ops.temporal_blend(**one_history(**layers, **guides, **k))
    return result


def flat(level: int, guide: float, size: tuple[int, int] = (16, 20)) -> tuple[Any, Any]:
    """A stroke layer of one level, and a guide of one grey."""
    h, w = size
    return (
        np.full((1, 2 * h, 2 * w, 4), level, np.uint8),
        np.full((1, 3, h, w), guide, np.float32),
    )


def assert_like_reference(arguments: dict[str, Any]) -> np.ndarray:
    got = blend(**arguments, out=np.full_like(arguments["fresh"], 177))
    wanted = reference.temporal_blend(**one_history(**arguments))
    off = np.abs(got.astype(int) - wanted)
    assert off.max() <= 1, f"{off.max()} levels at {np.unravel_index(off.argmax(), off.shape)}"
    assert (off > 0).mean() < 0.01
    return got


@pytest.mark.parametrize("pose", ["same", "turned", "rolled", "moved"])
def test_like_reference(isa: str, pose: str) -> None:
    arguments = case(1, size=(45, 67)) | {"extent": (0.93, 0.97)}
    if pose == "turned":
        arguments["matrix"] = turned(2, 0.03, 0.02, 0.0)["matrix"]
    elif pose == "rolled":
        arguments["matrix"] = turned(2, 0.3, -0.2, 0.7)["matrix"]
    elif pose == "moved":
        arguments |= turned(2, 0.02, 0.01, 0.02, move=0.1)
        depth = np.random.default_rng(2).uniform(0.3, 9, (2, 33, 40)).astype(np.float32)
        depth[:, :9] = np.inf
        arguments["depth_m"] = depth
        then = depth * np.random.default_rng(3).uniform(0.9, 1.1, depth.shape).astype(np.float32)
        arguments["history_depth_m"] = then
    got = assert_like_reference(arguments)
    assert (got != arguments["fresh"]).any()


@given(
    seed=st.integers(0, 2**32 - 1),
    eyes=st.integers(1, 2),
    size=st.tuples(st.integers(1, 20), st.integers(1, 40)),
    calm=st.sampled_from([0.0, 0.5, 1.0]) | st.floats(0, 1),
    angles=st.none() | st.tuples(*[st.floats(-0.3, 0.3)] * 3),
    depth=st.booleans(),
    known=st.booleans(),
    extent=st.tuples(st.floats(0.3, 1), st.floats(0.3, 1)),
)
def test_like_reference_for_any_sizes(
    isa: str,
    seed: int,
    eyes: int,
    size: tuple[int, int],
    calm: float,
    angles: tuple[float, float, float] | None,
    depth: bool,
    known: bool,
    extent: tuple[float, float],
) -> None:
    arguments = case(seed, eyes=eyes, size=size) | {"calm": calm, "extent": extent}
    if angles is not None:
        arguments |= turned(eyes, *angles, move=0.05)
        if depth:
            rng = np.random.default_rng(seed)
            arguments["depth_m"] = rng.uniform(1, 20, (eyes, 9, 7)).astype(np.float32)
            if known:
                then = rng.uniform(1, 20, (eyes, 9, 7)).astype(np.float32)
                arguments["history_depth_m"] = then
        else:
            del arguments["parallax"]
    got = blend(**arguments)
    off = np.abs(got.astype(int) - reference.temporal_blend(**one_history(**arguments)))
    assert off.max() <= 1


def test_a_still_scene_keeps_its_strokes_and_a_changed_one_does_not(isa: str) -> None:
    (fresh, guide), (history, other) = flat(200, 0.5), flat(100, 0.9)
    calm = {"calm": 0.75}
    same = blend(fresh, history, guide, guide, **calm)
    assert (same == 125).all()  # 200 + 0.75 * (100 - 200)
    changed = blend(fresh, history, guide, other, **calm)
    assert (changed == 200).all()
    nothing = blend(fresh, history, guide, guide, calm=0.0)
    assert (nothing == 200).all()


def test_a_moving_object_takes_the_fresh_strokes_where_it_is_and_was(isa: str) -> None:
    (fresh, now), (history, then) = flat(220, 0.2, (32, 32)), flat(20, 0.2, (32, 32))
    now[..., 8:16, 8:16] = 0.9
    then[..., 8:16, 20:28] = 0.9
    out = blend(fresh, history, now, then, calm=0.9)[0, ..., 0]
    assert (out[20:28, 20:28] == 220).all()  # where it came
    assert (out[20:28, 44:52] == 220).all()  # where it left
    assert (out[40:, :] == 40).all()  # elsewhere: 220 - 0.9 * 200


def test_history_is_fetched_where_it_was(isa: str) -> None:
    """A shift by 8 stroke texels: the blended layer is the old one, moved."""
    rng = np.random.default_rng(3)
    h, w = 32, 48
    history = rng.integers(0, 256, (1, 2 * h, 2 * w, 4), dtype=np.uint8)
    _, guide = flat(0, 0.5, (h, w))
    shift = np.eye(3)[None].copy()
    shift[0, 0, 2] = 8 / (2 * w)
    arguments = {"matrix": shift, "calm": 1.0}
    out = blend(np.zeros_like(history), history, guide, guide, **arguments)
    inside = 2 * w - 8 - 10  # what was at the old picture's edge is not carried inwards
    off = np.abs(out[:, :, :inside].astype(int) - history[:, :, 8 : 8 + inside])
    assert off.max() <= 1  # bilinear shares are 0 and 1 up to rounding, truncation takes a level
    assert (out[:, :, -4:] == 0).all()  # not in the old picture: fresh


@pytest.mark.parametrize("calm", [0.5, 0.9, 0.99])
def test_a_steady_input_is_reached_exactly(isa: str, calm: float) -> None:
    """8-bit storage must not get stuck beside the fresh value, from above or from below."""
    for start in (0, 255):
        rng = np.random.default_rng(4)
        fresh = rng.integers(0, 256, (1, 32, 32, 4), dtype=np.uint8)
        _, guide = flat(0, 0.5, (16, 16))
        state = np.full_like(fresh, start)
        for frame in range(256):  # one level a frame at the least
            before = state.astype(int)
            state = blend(fresh, state, guide, guide, calm=calm)
            moved = np.abs(fresh - before) - np.abs(fresh.astype(int) - state)
            assert (moved[before != fresh] >= 1).all(), frame
        np.testing.assert_array_equal(state, fresh)


def test_resampling_an_edge_is_no_disagreement(isa: str) -> None:
    """Half a texel of motion blurs the old edge; its colours stay within the range around it."""
    _, guide = flat(0, 0.1, (16, 32))
    guide[..., 16:] = 0.9
    half = np.eye(3)[None].copy()
    half[0, 0, 2] = 0.5 / 32
    fresh, history = np.full((1, 32, 64, 4), 50, np.uint8), np.full((1, 32, 64, 4), 150, np.uint8)
    out = blend(fresh, history, guide, guide, calm=1.0, matrix=half)
    assert (out[:, :, 4:-8] >= 149).all()


def test_strokes_stay_on_the_surface_that_they_were_painted_on(isa: str) -> None:
    """What was hidden then, by something of the same colour, takes fresh strokes."""
    (fresh, guide), (history, _) = flat(200, 0.5), flat(100, 0.5)
    still = {"matrix": np.eye(3)[None], "parallax": np.zeros((1, 3)), "calm": 1.0}
    now = np.full((1, 16, 20), 4.0, np.float32)
    then = now.copy()
    then[:, :, :10] = 1.0  # something near stood on the left
    left = lambda **k: blend(fresh, history, guide, guide, **still, **k)[0, ..., 0]  # noqa: E731
    out = left(depth_m=now, history_depth_m=then)
    assert (out[:, :16] == 200).all()
    assert (out[:, -16:] == 100).all()
    assert (left(depth_m=now) == 100).all()  # nobody told


@pytest.mark.parametrize(("metres", "level"), [(0.5, 100), (3.0, 200)])
def test_strokes_are_not_stretched_by_walking_up_to_them(
    isa: str, metres: float, level: int
) -> None:
    """A wall now 5 m away: from 5.5 m it may keep its strokes, from 8 m it must not."""
    (fresh, guide), (history, _) = flat(200, 0.5), flat(100, 0.5)
    matrix, parallax = reprojection(View(position_m=(0, 0, -metres)), View())
    depth = np.full((1, 4, 4), 5.0, np.float32)
    motion = {"matrix": matrix[None], "parallax": parallax[None], "depth_m": depth}
    out = blend(fresh, history, guide, guide, calm=1.0, **motion)
    assert (np.abs(out.astype(int) - level) <= 1).all()  # a weight of 1 less its rounding truncates


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_bad_numbers_are_survived(isa: str, bad: float) -> None:
    arguments = case(5) | turned(2, 0.05, 0.02, 0.02, move=0.2)
    arguments["history_guide"][0, 1, 3:9, 3:9] = bad
    arguments["depth_m"] = np.full((2, 5, 5), 2.0, np.float32)
    arguments["depth_m"][1, 2, 2] = bad
    arguments["history_depth_m"] = arguments["depth_m"][:, ::-1].copy()
    out = blend(**arguments)
    low = np.minimum(arguments["fresh"], arguments["history"].min())
    assert (out >= low).all()


def test_in_place_and_any_number_of_threads(isa: str) -> None:
    arguments = case(6, size=(50, 33)) | {"matrix": turned(2, 0.1, 0.1, 0.1)["matrix"]}
    wanted = blend(**arguments)
    before = ops.threads()
    try:
        for n in (1, 3):
            ops.set_threads(n)
            np.testing.assert_array_equal(blend(**arguments), wanted)
    finally:
        ops.set_threads(before)
    out = blend(**arguments, out=arguments["fresh"])
    np.testing.assert_array_equal(out, wanted)


@pytest.mark.parametrize(
    ("replaced", "says"),
    [
        ({"fresh": np.zeros((2, 48, 73, 4), np.uint8)}, "fresh uint8 [2, 48, 73, 4]"),
        (
            {"history": np.zeros((2, 48, 74, 3), np.uint8)},
            "history 0: strokes uint8 [2, 48, 74, 3]",
        ),
        ({"history_guide": np.zeros((2, 3, 24, 36), np.float32)}, "history 0: guide float32"),
        ({"fresh_guide": np.zeros((2, 3, 24, 37))}, "float64"),
        ({"calm": 1.5}, "history 0: share=1.5"),
        ({"calm": np.nan}, "history 0: share=nan"),
        ({"extent": (1.5, 1.0)}, "extent=(1.5, 1.0)"),
        ({"parallax": np.zeros((2, 3))}, "parallax alone"),
        ({"history_depth_m": np.zeros((2, 3, 3), np.float32)}, "history 0: depth_m alone"),
    ],
)
def test_refuses(replaced: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as error:
        blend(**(case(7) | replaced))
    assert says in error.value.got


def test_refuses_to_write_over_history() -> None:
    arguments = case(8)
    with pytest.raises(InputError, match="overlapping history 0: strokes"):
        blend(**arguments, out=arguments["history"])


def test_the_core_itself_refuses_wrong_sizes() -> None:
    c = case(9)
    history = (c["history"], c["history_guide"][:1], 0.5, None, None, None)
    with pytest.raises(ValueError, match="history_guide: wanted shape"):
        _core.temporal_blend(c["fresh"], c["fresh_guide"], [history], 1, 1, None, c["fresh"])
    with pytest.raises(ValueError, match="histories: wanted 1 to 4"):
        _core.temporal_blend(c["fresh"], c["fresh_guide"], [], 1, 1, None, c["fresh"])


def stack(seed: int, count: int, size: tuple[int, int], depth: bool) -> dict[str, Any]:
    """Several histories, each from elsewhere; guides that agree nearly everywhere."""
    rng = np.random.default_rng(seed)
    h, w = size
    arguments: dict[str, Any] = {
        "fresh": rng.integers(0, 256, (2, 2 * h, 2 * w, 4), dtype=np.uint8),
        "fresh_guide": np.full((2, 3, h, w), 0.5, np.float32),
        "extent": (0.9, 1.0),
    }
    arguments["depth_m"] = rng.uniform(2, 3, (2, 9, 7)).astype(np.float32) if depth else None
    histories = []
    for i in range(count):
        guide = arguments["fresh_guide"].copy()
        places = rng.integers(0, min(size), (3, 2))
        for y, x in places:  # here and there something else was seen
            guide[:, :, y : y + 5, x : x + 3] = 0.9
        strokes = rng.integers(0, 256, arguments["fresh"].shape, dtype=np.uint8)
        where = turned(2, *rng.uniform(-0.02, 0.02, 3), move=0.02 * i)
        if i == count - 2:
            where = {}  # the same pose: no matrix at all
        elif not depth:
            del where["parallax"]
        share = 0.37 if i == 1 else 1.0
        histories.append(History(strokes, guide, share, **where))
    return arguments | {"histories": histories}


@pytest.mark.parametrize("depth", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_histories_one_over_the_other(isa: str, count: int, depth: bool) -> None:
    arguments = stack(count, count, (48, 75), depth)
    off = np.abs(
        ops.temporal_blend(**arguments).astype(int) - reference.temporal_blend(**arguments)
    )
    assert off.max() <= count  # each rounds; one that covers others spares their rounding
    assert (off > 1).mean() < 0.001


@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 4),
    size=st.tuples(st.integers(1, 40), st.integers(1, 70)),
    depth=st.booleans(),
)
def test_histories_of_any_size(
    isa: str, seed: int, count: int, size: tuple[int, int], depth: bool
) -> None:
    arguments = stack(seed, count, size, depth)
    off = np.abs(
        ops.temporal_blend(**arguments).astype(int) - reference.temporal_blend(**arguments)
    )
    assert off.max() <= count


def test_what_is_covered_does_not_show(isa: str) -> None:
    """A history that is trusted everywhere hides those below it, whatever they are."""
    arguments = stack(1, 4, (32, 64), False)
    _, guide = flat(0, 0.5, (32, 64))
    arguments["extent"] = (1.0, 1.0)  # beside the picture nothing is trusted
    top = History(np.full_like(arguments["fresh"], 77), guide.repeat(2, 0))
    arguments["histories"][-1] = top
    assert (ops.temporal_blend(**arguments) == 77).all()


@pytest.mark.parametrize("count", [0, 5])
def test_refuses_no_histories_and_too_many(count: int) -> None:
    arguments = stack(2, 4, (8, 8), False)
    arguments["histories"] = (arguments["histories"] * 2)[:count]
    with pytest.raises(InputError, match="1 to 4") as error:
        ops.temporal_blend(**arguments)
    assert f"{count} histories" in error.value.got
