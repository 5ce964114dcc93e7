"""Colour statistics, whitening and colouring: against plain numpy, and their algebra."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from eyebrush import tone
from eyebrush.errors import InputError

pictures = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from([3, 4]))
)


def random_rgb(seed: int = 0, shape: tuple[int, ...] = (2, 3, 20, 24)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mixing = rng.normal(0, 0.12, (3, 3))
    colours = np.einsum("ij,ejhw->eihw", mixing, rng.normal(size=shape)) + 0.5
    return np.clip(colours, 0, 1).astype(np.float32)


def test_statistics_are_those_of_all_pixels_of_both_eyes():
    rgb = random_rgb()
    flat = rgb.astype(np.float64).transpose(1, 0, 2, 3).reshape(3, -1)
    found = tone.planar_statistics(rgb)
    # float32 sums of centred values: 1e-7 is their rounding
    np.testing.assert_allclose(found.mean, flat.mean(axis=1), atol=1e-7)
    np.testing.assert_allclose(found.covariance, np.cov(flat, bias=True), atol=1e-7)


def test_whitened_colours_have_mean_0_and_covariance_close_to_1():
    rgb = random_rgb(1)
    z = tone.apply(tone.tone_in(tone.planar_statistics(rgb)), rgb)
    flat = z.transpose(1, 0, 2, 3).reshape(3, -1)
    np.testing.assert_allclose(flat.mean(axis=1), 0, atol=1e-5)
    # epsilon (0.05^2) keeps the covariance below 1
    values = np.linalg.eigvalsh(np.cov(flat, bias=True))
    assert values.max() < 1.0
    assert values.max() > 0.5


def test_colouring_gives_the_paintings_statistics():
    painting = tone.planar_statistics(random_rgb(2))
    white = np.random.default_rng(3).normal(size=(1, 3, 200, 200))
    own = tone.planar_statistics(white)
    exactly_white = np.linalg.inv(np.linalg.cholesky(own.covariance)) @ (
        white.reshape(3, -1) - own.mean[:, None]
    )
    coloured = tone.apply(tone.tone_out(painting), exactly_white.reshape(1, 3, 200, 200))
    found = tone.planar_statistics(coloured)
    np.testing.assert_allclose(found.mean, painting.mean, atol=1e-6)
    np.testing.assert_allclose(found.covariance, painting.covariance, atol=1e-6)


def test_tone_out_is_the_symmetric_root():
    statistics = tone.planar_statistics(random_rgb(4))
    root = tone.tone_out(statistics)[:, :3].astype(np.float64)
    np.testing.assert_allclose(root, root.T, atol=1e-7)
    np.testing.assert_allclose(root @ root, statistics.covariance, atol=1e-7)


@given(pictures)
def test_every_picture_has_finite_maps_and_a_canonical_form(picture):
    statistics = tone.picture_statistics(picture)
    assert np.isfinite(tone.tone_in(statistics)).all()
    assert np.isfinite(tone.tone_out(statistics)).all()
    canonical = tone.canonical(picture)
    assert canonical.shape == (*picture.shape[:2], 3)
    assert canonical.dtype == np.float32
    assert canonical.min() >= 0
    assert canonical.max() <= 1


def test_flat_colour_becomes_mid_grey_not_noise():
    flat = np.full((8, 8, 3), (200, 30, 90), np.uint8)
    np.testing.assert_allclose(tone.canonical(flat), 0.5, atol=1e-6)


def test_canonical_does_not_depend_on_the_paintings_colours():
    rng = np.random.default_rng(6)
    strokes = rng.normal(0, 0.3, (40, 40, 3))
    first = np.clip(0.5 + strokes, 0.02, 0.98)
    tinted = first @ np.array([[0.5, 0.1, 0], [0.1, 0.6, 0.1], [0, 0.1, 0.5]]) + 0.15
    assert np.abs(first - tinted).mean() > 0.08
    # epsilon makes it a little different where a channel has little variance
    assert np.abs(tone.canonical(first) - tone.canonical(tinted)).mean() < 0.02


def test_toward_and_distance():
    a, b = (tone.planar_statistics(random_rgb(seed)) for seed in (7, 8))
    assert a.distance(a) == 0
    assert a.distance(b) == pytest.approx(b.distance(a))
    assert a.toward(b, 0.25).distance(b) < a.distance(b)
    np.testing.assert_array_equal(a.toward(b, 1.0).mean, b.mean)


def test_mix_is_linear_and_normalised():
    a, b = np.array([1, 2], np.float32), np.array([3, 6], np.float32)
    np.testing.assert_allclose(tone.mix([a, b], [3, 1]), [1.5, 3])
    assert tone.mix([a, b], [1, 0]).dtype == np.float32


@pytest.mark.parametrize("weights", [[1], [0, 0], [1, -1], [float("nan"), 1], [float("inf"), 1]])
def test_mix_refuses_weights_that_mean_nothing(weights):
    values = [np.ones(2, np.float32)] * 2
    with pytest.raises(InputError, match="wanted"):
        tone.mix(values, weights)


@pytest.mark.parametrize(
    "rgb",
    [np.zeros((2, 4, 8, 8)), np.zeros((3,)), np.zeros((1, 3, 0, 8)), np.zeros((3, 4, 4), int)],
)
def test_statistics_refuse_other_arrays(rgb):
    with pytest.raises(InputError, match="wanted float array"):
        tone.planar_statistics(rgb)
    with pytest.raises(InputError, match="wanted"):
        tone.picture_statistics(rgb)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_in_a_picture_is_refused(bad):
    with pytest.raises(InputError, match="NaN or Inf"):
        tone.canonical(np.full((4, 4, 3), bad))
