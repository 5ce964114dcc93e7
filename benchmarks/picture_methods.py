"""Who paints the photographs, and who judges them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import harness
from contestants import new_stylizer
from eyebrush import backends, resources, tone
from eyebrush.frame import EyeFrames
from eyebrush.styles.add import encode_painting
from eyebrush.styles.files import read_styles


def colour_transfer(photograph: np.ndarray, painting: np.ndarray) -> np.ndarray:
    """The painting's mean and covariance of colour on the photograph: style without a stroke."""
    planar = photograph.transpose(2, 0, 1) / 255.0
    whitened = tone.apply(tone.tone_in(tone.picture_statistics(photograph)), planar)
    coloured = tone.apply(tone.tone_out(tone.picture_statistics(painting)), whitened)
    return (np.clip(coloured, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0)


class Painter:
    """Eyebrush on photographs: a named style where the painting is shipped, else ``style add``."""

    def __init__(self, threads: int, names: dict[str, str]) -> None:
        self._encoder = backends.load_encoder(resources.asset(resources.STYLE_ENCODER))
        self.shipped = read_styles(resources.asset(resources.STYLES))
        self._names = names
        self.stylizer = new_stylizer(next(iter(self.shipped.values())), threads)

    def style_name(self, painting: str) -> str | None:
        """The shipped style of a painting, by its file's stem; None where there is none."""
        name = self._names.get(painting, painting.replace("_", "-"))
        return name if name in self.shipped else None

    def paint(self, photograph: np.ndarray, painting: Path, encode: bool) -> np.ndarray:
        """[H,W,3] -> the same; ``encode`` makes the style from the painting's file."""
        name = self.style_name(painting.stem)
        if encode or name is None:
            self.stylizer.set_style(encode_painting(self._encoder, painting, "unseen"))
        else:
            self.stylizer.set_style(self.shipped[name])
        return self.stylizer.restyle(EyeFrames(photograph[None])).color[0]


class Judge:
    """VGG-16 distances; targets are the paintings whole, short side 512."""

    def __init__(self, weights: Path, paintings: list[Path], threads: int, precision: str) -> None:
        import torch

        from eyebrush_training import distances, vgg
        from eyebrush_training.stylebank import fit_short_side

        torch.set_num_threads(threads)
        self._torch, self._distances = torch, distances
        self._bf16 = precision == "bf16"
        self._vgg = vgg.load_vgg(weights)
        self.layers = vgg.LAYERS
        self.pictures: list[np.ndarray] = []
        rows = []
        for path in paintings:
            self.pictures.append(np.asarray(fit_short_side(Image.open(path).convert("RGB"))))
            features = self.features(self.pictures[-1])
            rows.append({k: distances.gram(v) for k, v in features.items()})
            harness.say(f"  {path.stem}")
        self._targets = {k: torch.cat([r[k] for r in rows]) for k in self.layers}
        norms = [self._targets[k].square().sum((1, 2)) for k in self.layers]
        self._norms = torch.stack(norms, 1)  # [paintings, layers]

    def features(self, picture: np.ndarray) -> Any:
        """VGG-16 features of [H,W,3] uint8, fp32."""
        torch = self._torch
        planar = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32) / 255
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=self._bf16):
            return {k: v.float() for k, v in self._vgg(torch.from_numpy(planar)[None]).items()}

    def judge(self, features: Any, content: Any, painting: int) -> dict[str, Any]:
        """Distances of a restyled picture's features, and which painting is the nearest to it.

        ``nearest`` is by relative distance (each over the painting's own norm, mean of layers);
        ``nearest_even`` divides each layer by one norm for all paintings, so that a painting
        of strong texture is not near to everything.
        """
        with self._torch.no_grad():
            relative = self._distances.gram_distances(
                self._distances.style_of(features), self._targets
            )
            even = relative * self._norms / self._norms.mean(0)
            return {
                "content": float(self._distances.content_distance(features, content)),
                "style": float(relative[painting].mean()),
                "layers": [round(float(v), 5) for v in relative[painting]],
                "nearest": int(relative.mean(1).argmin()),
                "nearest_even": int(even.mean(1).argmin()),
            }
