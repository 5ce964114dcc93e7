"""Native ingest against reference.py. Integer sums on both sides: equal bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyebrush import ops, reference
from eyebrush.errors import InputError
from pixel_formats import FORMATS, noise

POISON = np.float32(-777)


def picture(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def poisoned(color: np.ndarray, down: int, shuffle: int = 1) -> np.ndarray:
    size = reference.field_size(color.shape[1], color.shape[2], down * shuffle)
    return np.full((color.shape[0], 3 * shuffle**2, *size), POISON, np.float32)


@given(
    pixels=st.sampled_from(FORMATS),
    eyes=st.integers(1, 2),
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    down=st.sampled_from([1, 2, 4]),
    shuffle=st.sampled_from([1, 2, 4]),
    seed=st.integers(0, 2**32 - 1),
)
def test_equals_reference(
    pixels: str, eyes: int, height: int, width: int, down: int, shuffle: int, seed: int
) -> None:
    color = noise(np.random.default_rng(seed), pixels, eyes, height, width)
    out = ops.ingest(color, down, poisoned(color, down, shuffle), shuffle=shuffle)
    wanted = reference.ingest(color, down, shuffle)
    if pixels == "rgba16f":  # encoded in float32 here, in float64 there; then up to 16 added up
        np.testing.assert_allclose(out, wanted, rtol=0, atol=1e-6)
    else:
        np.testing.assert_array_equal(out, wanted)


def test_unshuffled_channels_are_ordered_as_torchs() -> None:
    color = picture(5, 1, 64, 96, 3)
    cells = ops.ingest(color, 1, shuffle=4)
    plain = ops.ingest(color, 1)
    assert cells.shape == (1, 48, 16, 24)
    for c, y, x in ((0, 0, 1), (1, 2, 3), (2, 3, 0)):
        np.testing.assert_array_equal(cells[0, c * 16 + y * 4 + x], plain[0, c, y::4, x::4])


def test_linear_light_is_encoded() -> None:
    color = np.zeros((1, 16, 16, 4), np.float16)
    color[..., 0], color[..., 1], color[..., 2] = 0.21404, np.inf, np.nan  # half-grey; white; black
    r, g, b = ops.ingest(color, 1)[0, :, 0, 0]
    assert abs(r - 0.5) < 1e-3
    assert (g, b) == (1.0, 0.0)


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
        ("shuffle", 3, "shuffle=3"),
        ("color", np.zeros((1, 8, 8), np.float16), "float16 [1, 8, 8]"),
        ("color", np.zeros((1, 8, 8, 4), np.uint32), "uint32 [1, 8, 8, 4]"),
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
