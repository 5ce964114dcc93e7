"""How a texture lies on the surfaces of a model: covered texels, UV islands, seams.

A *seam* is an edge of the mesh whose two triangles have it at different places of the texture
(or on two textures): points that are one on the model, and two on the texture.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from eyebrush.retexture.raster import texels
from eyebrush.retexture.texture import Wrap

SAME_TEXELS = 0.01  # UVs nearer than that are one place
WIDE_TILES = 2.0  # a triangle that spans more tiles covers all that it can reach


@dataclass
class Surface:
    """The triangles that show one texture.

    uv: [T, 3, 2] float64, u right and v down, one tile is 0..1; point: [T, 3] int64, equal where
    corners are at one place of one mesh; wrap: of the sampler, along u and v.
    """

    uv: np.ndarray
    point: np.ndarray
    wrap: tuple[Wrap, Wrap]
    size: tuple[int, int]  # width, height of the texture
    island: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))  # [T]

    def __post_init__(self) -> None:
        a, b, c = self.point.T
        real = (a != b) & (b != c) & (c != a)  # others are lines or points: they show nothing
        self.uv, self.point = self.uv[real], self.point[real]
        self.island = _islands(self.uv, self.point)

    @property
    def corners(self) -> np.ndarray:
        """uv in texels."""
        return self.uv * np.array(self.size, np.float64)


@dataclass
class Seams:
    """Lines on textures that are one line on the model; the same number of each on both sides.

    texture: [2, N] int64 which texture; uv: [2, N, 2 (from, to), 2] float64, in tiles; apex:
    [2, N, 2] the third corner of either triangle, on whose side its island lies.
    """

    texture: np.ndarray
    uv: np.ndarray
    apex: np.ndarray
    round: list[tuple[bool, bool]]  # for each texture: a mesh goes on across the border of a tile


def island_map(surface: Surface) -> np.ndarray:
    """[H, W] int64: the island that covers each texel's centre, -1 for none."""
    width, height = surface.size
    out = np.full((height, width), -1, np.int64)
    corners = surface.corners
    span = np.ptp(surface.uv, axis=1).max(axis=1) if len(corners) else np.zeros(0)
    for k in np.nonzero(span > WIDE_TILES)[0]:
        (x0, y0), (x1, y1) = np.floor(corners[k].min(axis=0)), np.ceil(corners[k].max(axis=0))
        xs = fold(np.arange(x0, min(x1, x0 + width)).astype(np.int64), width, surface.wrap[0])
        ys = fold(np.arange(y0, min(y1, y0 + height)).astype(np.int64), height, surface.wrap[1])
        out[np.ix_(ys, xs)] = surface.island[k]
    narrow = np.nonzero(span <= WIDE_TILES)[0]
    seen = np.zeros(len(narrow), bool)
    for which, x, y, _ in texels(corners[narrow]):
        seen[which] = True
        x, y = fold(x, width, surface.wrap[0]), fold(y, height, surface.wrap[1])
        out[y, x] = surface.island[narrow[which]]
    # Too thin to cover a centre, or all in one point (palettes): the texels that are shown there.
    thin = narrow[~seen]
    for place in (*np.moveaxis(corners[thin], 1, 0), corners[thin].mean(axis=1)):
        for shift in ((0, 0), (1, 0), (0, 1), (1, 1)):
            x, y = np.floor(place - 0.5).astype(np.int64).T + np.array(shift)[:, None]
            x, y = fold(x, width, surface.wrap[0]), fold(y, height, surface.wrap[1])
            free = out[y, x] < 0
            out[y[free], x[free]] = surface.island[thin][free]
    return out


def grow(island: np.ndarray, rings: int, wraps: tuple[bool, bool]) -> np.ndarray:
    """The map with every island wider by so many texels; the first to come has a texel."""
    for _ in range(rings):
        for axis, goes_round in ((0, wraps[1]), (1, wraps[0])):
            was = island
            for step in (1, -1):
                near = np.roll(was, step, axis)
                if not goes_round:
                    edge = 0 if step == 1 else -1
                    near[(edge,) if axis == 0 else (slice(None), edge)] = -1
                island = np.where(island < 0, near, island)
    return island


def find_seams(surfaces: list[Surface]) -> Seams:
    """Pairs of half-edges between the same two points whose UVs differ."""
    parts = []
    for index, s in enumerate(surfaces):
        for k in range(3):
            ends = s.point[:, [k, (k + 1) % 3]]
            uv = s.uv[:, [k, (k + 1) % 3]]
            turn = ends[:, 0] > ends[:, 1]
            ends[turn], uv[turn] = ends[turn, ::-1], uv[turn, ::-1]
            parts.append((ends, uv, s.uv[:, (k + 2) % 3], np.full(len(ends), index)))
    ends, uv, apex, texture = (np.concatenate(p) for p in zip(*parts, strict=True))
    _, edge = np.unique(ends, axis=0, return_inverse=True)
    order = np.argsort(edge.ravel(), kind="stable")
    edge, uv, apex, texture = edge.ravel()[order], uv[order], apex[order], texture[order]
    first = np.searchsorted(edge, edge)  # of each edge's half-edges
    other = np.nonzero(first != np.arange(len(edge)))[0]
    a, b = first[other], other

    sizes = np.array([s.size for s in surfaces], np.float64)
    apart = np.abs(uv[a] - uv[b]) * sizes[texture[a]][:, None]
    differ = (texture[a] != texture[b]) | (apart > SAME_TEXELS).any(axis=(1, 2))
    a, b = a[differ], b[differ]
    tiles = np.rint(uv[a] - uv[b])
    folded = np.abs(uv[a] - uv[b] - tiles) * sizes[texture[a]][:, None]
    repeats = np.array([[w == "repeat" for w in s.wrap] for s in surfaces])
    allowed = (tiles == 0) | repeats[texture[a]][:, None]
    equal = (texture[a] == texture[b]) & (folded <= SAME_TEXELS).all((1, 2)) & allowed.all((1, 2))
    round_ = [_goes_round(s, tiles[equal & (texture[a] == i)]) for i, s in enumerate(surfaces)]
    a, b = a[~equal], b[~equal]
    pair = np.stack([a, b])
    return Seams(texture[pair], uv[pair], apex[pair], round_)


def _goes_round(surface: Surface, tiles: np.ndarray) -> tuple[bool, bool]:
    """Whether a repeating texture is really seen across its border, along u and v."""
    found = []
    for axis in range(2):
        margin = 0.5 / surface.size[axis]
        whole = np.floor(surface.uv[..., axis].min(axis=1) + margin)
        crosses = (surface.uv[..., axis].max(axis=1) > whole + 1 + margin).any()
        joined = bool((tiles[..., axis] != 0).any()) if len(tiles) else False
        found.append(surface.wrap[axis] == "repeat" and bool(crosses or joined))
    return found[0], found[1]


def _islands(uv: np.ndarray, point: np.ndarray) -> np.ndarray:
    """[T]: triangles that share a corner, on the model and on the texture, are one island."""
    if not len(uv):
        return np.zeros(0, np.int64)
    rows = np.column_stack([point.reshape(-1, 1), np.rint(uv.reshape(-1, 2) * 65536)])
    _, corner = np.unique(rows.astype(np.int64), axis=0, return_inverse=True)
    corner = corner.reshape(-1, 3)
    label = np.arange(corner.max() + 1)
    while True:  # the smallest label wins; each round also jumps to the label's own label
        lowest = label[corner].min(axis=1)
        before = label.copy()
        for k in range(3):
            np.minimum.at(label, corner[:, k], lowest)
        label = label[label]
        if (label == before).all():
            return label[corner[:, 0]]


def fold(index: np.ndarray, size: int, wrap: Wrap) -> np.ndarray:
    """Texels beyond the border, as the sampler takes them."""
    if wrap == "repeat":
        return index % size
    if wrap == "mirror":
        index = index % (2 * size)
        return np.where(index < size, index, 2 * size - 1 - index)
    return index.clip(0, size - 1)
