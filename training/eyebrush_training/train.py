"""``python -m eyebrush_training train``: build the style bank, train, checkpoint, show."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from PIL import Image
from tqdm import tqdm

from eyebrush_training import stylebank, warmstart
from eyebrush_training.data import Photographs, list_pictures, seen_paintings, split_photographs
from eyebrush_training.loop import Curves, Trainer, tones
from eyebrush_training.recipe import Recipe
from eyebrush_training.vgg import load_vgg


def device_for(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def prepare(
    recipe: Recipe,
    vgg_path: Path,
    paintings: Path,
    photographs: Path,
    out: Path,
    device: torch.device,
    rank: int = 0,
    world: int = 1,
) -> tuple[Trainer, list[Path]]:
    """Trainer with its data, and the photographs that training never sees."""
    vgg = load_vgg(vgg_path).to(device)
    seen = seen_paintings(list_pictures(paintings))
    photos, held_out = split_photographs(list_pictures(photographs))
    cache = out / f"stylebank-{recipe.name}-{rank}.pt"
    if cache.exists():
        bank = stylebank.StyleBank(**torch.load(cache, weights_only=True))
    else:
        bar = tqdm(total=len(seen), desc="style bank", disable=rank > 0)
        bank = stylebank.build(
            vgg,
            seen,
            photos[:: max(1, len(photos) // max(1, recipe.style_photographs))][
                : recipe.style_photographs
            ],
            parts=recipe.parts,
            seed=recipe.seed,
            device=device,
            progress=lambda _: bar.update(1),
        )
        bar.close()
        torch.save(vars(bank), cache)
    trainer = Trainer(recipe, vgg, bank, Photographs(photos, recipe.size), device, rank, world)
    return trainer, held_out


def train(
    recipe: Recipe,
    vgg_path: Path,
    paintings: Path,
    photographs: Path,
    out: Path,
    device_name: str = "auto",
    start: str | None = None,
) -> Path:
    """Train to the end of the recipe, return the last checkpoint.

    Resumes from out/last.pt where there is one, else begins with the exported networks of the
    folder ``start`` ("shipped": the package's own) or a checkpoint ``start``, else from nothing.
    """
    world, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    device = device_for(device_name)
    if world > 1:
        if device.type == "cuda":
            device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    out.mkdir(parents=True, exist_ok=True)
    trainer, held_out = prepare(recipe, vgg_path, paintings, photographs, out, device, rank, world)
    last = out / "last.pt"
    if last.exists():
        trainer.load(last)
        print(f"resuming at step {trainer.step_done} from {last}", flush=True)
    elif start:
        if start.endswith(".pt"):
            warmstart.load_checkpoint(trainer.model, trainer.judge, Path(start))
        else:
            warmstart.load_exported(trainer.model, trainer.bank, warmstart.folder_of(start))
        trainer.average.load_state_dict(trainer.model.state_dict())
    if rank == 0:
        (out / "recipe.json").write_text(json.dumps(dataclasses.asdict(recipe), indent=1))
    curves, events = Curves(out), []  # events: of the judge, since the last line of the curves
    bar = tqdm(total=recipe.steps, initial=trainer.step_done, desc=recipe.name, disable=rank > 0)
    while trainer.step_done < recipe.steps:
        curves.add(trainer.step())
        bar.update(1)
        done = trainer.step_done
        for event in trainer.events if rank == 0 else ():
            bar.write(event, file=sys.stderr)
            events.append(event)
        trainer.events = []
        if rank == 0 and (done % min(50, 1 + recipe.steps // 8) == 0 or done == recipe.steps):
            line = curves.report(done, events)
            events = []
            bar.set_postfix({k: line[k] for k in ("structure", "style", "motion") if k in line})
        if rank == 0 and (done % recipe.sample_every == 0 or done == recipe.steps):
            sheet(trainer, held_out[::9][:4], out / f"samples-{done:06d}.png")
        if rank == 0 and (done % recipe.checkpoint_every == 0 or done == recipe.steps):
            trainer.save(last)
    bar.close()
    if rank == 0:
        print(trainer.balance.summary(), file=sys.stderr)
    if os.environ.get("EYEBRUSH_KEEP_ALL_RANKS"):  # for the test that all ranks agree
        trainer.save(out / f"rank-{rank}.pt")
    if world > 1:
        dist.barrier()
        dist.destroy_process_group()
    return last


@torch.no_grad()
def sheet(trainer: Trainer, photographs: list[Path], path: Path, size: int = 256) -> None:
    """Sample pictures: held-out photographs down, every fourth painting across, averaged model."""
    bank = trainer.bank
    wholes = torch.where(bank.whole)[0][::4]
    rows = []
    thumbs = [torch.zeros(3, size, size)]
    for i in wholes:
        p = bank.pictures[int(bank.painting[i])].float()[None] / 255
        thumbs.append(torch.nn.functional.interpolate(p, (size, size), mode="area")[0])
    rows.append(torch.cat(thumbs, 2))
    for file in photographs:
        picture = Image.open(file).convert("RGB")
        side = min(picture.size)
        picture = picture.crop((0, 0, side, side)).resize((size, size), Image.LANCZOS)
        x = torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1)[None].float() / 255
        x = x.to(trainer.device)
        cells = [x[0].cpu()]
        for i in wholes:
            own = torch.tensor(
                [
                    int(bank.painting[i])
                    if trainer.step_done > trainer.recipe.free_from * trainer.recipe.steps
                    else -1
                ],
                device=trainer.device,
            )
            out, _, _ = trainer.average(
                x,
                bank.statistics[i : i + 1].to(x.device),
                own,
                tones(x),
                bank.tone_out[i : i + 1].to(x.device),
            )
            cells.append(out[0].clamp(0, 1).cpu())
        rows.append(torch.cat(cells, 2))
    image = (torch.cat(rows, 1).permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)
    Image.fromarray(image).save(path)
