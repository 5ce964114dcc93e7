"""The truth: what every op computes, in plain numpy.

Native ops, generated shaders and clients are tested against this file. It is written to be
read, not to be fast. All colour arithmetic is done on sRGB-*encoded* values in 0..1, as the
networks were trained on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, on encoded values
MASK_FADE = 16.0  # strokes vanish within 1/16 of the view outside of the field
HISTORY_FADE = 64.0  # old strokes vanish within 1/64 of the view outside of the old picture
HISTORY_EDGE = 16.0  # old strokes are not carried inwards from the outermost 1/16 of the picture
AGREE, DISAGREE = 0.03, 0.15  # guides this far apart (summed over RGB): history in full, none
STRETCH, TORN = 1.25, 1.5  # strokes this much nearer or farther than then: history in full, none
DEPTH_SHARE, DEPTH_STEP = 0.05, 0.005  # inverse depths that agree: relative, and in 1/m


def field_size(height: int, width: int, down: int = 4) -> tuple[int, int]:
    """Network input size (h, w) for a picture: 1/down of it, rounded up to even, at least 16."""
    h, w = (max(16, -(-n // down)) for n in (height, width))
    return h + h % 2, w + w % 2


def srgb_encode(linear: np.ndarray) -> np.ndarray:
    """Linear light >= 0 -> sRGB-encoded (IEC 61966-2-1), any shape; 1 stays 1."""
    x = linear.astype(np.float64)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def srgb_decode(encoded: np.ndarray) -> np.ndarray:
    """The inverse of srgb_encode."""
    x = encoded.astype(np.float64)
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def levels(color: np.ndarray) -> tuple[np.ndarray, float]:
    """sRGB-encoded colours of eye buffers, [E, H, W, 3] float, and what a full channel is worth.

    uint8 [E, H, W, 3|4] is sRGB. uint32 [E, H, W] is A2B10G10R10: red in the low ten bits, sRGB.
    float16 [E, H, W, 4] is linear light; below 0 and NaN are black, and full is 1, but there may be
    more.
    """
    if color.dtype == np.uint32:
        return (color[..., None] >> np.array([0, 10, 20], np.uint32) & 1023).astype(
            np.float32
        ), 1023
    if color.dtype == np.float16:
        return srgb_encode(np.clip(np.nan_to_num(color[..., :3], nan=0.0), 0.0, 65504.0)), 1
    return color[..., :3].astype(np.float32), 255


def opacity(color: np.ndarray) -> np.ndarray:
    """Alpha of eye buffers, [E, H, W] float32; 1 where they have none."""
    if color.dtype == np.uint32:
        return (color >> 30).astype(np.float32) / 3
    if color.shape[3] == 3:
        return np.ones(color.shape[:3], np.float32)
    return color[..., 3].astype(np.float32) / (255 if color.dtype == np.uint8 else 1)


def write_pixels(out: np.ndarray, encoded: np.ndarray, alpha: np.ndarray) -> None:
    """sRGB-encoded [E, H, W, 3] and alpha [E, H, W] -> eye buffers ``out`` of any format.

    Whole numbers are clamped and rounded half up; float16 becomes linear light.
    """

    def level(x: np.ndarray, most: int) -> np.ndarray:
        return np.floor(np.clip(np.nan_to_num(x, nan=0.0), 0, 1) * most + 0.5)

    if out.dtype == np.uint32:
        rgb = level(encoded, 1023).astype(np.uint32) << np.array([0, 10, 20], np.uint32)
        out[...] = rgb.sum(-1, dtype=np.uint32) | level(alpha, 3).astype(np.uint32) << 30
    elif out.dtype == np.float16:
        out[..., :3], out[..., 3] = srgb_decode(encoded), alpha
    else:
        out[..., :3] = level(encoded, 255)
        out[..., 3:] = level(alpha, 255)[..., None]


def ingest(color: np.ndarray, down: int = 4, shuffle: int = 1) -> np.ndarray:
    """Eye buffers -> network input [E, 3 * shuffle^2, h, w] float32 0..1, sRGB-encoded.

    color as in :func:`levels`; (h, w) = field_size(H, W, down * shuffle). Mean over down x down
    pixels of the encoded values; pixels past the right and bottom edge repeat the edge. Then each
    shuffle x shuffle pixels become channels, as torch's pixel_unshuffle orders them: those of red
    first, row by row.
    """
    e, height, width = color.shape[:3]
    h, w = field_size(height, width, down * shuffle)
    cell = down * shuffle
    rows = np.minimum(np.arange(h * cell), height - 1)
    cols = np.minimum(np.arange(w * cell), width - 1)
    full, most = levels(color[:, rows][:, :, cols])
    full = np.minimum(full, most)
    mean = full.reshape(e, h * shuffle, down, w * shuffle, down, 3).mean(
        axis=(2, 4), dtype=full.dtype
    )
    cells = mean.reshape(e, h, shuffle, w, shuffle, 3).transpose(0, 5, 2, 4, 1, 3)
    return np.ascontiguousarray(cells.reshape(e, 3 * shuffle**2, h, w)).astype(
        np.float32
    ) / np.float32(most)


def extent(height: int, width: int, down: int = 4) -> tuple[float, float]:
    """Share (u, v) of the network input that the picture covers."""
    h, w = field_size(height, width, down)
    return width / (w * down), height / (h * down)


def field_coordinates(
    height: int,
    width: int,
    matrix: np.ndarray | None = None,
    parallax: np.ndarray | None = None,
    depth_m: np.ndarray | None = None,
    extent: tuple[float, float] = (1.0, 1.0),
) -> np.ndarray:
    """uv in the picture that the field was made from, for every pixel: [H, W, 2] float32.

    matrix [3, 3], parallax [3], depth_m [h, w] as in :func:`eyebrush.frame.reprojection`; depth is
    sampled bilinearly in 1/depth. A pixel that lands behind the field's eye gets (-9, -9).
    ``extent``: share of height and width that is picture, where they are a whole field's.
    """
    p, _ = projected(height, width, matrix, parallax, depth_m, extent)
    w = p[..., 2:]
    return np.where(w > 1e-6, p[..., :2] / np.where(w > 1e-6, w, 1), np.float32(-9))


def projected(
    height: int,
    width: int,
    matrix: np.ndarray | None = None,
    parallax: np.ndarray | None = None,
    depth_m: np.ndarray | None = None,
    extent: tuple[float, float] = (1.0, 1.0),
) -> tuple[np.ndarray, np.ndarray | None]:
    """Homogeneous (u', v', w') of every pixel, [H, W, 3] float32, and its 1/depth [H, W] if known.

    w' is how many times as far the point was from the field's eye as it is from this one; where no
    parallax is given, of the rotation alone.
    """
    u = (np.arange(width, dtype=np.float32) + 0.5) / np.float32(width * extent[0])
    v = (np.arange(height, dtype=np.float32) + 0.5) / np.float32(height * extent[1])
    uv1 = np.stack(np.broadcast_arrays(u[None, :], v[:, None], np.float32(1)), -1)
    if matrix is None:
        return uv1, None
    p = uv1 @ np.asarray(matrix, np.float32).T
    if parallax is None or depth_m is None:
        return p, None
    inverse = sample_bilinear(inverse_depth(depth_m)[..., None], uv1[..., :2])
    return p + inverse * np.asarray(parallax, np.float32), inverse[..., 0]


def inverse_depth(depth_m: np.ndarray) -> np.ndarray:
    """1/m, depths below a millimetre taken as one."""
    return 1.0 / np.maximum(depth_m.astype(np.float32), np.float32(1e-3))


def sample_bilinear(image: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Bilinear sample with clamped edges: image [h, w, C], uv [..., 2] 0..1 -> [..., C]."""
    h, w = image.shape[:2]
    x = np.clip(uv[..., 0] * w - 0.5, 0, w - 1)
    y = np.clip(uv[..., 1] * h - 0.5, 0, h - 1)
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    x1, y1 = np.minimum(x0 + 1, w - 1), np.minimum(y0 + 1, h - 1)
    fx, fy = (x - x0)[..., None], (y - y0)[..., None]
    top = image[y0, x0] * (1 - fx) + image[y0, x1] * fx
    bottom = image[y1, x0] * (1 - fx) + image[y1, x1] * fx
    return top * (1 - fy) + bottom * fy


def slice_grid(grid: np.ndarray, uv: np.ndarray, luma: np.ndarray) -> np.ndarray:
    """Trilinear slice: grid [12, D, Gh, Gw], uv [H, W, 2], luma [H, W] 0..1 -> [H, W, 3, 4]."""
    d = grid.shape[1]
    z = np.clip(luma * d - 0.5, 0, d - 1)
    z0 = np.floor(z).astype(int)
    z1 = np.minimum(z0 + 1, d - 1)
    planes = grid.astype(np.float32).transpose(1, 2, 3, 0)  # [D, Gh, Gw, 12]
    sampled = np.stack([sample_bilinear(p, uv) for p in planes])  # [D, H, W, 12]
    rows, cols = np.indices(luma.shape)
    fz = (z - z0)[..., None]
    mixed = sampled[z0, rows, cols] * (1 - fz) + sampled[z1, rows, cols] * fz
    return mixed.reshape(*luma.shape, 3, 4)


def composite(
    color: np.ndarray,
    grid: np.ndarray,
    strokes: np.ndarray,
    *,
    extent: tuple[float, float] = (1.0, 1.0),
    matrix: np.ndarray | None = None,
    parallax: np.ndarray | None = None,
    depth_m: np.ndarray | None = None,
    strength: float = 1.0,
    stroke_opacity: float = 1.0,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Restyle full-resolution frames with a style field: eye buffers -> ``out``, made like color.

    color and out in any format that :func:`levels` knows; grid [E, 12, D, Gh, Gw] float; strokes
    [E, Hs, Ws, 4] uint8; matrix [E, 3, 3] and parallax [E, 3] map frame uv to *picture* uv of the
    field (reprojection in frame.py), which ``extent`` then scales to the field's own; depth_m
    [E, h, w].

        y   = A(u', v', luma(x)) [x, 1]           bilateral grid, sliced with the pixel's own luma
        m   = stroke_opacity * mask * fade        fade: 1 inside the field, 0 beyond 1/16 outside
        out = x + strength * (y + m (strokes - y) - x)

    Output is clamped to 0..1 and rounded half up; alpha is carried through. The affine result y is
    clamped to 0..1 before the strokes are blended in. x is clamped to 0..1, too: what is brighter
    than white (float16) keeps the share 1 - strength of it.
    """
    out = np.empty_like(color) if out is None else out
    full, most = levels(color)
    seen = (full / np.float32(most)).astype(np.float32)
    white = np.minimum(seen, 1)
    painted = np.empty_like(seen)
    height, width = color.shape[1:3]
    for eye in range(color.shape[0]):
        x = white[eye]
        uv = field_coordinates(height, width, **_motion_of(eye, matrix, parallax, depth_m))
        fade = _fade(uv)[..., None]
        uv = np.clip(uv, 0, 1) * np.asarray(extent, np.float32)
        affine = slice_grid(grid[eye], uv, x @ LUMA)
        y = np.clip((affine[..., :3] @ x[..., None])[..., 0] + affine[..., 3], 0, 1)
        layer = sample_bilinear(strokes[eye].astype(np.float32) / np.float32(255), uv)
        m = layer[..., 3:] * fade * np.float32(stroke_opacity)
        y = y + m * (layer[..., :3] - y)
        painted[eye] = np.clip(x + np.float32(strength) * (y - x), 0, 1)
    write_pixels(out, painted + np.float32(1 - strength) * (seen - white), opacity(color))
    return out


def _motion_of(eye: int, matrix: Any, parallax: Any, depth_m: Any) -> dict[str, Any]:
    """An eye's part of each, as keywords; None where there is none."""
    given = {"matrix": matrix, "parallax": parallax, "depth_m": depth_m}
    return {name: None if array is None else array[eye] for name, array in given.items()}


def _fade(uv: np.ndarray) -> np.ndarray:
    """1 inside of the picture, 0 from 1/MASK_FADE outside on: uv [..., 2] -> [...]."""
    outside = np.maximum(np.maximum(-uv, uv - 1), 0).max(-1)
    faded: np.ndarray = np.clip(1 - MASK_FADE * outside, 0, 1)
    return faded


def history_weight(
    fresh_guide: np.ndarray,
    history_guide: np.ndarray,
    *,
    extent: tuple[float, float] = (1.0, 1.0),
    matrix: np.ndarray | None = None,
    parallax: np.ndarray | None = None,
    depth_m: np.ndarray | None = None,
    history_depth_m: np.ndarray | None = None,
) -> np.ndarray:
    """How far old strokes can be trusted at each texel of the guide, 0..1: [h, w] float32.

    One eye of :func:`temporal_blend`: guides [3, h, w], matrix [3, 3], parallax [3], depths
    [hd, wd].
    A product of four shares, each 1 where history is fine and falling to 0 as it ceases to be:

    * colour: the old one lies within the range of the 3x3 texels around the new one (a range, so
      that resampling an edge is no disagreement), but for AGREE .. DISAGREE;
    * place: inside of the old picture, and not brought inwards from its edge, where the network
      saw less;
    * stretch: not more than STRETCH .. TORN times as near or as far as then;
    * depth, where both are given: the surface then seen there is the one seen now.
    """
    _, h, w = fresh_guide.shape
    p, near_now = projected(h, w, matrix, parallax, depth_m, extent)
    ahead = p[..., 2] > 1e-6
    ratio = np.where(ahead, p[..., 2], np.float32(1))
    uv = np.where(ahead[..., None], p[..., :2] / ratio[..., None], np.float32(-9))
    inside = np.clip(uv, 0, 1)

    near = np.pad(fresh_guide, ((0, 0), (1, 1), (1, 1)), "edge")
    around = np.stack([near[:, i : i + h, k : k + w] for i in range(3) for k in range(3)])
    old = sample_bilinear(
        history_guide.transpose(1, 2, 0), inside * np.asarray(extent, np.float32)
    ).transpose(2, 0, 1)
    apart = np.abs(old - np.clip(old, around.min(0), around.max(0))).sum(0)
    now = projected(h, w, extent=extent)[0][..., :2]
    edge_now, to_edge = (np.minimum(at, 1 - at).min(-1) for at in (now, uv))
    trust = np.clip((np.float32(DISAGREE) - apart) / np.float32(DISAGREE - AGREE), 0, 1)
    carried = np.minimum(edge_now, 1 / HISTORY_EDGE) - to_edge
    trust = trust * np.clip(1 - HISTORY_EDGE * carried, 0, 1)
    trust = trust * np.clip(1 + HISTORY_FADE * to_edge, 0, 1)
    stretch = np.maximum(ratio, 1 / ratio)
    trust = trust * np.clip((np.float32(TORN) - stretch) / np.float32(TORN - STRETCH), 0, 1)
    if near_now is not None and history_depth_m is not None:
        expected = near_now / ratio
        found = sample_bilinear(inverse_depth(history_depth_m)[..., None], inside)[..., 0]
        tolerance = DEPTH_SHARE * np.maximum(expected, found) + DEPTH_STEP
        trust = trust * np.clip(2 - np.abs(expected - found) / tolerance, 0, 1)
    return trust


class History(NamedTuple):
    """Strokes of before for :func:`temporal_blend`, and what they were painted from.

    strokes: [E, 2h, 2w, 4] uint8; guide: [E, 3, h, w] float32 0..1, the network's input of then.
    share:   of it where it is trusted, 0..1.
    matrix:  [E, 3, 3], picture uv now -> picture uv then; None where both have one pose.
    parallax: [E, 3], together with the depth of now.
    depth_m: [E, hd, wd] float32 metres, of then; strokes are then kept only on the surface that
             they were painted on.
    """

    strokes: Any
    guide: Any
    share: float = 1.0
    matrix: Any = None
    parallax: Any = None
    depth_m: Any = None


def temporal_blend(
    fresh: np.ndarray,
    fresh_guide: np.ndarray,
    histories: Sequence[History],
    *,
    extent: tuple[float, float] = (1.0, 1.0),
    depth_m: np.ndarray | None = None,
) -> np.ndarray:
    """Steady strokes: the fresh layer drawn towards some of before, where the scene is the same.

    fresh [E, 2h, 2w, 4] uint8; fresh_guide [E, 3, h, w] float32 0..1, the network's input that it
    was made from; depth_m [E, hd, wd] is of now; extent as in :func:`composite`. One history is
    drawn over those before it:

        weight = share * history_weight           bilinear from the guide's texels to the strokes'
        out    = fresh + trunc(weight * (history(u', v') - fresh))          in 8-bit levels

    Truncation rounds towards the fresh value: with share < 1 a steady input is reached exactly, and
    never a level beside it for ever.
    """
    out = fresh.copy()
    h, w = fresh_guide.shape[2:]
    for history in histories:
        for eye in range(fresh.shape[0]):
            motion = _motion_of(eye, history.matrix, history.parallax, depth_m)
            motion["extent"] = extent
            then = None if history.depth_m is None else history.depth_m[eye]
            trust = history_weight(
                fresh_guide[eye], history.guide[eye], history_depth_m=then, **motion
            )
            weight = np.float32(history.share) * sample_bilinear(
                trust[..., None], field_coordinates(2 * h, 2 * w)
            )
            uv = np.clip(field_coordinates(2 * h, 2 * w, **motion), 0, 1)
            new = out[eye].astype(np.float32)
            old = sample_bilinear(
                history.strokes[eye].astype(np.float32), uv * np.asarray(extent, np.float32)
            )
            out[eye] = (new + np.trunc(weight * (old - new))).astype(np.uint8)
    return out


def grid_blend(
    fresh: np.ndarray,
    history: np.ndarray,
    *,
    share: float,
    extent: tuple[float, float] = (1.0, 1.0),
    matrix: np.ndarray | None = None,
    parallax: np.ndarray | None = None,
    depth_m: np.ndarray | None = None,
) -> np.ndarray:
    """Steady colours: a bilateral grid drawn towards one of before, fetched where its cells were.

    fresh, history [E, 12, D, Gh, Gw] float32; share 0..1, of history where it saw the cell's
    middle, and less beside its picture; the rest as in :func:`temporal_blend` and :class:`History`.

        out = fresh + share * fade * (history(u', v') - fresh)
    """
    out = fresh.copy()
    height, width = fresh.shape[3:]
    for eye in range(fresh.shape[0]):
        motion = _motion_of(eye, matrix, parallax, depth_m)
        uv = field_coordinates(height, width, extent=extent, **motion)
        weight = np.float32(share) * _fade(uv)
        cells = history[eye].reshape(-1, height, width).transpose(1, 2, 0)
        old = sample_bilinear(cells, np.clip(uv, 0, 1) * np.asarray(extent, np.float32))
        flat = out[eye].reshape(-1, height, width)
        flat += weight * (old.transpose(2, 0, 1) - flat)
    return out


def adain_stats(
    x: np.ndarray, *, shared: bool = True, running: np.ndarray | None = None, fresh: float = 1.0
) -> np.ndarray:
    """Mean and biased variance of each channel: x [E, C, H, W] float -> [G, 2, C] float64.

    shared: over all eyes (G = 1) or for each (G = E). running [G, 2, C], if given, is followed:
    used = running + fresh * (now - running).
    """
    wide = x.astype(np.float64)
    axes = (0, 2, 3) if shared else (2, 3)
    now = np.stack(
        [wide.mean(axes).reshape(-1, x.shape[1]), wide.var(axes).reshape(-1, x.shape[1])], 1
    )
    return now if running is None else running + fresh * (now - running)


def adain_apply(
    x: np.ndarray, stats: np.ndarray, style: np.ndarray, *, eps: float = 1e-3, relu: bool = False
) -> np.ndarray:
    """scale * (x - mean) / sqrt(variance + eps) + shift, in float64: x [E, C, H, W] -> the same.

    stats [1|E, 2, C] mean and variance, style [1|E, 2, C] scale and shift; relu: max(0, y).
    """
    mean, variance = (stats[:, i, :, None, None].astype(np.float64) for i in range(2))
    scale, shift = (style[:, i, :, None, None].astype(np.float64) for i in range(2))
    y = scale * (x.astype(np.float64) - mean) / np.sqrt(variance + eps) + shift
    return np.maximum(y, 0) if relu else y


def gram(x: np.ndarray, scale: float | None = None) -> np.ndarray:
    """scale * (sum over pixels of x_i x_j), float64: x [E, C, H, W] -> [E, C, C].

    scale None: 1 / (H * W).
    """
    flat = x.astype(np.float64).reshape(*x.shape[:2], -1)
    return flat @ flat.transpose(0, 2, 1) * (1.0 / flat.shape[2] if scale is None else scale)
