"""The mapping from noise to styles does not collapse, and ships as it was learnt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")

from eyebrush.styles.invent import NOISE, load_inventor  # noqa: E402
from eyebrush.styles.space import PALETTE, StyleSpace  # noqa: E402
from eyebrush_training import invent, variety  # noqa: E402


@pytest.fixture(scope="module")
def reals() -> invent.Reals:
    """Four clusters in 15 dimensions, one of them with a tenth of the others' members."""
    rng = np.random.default_rng(2)
    owner = np.repeat([0, 1, 2, 3], [30, 30, 30, 3])
    centres = 2 * rng.normal(size=(4, 6 + PALETTE))
    vectors = centres[owner] + 0.3 * rng.normal(size=(len(owner), 6 + PALETTE))
    return invent.Reals(torch.from_numpy(vectors.astype(np.float32)), torch.from_numpy(owner))


def test_it_does_not_collapse_onto_one_cluster(reals: invent.Reals) -> None:
    mapping = invent.teach(reals, 400)
    made = mapping(torch.randn(400, NOISE, generator=torch.Generator().manual_seed(1))).numpy()
    real = reals.vectors.numpy()
    owner = reals.painting[torch.cdist(torch.from_numpy(made), reals.vectors).argmin(1)]
    shares = np.bincount(owner.numpy(), minlength=4) / len(made)
    assert np.sort(shares)[-2] > 0.1, shares  # not every cluster is reached in so few steps
    assert 0.4 < variety.measure(real, made)["pairwise"] < 1.5


def test_every_painting_is_drawn_as_often(reals: invent.Reals) -> None:
    drawn = reals.batch(4000, torch.Generator().manual_seed(3))
    nearest = torch.cdist(drawn, reals.vectors).argmin(1)
    shares = np.bincount(reals.painting[nearest].numpy()) / 4000
    assert shares == pytest.approx([0.25] * 4, abs=0.03)


def test_what_ships_is_what_was_learnt(reals: invent.Reals, tmp_path: Path) -> None:
    torch.manual_seed(0)
    mapping = invent.Mapping(6 + PALETTE)
    space = StyleSpace(
        np.zeros(40, np.float32), np.eye(6, 40, dtype=np.float32), np.ones((2, 9), np.float32)
    )
    invent.ship(mapping.requires_grad_(False), space, "field-v1-test", tmp_path / "i.safetensors")
    inventor = load_inventor(tmp_path / "i.safetensors")
    z = np.random.default_rng(1).standard_normal((5, NOISE)).astype(np.float32)
    theirs = mapping(torch.from_numpy(z)).numpy()
    assert inventor.network == "field-v1-test"
    assert inventor.vectors(z) == pytest.approx(theirs, abs=2e-3)  # halved weights


def test_the_measures_tell_collapse_from_variety() -> None:
    rng = np.random.default_rng(4)
    real, same = rng.normal(size=(2, 300, 8))
    alike = variety.measure(real, same)
    assert alike["precision"] > 0.8
    assert alike["coverage"] > 0.8
    assert alike["pairwise"] == pytest.approx(1, abs=0.05)
    collapsed = variety.measure(real, real[:1] + 0.01 * rng.normal(size=(300, 8)))
    assert collapsed["precision"] > 0.9  # real, every one
    assert collapsed["coverage"] < 0.1
    assert collapsed["pairwise"] < 0.05
    far = variety.measure(real, same + 9)
    assert far["precision"] == 0
    assert far["coverage"] == 0
