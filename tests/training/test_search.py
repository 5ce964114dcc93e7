"""The search: it resumes, keeps bounds, gives up what is behind, reports. And seeds compared."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")
optuna = pytest.importorskip("optuna", reason="the search needs optuna: eyebrush[search]")

from eyebrush.errors import InputError  # noqa: E402
from eyebrush_training import search, search_report, seeds  # noqa: E402
from eyebrush_training.data import list_pictures  # noqa: E402
from eyebrush_training.evaluate import load_painting  # noqa: E402
from tiny_training import TINY  # noqa: E402


@pytest.fixture
def plan(tmp_path: Path) -> search.Plan:
    nowhere = tmp_path / "none"
    storage = f"sqlite:///{tmp_path / 'search.db'}"
    return search.Plan(TINY, "shipped", nowhere, nowhere, tmp_path, storage, trials=8)


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    """No training: more style weight means less style distance and more content distance."""

    def objective(trial, plan, data) -> float:
        recipe = search.suggest(trial, plan.recipe)
        factor = recipe.weights.gram[0] / plan.recipe.weights.gram[0]
        found = search.Score(1 / factor, factor, 10.0)
        for step in range(1, 5):
            trial.report(found.penalised(plan) * 2 / step, step)
            if step < 4 and trial.should_prune():
                raise optuna.TrialPruned
        for name, excess in found.excess(plan).items():
            trial.set_constraint(name, excess)
            trial.set_user_attr(name, getattr(found, name))
        trial.set_user_attr("parameters", 1)
        return found.style

    monkeypatch.setattr(search, "objective", objective)
    monkeypatch.setattr(search, "load", lambda plan: None)
    monkeypatch.setattr(search, "prepare", lambda *_: None)


def test_a_search_goes_on_where_it_stopped(plan: search.Plan, pretended: None) -> None:
    search.search(plan)
    page = search.search(dataclasses.replace(plan, trials=14))
    trials = search.open_study(plan).trials
    assert [t.number for t in trials] == list(range(14))
    assert "14 trials of 12 steps" in page.read_text()
    search.search(plan)  # has as many as it wants
    assert len(search.open_study(plan).trials) == 14


def test_the_best_is_within_the_bounds(plan: search.Plan, pretended: None) -> None:
    search.search(dataclasses.replace(plan, trials=20))
    study = search.open_study(plan)
    kinds = {search_report.kind(t) for t in study.trials}
    assert kinds == {"within", "beyond", "pruned"}
    assert study.best_trial.user_attrs["content"] <= plan.content
    found = search.recipe_of(study.best_trial.params, TINY)
    text = (plan.out / "search.html").read_text()
    assert f"Trial {study.best_trial.number} is the best" in text
    assert f"gram={found.weights.gram}" in text
    assert text.count("<circle") + text.count("class='pruned'") >= 20
    assert len(text) < 60_000
    assert "src=" not in text, "the page stands by itself"


def test_other_bounds_are_another_search(plan: search.Plan, pretended: None) -> None:
    search.search(plan)
    with pytest.raises(InputError, match="begun with"):
        search.open_study(dataclasses.replace(plan, content=0.5))


def test_a_real_trial(
    plan: search.Plan, make, data: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make()
    (painting, *_), photographs = (list_pictures(data[k]) for k in ("paintings", "photographs"))
    shown = [load_painting(painting, first.vgg, [painting.stem])]
    whole = search.score
    monkeypatch.setattr(search, "score", lambda *args: whole(*args, size=64))
    plan = dataclasses.replace(plan, recipe=dataclasses.replace(TINY, steps=4))
    study = search.open_study(plan)
    loaded = search.Data(first, photographs[:1], shown)
    study.optimize(lambda t: search.objective(t, plan, loaded), n_trials=1)
    (trial,) = study.trials
    assert list(trial.intermediate_values) == [1, 2, 3, 4]
    assert 0 < trial.value < 10
    assert trial.user_attrs["flicker"] > 0
    assert set(trial.constraints) == {"content", "flicker"}


@pytest.mark.slow
def test_two_processes_share_a_storage(tmp_path: Path, data: dict[str, Path]) -> None:
    """The command as typed on two machines: folders of their own, one database, real trials.

    One of the two may be done before the other has started; then both go on with more trials,
    which shows resuming as well.
    """
    storage = f"sqlite:///{tmp_path / 'shared.db'}"
    folders = [tmp_path / name for name in ("first", "second")]
    (tmp_path / "paintings").mkdir()  # one will do: to measure a trial is what takes time here
    shutil.copy(list_pictures(data["paintings"])[0], tmp_path / "paintings")
    data = {**data, "paintings": tmp_path / "paintings"}
    for trials in (4, 8, 12):
        lines = [_search_command(trials, storage, data, folder) for folder in folders]
        workers = [_started(line) for line in lines]
        said = [worker.communicate(timeout=300)[0] for worker in workers]
        assert [worker.returncode for worker in workers] == [0, 0], said
        study = optuna.load_study(study_name="smoke-2", storage=storage)
        ended = [t for t in study.trials if t.state.name in ("COMPLETE", "PRUNED")]
        assert trials <= len(ended) <= trials + 1, "the last of each may end together"
        assert len({t.number for t in ended}) == len(ended)
        if len({t.user_attrs["worker"] for t in ended}) > 1:
            break
    else:
        pytest.fail("one process did all the work, three times over")
    assert all((folder / "search.html").is_file() for folder in folders)
    assert all(0 < t.value < 10 for t in ended if t.state.name == "COMPLETE")


def _search_command(trials: int, storage: str, data: dict[str, Path], out: Path) -> list[str]:
    line = ["search", "--recipe", "smoke", "--steps", "2", "--batch", "2", "--size", "64"]
    line += ["--trials", str(trials), "--pictures", "1", "--storage", storage, "--vgg", "shipped"]
    for name, folder in data.items():
        line += [f"--{name}", str(folder)]
    return [*line, "-o", str(out)]


def _started(line: list[str]) -> subprocess.Popen[str]:
    training = str(Path(search.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-m", "eyebrush_training", *line],
        env={**os.environ, "PYTHONPATH": training},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("change", [{"trials": 0}, {"content": 0.0}, {"pictures": -1}])
def test_bad_plans_say_so(plan: search.Plan, change: dict[str, float]) -> None:
    with pytest.raises(InputError, match="above 0"):
        dataclasses.replace(plan, **change)
    with pytest.raises(InputError, match="--workers 0"):
        search.search(plan, workers=0)


FIGURES = {
    "1": {"seen": {"content": 1.00, "style": 0.300, "retrieval": 0.9}},
    "2": {"seen": {"content": 1.02, "style": 0.309, "retrieval": 1.0}},
}


def test_spread_of_seeds() -> None:
    assert seeds.spreads(FIGURES) == {"seen": {"content": 0.0198, "style": 0.0296}}
    text = seeds.table(TINY, FIGURES)
    assert "| 2 | 1.0200 | 0.3090 | 100% |" in text
    assert "The largest spread is 3.0%, within the 5%" in text
    FAR = {**FIGURES, "3": {"seen": {"content": 1.2, "style": 0.3, "retrieval": 1.0}}}
    assert "18.6%, beyond the 5%" in seeds.table(TINY, FAR)


def test_seeds_share_the_style_bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = []

    def train(recipe, vgg, paintings, photographs, out: Path, device: str) -> Path:
        bank = out / f"stylebank-{recipe.name}-0.pt"
        trained.append((recipe.seed, bank.read_text() if bank.exists() else "made"))
        bank.write_text("bank of the first")
        return out / "last.pt"

    monkeypatch.setattr(seeds, "train", train)
    monkeypatch.setattr(
        seeds, "measure", lambda checkpoint, *_: FIGURES[checkpoint.parent.name[5:]]
    )
    page = seeds.train_seeds(TINY, [1, 2], tmp_path, tmp_path, tmp_path, tmp_path)
    assert trained == [(1, "made"), (2, "bank of the first")]
    assert "within" in page.read_text()
    body = json.loads((tmp_path / "seeds.json").read_text())
    assert body["spread"]["seen"]["style"] == 0.0296
    with pytest.raises(InputError, match="two or more"):
        seeds.train_seeds(TINY, [1, 1], tmp_path, tmp_path, tmp_path, tmp_path)
