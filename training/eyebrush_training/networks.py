"""The style-field network and the style encoder's head.

The network sees a small copy of the eye buffers (1/4 of the composite's resolution) and returns a
style field: a bilateral grid of affine colour transforms and a brush-stroke layer. It works in
*canonical colour*: content is whitened on the way in (``tone_in``), and everything that leaves is
coloured by the painting's own mean and covariance (``tone_out``), so that the convolutions learn
texture and tone only, and the palette of a painting never seen is right from the start.

Style enters as AdaIN scale/shift pairs (Huang & Belongie 2017) for every normalised layer, one
vector ``code`` for all of them; statistics are shared by both eyes and can be blended with those of
earlier frames.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from eyebrush_training import native

GRID = (8, 16, 16)  # luma bins, rows, columns
MARGIN = 6  # pixels of the small picture painted beyond each edge, and cut off; even
CONTRAST = (
    0.15,
    0.5,
)  # of luma 0..1: no lettering below the first, certainly some above the second


@dataclass(frozen=True)
class FieldShape:
    """Widths of the network: fine = 1/4 of the composite's resolution, coarse = 1/8.

    inner: width between the two convolutions of a residual block, where most of the time goes.
    """

    fine: int = 32
    coarse: int = 96
    blocks: int = 4
    inner: int = 32

    def to_dict(self) -> dict[str, int]:
        return asdict(self)


class AdaIN(nn.Module):
    """Normalise each channel, then scale and shift it by the style.

    ``scale * (x - mean) / std + shift``.

    Statistics are taken from every second pixel of every second row: unbiased, and a quarter of
    the reading. They are fp32. In training each picture has its own; at run time both eyes share
    one set, blended with that of earlier frames: ``used = running + fresh * (now - running)``.
    """

    eps = 1e-3

    def forward(
        self, x: Tensor, style: Tensor, running: Tensor | None, fresh: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """x [E,C,h,w]; style [B,2,C] (scale, shift); running [2,C] -> y, used [E or 1, 2, C]."""
        if running is None and native.in_use():
            return native.adain(x, style, self.eps, every=2)
        dims = (2, 3) if running is None else (0, 2, 3)
        some = x[:, :, ::2, ::2].float()
        mean = some.mean(dims, keepdim=True)
        var = (some - mean).square().mean(dims)
        used = torch.stack((mean.reshape(var.shape), var), -2)
        if running is not None:
            used = (running + fresh * (used - running))[None]
        scale = style[:, 0] * torch.rsqrt(used[:, 1] + self.eps)
        shift = style[:, 1] - used[:, 0] * scale
        return x * scale[:, :, None, None].to(x.dtype) + shift[:, :, None, None].to(x.dtype), used


class FieldNet(nn.Module):
    """Small RGB in, style field out. See the module's docstring."""

    def __init__(self, shape: FieldShape | None = None) -> None:
        super().__init__()
        self.shape = s = shape or FieldShape()

        def conv(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
            return nn.Conv2d(inputs, outputs, 3, stride, 1)

        self.stem = conv(4, s.fine)
        self.down = conv(s.fine, s.coarse, 2)
        pair = (s.coarse, s.inner), (s.inner, s.coarse)
        self.body = nn.ModuleList(conv(*pair[i % 2]) for i in range(2 * s.blocks))
        self.up = conv(s.coarse, s.fine)
        self.mix = conv(s.fine, s.fine)
        self.strokes = conv(s.fine, 16)
        self.grid_in = conv(s.coarse, 64)
        self.grid_out = nn.Conv2d(64, 12 * GRID[0], 1)
        self.norm = AdaIN()
        self.widths = [s.fine, s.coarse] + [s.inner, s.coarse] * s.blocks + [s.fine, s.fine]
        nn.init.normal_(self.grid_out.weight, std=1e-3)
        nn.init.zeros_(self.grid_out.bias)

    @property
    def stats_size(self) -> int:
        return sum(self.widths)

    @property
    def code_size(self) -> int:
        return 2 * self.stats_size

    def forward(
        self,
        rgb: Tensor,
        code: Tensor,
        tone_in: Tensor,
        tone_out: Tensor,
        running: Tensor | None = None,
        fresh: Tensor | None = None,
        detail: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """rgb [E,3,h,w] sRGB 0..1, h and w even, at least 16; code [B,K]; tone_in and tone_out
        [B,3,4]; B is 1 or E; running [2,S] and fresh [1] at run time only; detail [B or 1], 0..1:
        how far strokes keep off lettering and other fine, hard contrast.

        Returns grid [E,12,D,Gh,Gw], stroke colour and mask [E,16,h,w] in pixel-shuffle order
        (see :func:`strokes_image`), and the statistics used [E or 1, 2, S].
        """
        styles = (code.reshape(len(code), 2, -1)).split(self.widths, 2)
        runs = [None] * len(styles) if running is None else running.split(self.widths, 1)
        used: list[Tensor] = []

        def norm(x: Tensor) -> Tensor:
            i = len(used)
            y, stats = self.norm(x, styles[i], runs[i], fresh)
            used.append(stats)
            return y

        m = MARGIN
        edge = (m,) * 4  # convolutions pad with zeros: that stays out of sight
        r, g, b = F.pad(rgb, edge, mode="reflect").split(1, 1)
        z = _colour(tone_in, r, g, b)
        luma = 0.598 * r + 1.174 * g + 0.228 * b - 1
        fine = F.relu(norm(self.stem(torch.cat((*z, luma), 1))))
        x = F.relu(norm(self.down(fine)))
        for first, second in zip(self.body[::2], self.body[1::2], strict=True):
            x = x + norm(second(F.relu(norm(first(x)))))
        inside = F.relu(x[:, :, m // 2 : -m // 2, m // 2 : -m // 2])
        grid = self._grid(inside, tone_in, tone_out)
        y = norm(self.up(x))
        y = F.interpolate(y, scale_factor=2.0, mode="bilinear", align_corners=False)
        y = F.relu(y + fine)
        y = F.relu(norm(self.mix(y)))
        planes = _without_raster(self.strokes(y))[:, :, m:-m, m:-m].float()
        c0, c1, c2, mask = planes.split(4, 1)
        z0, z1, z2 = (plane[:, :, m:-m, m:-m] for plane in z)  # strokes start from the scene's own
        colour = _colour(tone_out, c0 + z0, c1 + z1, c2 + z2)  # colours, in the painting's palette
        mask = torch.sigmoid(mask)
        if detail is not None:
            mask = mask * (1 - detail[:, None, None, None] * _lettering(rgb))
        strokes = torch.cat((*colour, mask), 1)
        return grid, strokes, torch.cat(used, 2)

    def _grid(self, x: Tensor, tone_in: Tensor, tone_out: Tensor) -> Tensor:
        """Affine per cell in canonical colour, identity + learnt part, between the two tones."""
        cell = F.relu(self.grid_in(F.avg_pool2d(x, 4, ceil_mode=True, count_include_pad=False)))
        b = self.grid_out(F.interpolate(cell, GRID[1:], mode="bilinear", align_corners=False))
        cells = GRID[0] * GRID[1] * GRID[2]  # sizes are spelled out and the batch is -1: the export
        b = b.float().reshape(-1, 3, 4, cells)  # traces shapes, and must not freeze the batch
        b = (b + torch.eye(3, 4, device=b.device)[:, :, None]).transpose(2, 3)
        last = torch.tensor([[0.0, 0.0, 0.0, 1.0]], device=b.device)
        right = torch.cat((tone_in, last.expand(len(tone_in), 1, 4)), 1)  # [B, 4, 4]
        a = (b.reshape(-1, 3 * cells, 4) @ right).reshape(-1, 3, cells * 4)
        a = (tone_out[:, :, :3] @ a).reshape(-1, 3, cells, 4)
        a = torch.cat((a[..., :3], a[..., 3:] + tone_out[:, :, None, 3:]), -1)
        return a.transpose(2, 3).reshape(-1, 12, *GRID)


def _colour(tone: Tensor, r: Tensor, g: Tensor, b: Tensor) -> list[Tensor]:
    """tone [B,3,4] applied to three planes [E,n,h,w] each."""
    t = tone[:, :, :, None, None, None]
    return [t[:, i, 0] * r + t[:, i, 1] * g + t[:, i, 2] * b + t[:, i, 3] for i in range(3)]


def _lettering(rgb: Tensor) -> Tensor:
    """[E,3,h,w] -> [E,1,h,w]: 1 where luma has hard contrast within 3x3 pixels, 0 where not.

    Lettering is that, on signs and labels; so are window bars and the outlines of things near by.
    Soft contrast and all that is smaller than a pixel here (4 of the frame) is not.
    """
    r, g, b = rgb.split(1, 1)
    luma = 0.299 * r + 0.587 * g + 0.114 * b
    contrast = F.max_pool2d(luma, 3, 1, 1) + F.max_pool2d(-luma, 3, 1, 1)
    s = ((contrast - CONTRAST[0]) / (CONTRAST[1] - CONTRAST[0])).clamp(0, 1)
    return F.avg_pool2d(s * s * (3 - 2 * s), 3, 1, 1, count_include_pad=False)


def _without_raster(planes: Tensor) -> Tensor:
    """[E,16,h,w] with the local means of the four sub-pixels of each component made equal.

    Pixel shuffle lets a network draw a fixed raster of lines, which a headset would show as a
    screen door. What differs between sub-pixels on average over 7x7 pixels is that raster; strokes
    are not.
    """
    local = F.avg_pool2d(planes, 7, 1, 3, count_include_pad=False)
    one = torch.eye(4, dtype=planes.dtype, device=planes.device)
    level = torch.kron(one, torch.full_like(one, 0.25)) - torch.kron(one, one)
    return planes + F.conv2d(local, level[:, :, None, None])


def strokes_image(planes: Tensor) -> Tensor:
    """[E,16,h,w] as FieldNet returns them -> [E,4,2h,2w]: RGB (unclamped), mask 0..1."""
    return F.pixel_shuffle(planes, 2)
