"""The benchmark's attacks keep their budgets, and its tables say what was measured."""

from __future__ import annotations

import numpy as np
import pytest

import attacks
import robustness
from robustness_tables import tables

RNG = np.random.default_rng(2)


@pytest.fixture
def color() -> np.ndarray:
    ramp = np.linspace(30, 220, 64).astype(np.uint8)
    return np.stack([np.tile(ramp, (64, 1))] * 3, -1)


@pytest.mark.parametrize("block_px", [1, 4, 100])
def test_signs_are_the_whole_budget_in_squares(color: np.ndarray, block_px: int) -> None:
    change = attacks.signs(color, 3, RNG, block_px).astype(int) - color
    assert set(np.unique(change)) <= {-3, 3}
    side = min(block_px, 64)
    assert (change[:side, :side] == change[0, 0]).all()


def test_search_finds_what_hurts(color: np.ndarray) -> None:
    """This painter looks at squares of 16 pixels only: chance in single pixels does nothing."""

    def paint(c: np.ndarray) -> np.ndarray:
        mean = c.reshape(4, 16, 4, 16, 3).mean((1, 3)).repeat(16, 0).repeat(16, 1)
        return np.rint(100 + 8 * (mean - color)).clip(0, 255).astype(np.uint8)

    by_chance = attacks.rms(paint(attacks.signs(color, 2, RNG)), paint(color))
    found = attacks.search(color, 2, RNG, paint)
    assert np.abs(found.astype(int) - color).max() <= 2
    assert attacks.rms(paint(found), paint(color)) > 5 * by_chance


def test_ascent_keeps_its_budget_and_follows_the_gradient(color: np.ndarray) -> None:
    torch = pytest.importorskip("torch", reason="attacks by gradient need torch")
    weight = torch.randn((1, 3, 64, 64), generator=torch.Generator().manual_seed(1))
    found = attacks.ascend(color, 4, RNG, lambda start: lambda x: ((x - start) * weight).sum())
    change = found.astype(int) - color
    assert np.abs(change).max() <= 4
    along = np.sign(weight[0].numpy().transpose(1, 2, 0))
    assert (change == 4 * along).mean() > 0.95


def test_noise_and_jpeg_are_what_they_say(color: np.ndarray) -> None:
    assert 1.8 < attacks.rms(attacks.noise(color, 2, RNG), color) < 2.2
    coarse, fine = (attacks.rms(attacks.jpeg(color, q), color) for q in (20, 95))
    assert fine < coarse


def test_summary_and_table() -> None:
    rows = [
        {"method": m, "change": "noise", "input": 2.0, "output": o, "seen": 0.0}
        for m, o in (("eyebrush", 2.0), ("eyebrush", 4.0), ("unstyled", 2.0))
    ]
    changes = robustness.summary(rows)
    assert changes["noise"]["eyebrush"]["output_rms"] == 3.0
    assert changes["noise"]["eyebrush"]["gain"] == 1.5
    text = tables({"figures": {"changes": changes}})["robustness"]
    assert "| noise | 2.00 | 3.00 (1.50) | 2.00 (1.00) |" in text
