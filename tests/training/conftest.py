"""Small stand-ins for the training's data: frames of the shipped clip and painted-looking noise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")

from eyebrush_training import stylebank  # noqa: E402
from eyebrush_training.data import Photographs, list_pictures  # noqa: E402
from eyebrush_training.loop import Trainer  # noqa: E402
from eyebrush_training.recipe import Recipe  # noqa: E402
from eyebrush_training.vgg import BLOCKS, Vgg16  # noqa: E402
from tiny_training import TINY  # noqa: E402


@pytest.fixture(scope="session")
def tiny_vgg() -> Vgg16:
    """VGG-16's layers with random weights: random features are an eye too (Ulyanov et al. 2018)."""
    rng = torch.Generator().manual_seed(3)
    weights, channels = {}, 3
    for i, block in enumerate(BLOCKS):
        for name in block:
            out = (64, 128, 256, 512)[i]
            scale = (2 / (9 * channels)) ** 0.5
            weights[f"{name}.weight"] = torch.randn(out, channels, 3, 3, generator=rng) * scale
            weights[f"{name}.bias"] = torch.zeros(out)
            channels = out
    return Vgg16(weights, (0.5, 0.5, 0.5))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders ``photographs`` (12 pictures) and ``paintings`` (4)."""
    # here, because a bare machine with a GPU (make gpu-check) has no Pillow
    from PIL import Image, ImageDraw

    from eyebrush_training.samples import stroke_painting

    root = tmp_path_factory.mktemp("training-data")
    rng = np.random.default_rng(11)
    for name, count in (("photographs", 12), ("paintings", 4)):
        (root / name).mkdir()
        for i in range(count):
            if name == "paintings":
                picture = stroke_painting(rng)
            else:  # smooth scenes with edges
                low = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
                picture = Image.fromarray(low).resize((256, 192), Image.BICUBIC)
                draw = ImageDraw.Draw(picture)
                for _ in range(6):
                    x, y = rng.integers(0, 180, 2)
                    colour = tuple(int(c) for c in rng.integers(0, 256, 3))
                    draw.rectangle([x, y, x + 50, y + 30], fill=colour)
            picture.save(root / name / f"{i:02d}.png")
    return {"photographs": root / "photographs", "paintings": root / "paintings"}


@pytest.fixture(scope="session")
def make(tiny_vgg: Vgg16, data: dict[str, Path]) -> Callable[..., Trainer]:
    """Makes a trainer of a recipe (``TINY``), on the stand-ins."""
    device = torch.device("cpu")
    paintings = list_pictures(data["paintings"])
    bank = stylebank.build(tiny_vgg, paintings, [], parts=1, seed=1, device=device)
    photographs = list_pictures(data["photographs"])

    def trainer(recipe: Recipe = TINY) -> Trainer:
        return Trainer(recipe, tiny_vgg, bank, Photographs(photographs, recipe.size), device)

    return trainer
