"""Photographs in memory, and which pictures training must never see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from eyebrush.errors import InputError
from eyebrush_training.recipe import UNSEEN

PICTURES = (".jpg", ".jpeg", ".png", ".webp")


def list_pictures(folder: Path) -> list[Path]:
    files = sorted(p for p in Path(folder).glob("*") if p.suffix.lower() in PICTURES)
    if not files:
        raise InputError(
            got=f"no pictures in {folder}",
            wanted="a folder of .jpg, .png or .webp files",
            fix="pass --photographs DIR and --paintings DIR",
        )
    return files


def split_photographs(files: list[Path], every: int = 10) -> tuple[list[Path], list[Path]]:
    """(training, held out): every tenth photograph is kept out."""
    return [f for i, f in enumerate(files) if i % every], files[::every]


def seen_paintings(files: list[Path]) -> list[Path]:
    """Those that training may see; the style bank and the paintings' own codes keep this order."""
    return [f for f in files if f.stem not in UNSEEN]


class Photographs:
    """Random square crops, mirrored half of the time, of a few hundred photographs in memory."""

    def __init__(self, files: list[Path], size: int) -> None:
        self.size, self.files = size, files
        self.pictures = [np.asarray(Image.open(f).convert("RGB")) for f in files]

    def batch(self, count: int, rng: np.random.Generator) -> Tensor:
        """[count,3,size,size] fp32 0..1."""
        out = np.empty((count, self.size, self.size, 3), np.uint8)
        for i in range(count):
            p = self.pictures[rng.integers(len(self.pictures))]
            side = int(rng.uniform(0.5, 1.0) * min(p.shape[:2]))
            y, x = (rng.integers(0, n - side + 1) for n in p.shape[:2])
            crop = Image.fromarray(p[y : y + side, x : x + side])
            crop = np.asarray(crop.resize((self.size, self.size), Image.BICUBIC))
            out[i] = crop[:, ::-1] if rng.random() < 0.5 else crop
        return torch.from_numpy(out).permute(0, 3, 1, 2).contiguous().float() / 255
