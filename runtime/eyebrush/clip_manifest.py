"""The manifest of a clip: what it says, and the checks that make it safe to believe."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from eyebrush.clip_codec import COLOR_CODECS
from eyebrush.errors import InputError
from eyebrush.frame import View

FORMAT = "eyebrush-clip"
VERSION = 1
MANIFEST = "manifest.json"
EYES = ("left", "right")
MAX_SIDE_PX = 8192
MAX_FRAMES = 100_000
FIX = "record it again, or take the clip that eyebrush ships"


def color_name(frame: int, eye: int, codec: str) -> str:
    """Name of a colour picture inside the container."""
    return f"color/{frame:05d}.{EYES[eye]}.{codec}"


def depth_name(frame: int, eye: int) -> str:
    """Name of a depth picture inside the container."""
    return f"depth/{frame:05d}.{EYES[eye]}.iz16"


@dataclass(frozen=True)
class ClipInfo:
    """What a person wants to know about a clip; free text, all of it."""

    title: str
    scene: str = ""
    engine: str = ""
    runtime: str = ""
    licence: str = ""
    recorded: str = ""


@dataclass(frozen=True)
class DepthFormat:
    """Size of the depth pictures, and the step of their inverse depth in 1/m."""

    width_px: int
    height_px: int
    inverse_step_per_m: float


@dataclass(frozen=True)
class FrameEntry:
    """When a frame was shown, and where its two eyes looked from."""

    display_time_ns: int
    views: tuple[View, View]


@dataclass(frozen=True)
class Manifest:
    """Everything of a clip except its pixels."""

    info: ClipInfo
    width_px: int
    height_px: int
    color: str
    depth: DepthFormat | None
    frames: tuple[FrameEntry, ...]

    def to_json(self) -> bytes:
        """The bytes of ``manifest.json``."""
        body = asdict(self)
        body = {"format": FORMAT, "version": VERSION, **body.pop("info"), **body}
        return json.dumps(body, allow_nan=False, separators=(",", ":")).encode()


def _bad(got: str, wanted: str) -> InputError:
    return InputError(got=f"a clip manifest with {got}", wanted=wanted, fix=FIX)


def _get(table: Mapping[str, object], name: str, where: str = "") -> object:
    if name not in table:
        raise _bad(f"no {where}{name}", f"the key {name!r}")
    return table[name]


def _whole(value: object, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _bad(f"{name}={_short(value)}", f"a whole number from {low} to {high}")
    return value


def _numbers(value: object, name: str, count: int) -> tuple[float, ...]:
    ok = isinstance(value, list) and len(value) == count
    ok = ok and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value)  # type: ignore[attr-defined]
    if not ok or not all(abs(v) < 1e9 for v in value):  # type: ignore[attr-defined]
        raise _bad(f"{name}={_short(value)}", f"{count} finite numbers")
    return tuple(float(v) for v in value)  # type: ignore[attr-defined]


def _short(value: object) -> str:
    text = repr(value) if not isinstance(value, int) or abs(value) < 1 << 64 else "a huge number"
    return text if len(text) <= 60 else text[:57] + "..."


def _table(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _bad(f"{name}={_short(value)}", "a JSON object")
    return value


def _view(value: object, where: str) -> View:
    table = _table(value, where)
    q = _numbers(_get(table, "orientation_xyzw", f"{where} "), f"{where} orientation_xyzw", 4)
    p = _numbers(_get(table, "position_m", f"{where} "), f"{where} position_m", 3)
    f = _numbers(_get(table, "fov_rad", f"{where} "), f"{where} fov_rad", 4)
    if abs(math.hypot(*q) - 1) > 1e-3:
        raise _bad(f"{where} orientation_xyzw={q}", "a unit quaternion")
    return View((q[0], q[1], q[2], q[3]), (p[0], p[1], p[2]), (f[0], f[1], f[2], f[3]))


def _frames(value: object) -> tuple[FrameEntry, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_FRAMES:
        count = len(value) if isinstance(value, list) else _short(value)
        raise _bad(f"frames: {count}", f"a list of 1 to {MAX_FRAMES} frames")
    entries: list[FrameEntry] = []
    for i, item in enumerate(value):
        where = f"frame {i}"
        table = _table(item, where)
        low = entries[-1].display_time_ns + 1 if entries else 0
        time_ns = _get(table, "display_time_ns", f"{where} ")
        time_ns = _whole(time_ns, f"{where} display_time_ns", low, (1 << 63) - 1)
        views = _get(table, "views", f"{where} ")
        if not isinstance(views, list) or len(views) != 2:
            raise _bad(f"{where} views={_short(views)}", "two views, left and right")
        left, right = (_view(v, f"{where} view {k}") for k, v in enumerate(views))
        entries.append(FrameEntry(time_ns, (left, right)))
    return tuple(entries)


def _depth(value: object) -> DepthFormat | None:
    if value is None:
        return None
    table = _table(value, "depth")
    step = _numbers([_get(table, "inverse_step_per_m", "depth ")], "inverse_step_per_m", 1)[0]
    if not 1e-9 <= step <= 1.0:
        raise _bad(f"inverse_step_per_m={step}", "a number from 1e-9 to 1")
    width, height = (
        _whole(_get(table, key, "depth "), f"depth {key}", 1, MAX_SIDE_PX)
        for key in ("width_px", "height_px")
    )
    return DepthFormat(width, height, step)


def parse_manifest(data: bytes) -> Manifest:
    """Bytes of ``manifest.json`` -> :class:`Manifest`; anything unsound is an InputError."""

    def constant(name: str) -> float:
        raise ValueError(f"{name} is not a number that JSON knows")

    try:
        parsed: object = json.loads(data.decode("utf-8"), parse_constant=constant)
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        raise _bad(f"text that is not JSON ({reason})", "UTF-8 JSON") from None
    body = _table(parsed, "the whole")
    if _get(body, "format") != FORMAT:
        raise _bad(f"format={_short(body['format'])}", f"format {FORMAT!r}")
    version = _get(body, "version")
    if version != VERSION or isinstance(version, bool):
        raise _bad(
            f"version={_short(version)}",
            f"version {VERSION}, the one that this eyebrush reads",
        )
    texts = {f.name: body.get(f.name, "") for f in fields(ClipInfo)}
    for name, text in texts.items():
        if not isinstance(text, str):
            raise _bad(f"{name}={_short(text)}", "text")
    color = _get(body, "color")
    if color not in COLOR_CODECS:
        raise _bad(f"color={_short(color)}", f"one of {', '.join(COLOR_CODECS)}")
    return Manifest(
        info=ClipInfo(**{name: str(text) for name, text in texts.items()}),
        width_px=_whole(_get(body, "width_px"), "width_px", 1, MAX_SIDE_PX),
        height_px=_whole(_get(body, "height_px"), "height_px", 1, MAX_SIDE_PX),
        color=str(color),
        depth=_depth(_get(body, "depth")),
        frames=_frames(_get(body, "frames")),
    )
