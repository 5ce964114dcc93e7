"""The judge's training: what its losses want, how measures are weighed, what is shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")

from eyebrush.judge.calibration import (  # noqa: E402
    MEASURES,
    Calibration,
    Plane,
    evidence,
    load_calibration,
)
from eyebrush.judge.network import JudgeNetwork  # noqa: E402
from eyebrush.styles.space import PALETTE, StyleSpace  # noqa: E402
from eyebrush_training import calibrate, spoil  # noqa: E402
from eyebrush_training.calibrate import Case  # noqa: E402
from eyebrush_training.discriminator import Discriminator  # noqa: E402
from eyebrush_training.judge import MARGIN, lesson_loss  # noqa: E402

STYLE = 4 + PALETTE


class Scripted:
    """A judge that says the mean of its picture, or of it and the style."""

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :1]

    def logits(self, features: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        return features + style[:, :1, None, None]


def level(value: float) -> torch.Tensor:
    return torch.full((2, 3, 8, 8), value)


def test_losses_are_least_where_everything_is_on_its_side() -> None:
    own, other = torch.zeros(2, STYLE), torch.full((2, STYLE), -3.0)
    right = torch.cat((level(MARGIN), level(-MARGIN), level(2 * MARGIN)))
    assert sum(lesson_loss(Scripted(), right, own, other).values()) == 0
    swapped = torch.cat((level(-MARGIN), level(MARGIN), level(-2 * MARGIN)))
    wrong = lesson_loss(Scripted(), swapped, own, other)
    assert wrong["painted"] > 0
    assert wrong["spoilt"] > 0
    assert wrong["painting"] > 0
    blind = lesson_loss(Scripted(), right, own, own)  # who does not mind the style pays for it
    assert blind["wrong"] > 0
    assert blind["painting"] > 0


def test_a_judge_learns_to_see_noise() -> None:
    torch.manual_seed(0)
    judge = Discriminator(STYLE, width=8)
    optimiser = torch.optim.Adam(judge.parameters(), 2e-3)
    own = torch.zeros(2, STYLE)

    def score(noise: float) -> torch.Tensor:
        ramp = torch.linspace(0.2, 0.8, 64).expand(2, 3, 64, 64)
        return judge(ramp + noise * torch.randn(2, 3, 64, 64), own).mean((1, 2, 3))

    for _ in range(40):
        loss = torch.relu(MARGIN - score(0.0)).mean() + torch.relu(MARGIN + score(0.2)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        assert score(0.0).min() > score(0.2).max()


def test_weights_find_what_tells_good_from_spoilt() -> None:
    rng = np.random.default_rng(1)
    cases = []
    for kind, score, style in (("good", 0.5, 0.1), ("blurred", -0.5, 0.4)):
        for _ in range(80):
            s, d = score + rng.normal(0, 0.3), style * np.exp(rng.normal(0, 0.3))
            cases.append(Case(kind, "x", s, d, float(rng.uniform(0.5, 1.5)), s))
    rows = calibrate.weigh(cases)
    assert rows[0, 0] > 0  # a higher score is better
    assert rows[0, 1] < 0  # a larger style distance is worse
    assert rows[1, 1] == 0
    logits = [rows[0] @ evidence(c.score, c.style_distance, c.content_distance) for c in cases]
    assert (
        np.mean([(x > 0) == (c.kind == "good") for x, c in zip(logits, cases, strict=True)]) > 0.95
    )


def test_what_ships_is_what_was_trained(tmp_path: Path) -> None:
    torch.manual_seed(2)
    judge = Discriminator(STYLE, width=8)
    judge(torch.rand(1, 3, 64, 64), torch.rand(1, STYLE))  # spectral norm settles
    judge.eval().requires_grad_(False)
    rng = np.random.default_rng(3)
    space = StyleSpace(
        rng.normal(size=30).astype(np.float32),
        rng.normal(size=(4, 30)).astype(np.float32),
        np.ones((2, PALETTE), np.float32),
    )
    plane = Plane(np.zeros(896), rng.normal(size=(3, 896)), 2.0, 1.5)
    codes = Plane(np.zeros(30), rng.normal(size=(3, 30)), 2.0, 1.5)
    steps = {m: np.linspace(0, 1, 5) for m in MEASURES}
    targets = {"alpha": rng.normal(size=896), "beta": rng.normal(size=896)}
    made = Calibration("field-v1-test", space, steps, np.ones((2, 4)), plane, codes, targets)
    calibrate.ship(judge, made, tmp_path)
    picture = rng.integers(0, 256, (64, 96, 3), dtype=np.uint8)
    vector = rng.normal(size=STYLE).astype(np.float32)
    theirs = JudgeNetwork((64, 96), tmp_path / "judge.onnx")(picture, vector).mean()
    assert theirs == pytest.approx(calibrate.in_torch(judge)(picture, vector), abs=2e-3)
    again = load_calibration(tmp_path / "judge.safetensors", "field-v1-test")
    assert list(again.targets) == ["alpha", "beta"]
    assert again.scene.distance(np.ones(896)) == pytest.approx(
        plane.distance(np.ones(896)), rel=0.01
    )
    assert again.better_than("score", 0.25) == pytest.approx(0.25)


@pytest.mark.parametrize("kind", [*spoil.TAUGHT[2:], *spoil.UNTAUGHT])
def test_every_way_of_spoiling_changes_the_picture(kind: str) -> None:
    rng = np.random.default_rng(5)
    good = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    frame = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    bad = calibrate.spoilt(kind, frame, good, good // 2, rng)
    assert bad.shape == good.shape
    assert bad.dtype == np.uint8
    assert np.abs(bad.astype(int) - good).mean() > 5


def test_half_of_what_is_held_out_calibrates_and_the_rest_tests() -> None:
    files = [Path(str(i)) for i in range(9)]
    first, second = calibrate.for_calibration(files), calibrate.for_testing(files)
    assert not set(first) & set(second)
    assert sorted(first + second) == files
