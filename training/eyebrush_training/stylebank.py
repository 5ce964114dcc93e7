"""All style images of a training, measured once: Gram targets, moments, encoder statistics, tone.

A bank entry is one view of a style image: the whole painting, a part of it, or a photograph (a
painting of itself: photographs teach the encoder how far styles can differ). VGG-16 never has to
run on style images during training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from eyebrush import tone
from eyebrush_training.distances import gram, moments
from eyebrush_training.encoder import style_statistics
from eyebrush_training.vgg import Vgg16

SIDE = 512  # short side of a whole painting, pixels: the scale of the strokes


@dataclass
class StyleBank:
    """N entries; ``painting[i]``: index of the painting that an entry shows, -1 for photographs."""

    names: list[str]  # of the paintings
    painting: Tensor  # [N] int64
    whole: Tensor  # [N] bool: the entry is a whole painting
    gram: dict[str, Tensor]  # [N,C,C] bf16
    moments: dict[str, Tensor]  # [N,2,C] fp32
    statistics: Tensor  # [N,896]
    tone_out: Tensor  # [N,3,4]
    pictures: list[Tensor] = field(default_factory=list)  # whole paintings, uint8 [3,H,W]

    def targets(self, index: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        return (
            {k: v[index] for k, v in self.gram.items()},
            {k: v[index] for k, v in self.moments.items()},
        )


def fit_short_side(picture: Image.Image, side: int = SIDE, longest: int = 1024) -> Image.Image:
    """Resized so that the short side is ``side`` (the long one at most ``longest``)."""
    w, h = picture.size
    scale = min(side / min(w, h), longest / max(w, h))
    return picture.resize((max(16, round(w * scale)), max(16, round(h * scale))), Image.LANCZOS)


@torch.no_grad()
def measure(
    vgg: Vgg16, picture: np.ndarray, device: torch.device
) -> tuple[dict, dict, Tensor, Tensor]:
    """One style picture [H,W,3] uint8 -> Gram matrices, moments, encoder statistics, tone_out."""

    def features(x: np.ndarray) -> dict[str, Tensor]:
        t = torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1)))[None].to(device)
        with torch.autocast(device.type, torch.bfloat16):
            return vgg(t)

    f = features(picture.astype(np.float32) / 255)
    canonical = features(tone.canonical(picture))
    out = torch.from_numpy(tone.tone_out(tone.picture_statistics(picture)))
    return (
        {k: gram(v.float())[0].cpu() for k, v in f.items()},
        {k: moments(v)[0].cpu() for k, v in f.items()},
        style_statistics(canonical)[0].cpu(),
        out,
    )


def build(
    vgg: Vgg16,
    paintings: Iterable[Path],
    photographs: Iterable[Path],
    *,
    parts: int,
    seed: int,
    device: torch.device,
    progress: Callable[[str], None] = lambda _: None,
) -> StyleBank:
    """Measure every painting whole, ``parts`` random parts of each, and the photographs."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[dict, dict, Tensor, Tensor]] = []
    painting, whole, names, pictures = [], [], [], []
    for index, path in enumerate(paintings):
        picture = Image.open(path).convert("RGB")
        full = np.asarray(fit_short_side(picture))
        names.append(path.stem)
        pictures.append(torch.from_numpy(full.transpose(2, 0, 1).copy()))
        rows.append(measure(vgg, full, device))
        painting.append(index)
        whole.append(True)
        for _ in range(parts):
            rows.append(measure(vgg, part_of(full, rng), device))
            painting.append(index)
            whole.append(False)
        progress(path.stem)
    for path in photographs:
        picture = np.asarray(fit_short_side(Image.open(path).convert("RGB"), 320))
        rows.append(measure(vgg, picture, device))
        painting.append(-1)
        whole.append(False)
        progress(path.stem)
    return StyleBank(
        names,
        torch.tensor(painting),
        torch.tensor(whole),
        {k: torch.stack([r[0][k] for r in rows]).bfloat16() for k in vgg.layers},
        {k: torch.stack([r[1][k] for r in rows]) for k in vgg.layers},
        torch.stack([r[2] for r in rows]),
        torch.stack([r[3] for r in rows]),
        pictures,
    )


def part_of(full: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random part of a painting, half of the time mirrored; strokes keep their size to 30 %."""
    h, w, _ = full.shape
    share = rng.uniform(0.45, 0.8)
    ph, pw = int(h * share), int(w * share)
    y, x = rng.integers(0, h - ph + 1), rng.integers(0, w - pw + 1)
    part = full[y : y + ph, x : x + pw]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    scale = rng.uniform(0.85, 1.3)
    size = (max(64, int(part.shape[1] * scale)), max(64, int(part.shape[0] * scale)))
    return np.asarray(Image.fromarray(np.ascontiguousarray(part)).resize(size, Image.LANCZOS))
