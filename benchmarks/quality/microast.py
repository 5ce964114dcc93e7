"""MicroAST (Wang et al. 2023), given its weights: microast:DIR.

DIR holds the four files that its authors publish, ``content_encoder*``, ``style_encoder*``,
``modulator*`` and ``decoder*`` (state dicts, ``.pth`` or ``.pth.tar``), read as weights only. The
wiring is written here from what they publish about it; no weights come with it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from contestants import Contestant, EachPicture
from eyebrush.errors import InputError
from quality.cost import Cost
from quality.paintings import Painting, square
from quality.picture_network import PictureNetwork, from_torch

PARTS = ("content_encoder", "style_encoder", "modulator", "decoder")
STYLE_PX = 512
State = dict[str, Tensor]


class MicroAst:
    name, kind, candidate, any_painting = "MicroAST", "peer", False, True

    def __init__(self, folder: Path, threads: int) -> None:
        self._parts = {part: _read(folder, part) for part in PARTS}
        self._threads = threads
        self._networks: dict[str, PictureNetwork] = {}

    def contestant(self, painting: Painting) -> Contestant:
        if painting.name not in self._networks:
            module = Painter(self._parts, square(painting.picture, STYLE_PX))
            self._networks[painting.name] = from_torch(module, 1.0, self._threads)
        return EachPicture(self.name, self._networks[painting.name].paint)

    def cost(self, size_px: int) -> Cost | None:
        """Without the style's own encoding, which is done once."""
        first = next(iter(self._networks.values()), None)
        return None if first is None else first.cost(size_px)


class Painter(nn.Module):
    """x [1,3,H,W] 0..1 -> the same, in the style of a painting [S,S,3] uint8, encoded once."""

    def __init__(self, parts: dict[str, State], painting: np.ndarray) -> None:
        super().__init__()
        self._content, self._decoder = parts["content_encoder"], parts["decoder"]
        with torch.no_grad():
            planar = torch.from_numpy(painting.transpose(2, 0, 1).astype(np.float32) / 255)[None]
            self._styles = encode(parts["style_encoder"], planar)
            modulator = parts["modulator"]
            self._scales, self._shifts = (
                [
                    _convolve(modulator, f"{kind}{i + 1}.0", f, groups=f.shape[1]).mean(
                        (2, 3), keepdim=True
                    )
                    for i, f in enumerate(self._styles)
                ]
                for kind in ("weight", "bias")
            )

    def forward(self, x: Tensor) -> Tensor:
        far = encode(self._content, x)[1]
        for block, level in (("dec1", 1), ("dec2", 0)):
            far = _adain(far, self._styles[level])
            far = _modulated(self._decoder, block, far, self._scales[level], self._shifts[level])
        for first in (1, 6):
            far = F.interpolate(far, scale_factor=2, mode="bilinear", align_corners=False)
            far = F.relu(_convolve(self._decoder, f"dec3.{first}", far, groups=far.shape[1] // 2))
            far = F.relu(_convolve(self._decoder, f"dec3.{first + 2}", far))
        return _convolve(self._decoder, "dec3.10", far)


def encode(state: State, x: Tensor) -> list[Tensor]:
    """Features after each of the two residual blocks, [1,64,H/4,W/4]."""
    x = F.relu(_convolve(state, "enc1.0", x))
    for i in (2, 6):  # depthwise at half the size, then pointwise
        x = F.relu(_convolve(state, f"enc1.{i}", x, stride=2, groups=x.shape[1]))
        x = F.relu(_convolve(state, f"enc1.{i + 2}", x))
    first = _residual(state, "enc1.10", x)
    return [first, _residual(state, "enc2.0", first)]


def _convolve(state: State, name: str, x: Tensor, stride: int = 1, groups: int = 1) -> Tensor:
    weight = state[f"{name}.conv_layer.weight"]
    edge = weight.shape[-1] // 2
    x = F.pad(x, (edge, edge, edge, edge), "reflect")
    return F.conv2d(x, weight, state[f"{name}.conv_layer.bias"], stride, groups=groups)


def _residual(state: State, name: str, x: Tensor) -> Tensor:
    return x + _convolve(state, f"{name}.conv2", F.relu(_convolve(state, f"{name}.conv1", x)))


def _modulated(state: State, name: str, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """A residual block whose convolutions are scaled, with the input itself as what is shifted."""
    inner = F.relu(scale * _convolve(state, f"{name}.conv1", x) + shift * x)
    return x + scale * _convolve(state, f"{name}.conv2", inner) + shift * inner


def _adain(x: Tensor, style: Tensor) -> Tensor:
    (mean, deviation), (own, spread) = (
        (f.mean((2, 3), keepdim=True), (f.var((2, 3), keepdim=True) + 1e-5).sqrt())
        for f in (style, x)
    )
    return (x - own) / spread * deviation + mean


def _read(folder: Path, part: str) -> State:
    files = sorted(folder.glob(f"{part}*"))
    if not files:
        raise InputError(
            got=f"no {part}* in {folder}",
            wanted=f"MicroAST's weights: {', '.join(f'{p}*' for p in PARTS)}",
            fix="take them from its authors, and pass microast:DIR",
        )
    state = torch.load(files[-1], map_location="cpu", weights_only=True)
    return {k: v.float() for k, v in state.items()}
