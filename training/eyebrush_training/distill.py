"""``python -m eyebrush_training distill``: a narrower network that paints as a wider one does.

The student begins as the teacher with the least used inner channels left out (Li et al. 2017 prune
by norms alone; here a channel's AdaIN scale counts as well), then learns the teacher's field, for
the same photographs and styles, output for output (Hinton et al. 2015). Neither VGG-16 nor a
full-resolution composite is needed, so that a step costs a fraction of one of ``train``, which
goes on from what is written here.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from eyebrush import resources
from eyebrush_training import warmstart
from eyebrush_training.data import Photographs
from eyebrush_training.loop import Curves, Model, Trainer, small_tones
from eyebrush_training.networks import FieldShape
from eyebrush_training.recipe import Recipe
from eyebrush_training.stylebank import StyleBank
from eyebrush_training.train import device_for, prepare

SIDE = 96  # of the small pictures: 384 pixels of the composite
BATCH = 6
RATE = 2e-3


def shape_of(folder: Path) -> FieldShape:
    """Widths of an exported network, from the sizes of its weights."""
    sizes = {
        name: value.shape
        for name, value in warmstart.exported_weights(
            folder / resources.FIELD_NETWORK, "field."
        ).items()
    }
    blocks = sum(name.startswith("body.") and name.endswith(".bias") for name in sizes) // 2
    return FieldShape(
        fine=sizes["stem.weight"][0],
        coarse=sizes["down.weight"][0],
        blocks=blocks,
        inner=sizes["body.0.weight"][0],
    )


@torch.no_grad()
def narrow(teacher: Model, student: Model, statistics: Tensor) -> None:
    """Copy ``teacher`` into ``student`` less inner channels; ``statistics`` [N,896] of styles.

    What is kept of a block: the channels whose AdaIN scale (its mean size over all styles) times
    the norm of the weights that read them is largest.
    """
    wide, slim = teacher.field, student.field
    scales = teacher.head(statistics).reshape(len(statistics), 2, -1)[:, 0].abs().mean(0)
    scales = list(scales.split(wide.widths))
    kept = [torch.arange(width) for width in wide.widths]
    for i, second in enumerate(wide.body[1::2]):
        use = scales[2 + 2 * i] * second.weight.square().sum((0, 2, 3)).sqrt()
        kept[2 + 2 * i] = use.topk(slim.shape.inner).indices.sort().values
    starts = [sum(wide.widths[:i]) for i in range(len(kept))]
    columns = torch.cat([start + keep for start, keep in zip(starts, kept, strict=True)])
    columns = torch.cat((columns, wide.stats_size + columns))

    weights = wide.state_dict()
    for i in range(slim.shape.blocks):
        keep, first, second = kept[2 + 2 * i], f"body.{2 * i}", f"body.{2 * i + 1}.weight"
        weights[f"{first}.weight"] = weights[f"{first}.weight"][keep]
        weights[f"{first}.bias"] = weights[f"{first}.bias"][keep]
        weights[second] = weights[second][:, keep]
    slim.load_state_dict(weights)
    head = teacher.head.state_dict()
    last = f"net.{len(teacher.head.net) - 1}"
    for name in (f"{last}.weight", f"{last}.bias"):
        head[name] = head[name][columns]
    student.head.load_state_dict(head)
    student.own.copy_(teacher.own[:, columns])


def _difference(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference of pictures and of their edges, which carry the strokes."""
    d = (a - b).float()
    edges = (d[..., 1:] - d[..., :-1]).abs().mean() + (d[..., 1:, :] - d[..., :-1, :]).abs().mean()
    return d.abs().mean() + edges


class Distiller:
    """One teacher, one student, the trainer's own data."""

    def __init__(self, trainer: Trainer, teacher: Model, photographs: Photographs) -> None:
        self.trainer, self.teacher, self.photographs = trainer, teacher, photographs
        self.bank: StyleBank = trainer.bank

    def step(self) -> dict[str, Tensor]:
        """Loss terms of one batch."""
        trainer, device = self.trainer, self.trainer.device
        small = self.photographs.batch(BATCH, trainer.rng).to(device)
        index, own = trainer._pick_styles(1.0)
        statistics, tone_out = self.bank.statistics[index], self.bank.tone_out[index].to(device)
        x = F.interpolate(small, scale_factor=2.0, mode="bilinear", align_corners=False)
        inputs = small, x, statistics.to(device), own, small_tones(small), tone_out
        with torch.autocast(device.type, torch.bfloat16):
            with torch.no_grad():
                out, affine, strokes = self.teacher.paint(*inputs)
            mine, my_affine, my_strokes = trainer.model.paint(*inputs)
        weight = strokes[:, 3:] + 0.1
        return {
            "picture": 2 * _difference(mine, out),
            "affine": (my_affine - affine).abs().mean(),
            "strokes": _difference(my_strokes[:, :3] * weight, strokes[:, :3] * weight),
            "mask": _difference(my_strokes[:, 3:], strokes[:, 3:]),
        }


def distill(
    recipe: Recipe,
    teacher_folder: Path,
    vgg_path: Path,
    paintings: Path,
    photographs: Path,
    out: Path,
    steps: int,
    device_name: str = "auto",
) -> Path:
    """Teach ``recipe``'s network for ``steps``; writes and returns out/last.pt, with which
    ``train`` of the same recipe and folder goes on at its step 0."""
    device = device_for(device_name)
    out.mkdir(parents=True, exist_ok=True)
    trainer = prepare(
        dataclasses.replace(recipe, batch=BATCH), vgg_path, paintings, photographs, out, device
    )[0]
    wide = dataclasses.replace(recipe, shape=shape_of(teacher_folder))
    teacher = Model(wide, len(trainer.bank.names)).to(device).requires_grad_(False)
    warmstart.load_exported(teacher, trainer.bank, teacher_folder)
    narrow(teacher, trainer.model, trainer.bank.statistics.to(device))
    trainer.average.load_state_dict(trainer.model.state_dict())
    distiller = Distiller(trainer, teacher.eval(), Photographs(trainer.photographs.files, SIDE))
    parameters = list(trainer.model.parameters())
    optimiser = torch.optim.Adam(parameters, lr=RATE, betas=(0.9, 0.99), fused=True)
    curves = Curves(out)
    for step in tqdm(range(1, steps + 1), desc="distill"):
        share = step / steps
        for group in optimiser.param_groups:
            group["lr"] = (
                RATE * min(1.0, step / 50) * (0.02 + 0.49 * (1 + math.cos(math.pi * share)))
            )
        terms = distiller.step()
        loss = sum(terms.values(), torch.zeros((), device=device))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5.0)
        optimiser.step()
        trainer._update_average()
        trainer.step_done += 1  # the average's warm-up counts
        curves.add({k: float(v.detach()) for k, v in (terms | {"total": loss}).items()})
        if step % 50 == 0 or step == steps:
            curves.report(step)
    trainer.recipe, trainer.step_done = recipe, 0
    trainer.model.load_state_dict(trainer.average.state_dict())
    trainer.save(out / "last.pt")
    return out / "last.pt"
