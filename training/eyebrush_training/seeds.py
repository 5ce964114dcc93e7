"""``python -m eyebrush_training seeds``: one recipe, several seeds, and how far apart they end.

Each seed trains in a folder of its own, ``seed-N``, and resumes like any training; what is
measured is kept there. The style bank is made once, by the first, and shared: what differs is
weights, the order of photographs and paintings, motion, noise and the judge. Figures are those of
``evaluate``, on held-out photographs.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from eyebrush.errors import InputError
from eyebrush_training.data import list_pictures, seen_paintings, split_photographs
from eyebrush_training.evaluate import evaluate, load_painting
from eyebrush_training.export import load_checkpoint
from eyebrush_training.recipe import Recipe
from eyebrush_training.train import train
from eyebrush_training.vgg import load_vgg

LIMIT = 0.05  # of the mean: how far apart the best and the worst seed may end
COMPARED = ("content", "style")
Figures = Mapping[str, Mapping[str, float]]  # group -> measure -> value, as evaluate() gives them


def train_seeds(
    recipe: Recipe,
    seeds: Sequence[int],
    vgg_path: Path,
    paintings: Path,
    photographs: Path,
    out: Path,
    device: str = "auto",
    count: int = 6,
) -> Path:
    """Train and measure every seed; writes out/seeds.json and out/seeds.md, returns the latter."""
    if len(set(seeds)) < 2:
        raise InputError(
            got=f"seeds {list(seeds)}", wanted="two or more different ones", fix="--seeds 1 2 3"
        )
    found: dict[str, Figures] = {}
    bank: Path | None = None
    for seed in dict.fromkeys(seeds):
        folder = out / f"seed-{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        cache = folder / f"stylebank-{recipe.name}-0.pt"
        if bank is not None and not cache.exists():
            shutil.copyfile(bank, cache)
        plan = dataclasses.replace(recipe, seed=seed)
        last = train(plan, vgg_path, paintings, photographs, folder, device)
        bank = bank or cache
        measured = folder / "evaluation.json"
        if not measured.exists():
            figures = measure(last, vgg_path, paintings, photographs, count)
            measured.write_text(json.dumps(figures, indent=1))
        found[str(seed)] = json.loads(measured.read_text())
    body = {"recipe": dataclasses.asdict(recipe), "photographs": count, "seeds": found}
    body["spread"] = spreads(found)
    (out / "seeds.json").write_text(json.dumps(body, indent=1))
    page = out / "seeds.md"
    page.write_text(table(recipe, found))
    return page


def measure(
    checkpoint: Path, vgg_path: Path, paintings: Path, photographs: Path, count: int
) -> dict[str, dict[str, float]]:
    """Held-out figures of a checkpoint, on ``count`` photographs."""
    files = list_pictures(paintings)
    names = [f.stem for f in seen_paintings(files)]
    vgg = load_vgg(vgg_path)
    shown = [load_painting(f, vgg, names) for f in files]
    _, held_out = split_photographs(list_pictures(photographs))
    photos = held_out[:: max(1, len(held_out) // count)][:count]
    return evaluate(load_checkpoint(checkpoint, names).model, vgg, photos, shown, shown)


def spreads(found: Mapping[str, Figures]) -> dict[str, dict[str, float]]:
    """group -> measure -> (largest - smallest) / mean over seeds."""
    groups = next(iter(found.values()))
    rows: dict[str, dict[str, float]] = {}
    for group in groups:
        for name in COMPARED:
            values = np.array([figures[group][name] for figures in found.values()])
            spread = float((values.max() - values.min()) / values.mean())
            rows.setdefault(group, {})[name] = round(spread, 4)
    return rows


def table(recipe: Recipe, found: Mapping[str, Figures]) -> str:
    """Markdown: a row for every seed, then the spread."""
    columns = [(g, n) for g in next(iter(found.values())) for n in (*COMPARED, "retrieval")]
    lines = [
        f"Recipe `{recipe.name}`, {recipe.steps} steps, held-out photographs.",
        "",
        "| seed | " + " | ".join(f"{n}, {g}" for g, n in columns) + " |",
        "| --- |" + " ---: |" * len(columns),
    ]
    for seed, figures in found.items():
        cells = [
            f"{figures[g][n]:.0%}" if n == "retrieval" else f"{figures[g][n]:.4f}"
            for g, n in columns
        ]
        lines.append(f"| {seed} | " + " | ".join(cells) + " |")
    spread = spreads(found)
    cells = [f"{spread[g][n]:.1%}" if n in COMPARED else "" for g, n in columns]
    lines.append("| largest less smallest, of the mean | " + " | ".join(cells) + " |")
    worst = max(v for row in spread.values() for v in row.values())
    within = "within" if worst <= LIMIT else "beyond"
    lines += ["", f"The largest spread is {worst:.1%}, {within} the {LIMIT:.0%} that we ask for."]
    return "\n".join(lines) + "\n"
