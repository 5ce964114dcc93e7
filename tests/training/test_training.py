"""Training that is real: every loss can be lowered, resume is exact, two processes agree."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")

from eyebrush.errors import InputError  # noqa: E402
from eyebrush_training.recipe import get_recipe  # noqa: E402
from tiny_training import NOTHING, TINY  # noqa: E402

TERMS = ("structure", "detail", "gram", "moments", "energy", "identity", "tone", "motion", "mask")


@pytest.mark.parametrize("term", TERMS)
def test_each_loss_alone_can_be_lowered(make, term: str) -> None:
    """From a disturbed start, with only this loss switched on, its value falls."""
    weight = (1.0, 1.0, 1.0, 1.0) if term == "gram" else 30.0 if term == "motion" else 1.0
    recipe = dataclasses.replace(
        TINY, steps=40, judge_from=1.0, weights=dataclasses.replace(NOTHING, **{term: weight})
    )
    trainer = make(recipe)
    with torch.no_grad():  # strokes of random colours everywhere: every term has something to mend
        trainer.model.field.strokes.weight.mul_(12)
        trainer.model.field.strokes.bias[12:] += 1
    values = [trainer.step()["style" if term == "gram" else term] for _ in range(40)]
    assert np.mean(values[-10:]) < 0.97 * np.mean(values[:10]), values


def test_judge_and_generator_are_trained(make) -> None:
    trainer = make(
        dataclasses.replace(
            TINY,
            rate=1e-5,  # a painter that hardly learns: the judge must get the better of it
            judge_from=0.0,
            weights=dataclasses.replace(NOTHING, adversarial=1.0, r1=1.0),
        )
    )
    before = [p.detach().clone() for p in trainer.judge.parameters()]
    terms = [trainer.step() for _ in range(40)]
    assert all({"generator", "discriminator"} <= set(t) for t in terms)
    assert any(
        not torch.equal(a, b) for a, b in zip(before, trainer.judge.parameters(), strict=True)
    )
    values = [t["discriminator"] for t in terms]
    assert np.mean(values[-10:]) < np.mean(values[:4]), values


def test_resume_is_exact(make, tmp_path: Path) -> None:
    straight = make()
    for _ in range(10):
        straight.step()
    first = make()
    for _ in range(6):
        first.step()
    first.save(tmp_path / "last.pt")
    second = make()
    second.load(tmp_path / "last.pt")
    for _ in range(4):
        second.step()
    for name, value in straight.state()["average"].items():
        assert torch.equal(value, second.state()["average"][name]), name


def test_smoke_recipe_from_the_command_line(data: dict[str, Path], tmp_path: Path) -> None:
    """What CI and a new user run: a minute, real VGG features, the sum of all losses falls."""
    run_cli(
        "train",
        "--recipe",
        "smoke",
        "--vgg",
        "shipped",
        "--photographs",
        str(data["photographs"]),
        "--paintings",
        str(data["paintings"]),
        "-o",
        str(tmp_path),
        "--device",
        "cpu",
    )
    lines = [json.loads(line) for line in (tmp_path / "curves.jsonl").read_text().splitlines()]
    assert lines[-1]["step"] == get_recipe("smoke").steps
    assert lines[-1]["total"] < 0.95 * lines[0]["total"]
    assert lines[-1]["style"] < lines[0]["style"]
    assert (tmp_path / "last.pt").exists()
    assert list(tmp_path.glob("samples-*.png"))


def test_refine_moves_codes_and_nothing_else(data: dict[str, Path], tmp_path: Path) -> None:
    folders = ["--photographs", str(data["photographs"]), "--paintings", str(data["paintings"])]
    common = [*folders, "--vgg", "shipped", "--device", "cpu"]
    run_cli(
        "train", "--recipe", "smoke", "--steps", "4", "--size", "64", "-o", str(tmp_path), *common
    )
    last = tmp_path / "last.pt"
    run_cli("refine", "--checkpoint", str(last), "--steps", "3", "-o", str(tmp_path), *common)
    before, after = (
        torch.load(p, weights_only=True)["average"] for p in (last, tmp_path / "refined.pt")
    )
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"own"}
    refined = str(tmp_path / "refined.pt")
    run_cli("refine", "--checkpoint", refined, "--steps", "1", "-o", str(tmp_path / "on"), *common)
    assert (tmp_path / "on" / "refined.pt").is_file()


def test_two_processes_hold_the_same_weights(data: dict[str, Path], tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        "-m",
        "eyebrush_training",
        "train",
        "--recipe",
        "smoke",
        "--steps",
        "4",
        "--size",
        "64",
        "--vgg",
        "shipped",
        "--photographs",
        str(data["photographs"]),
        "--paintings",
        str(data["paintings"]),
        "-o",
        str(tmp_path),
        "--device",
        "cpu",
        "--threads",
        "1",
    ]
    env = os.environ | {"EYEBRUSH_KEEP_ALL_RANKS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    a, b = (torch.load(tmp_path / f"rank-{i}.pt", weights_only=True) for i in (0, 1))
    assert a["step"] == b["step"] == 4
    assert a["rng"] != b["rng"]  # each rank saw data of its own
    for name, value in a["model"].items():
        assert torch.equal(value, b["model"][name]), name


def run_cli(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "eyebrush_training", *arguments],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("change", [{"batch": 3}, {"size": 100}, {"steps": 0}])
def test_bad_recipes_say_so(change: dict[str, int]) -> None:
    with pytest.raises(InputError, match="wanted an even batch"):
        get_recipe("cpu", **change)


def test_missing_weights_and_folders_are_one_clear_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "eyebrush_training",
            "train",
            "--vgg",
            str(tmp_path / "no.npz"),
            "--photographs",
            str(tmp_path),
            "--paintings",
            str(tmp_path),
            "-o",
            str(tmp_path / "out"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: got")
    assert "Traceback" not in done.stderr
