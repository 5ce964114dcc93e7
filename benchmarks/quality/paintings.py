"""Paintings and photographs that are measured with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

import harness
from eyebrush import resources
from eyebrush.errors import InputError
from eyebrush.styles.add import resize_painting
from eyebrush.styles.files import read_styles

SHIPPED, UNSEEN = "shipped", "unseen"


@dataclass(frozen=True)
class Painting:
    """group: SHIPPED (``style`` is its name) or UNSEEN (kept out of training: a user's own)."""

    path: Path
    group: str
    style: str | None
    picture: np.ndarray  # [H,W,3] uint8, short side 512

    @property
    def name(self) -> str:
        return self.path.stem


def load_paintings(folder: Path) -> list[Painting]:
    """Every picture of a folder, by name. What training saw and the library lacks is left out."""
    from eyebrush_training.data import list_pictures
    from eyebrush_training.recipe import UNSEEN as KEPT_OUT

    names, shipped = harness.style_names(), read_styles(resources.asset(resources.STYLES))
    found = []
    for path in list_pictures(folder):
        style = names.get(path.stem, path.stem.replace("_", "-"))
        known = style in shipped and path.stem not in KEPT_OUT
        with Image.open(path) as opened:
            picture = resize_painting(np.asarray(opened.convert("RGB")))
        group = SHIPPED if known else UNSEEN
        found.append(Painting(path, group, style if known else None, picture))
    return found


def spread_paintings(paintings: list[Painting], count: int) -> list[Painting]:
    """``count`` shipped ones from all over the list (fewer where there are fewer)."""
    shipped = [p for p in paintings if p.group == SHIPPED]
    return shipped[:: max(1, len(shipped) // count)][:count]


def held_out(folder: Path) -> list[Path]:
    """The photographs that training never saw (every tenth), in a fixed shuffled order."""
    from eyebrush_training.data import list_pictures, split_photographs

    _, photographs = split_photographs(list_pictures(folder))
    order = np.random.default_rng(7).permutation(len(photographs))
    return [photographs[i] for i in order]


def load_square(path: Path, size_px: int) -> np.ndarray:
    """Centre square of a picture file: [size, size, 3] uint8."""
    try:
        with Image.open(path) as opened:
            return square(np.asarray(opened.convert("RGB")), size_px)
    except OSError as error:
        raise InputError(got=f"{path} ({error})", wanted="a picture", fix="check it") from None


def square(picture: np.ndarray, size_px: int) -> np.ndarray:
    """Centre square of [H,W,3] uint8: [size, size, 3]."""
    size = size_px, size_px
    return np.asarray(ImageOps.fit(Image.fromarray(picture), size, Image.Resampling.LANCZOS))
