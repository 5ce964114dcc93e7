"""The messages of the bridge as numpy records: the C structs of eyebrush_bridge.h, byte by byte.

Importing this file checks every size against the native library, so that the two cannot drift.
"""

from __future__ import annotations

import numpy as np

from eyebrush._core import bridge as core
from eyebrush.frame import View

TEXT, REASON, NAME = "S128", "S256", "S48"


def _struct(*fields: tuple[str, object] | tuple[str, object, int]) -> np.dtype:
    return np.dtype(list(fields), align=True)


VIEW = _struct(
    ("orientation_xyzw", "<f4", 4),
    ("position_m", "<f4", 3),
    ("fov_rad", "<f4", 4),
    ("reserved", "<u4"),
)
FRAME = _struct(
    ("frame_id", "<u8"),
    ("display_time_ns", "<i8"),
    ("publish_ns", "<i8"),
    ("eyes", "<u4"),
    ("width_px", "<u4"),
    ("height_px", "<u4"),
    ("color_width_px", "<u4"),
    ("color_height_px", "<u4"),
    ("depth_width_px", "<u4"),
    ("depth_height_px", "<u4"),
    ("reserved", "<u4"),
    ("extent", "<f4", 2),
    ("views", VIEW, 2),
)
FIELD = _struct(
    ("frame_id", "<u8"),
    ("display_time_ns", "<i8"),
    ("frame_publish_ns", "<i8"),
    ("publish_ns", "<i8"),
    ("kind", "<u4"),
    ("eyes", "<u4"),
    ("grid_bins", "<u4"),
    ("grid_height", "<u4"),
    ("grid_width", "<u4"),
    ("strokes_width_px", "<u4"),
    ("strokes_height_px", "<u4"),
    ("pixels_width_px", "<u4"),
    ("pixels_height_px", "<u4"),
    ("strength", "<f4"),
    ("extent", "<f4", 2),
    ("views", VIEW, 2),
    ("ingest_ns", "<u8"),
    ("tone_ns", "<u8"),
    ("network_ns", "<u8"),
    ("composite_ns", "<u8"),
    ("status", TEXT),
)
CONTROL = _struct(
    ("mode", "<u4"),
    ("paused", "<u4"),
    ("strength", "<f4"),
    ("has_strength", "<u4"),
    ("mix", "<f4"),
    ("code_count", "<u4"),
    ("tone_out", "<f4", 12),
    ("style", TEXT),
    ("mix_style", TEXT),
    ("network", TEXT),
    ("calm", "<f4"),
    ("detail", "<f4"),
    ("has_calm", "<u4"),
    ("has_detail", "<u4"),
)
REPORT = _struct(
    ("state", "<u4"),
    ("fields_per_s", "<f4"),
    ("fields_made", "<u8"),
    ("frames_skipped", "<u8"),
    ("field_ns", "<u8"),
    ("style", TEXT),
    ("backend", TEXT),
    ("reason", REASON),
    ("head_eyes", "<u4"),
    ("reserved", "<u4"),
    ("head_display_time_ns", "<i8"),
    ("head", VIEW, 2),
)
STATUS = _struct(
    ("link", "<u4"),
    ("runtime_pid", "<u4"),
    ("silent_ns", "<i8"),
    ("frames_published", "<u8"),
    ("fields_skipped", "<u8"),
    ("fields_torn", "<u8"),
    ("report", REPORT),
)
SESSION_INFO = _struct(
    ("name", NAME),
    ("engine", TEXT),
    ("problem", "<i4"),
    ("engine_live", "<u4"),
    ("runtime_live", "<u4"),
    ("engine_pid", "<u4"),
    ("runtime_pid", "<u4"),
    ("major", "<u4"),
    ("minor", "<u4"),
    ("features", "<u4"),
    ("session_id", "<u8"),
    ("region_bytes", "<u8"),
)
ENGINE_CONFIG = _struct(
    ("name", NAME),
    ("engine", TEXT),
    ("max_width_px", "<u4"),
    ("max_height_px", "<u4"),
    ("max_eyes", "<u4"),
    ("features", "<u4"),
)

# The order of eb_struct_bytes; 2 and 4 are pointers, which no message holds.
CHECKED = {0: VIEW, 1: FRAME, 3: FIELD, 5: CONTROL, 6: REPORT, 7: STATUS, 8: SESSION_INFO}
CHECKED[9] = ENGINE_CONFIG
for _which, _dtype in CHECKED.items():
    if core.struct_bytes(_which) != _dtype.itemsize:
        raise ImportError(
            f"got a native core with {core.struct_bytes(_which)} bytes in bridge struct {_which}; "
            f"wanted {_dtype.itemsize}; fix: pip install --force-reinstall eyebrush"
        )


def text(value: bytes) -> str:
    """A text of a message."""
    return value.decode("utf-8", "replace")


def clipped(value: str, size: int) -> bytes:
    """A text that fits ``size`` bytes with its final 0, cut between characters."""
    return value.encode()[: size - 1].decode("utf-8", "ignore").encode()


def put_views(record: np.ndarray, views: tuple[View, ...]) -> None:
    """Views of a frame into the ``views`` of a message; none leaves it zero."""
    for place, view in zip(record, views, strict=False):
        place["orientation_xyzw"] = view.orientation_xyzw
        place["position_m"] = view.position_m
        place["fov_rad"] = view.fov_rad


def take_views(record: np.ndarray, eyes: int) -> tuple[View, ...]:
    """The other way; all zero means no views. The native library has checked the ranges."""
    if not record["orientation_xyzw"][:eyes].any():
        return ()
    return tuple(
        View(*(tuple(view[key].tolist()) for key in ("orientation_xyzw", "position_m", "fov_rad")))
        for view in record[:eyes]
    )
