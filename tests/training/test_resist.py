"""Small changes of the input: how small they are, and that training makes them matter less."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")

from eyebrush.errors import InputError  # noqa: E402
from eyebrush_training import resist, warmstart  # noqa: E402
from eyebrush_training.blend import blend  # noqa: E402
from eyebrush_training.recipe import get_recipe, with_resist  # noqa: E402
from tiny_training import NOTHING, TINY  # noqa: E402


@pytest.fixture
def rng() -> torch.Generator:
    return torch.Generator().manual_seed(4)


@pytest.fixture
def pictures(rng: torch.Generator) -> torch.Tensor:
    coarse = torch.rand((4, 3, 8, 8), generator=rng)
    return torch.nn.functional.interpolate(coarse, (64, 64), mode="bilinear")


def test_disturbed_pictures_are_near_and_not_the_same(
    pictures: torch.Tensor, rng: torch.Generator
) -> None:
    out = resist.disturb(pictures, rng)
    difference = (out - pictures).square().mean((1, 2, 3)).sqrt()
    assert out.shape == pictures.shape
    assert ((difference > 1e-4) & (difference < 0.03)).all(), difference
    assert ((out >= 0) & (out <= 1)).all()


def test_an_attack_keeps_its_budget_and_is_worth_more_than_chance(
    pictures: torch.Tensor, rng: torch.Generator
) -> None:
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(3, 3, 5, padding=2)
    target = layer(pictures).detach()
    out = resist.attack(layer, pictures, target, rng)
    change = out - pictures
    assert change.abs().max() <= resist.LARGEST + 1e-6
    assert not out.requires_grad
    assert layer.weight.grad is None
    shuffled = change.flatten(1)[:, torch.randperm(change[0].numel(), generator=rng)]
    by_chance = (pictures + shuffled.reshape(change.shape)).clamp(0, 1)
    moved, by_luck = ((layer(p) - target).square().mean() for p in (out, by_chance))
    assert moved > 1.5 * by_luck


def test_the_loss_can_be_lowered(make) -> None:
    """With this loss alone: from loud strokes, attacks and noise matter ever less."""
    recipe = dataclasses.replace(
        TINY, steps=40, judge_from=1.0, weights=dataclasses.replace(NOTHING, resist=300.0)
    )
    trainer = make(recipe)
    with torch.no_grad():
        trainer.model.field.strokes.weight.mul_(12)
        trainer.model.field.strokes.bias[12:] += 1
    values = [trainer.step()["resist"] for _ in range(40)]
    assert np.mean(values[-10:]) < 0.8 * np.mean(values[:10]), values


def test_without_it_nothing_is_paid(make) -> None:
    assert "resist" not in make().step()
    assert "resist" in make(with_resist(TINY, 1.0)).step()


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_a_bad_weight_says_so(bad: float) -> None:
    with pytest.raises(InputError, match="--resist"):
        with_resist(get_recipe("smoke"), bad)


def test_training_goes_on_from_a_checkpoint_with_its_judge(make, tmp_path) -> None:
    first = make(dataclasses.replace(TINY, judge_from=0.0))
    for _ in range(3):
        first.step()
    first.save(tmp_path / "last.pt")
    second = make(with_resist(TINY, 1.0))
    warmstart.load_checkpoint(second.model, second.judge, tmp_path / "last.pt")
    for ours, theirs in ((second.model, first.average), (second.judge, first.judge)):
        for name, value in theirs.state_dict().items():
            assert torch.equal(value, ours.state_dict()[name]), name
    wider = make(dataclasses.replace(TINY, shape=dataclasses.replace(TINY.shape, fine=16)))
    with pytest.raises(InputError, match="another shape"):
        warmstart.load_checkpoint(wider.model, wider.judge, tmp_path / "last.pt")
    with pytest.raises(InputError, match=r"no file .*nothing\.pt"):
        warmstart.load_checkpoint(wider.model, wider.judge, tmp_path / "nothing.pt")


def test_a_blend_lies_between(make, tmp_path) -> None:
    trainer = make()
    for name in ("before", "after"):
        trainer.step()
        trainer.save(tmp_path / f"{name}.pt")
    ends = [tmp_path / "before.pt", tmp_path / "after.pt"]
    path = blend(*ends, 0.25, tmp_path / "out")
    a, b, mixed = (torch.load(p, weights_only=True)["average"] for p in (*ends, path))
    assert any(not torch.equal(a[k], b[k]) for k in a)
    for name, value in mixed.items():
        torch.testing.assert_close(value, 0.75 * a[name] + 0.25 * b[name])
    make(TINY).load(path)  # a checkpoint like any other
    with pytest.raises(InputError, match="--share 2"):
        blend(*ends, 2.0, tmp_path)
    wider = make(dataclasses.replace(TINY, shape=dataclasses.replace(TINY.shape, fine=16)))
    wider.save(tmp_path / "wider.pt")
    with pytest.raises(InputError, match="differ in"):
        blend(tmp_path / "wider.pt", ends[1], 0.5, tmp_path)
