"""The watch over the judge: when it wins it rests, and where that does not help it is given up."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")

from eyebrush_training import balance  # noqa: E402
from eyebrush_training.balance import PLAYING, RESTING, Balance  # noqa: E402
from eyebrush_training.loop import Trainer  # noqa: E402
from eyebrush_training.recipe import Weights  # noqa: E402
from tiny_training import NOTHING, TINY  # noqa: E402


def see(watch: Balance, loss: float, steps: int) -> list[str]:
    return [event for event in (watch.see(loss) for _ in range(steps)) if event]


def test_an_even_game_is_left_alone() -> None:
    watch = Balance()
    assert see(watch, 0.61, 5000) == []
    assert watch.state == PLAYING
    assert watch.judge_learns


def test_a_judge_that_wins_rests_until_the_painter_has_caught_up() -> None:
    watch = Balance()
    (event,) = see(watch, 0.05, 100)
    assert event.startswith("judge rests: it wins, with a mean hinge loss of 0.")
    assert (watch.state, watch.judge_learns, watch.judge_counts) == (RESTING, False, True)
    (event,) = see(watch, 1.2, 100)
    assert event.startswith("judge learns again")
    assert watch.state == PLAYING


def test_rest_that_does_not_help_ends_it() -> None:
    watch = Balance()
    events = see(watch, 0.05, 2000)
    assert [e.partition(":")[0] for e in events] == ["judge rests", "judge given up"]
    assert f"after {balance.PATIENCE} steps of rest" in events[1]
    assert not watch.judge_counts


def test_nobody_rests_for_ever_in_turns() -> None:
    watch = Balance()
    events = []
    for _ in range(10):
        events += see(watch, 0.05, 100) + see(watch, 1.5, 100)
    assert len(events) == 2 * balance.RESTS + 1
    assert events[-1].startswith("judge given up: it won again")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_judge_that_is_not_finite_is_given_up_at_once(bad: float) -> None:
    watch = Balance()
    assert watch.see(bad).startswith(f"judge given up: its hinge loss is {bad}")
    assert watch.see(0.5) == ""


class Rigged(torch.nn.Module):
    """Asked about real and painted pictures in turn, it is always right, and very sure."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))
        self.turn = 0

    def forward(self, x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        self.turn += not x.requires_grad  # the painter, and R1, ask for a slope: not their turn
        sure = 5.0 if self.turn % 2 else -5.0
        return sure * self.weight + 0 * x.mean((1, 2, 3), keepdim=True)


def rigged_trainer(make) -> Trainer:
    recipe = dataclasses.replace(
        TINY,
        steps=20,
        judge_from=0.0,
        weights=dataclasses.replace(NOTHING, gram=(1.0,) * 4, adversarial=1.0),
    )
    trainer = make(recipe)
    trainer.judge = trainer.judge_replica = Rigged()
    trainer.judge_optimiser = torch.optim.SGD(trainer.judge.parameters(), lr=0.0)
    return trainer


def test_training_goes_on_without_a_rigged_judge(make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balance, "PATIENCE", 5)
    monkeypatch.setattr(balance, "MEMORY", 0.8)
    trainer = rigged_trainer(make)
    terms = [trainer.step() for _ in range(20)]
    assert [e.split(": ")[1] for e in trainer.events] == ["judge rests", "judge given up"]
    rest = next(i for i, t in enumerate(terms) if not t["judge_learns"])
    assert all(t["judge_learns"] == 0 for t in terms[rest : rest + 5])
    assert "discriminator" not in terms[-1], "the judge is not asked any more"
    assert "generator" not in terms[-1]
    assert terms[-1]["style"] < terms[0]["style"]


def test_what_happened_is_kept_in_the_checkpoint_and_the_curves(
    make,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    from eyebrush_training.loop import Curves

    monkeypatch.setattr(balance, "MEMORY", 0.8)
    trainer, curves = rigged_trainer(make), Curves(tmp_path)
    while not trainer.events:
        curves.add(trainer.step())
    curves.report(trainer.step_done, trainer.events)
    (line,) = [json.loads(line) for line in (tmp_path / "curves.jsonl").read_text().splitlines()]
    assert "judge rests" in line["events"][0]
    trainer.save(tmp_path / "last.pt")
    later = rigged_trainer(make)
    later.load(tmp_path / "last.pt")
    assert later.balance == trainer.balance
    assert later.balance.state == RESTING


def test_an_even_judge_is_not_disturbed(make) -> None:
    """Events are for news: an ordinary training has none."""
    trainer = make(dataclasses.replace(TINY, judge_from=0.0, weights=Weights()))
    assert all(trainer.step()["judge_learns"] == 1 for _ in range(5))
    assert trainer.events == []
