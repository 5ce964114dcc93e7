"""Held-out figures of a checkpoint: content, style, retrieval; paintings seen and unseen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from eyebrush import tone
from eyebrush_training.distances import content_distance, gram, gram_distances, style_of
from eyebrush_training.encoder import style_statistics
from eyebrush_training.loop import Model, tones
from eyebrush_training.stylebank import fit_short_side
from eyebrush_training.vgg import LAYERS, Vgg16


@dataclass(frozen=True)
class Painting:
    """A painting as the evaluation needs it."""

    name: str
    own: int  # where it stands among the model's own codes; -1: never seen
    statistics: Tensor  # [1,896]
    tone_out: Tensor  # [1,3,4]
    gram: dict[str, Tensor]  # [1,C,C]
    picture: np.ndarray


@torch.no_grad()
def load_painting(file: Path, vgg: Vgg16, trained: list[str]) -> Painting:
    picture = np.asarray(fit_short_side(Image.open(file).convert("RGB")))

    def features(x: np.ndarray) -> dict[str, Tensor]:
        t = torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1)))[None]
        with torch.autocast("cpu", torch.bfloat16):
            return vgg(t)

    return Painting(
        file.stem,
        trained.index(file.stem) if file.stem in trained else -1,
        style_statistics(features(tone.canonical(picture))),
        torch.from_numpy(tone.tone_out(tone.picture_statistics(picture)))[None],
        {k: gram(v.float()) for k, v in features(picture.astype(np.float32) / 255).items()},
        picture,
    )


def load_square(file: Path, size: int = 512) -> Tensor:
    """Centre square of a photograph, [1,3,size,size] 0..1."""
    p = Image.open(file).convert("RGB")
    side = min(p.size)
    x, y = (p.width - side) // 2, (p.height - side) // 2
    p = p.crop((x, y, x + side, y + side)).resize((size, size), Image.LANCZOS)
    return torch.from_numpy(np.asarray(p).copy()).permute(2, 0, 1)[None].float() / 255


@torch.no_grad()
def paint(model: Model, x: Tensor, painting: Painting) -> Tensor:
    out, _, _ = model(
        x, painting.statistics, torch.tensor([painting.own]), tones(x), painting.tone_out
    )
    return out.clamp(0, 1)


@torch.no_grad()
def evaluate(
    model: Model,
    vgg: Vgg16,
    photographs: list[Path],
    paintings: list[Painting],
    among: list[Painting],
) -> dict[str, dict[str, float]]:
    """Mean content and style distance and retrieval share, for seen and for unseen paintings.

    Retrieval: is the painting with the nearest Gram matrices its own? ``retrieval`` uses the style
    distance itself (over each painting's own norm), ``retrieval_even`` one norm for all paintings,
    so that a painting of large norm is not everybody's neighbour.
    """
    library = {k: torch.cat([p.gram[k] for p in among]) for k in LAYERS}
    norms = torch.stack([v.square().sum((1, 2)) for v in library.values()], 1)
    sizes = norms / norms.mean(0)  # turns relative distances into distances over one common norm
    rows: dict[str, list[tuple[float, ...]]] = {"seen": [], "unseen": []}
    for file in photographs:
        x = load_square(file)
        with torch.autocast("cpu", torch.bfloat16):
            content = vgg(x)
        for p in paintings:
            with torch.autocast("cpu", torch.bfloat16):
                out = vgg(paint(model, x, p))
            style = style_of(out)
            relative = gram_distances(style, library)
            nearest = among[int(relative.mean(1).argmin())].name
            nearest_even = among[int((relative * sizes).mean(1).argmin())].name
            own = gram_distances(style, p.gram)[0]
            rows["seen" if p.own >= 0 else "unseen"].append(
                (
                    float(content_distance(out, content)),
                    float(own.mean()),
                    float(nearest == p.name),
                    float(nearest_even == p.name),
                    *own.tolist(),
                )
            )
    names = ("content", "style", "retrieval", "retrieval_even", *LAYERS)
    return {
        k: dict(zip(names, np.round(np.mean(v, 0), 4).tolist(), strict=True))
        for k, v in rows.items()
        if v
    }
