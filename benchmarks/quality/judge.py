"""VGG-16's opinion of a picture. "Content" and "style" are those of the training's distances."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from quality.colour import histogram, histogram_distance
from quality.legibility import edge_ssim

SCALES = (1, 2)  # style is read at full and at half size


class Judge:
    """Targets are the paintings whole, [H,W,3] uint8, short side 512."""

    def __init__(
        self, weights: str | Path, paintings: Sequence[np.ndarray], threads: int, precision: str
    ) -> None:
        import torch

        from eyebrush_training import distances, vgg

        torch.set_num_threads(threads)
        self._torch, self._distances = torch, distances
        self._bf16 = precision == "bf16"
        self._vgg = vgg.load_vgg(weights)
        self.layers = self._vgg.layers
        self._histograms = [histogram(p) for p in paintings]
        self._grams: dict[int, Any] = {}
        self._moments: dict[int, Any] = {}
        for scale in SCALES:
            own = [distances.style_of(self.features(smaller(p, scale))) for p in paintings]
            for kept, part in ((self._grams, "gram"), (self._moments, "moments")):
                kept[scale] = {
                    k: torch.cat([getattr(o, part)[k] for o in own]) for k in self.layers
                }
        norms = [self._grams[1][k].square().sum((1, 2)) for k in self.layers]
        self._norms = torch.stack(norms, 1)  # [paintings, layers]

    def features(self, picture: np.ndarray) -> Any:
        """VGG-16 features of [H,W,3] uint8, fp32."""
        torch = self._torch
        planar = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32) / 255
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=self._bf16):
            return {k: v.float() for k, v in self._vgg(torch.from_numpy(planar)[None]).items()}

    def still(
        self, picture: np.ndarray, photograph: np.ndarray, content: Any, painting: int
    ) -> dict[str, Any]:
        """Every measure of one restyled photograph; ``content``: features of the photograph.

        content, style (Gram matrices at full size), style_scales (the mean of full and half size),
        moments (means and deviations of channels, both sizes), edges (SSIM with the photograph's),
        colours (histogram distance to the painting), and which painting is the nearest:
        ``nearest`` by relative distance (each over the painting's own norm, mean of layers);
        ``nearest_even`` divides each layer by one norm for all paintings, so that a painting
        of strong texture is not near to everything.
        """
        d = self._distances
        features = self.features(picture)
        with self._torch.no_grad():
            styles = {1: d.style_of(features)}
            styles[2] = d.style_of(self.features(smaller(picture, 2)))
            relative = d.gram_distances(styles[1], self._grams[1])
            even = relative * self._norms / self._norms.mean(0)
            own = slice(painting, painting + 1)
            gram = [
                float(d.gram_distances(styles[s], _part(self._grams[s], own)).mean())
                for s in SCALES
            ]
            moments = [
                float(d.moment_distances(styles[s], _part(self._moments[s], own)).mean())
                for s in SCALES
            ]
            found = {
                "content": float(d.content_distance(features, content)),
                "style": gram[0],
                "style_scales": float(np.mean(gram)),
                "moments": float(np.mean(moments)),
                "edges": edge_ssim(photograph, picture),
                "colours": histogram_distance(histogram(picture), self._histograms[painting]),
            }
            return {
                **{name: round(value, 5) for name, value in found.items()},
                "nearest": int(relative.mean(1).argmin()),
                "nearest_even": int(even.mean(1).argmin()),
            }

    def apart(self, a: np.ndarray, b: np.ndarray, visible: np.ndarray) -> float:
        """How different two aligned pictures look where ``visible`` [H,W] bool, at half size.

        Squared difference of VGG-16 features that have length 1 at each place (as LPIPS, Zhang et
        al. 2018, with all channels weighing the same): mean over visible places, then layers.
        """
        torch = self._torch
        b = np.where(visible[..., None], b, a)  # what cannot be compared disturbs nothing around it
        found = []
        with torch.no_grad():
            mask = torch.from_numpy(smaller(visible, 2).astype(np.float32) / 255)[None, None]
            ours, theirs = (self.features(smaller(p, 2)) for p in (a, b))
            for layer in self.layers:
                x, y = (torch.nn.functional.normalize(f[layer], dim=1) for f in (ours, theirs))
                difference = (x - y).square().sum(1, keepdim=True)
                weight = torch.nn.functional.adaptive_avg_pool2d(mask, difference.shape[2:])
                found.append(float((difference * weight).sum() / weight.sum().clamp_min(1e-6)))
        return float(np.mean(found))


def smaller(picture: np.ndarray, factor: int) -> np.ndarray:
    """Mean over factor x factor pixels of [H,W,3] uint8, or [H,W] bool (255 = True)."""
    if factor == 1:
        return picture
    return np.asarray(
        Image.fromarray(picture).convert("L" if picture.ndim == 2 else "RGB").reduce(factor)
    )


def _part(targets: dict[str, Any], own: slice) -> dict[str, Any]:
    return {k: v[own] for k, v in targets.items()}
