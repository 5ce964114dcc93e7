"""``python -m eyebrush_training refine``: better codes for the paintings that ship.

The network is frozen, so that every code made by the encoder stays valid and the network keeps its
name. Only those paintings' own corrections are trained, on whole paintings, style weighted more.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from tqdm import tqdm

from eyebrush_training.loop import Curves, Trainer
from eyebrush_training.recipe import Recipe
from eyebrush_training.train import device_for, prepare

STYLE = 1.6  # times the recipe's weights of Gram and moments
IDENTITY = 3.0  # times that of identity: a code of its own should tell its painting from all others
RATE = 4e-3


def refining(recipe: Recipe, steps: int) -> Recipe:
    """Style heavier, no judge, only whole paintings with their own codes."""
    w = recipe.weights
    weights = dataclasses.replace(
        w,
        gram=tuple(STYLE * g for g in w.gram),
        moments=STYLE * w.moments,
        identity=IDENTITY * w.identity,
        adversarial=0.0,
    )
    return dataclasses.replace(
        recipe,
        steps=steps,
        weights=weights,
        rate=RATE,
        whole_share=1.0,
        free_from=0.0,
        own_share=1.0,
        warmup=20,
    )


def refine(
    recipe: Recipe,
    checkpoint: Path,
    vgg_path: Path,
    paintings: Path,
    photographs: Path,
    out: Path,
    steps: int,
    batch: int | None = None,
    device_name: str = "auto",
) -> Path:
    """Train the own codes of ``checkpoint`` for ``steps``; writes and returns out/refined.pt."""
    device = device_for(device_name)
    out.mkdir(parents=True, exist_ok=True)
    plan = dataclasses.replace(refining(recipe, steps), batch=batch or recipe.batch)
    trainer: Trainer = prepare(plan, vgg_path, paintings, photographs, out, device)[0]
    trainer.load(checkpoint, optimiser=False)
    done = trainer.step_done
    trainer.model.load_state_dict(trainer.average.state_dict())
    trainer.model.requires_grad_(False)
    trainer.model.own.requires_grad_(True)
    trainer.optimiser = torch.optim.Adam([trainer.model.own], lr=plan.rate, betas=(0.9, 0.99))
    trainer.step_done = 0
    curves = Curves(out)
    for step in tqdm(range(1, steps + 1), desc="refine"):
        curves.add(trainer.step())
        if step % 25 == 0 or step == steps:
            curves.report(step)
    trainer.recipe, trainer.step_done = recipe, done  # what the checkpoint tells about the network
    trainer.save(out / "refined.pt")
    return out / "refined.pt"
