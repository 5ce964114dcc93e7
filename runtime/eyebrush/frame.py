"""Plain value types that travel between the rooms: views, eye frames, style fields.

Eyes are always ordered left, right. Arrays that hold both eyes have the eye as first
axis (``E`` is 1 for mono, 2 for stereo). Angles are radians, lengths metres, times
nanoseconds. The coordinate system is OpenXR's: +x right, +y up, -z forward.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from eyebrush.errors import InputError


@dataclass(frozen=True)
class View:
    """Where one eye looked from, as in ``XrView`` (OpenXR 1.1, section 7.4).

    orientation_xyzw: unit quaternion, eye space -> world space.
    position_m:       eye position in world space, metres.
    fov_rad:          (left, right, up, down) signed half angles; left and down are negative
                      for an ordinary view (``XrFovf``).
    """

    orientation_xyzw: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    position_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    fov_rad: tuple[float, float, float, float] = (-0.785, 0.785, 0.785, -0.785)

    def __post_init__(self) -> None:
        for name, count in (("orientation_xyzw", 4), ("position_m", 3), ("fov_rad", 4)):
            value = getattr(self, name)
            if len(value) != count or not all(math.isfinite(v) for v in value):
                raise InputError(
                    got=f"{name}={value!r}",
                    wanted=f"{count} finite numbers",
                    fix="check the pose that the engine or the clip hands over",
                )
        if math.hypot(*self.orientation_xyzw) < 1e-6:
            raise InputError(
                got=f"orientation_xyzw={self.orientation_xyzw!r}",
                wanted="a quaternion of length 1",
                fix="an unrotated eye is (0, 0, 0, 1)",
            )
        left, right, up, down = self.fov_rad
        if not (-1.56 < left < right < 1.56 and -1.56 < down < up < 1.56):
            raise InputError(
                got=f"fov_rad={self.fov_rad!r}",
                wanted="-pi/2 < left < right < pi/2 and -pi/2 < down < up < pi/2",
                fix="the order is (left, right, up, down), in radians",
            )

    def rotation(self) -> np.ndarray:
        """Eye space -> world space, [3, 3] float64."""
        length = math.hypot(*self.orientation_xyzw)
        x, y, z, w = (part / length for part in self.orientation_xyzw)
        return np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )

    def uv_to_ray(self) -> np.ndarray:
        """[3, 3]: (u, v, 1), u right and v down in 0..1, -> ray (x, y, -1) in eye space."""
        left, right, up, down = (math.tan(a) for a in self.fov_rad)
        return np.array([[right - left, 0.0, left], [0.0, down - up, up], [0.0, 0.0, -1.0]])

    def ray_to_uv(self) -> np.ndarray:
        """[3, 3], the inverse of ``uv_to_ray``: ray in eye space -> (u, v, 1) times -z."""
        left, right, up, down = (math.tan(a) for a in self.fov_rad)
        across, along = right - left, down - up
        return np.array(
            [[1 / across, 0.0, left / across], [0.0, 1 / along, up / along], [0.0, 0.0, -1.0]]
        )

    @cached_property
    def uv_to_world(self) -> np.ndarray:
        """[3, 3]: ``uv_to_ray``, turned into world space."""
        return self.rotation() @ self.uv_to_ray()

    @cached_property
    def world_to_uv(self) -> np.ndarray:
        """[3, 3], its inverse: a direction in world space -> (u, v, 1) times a factor."""
        return self.ray_to_uv() @ self.rotation().T


def reprojection(frame: View, field_view: View) -> tuple[np.ndarray, np.ndarray]:
    """Where a pixel of ``frame`` lies in the picture that a field was made from.

    Returns (matrix [3, 3], parallax [3]), float64. For a pixel (u, v) of the frame at
    distance ``depth_m`` along the view axis::

        (u', v', w') = matrix @ (u, v, 1) + parallax / depth_m;   uv_field = (u', v') / w'

    Leave ``parallax`` out for rotation-only reprojection. The matrix is
    K_field R_field^T R_frame K_frame^-1 (Hartley & Zisserman, Multiple View Geometry, 13.1).
    """
    moved = np.subtract(frame.position_m, field_view.position_m)
    return field_view.world_to_uv @ frame.uv_to_world, field_view.world_to_uv @ moved


def reprojections(
    views: tuple[View, ...], field_views: tuple[View, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """``reprojection`` of every eye: matrices [E, 3, 3] and parallaxes [E, 3]."""
    pairs = [reprojection(a, b) for a, b in zip(views, field_views, strict=True)]
    return np.array([m for m, _ in pairs]), np.array([p for _, p in pairs])


@dataclass(frozen=True)
class EyeFrames:
    """One displayed frame of an engine: all eyes at once.

    color:  [E, H, W, 3 or 4] uint8, sRGB-encoded, row 0 on top; alpha is carried through.
    views:  E views, or empty where the picture has no pose (photographs).
    display_time_ns: predicted display time of the frame.
    depth_m: optional [E, h, w] float32, distance along the view axis (not the ray) in metres,
             any smaller size; +inf for the sky.
    """

    color: np.ndarray
    views: tuple[View, ...] = ()
    display_time_ns: int = 0
    depth_m: np.ndarray | None = None

    def __post_init__(self) -> None:
        c = self.color
        if not isinstance(c, np.ndarray) or c.ndim != 4 or c.dtype != np.uint8:
            raise InputError(
                got=f"color {getattr(c, 'dtype', type(c).__name__)} {getattr(c, 'shape', '')}",
                wanted="uint8 array of shape [eyes, height, width, 3 or 4]",
                fix="a single picture is color[None]",
            )
        if c.shape[0] not in (1, 2) or c.shape[3] not in (3, 4) or 0 in c.shape:
            raise InputError(
                got=f"color of shape {list(c.shape)}",
                wanted="1 or 2 eyes, 3 or 4 channels, at least one pixel",
                fix="order the axes as [eyes, height, width, channels]",
            )
        if self.views and len(self.views) != c.shape[0]:
            raise InputError(
                got=f"{len(self.views)} views for {c.shape[0]} eyes",
                wanted="one view for each eye, or none",
                fix="pass views=() where there is no pose",
            )

    def eyes(self, part: slice) -> EyeFrames:
        """Some of the eyes; shares the arrays' memory."""
        depth_m = None if self.depth_m is None else self.depth_m[part]
        return replace(self, color=self.color[part], views=self.views[part], depth_m=depth_m)


FIELD_STAGES = ("ingest", "tone", "network", "calm")  # of a field that a Stylizer makes


@dataclass(frozen=True)
class StyleField:
    """Everything needed to restyle full-resolution frames cheaply (docs/design: the style field).

    grid:    [E, 12, D, Gh, Gw] float32. Bilateral grid of 3x4 affine colour transforms, row
             major (r<-r, r<-g, r<-b, r<-1, g<-r, ...); D bins over luma 0..1 (Chen et al. 2007).
    strokes: [E, Hs, Ws, 4] uint8: sRGB colour and blend mask of the brush-stroke layer.
    extent:  (u, v): share of the field that the picture covers; the network works on sizes
             rounded up, so that the picture's right and bottom edges lie at ``extent``.
    views:   views of the frame it was made from (may be empty), and its display time.
    stage_ns: how long each stage took to make it (FIELD_STAGES).
    """

    grid: np.ndarray
    strokes: np.ndarray
    extent: tuple[float, float] = (1.0, 1.0)
    views: tuple[View, ...] = ()
    display_time_ns: int = 0
    stage_ns: dict[str, int] = field(default_factory=dict)

    def eyes(self, part: slice) -> StyleField:
        """The field of some of the eyes; shares the arrays' memory."""
        return replace(
            self, grid=self.grid[part], strokes=self.strokes[part], views=self.views[part]
        )
