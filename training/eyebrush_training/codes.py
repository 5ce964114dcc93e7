"""The codes and palettes of all style images of a training: what judge and inventor learn from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from eyebrush.errors import InputError
from eyebrush.styles import Style, StyleLibrary
from eyebrush_training.data import seen_paintings
from eyebrush_training.export import load_checkpoint, network_id

TITLES = Path(__file__).with_name("paintings.json")


@dataclass(frozen=True)
class Codes:
    """codes [N, K], tones [N, 3, 4]; painting [N]: whose each is, -1 for photographs; whole [N]."""

    codes: np.ndarray
    tones: np.ndarray
    painting: np.ndarray
    whole: np.ndarray


def style_name(painting: Path) -> str:
    """What a painting's file is called in the library."""
    return json.loads(TITLES.read_text()).get(painting.stem, [painting.stem])[0]


def shipped_styles(library: StyleLibrary, paintings: list[Path]) -> dict[str, tuple[Style, Path]]:
    """Name -> style and painting, of those that training has seen."""
    named = {style_name(f): f for f in seen_paintings(paintings)}
    return {name: (library.get(name), f) for name, f in named.items()}


@torch.no_grad()
def codes_of(bank: Path, checkpoint: Path, library: StyleLibrary) -> Codes:
    """Of a training's style bank (``stylebank-*.pt`` in its folder). The library must be that of
    the checkpoint's network; whole paintings have the codes that ship."""
    kept = torch.load(bank, map_location="cpu", weights_only=True, mmap=True)
    model = load_checkpoint(checkpoint, kept["names"]).model
    if network_id(model.field) != library.network:
        raise InputError(
            got=f"{checkpoint} of the network {network_id(model.field)}",
            wanted=f"one of {library.network}, whose styles are installed",
            fix="set EYEBRUSH_ASSETS to the folder that was exported from it",
        )
    codes = model.head(kept["statistics"].float()).numpy()
    whole = kept["whole"].numpy()
    names = [style_name(Path(name)) for name in kept["names"]]
    codes[whole] = np.stack([library.get(name).code for name in names])
    return Codes(codes, kept["tone_out"].numpy(), kept["painting"].numpy(), whole)
