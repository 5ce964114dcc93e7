"""A recipe of seconds for the tests of the training."""

from __future__ import annotations

import dataclasses

from eyebrush_training.networks import FieldShape
from eyebrush_training.recipe import Recipe, Weights

TINY = Recipe(
    "tiny",
    steps=12,
    batch=2,
    size=64,
    rate=3e-3,
    warmup=1,
    parts=1,
    style_photographs=0,
    free_from=0.0,
    judge_from=0.5,
    shape=FieldShape(8, 16, 1, 8),
)
NOTHING = Weights(**{f.name: 0.0 for f in dataclasses.fields(Weights)} | {"gram": (0.0,) * 4})
