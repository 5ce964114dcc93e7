"""Native ingest against reference.py. Integer sums on both sides: equal bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyebrush import ops, reference
from eyebrush.errors import InputError

POISON = np.float32(-777)


def picture(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def poisoned(color: np.ndarray, down: int) -> np.ndarray:
    size = reference.field_size(color.shape[1], color.shape[2], down)
    return np.full((color.shape[0], 3, *size), POISON, np.float32)


@given(
    eyes=st.integers(1, 2),
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    channels=st.sampled_from([3, 4]),
    down=st.sampled_from([1, 2, 4]),
    seed=st.integers(0, 2**32 - 1),
)
def test_equals_reference(
    eyes: int, height: int, width: int, channels: int, down: int, seed: int
) -> None:
    color = picture(seed, eyes, height, width, channels)
    out = ops.ingest(color, down, out=poisoned(color, down))
    np.testing.assert_array_equal(out, reference.ingest(color, down))


@pytest.mark.parametrize("size", [(512, 512), (1600, 1440), (333, 517)])
def test_equals_reference_at_headset_sizes(size: tuple[int, int]) -> None:
    color = picture(3, 2, *size, 3)
    np.testing.assert_array_equal(ops.ingest(color), reference.ingest(color))


@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_a_flat_picture_stays_flat_to_the_padded_edge(level: int) -> None:
    color = np.full((1, 13, 21, 4), level, np.uint8)
    color[..., 3] = 255 - level  # alpha must not leak in
    assert (ops.ingest(color) == np.float32(level) / np.float32(255)).all()


def test_result_does_not_depend_on_the_number_of_threads() -> None:
    color = picture(4, 2, 123, 211, 3)
    before = ops.threads()
    try:
        results = []
        for n in (1, 2, 3, 7):
            ops.set_threads(n)
            assert ops.threads() == n
            results.append(ops.ingest(color, 2, out=poisoned(color, 2)))
    finally:
        ops.set_threads(before)
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


@pytest.mark.parametrize(
    ("argument", "value", "says"),
    [
        ("color", np.zeros((8, 8, 3), np.uint8), "color uint8 [8, 8, 3]"),
        ("color", np.zeros((1, 8, 8, 2), np.uint8), "2 channels"),
        ("color", np.zeros((1, 8, 0, 3), np.uint8), "[1, 8, 0, 3]"),
        ("color", np.zeros((1, 8, 8, 3), np.float32), "float32"),
        ("color", np.zeros((1, 8, 16, 3), np.uint8)[:, :, ::2], "strides"),
        ("color", [[0]], "list"),
        ("down", 3, "down=3"),
        ("out", np.zeros((1, 3, 8, 8), np.float32), "out float32 [1, 3, 8, 8]"),
        ("out", np.zeros((1, 3, 16, 16), np.float64), "float64"),
    ],
)
def test_refuses(argument: str, value: object, says: str) -> None:
    arguments: dict[str, object] = {"color": np.zeros((1, 8, 8, 3), np.uint8), argument: value}
    with pytest.raises(InputError) as error:
        ops.ingest(**arguments)  # type: ignore[arg-type]
    assert says in error.value.got
    assert error.value.wanted
    assert error.value.fix


def test_refuses_a_read_only_out() -> None:
    out = np.zeros((1, 3, 16, 16), np.float32)
    out.flags.writeable = False
    with pytest.raises(InputError, match="read-only"):
        ops.ingest(np.zeros((1, 8, 8, 3), np.uint8), out=out)


@pytest.mark.parametrize("n", [0, -1, 257, 2.0, "2"])
def test_refuses_a_number_of_threads(n: object) -> None:
    with pytest.raises(InputError):
        ops.set_threads(n)  # type: ignore[arg-type]
