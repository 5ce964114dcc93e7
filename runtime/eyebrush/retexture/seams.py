"""Both sides of a seam agree: what differs there is taken back, smoothly into both islands.

Where the model was of one colour on both sides, the painted sides should be, too; where it was not
(a red sleeve ends at a white hand), the painted step may be as large as the plain one was. Half of
what is too much is taken from either side; inside of the islands the correction is a membrane that
is held at the seams and sinks to nothing away from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eyebrush.retexture.gutters import halve
from eyebrush.retexture.layout import Seams, Surface, fold
from eyebrush.retexture.raster import texels

BEYOND = 48.0  # texels of the model that are shown beyond a seam: as far as a stroke reaches
ROUNDS = 3
LEVELS = 5  # of the membrane's pyramid
SWEEPS = 16  # on each level
FINEST_SWEEPS = 6  # where a sweep costs most, and the coarser ones have done the rest
UNSEEN = 0.25  # of 255: what 8 bits cannot show need not be mended
HOLD = 30.0  # how much harder a texel on the seam is held than it is pulled by a neighbour


@dataclass
class Samples:
    """Points about a texel apart along all seams, on either side.

    texture: [2, N] int64; place: [2, N, 2] float64, x and y in texels.
    """

    texture: np.ndarray
    place: np.ndarray


def sample_seams(seams: Seams, surfaces: list[Surface]) -> Samples:
    sizes = np.array([s.size for s in surfaces], np.float64)
    lines = seams.uv * sizes[seams.texture][:, :, None, :]
    length = np.linalg.norm(lines[:, :, 1] - lines[:, :, 0], axis=2).max(axis=0)
    count = np.maximum(1, np.ceil(length)).astype(np.int64)
    line = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    part = ((step + 0.5) / count[line])[None, :, None]
    place = lines[:, line, 0] * (1 - part) + lines[:, line, 1] * part
    return Samples(seams.texture[:, line], place)


def unfold(
    pictures: list[np.ndarray], covered: list[np.ndarray], seams: Seams, surfaces: list[Surface]
) -> list[np.ndarray]:
    """``pictures`` [H, W, 3] with the gutters beside each seam showing what lies beyond it on the
    model, so that who paints across it paints the same strokes on both sides. The nearest seam has
    a texel."""
    sizes = np.array([s.size for s in surfaces], np.float64)
    lines = seams.uv * sizes[seams.texture][:, :, None, :]
    apex = seams.apex * sizes[seams.texture]
    length = np.linalg.norm(lines[:, :, 1] - lines[:, :, 0], axis=2)
    usable = (length > 1e-6).all(axis=0)
    out = [p.copy() for p in pictures]
    for i, surface in enumerate(surfaces):
        found = []
        for near, far in ((0, 1), (1, 0)):
            some = np.nonzero(usable & (seams.texture[near] == i))[0]
            deep = BEYOND * (length[far] / np.maximum(length[near], 1e-6))[some, None]
            here = _strip(lines[near, some], apex[near, some], -BEYOND)
            there = _strip(lines[far, some], apex[far, some], deep)
            for which, x, y, bary in texels(here):
                x = fold(x, surface.size[0], surface.wrap[0])
                y = fold(y, surface.size[1], surface.wrap[1])
                place = np.einsum("kc,kcd->kd", bary, there[which])
                away = np.where(which % 2 == 0, bary[:, 2], bary[:, 1] + bary[:, 2])
                free = ~covered[i][y, x]
                values = (x, y, away, place, seams.texture[far, some[which // 2]])
                found.append([v[free] for v in values])
        if not found:
            continue
        x, y, away, place, texture = (np.concatenate(v) for v in zip(*found, strict=True))
        order = np.argsort(-away, kind="stable")  # the last to be written stays: the nearest
        x, y, place, texture = x[order], y[order], place[order], texture[order]
        out[i][y, x] = look(pictures, surfaces, Samples(texture[None], place[None]))[0]
    return out


def _strip(line: np.ndarray, apex: np.ndarray, deep: float | np.ndarray) -> np.ndarray:
    """[2 N, 3, 2]: two triangles along each line, ``deep`` texels to the side of its apex."""
    to = _towards(line, apex) * deep
    a, b = line[:, 0], line[:, 1]
    return np.stack([a, b, b + to, a, b + to, a + to], axis=1).reshape(-1, 3, 2)


def _towards(line: np.ndarray, point: np.ndarray) -> np.ndarray:
    """[N, 2]: the unit normal of each line [N, 2 (from, to), 2], to the side of its point."""
    along = line[:, 1] - line[:, 0]
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    side = ((point - line[:, 0]) * normal).sum(axis=1, keepdims=True)
    return np.where(side < 0, -normal, normal)


def look(pictures: list[np.ndarray], surfaces: list[Surface], samples: Samples) -> np.ndarray:
    """What a bilinear sampler sees at the samples: [2 (or any), N, 3] float32."""
    out = np.zeros((*samples.texture.shape, 3), np.float32)
    for index, (picture, surface) in enumerate(zip(pictures, surfaces, strict=True)):
        here = samples.texture == index
        for x, y, weight in _footprint(samples.place[here], surface):
            out[here] += weight[:, None] * picture[y, x, :3]
    return out


def equalise(
    plain: list[np.ndarray],
    painted: list[np.ndarray],
    islands: list[np.ndarray],
    surfaces: list[Surface],
    samples: Samples,
) -> list[np.ndarray]:
    """``painted`` [H, W, 3] float32, corrected so that no seam shows more than it did in ``plain``.

    islands: [H, W] int64 each, -1 outside of all.
    """
    painted = list(painted)
    if not samples.place.size:
        return painted
    before = look(plain, surfaces, samples)
    allowed = np.linalg.norm(before[0] - before[1], axis=1)
    for _ in range(ROUNDS):
        now = look(painted, surfaces, samples)
        gap = now[0] - now[1]
        size = np.linalg.norm(gap, axis=1)
        excess = gap * np.clip(1 - allowed / np.maximum(size, 1e-6), 0, 1)[:, None] * 0.5
        if np.abs(excess).max() < UNSEEN:
            break
        for index, surface in enumerate(surfaces):
            held = [
                _splat(samples.place[side][at], move[at], surface)
                for side, move in enumerate((-excess, excess))
                for at in [samples.texture[side] == index]
            ]
            target, weight = held[0][0] + held[1][0], held[0][1] + held[1][1]
            if weight.any():
                change = _membrane(target, weight, islands[index], surface)
                painted[index] = (painted[index] + change).clip(0, 255)
    return painted


def _footprint(place: np.ndarray, surface: Surface) -> list[tuple[np.ndarray, ...]]:
    """The four texels that a bilinear sampler blends at each place: (x, y, weight)."""
    corner = np.floor(place - 0.5).astype(np.int64)
    part = place - 0.5 - corner
    found: list[tuple[np.ndarray, ...]] = []
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        weight = np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1])
        x = fold(corner[:, 0] + dx, surface.size[0], surface.wrap[0])
        y = fold(corner[:, 1] + dy, surface.size[1], surface.wrap[1])
        found.append((x, y, weight.astype(np.float32)))
    return found


def _splat(place: np.ndarray, value: np.ndarray, surface: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Sums of weighted values [H, W, 3], and of weights [H, W, 1]: the transpose of ``look``."""
    width, height = surface.size
    total, weights = np.zeros((height * width, 3), np.float32), np.zeros(height * width, np.float32)
    for x, y, weight in _footprint(place, surface):
        at = y * width + x
        weights += np.bincount(at, weight, height * width).astype(np.float32)
        for channel in range(3):
            total[:, channel] += np.bincount(at, weight * value[:, channel], height * width)
    return total.reshape(height, width, 3), weights.reshape(height, width, 1)


def _membrane(
    target: np.ndarray, weight: np.ndarray, island: np.ndarray, surface: Surface
) -> np.ndarray:
    """Minimises sum |grad c|^2 + (c / reach)^2 + HOLD weight (c - target / weight)^2, coarse to
    fine. Texels of different islands do not pull at one another."""
    wraps = [w == "repeat" for w in surface.wrap]
    links = []
    for axis, round_ in ((0, wraps[1]), (1, wraps[0])):
        after = np.roll(island, -1, axis)
        link = ((island == after) & (island >= 0)).astype(np.float32)
        if not round_:
            link[(-1,) if axis == 0 else (slice(None), -1)] = 0
        links.append(link)
    reach = max(8.0, min(surface.size) / 12)
    return _solve(target, weight, links, reach, LEVELS)


def _solve(
    target: np.ndarray, weight: np.ndarray, links: list[np.ndarray], reach: float, levels: int
) -> np.ndarray:
    height, width = weight.shape[:2]
    if levels > 1 and height % 2 == 0 and width % 2 == 0 and min(height, width) > 8:
        down, right = links
        coarse = [
            (down[1::2, ::2] + down[1::2, 1::2]) * 0.5,
            (right[::2, 1::2] + right[1::2, 1::2]) * 0.5,
        ]
        start = _solve(halve(target), halve(weight), coarse, reach / 2, levels - 1)
        change = start.repeat(2, axis=0).repeat(2, axis=1)
    else:
        change = np.zeros_like(target)
    down, right = links
    up, left = np.roll(down, 1, 0), np.roll(right, 1, 1)
    hold = HOLD * np.minimum(weight, 1.0) / np.maximum(weight, 1e-6)
    scale = 1 / (down + right + up + left + (hold * weight)[..., 0] + reach**-2)
    base = np.ascontiguousarray((scale[..., None] * hold * target).transpose(2, 0, 1))
    pulls = [scale * link for link in (down, up, right, left)]
    wide = np.pad(change.transpose(2, 0, 1), ((0, 0), (1, 1), (1, 1)), mode="wrap")
    inner = wide[:, 1:-1, 1:-1]
    near = (wide[:, 2:, 1:-1], wide[:, :-2, 1:-1], wide[:, 1:-1, 2:], wide[:, 1:-1, :-2])
    new, part = np.empty_like(base), np.empty_like(base)
    for _ in range(FINEST_SWEEPS if levels == LEVELS else SWEEPS):
        np.copyto(new, base)
        for pull, neighbour in zip(pulls, near, strict=True):
            new += np.multiply(pull, neighbour, out=part)
        inner[:] = new
        wide[:, 0], wide[:, -1] = wide[:, -2], wide[:, 1]
        wide[:, :, 0], wide[:, :, -1] = wide[:, :, -2], wide[:, :, 1]
    return np.ascontiguousarray(inner.transpose(1, 2, 0))
