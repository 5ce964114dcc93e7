"""Recipes: everything that decides how a training goes, in one flat, readable place."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from eyebrush.errors import InputError
from eyebrush_training.networks import FieldShape

# Paintings that training never sees; figures for "unseen paintings" are measured on these.
UNSEEN = (
    "albrecht_d_rer_lion_1494",
    "bazille_the_ramparts_at_aigues_mortes_1867",
    "gauguin_tahitian_women",
    "kandinsky_composition_viii",
    "katsushika_hokusai_viewing_sunset_over_the_ryogoku",
    "pierre_auguste_renoir_girls_at_the_piano_1892",
)


@dataclass(frozen=True)
class Weights:
    """Weights of the losses; each term is relative (about 1 for a picture that knows nothing)."""

    structure: float = 1.0  # relu3_3, normalised per channel
    detail: float = 0.2  # the same at relu2_2
    gram: tuple[float, ...] = (10.0, 10.0, 10.0, 6.0)  # relu1_2 .. relu4_3
    moments: float = 4.0
    energy: float = 0.5  # the Gram matrices' norms: no picture of less contrast than its painting
    identity: float = 0.5  # its own painting, among all, must be the nearest by Gram matrices
    tone: float = 4.0  # the affine part keeps, on 16x16 pixels, to the closed-form colour transfer
    motion: float = 200.0  # temporal and stereo: mean squared difference after warping
    mask: float = 0.02
    resist: float = 0.0  # the same picture with noise, JPEG or an attack: mean squared difference
    range: float = 10.0  # mean squared excess of the affine part over 0..1: no burnt-out patches
    adversarial: float = 0.05
    r1: float = 1.0


@dataclass(frozen=True)
class Recipe:
    name: str = "cpu"
    steps: int = 9000
    batch: int = 4  # pictures of a step; every photograph appears twice, in two styles
    size: int = 192  # side of the composited crop, pixels, divisible by 32
    rate: float = 1.5e-3
    warmup: int = 100
    parts: int = 10  # parts of every painting in the style bank
    style_photographs: int = 120
    temperature: float = 0.06  # of the identity term: style distances that count as different
    whole_share: float = 0.4  # share of samples that use a whole painting
    own_share: float = 0.6  # share of those that use the painting's own code, once there is one
    free_from: float = 0.4  # share of the training after which paintings get codes of their own
    judge_from: float = 0.5  # ... after which the discriminator is switched on
    ema: float = 0.998
    sample_every: int = 500
    checkpoint_every: int = 250
    seed: int = 7
    shape: FieldShape = field(default_factory=FieldShape)
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        if self.batch % 2 or self.size % 32 or self.steps < 1:
            raise InputError(
                got=f"batch {self.batch}, size {self.size}, steps {self.steps}",
                wanted="an even batch, a size divisible by 32, at least one step",
                fix="change the recipe or the command line",
            )


RECIPES = {
    "smoke": Recipe(
        "smoke",
        steps=40,
        batch=2,
        size=128,
        parts=1,
        style_photographs=0,
        warmup=5,
        rate=3e-3,
        free_from=0.3,
        judge_from=0.4,
        ema=0.9,
        sample_every=20,
        checkpoint_every=20,
        shape=FieldShape(16, 32, 2, 16),
    ),
    "cpu": Recipe("cpu"),
    # From exported networks (--start shipped): codes are there, the judge has to be taught again.
    "cpu-continue": Recipe("cpu-continue", steps=4500, rate=8e-4, free_from=0.0, judge_from=0.1),
    # From a checkpoint (--start runs/a/refined.pt) and with its judge: a little further, at
    # a low rate, so that small changes of the input matter less, with style and calm weighing more
    # in return (docs/robustness.md).
    "cpu-resist": Recipe(
        "cpu-resist",
        steps=420,
        rate=3e-4,
        warmup=30,
        ema=0.99,
        checkpoint_every=60,
        free_from=0.0,
        judge_from=0.0,
        weights=Weights(
            resist=240.0, gram=(16.0, 16.0, 16.0, 9.6), moments=6.5, motion=260.0, identity=1.0
        ),
    ),
    "gpu": Recipe("gpu", steps=30000, batch=16, size=256, parts=30, style_photographs=250),
}


def get_recipe(name: str, **changes: object) -> Recipe:
    if name not in RECIPES:
        raise InputError(
            got=f"recipe {name!r}", wanted=f"one of {', '.join(RECIPES)}", fix="see --help"
        )
    return dataclasses.replace(RECIPES[name], **{k: v for k, v in changes.items() if v is not None})


def with_resist(recipe: Recipe, weight: float) -> Recipe:
    """The recipe with another weight of the loss of small input changes; 0 leaves it out."""
    if not 0 <= weight < float("inf"):
        raise InputError(
            got=f"--resist {weight}", wanted="a weight of 0 or more", fix="pass --resist 200"
        )
    weights = dataclasses.replace(recipe.weights, resist=weight)
    return dataclasses.replace(recipe, weights=weights)
