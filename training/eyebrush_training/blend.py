"""``python -m eyebrush_training blend``: a network between a checkpoint and its continuation.

Weights on the way from one to the other make good networks, too, as long as the second was trained
on from the first (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"). So one
continuation gives every trade of what it lost against what it won, without another training.
"""

from __future__ import annotations

from pathlib import Path

import torch

from eyebrush.errors import InputError


def blend(before: Path, after: Path, share: float, out: Path) -> Path:
    """Writes out/blended.pt: weights and codes ``share`` of the way to ``after``. All else, such as
    the judge, is ``after``'s."""
    if not 0 <= share <= 1:
        raise InputError(got=f"--share {share}", wanted="0 to 1", fix="--share 0.5")
    first, second = (torch.load(p, map_location="cpu", weights_only=True) for p in (before, after))
    for part in ("model", "average"):
        old, new = first[part], second[part]
        wrong = [k for k, v in new.items() if k not in old or old[k].shape != v.shape]
        if wrong or len(old) != len(new):
            raise InputError(
                got=f"{before} and {after}, which differ in {(wrong or list(old))[0]}",
                wanted="a checkpoint and its own continuation",
                fix="pass the checkpoint that the other was started from",
            )
        for name, value in new.items():
            if value.is_floating_point():
                new[name] = torch.lerp(old[name], value, share)
    out.mkdir(parents=True, exist_ok=True)
    torch.save(second, out / "blended.pt")
    return out / "blended.pt"
