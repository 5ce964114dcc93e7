"""The shared-memory bridge: sessions between an engine and the runtime.

What travels, and what happens when either side dies, is in engine_bridge/PROTOCOL.md; the ring
itself is the C code there. An engine in Python (tools, tests) is :class:`EngineSession`; the
runtime's side, which ``eyebrush serve`` uses, is :class:`RuntimeSession`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType

import numpy as np

from eyebrush import bridge_structs as structs
from eyebrush._core import bridge as core
from eyebrush.errors import BridgeError, InputError
from eyebrush.frame import EyeFrames, StyleField, View

OK, NOTHING, TORN, PEER_GONE, ARGUMENT, MISSING = 0, 1, 2, 3, -1, -3  # EB_... of the C header
DEPTH, PIXELS = 1, 2  # EB_FEATURE_...
LINKS = ("none", "live", "stalled", "lost")
STATES = ("starting", "running", "paused", "failed")
STAGES = ("ingest", "tone", "network", "composite")


class PeerGone(BridgeError):  # noqa: N818 - an ordinary event in the life of a session
    """The other side closed the session or died."""


@dataclass(frozen=True)
class SessionInfo:
    """One session as ``sessions()`` finds it. problem: why it cannot be used, or ""."""

    name: str
    engine: str
    problem: str
    engine_live: bool
    runtime_live: bool
    engine_pid: int
    runtime_pid: int
    version: str
    region_bytes: int
    session_id: int

    @property
    def leftover(self) -> bool:
        """No engine holds it; ``remove`` may take it away."""
        return not self.engine_live


DIALS = ("strength", "calm", "detail")  # of a Control; None leaves one to the runtime


@dataclass(frozen=True)
class Control:
    """What an engine wants. style, mix_style: names, "" for the runtime's own; strength, calm and
    detail: 0..1, or None for the runtime's own; code, tone_out, network: a style of the engine's
    own instead of names."""

    style: str = ""
    mix_style: str = ""
    mix: float = 0.0
    strength: float | None = None
    pixels: bool = False
    paused: bool = False
    code: np.ndarray | None = None
    tone_out: np.ndarray | None = None
    network: str = ""
    calm: float | None = None
    detail: float | None = None


@dataclass(frozen=True)
class Report:
    """What a runtime says of itself. state: one of STATES. head: the views that a runtime which
    owns the headset wants to see drawn for a time; empty where the engine owns it."""

    state: str = "starting"
    reason: str = ""
    style: str = ""
    backend: str = ""
    fields_per_s: float = 0.0
    fields_made: int = 0
    frames_skipped: int = 0
    field_ns: int = 0
    head: tuple[View, ...] = ()
    head_display_time_ns: int = 0


@dataclass(frozen=True)
class Status:
    """What an engine knows of its runtime. link: one of LINKS."""

    link: str
    runtime_pid: int
    silent_ns: int
    frames_published: int
    fields_skipped: int
    fields_torn: int
    report: Report


@dataclass(frozen=True)
class Frame:
    """A frame in a slot of the region: its arrays change once it is released.

    frames.color: [E, h, w, 4] uint8, at 1/4 of the eye's size, or the eye itself where ``small`` is
    False; size: (height, width) of the eye buffer; extent: share (u, v) of color that shows it.
    """

    frames: EyeFrames
    size: tuple[int, int]
    frame_id: int
    publish_ns: int
    extent: tuple[float, float]

    @property
    def small(self) -> bool:
        return self.frames.color.shape[1:3] != self.size


@dataclass(frozen=True)
class Made:
    """A finished field as an engine got it: copies. Either ``field`` or ``pixels`` is there."""

    frame_id: int
    frame_publish_ns: int
    publish_ns: int
    strength: float
    status: str
    stage_ns: dict[str, int]
    field: StyleField | None
    pixels: np.ndarray | None


def check(status: int) -> int:
    """A status that is no error; else raise InputError (a wrong argument) or BridgeError."""
    if status >= 0:
        return status
    message = core.last_message()
    got, _, rest = message.removeprefix("got ").partition("; wanted ")
    wanted, _, fix = rest.partition("; fix: ")
    if status == ARGUMENT and fix:
        raise InputError(got=got, wanted=wanted, fix=fix)
    raise BridgeError(message, core.status_text(status))


def sessions() -> list[SessionInfo]:
    """Every session of this user, leftovers included, by name. Raises BridgeError."""
    status, data = core.list_sessions()
    check(status)
    found = [_session_info(record) for record in np.frombuffer(data, structs.SESSION_INFO)]
    return sorted(found, key=lambda info: info.name)


def remove(name: str) -> None:
    """Remove a leftover. Raises BridgeError if a live engine holds it or it is not ours."""
    check(core.remove(name))


class EngineSession:
    """The engine's side, for tools and tests. Opening it makes the session.

    name: must be free among the user's live sessions; engine: what people see.
    width_px, height_px, eyes: the largest eye buffers that this session has room for.
    depth, pixels: room for depth, and for full frames both ways.
    Raises InputError, BridgeError.
    """

    def __init__(
        self,
        name: str,
        width_px: int,
        height_px: int,
        eyes: int = 2,
        *,
        engine: str = "python",
        depth: bool = False,
        pixels: bool = False,
    ) -> None:
        config = np.zeros((), structs.ENGINE_CONFIG)
        config["name"] = name.replace("\0", "?").encode()  # cut if too long, and refused for it
        config["engine"] = structs.clipped(engine, 128)
        config["max_width_px"], config["max_height_px"] = width_px, height_px
        config["max_eyes"] = eyes
        config["features"] = DEPTH * depth + PIXELS * pixels
        self._core = core.Engine()
        check(self._core.open(config))

    def send(
        self,
        frames: EyeFrames,
        size: tuple[int, int],
        frame_id: int,
        extent: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        """Publish a frame. frames.color: 1/4 of ``size`` (height, width), or all of it."""
        color, depth = frames.color, frames.depth_m
        message = np.zeros((), structs.FRAME)
        message["frame_id"] = frame_id
        message["display_time_ns"] = frames.display_time_ns
        message["eyes"] = color.shape[0]
        message["height_px"], message["width_px"] = size
        message["color_height_px"], message["color_width_px"] = color.shape[1:3]
        if depth is not None:
            message["depth_height_px"], message["depth_width_px"] = depth.shape[1:]
        message["extent"] = extent
        structs.put_views(message["views"], frames.views)
        status, planes = self._core.begin_frame(message)
        check(status)
        if color.shape[3] == 4:
            np.copyto(planes[0], color)
        else:
            planes[0][..., :3], planes[0][..., 3] = color, 255
        if depth is not None:
            planes[1][:] = depth
        check(self._core.publish())

    def wait(self, timeout_s: float) -> bool:
        """Sleep until a newer field is there; False on timeout."""
        return check(self._core.wait_field(round(timeout_s * 1e9))) == OK

    def field(self) -> Made | None:
        """The newest field, copied; None unless it is newer than the last. Raises BridgeError."""
        status, data, planes = self._core.acquire_field()
        if check(status) != OK:
            return None
        m = np.frombuffer(data, structs.FIELD)[0]
        grid, strokes, pixels = [None if p is None else p.copy() for p in planes]
        del planes
        if self._core.release_field() != OK:
            return None
        stages = {name: int(m[f"{name}_ns"]) for name in STAGES}
        made = None
        if grid is not None and strokes is not None:
            extent = (float(m["extent"][0]), float(m["extent"][1]))
            views = structs.take_views(m["views"], int(m["eyes"]))
            made = StyleField(grid, strokes, extent, views, int(m["display_time_ns"]), stages)
        return Made(
            int(m["frame_id"]),
            int(m["frame_publish_ns"]),
            int(m["publish_ns"]),
            float(m["strength"]),
            structs.text(m["status"]),
            stages,
            made,
            pixels,
        )

    def set_control(self, control: Control) -> None:
        """Say what this engine wants; holds until the next call. Raises InputError."""
        message = np.zeros((), structs.CONTROL)
        message["mode"], message["paused"] = control.pixels, control.paused
        message["mix"] = control.mix
        for dial in DIALS:
            value = getattr(control, dial)
            message[f"has_{dial}"] = value is not None
            message[dial] = value or 0.0
        for key in ("style", "mix_style", "network"):
            message[key] = structs.clipped(getattr(control, key), 128)
        code = np.empty(0, np.float32) if control.code is None else control.code
        message["code_count"] = code.size
        if control.tone_out is not None:
            message["tone_out"] = control.tone_out.reshape(12)
        check(self._core.set_control(message, np.ascontiguousarray(code, np.float32)))

    def status(self) -> Status:
        """How the runtime is. Never waits."""
        m = np.frombuffer(self._core.status(), structs.STATUS)[0]
        r = m["report"]
        report = Report(
            STATES[r["state"]],
            structs.text(r["reason"]),
            structs.text(r["style"]),
            structs.text(r["backend"]),
            float(r["fields_per_s"]),
            int(r["fields_made"]),
            int(r["frames_skipped"]),
            int(r["field_ns"]),
            structs.take_views(r["head"], int(r["head_eyes"])),
            int(r["head_display_time_ns"]),
        )
        return Status(
            LINKS[m["link"]],
            int(m["runtime_pid"]),
            int(m["silent_ns"]),
            int(m["frames_published"]),
            int(m["fields_skipped"]),
            int(m["fields_torn"]),
            report,
        )

    def close(self) -> None:
        """End the session and remove it."""
        self._core.close()

    def __enter__(self) -> EngineSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.close()


class RuntimeSession:
    """The runtime's side of one engine's session. While it is open its heart beats by itself.

    One thread calls ``wait``, ``acquire`` and ``release``; the same or another one the rest.
    Raises InputError, BridgeError; PeerGone if its engine is dead.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._core = core.Runtime()
        self._alive(self._core.attach(name.replace("\0", "?")))
        self.info = _session_info(np.frombuffer(self._core.info(), structs.SESSION_INFO)[0])

    def wait(self, timeout_s: float) -> bool:
        """Sleep until a newer frame is there; False on timeout. Raises PeerGone."""
        return self._alive(self._core.wait_frame(round(timeout_s * 1e9))) == OK

    def acquire(self) -> Frame | None:
        """The newest frame, in place; None if there is none newer. Then ``release`` it."""
        status, data, planes = self._core.acquire_frame()
        if check(status) != OK:
            return None
        m = np.frombuffer(data, structs.FRAME)[0]
        views = structs.take_views(m["views"], int(m["eyes"]))
        frames = EyeFrames(planes[0], views, int(m["display_time_ns"]), planes[1])
        size = (int(m["height_px"]), int(m["width_px"]))
        extent = (float(m["extent"][0]), float(m["extent"][1]))
        return Frame(frames, size, int(m["frame_id"]), int(m["publish_ns"]), extent)

    def release(self) -> bool:
        """Give the frame back. False: it changed while it was read; forget what came of it."""
        return check(self._core.release_frame()) == OK

    def publish_field(
        self, frame: Frame, made: StyleField, strength: float, status: str = ""
    ) -> None:
        """Publish a field made from ``frame``; its arrays are copied into the region."""
        message = self._message(frame, made.stage_ns, strength, status)
        message["eyes"], _, *grid = made.grid.shape
        message["grid_bins"], message["grid_height"], message["grid_width"] = grid
        message["strokes_height_px"], message["strokes_width_px"] = made.strokes.shape[1:3]
        message["extent"] = made.extent
        status_code, planes = self._core.begin_field(message)
        check(status_code)
        np.copyto(planes[0], made.grid)
        np.copyto(planes[1], made.strokes)
        check(self._core.publish())

    def begin_pixels(self, frame: Frame) -> np.ndarray:
        """Where to write the finished frame, [E, H, W, 4] uint8; then call ``publish_pixels``."""
        pixels: np.ndarray = self._begin_pixels(frame, {}, 0.0)
        return pixels

    def publish_pixels(self, frame: Frame, stage_ns: dict[str, int], strength: float) -> None:
        """Publish what was written since ``begin_pixels``."""
        self._begin_pixels(frame, stage_ns, strength)  # the same slot, with the final message
        check(self._core.publish())

    def control(self) -> Control | None:
        """What the engine wants, if it changed since the last call. Raises BridgeError."""
        status, data, code = self._core.control()
        if check(status) != OK:
            return None
        m = np.frombuffer(data, structs.CONTROL)[0]
        dials = {dial: float(m[dial]) if m[f"has_{dial}"] else None for dial in DIALS}
        return Control(
            style=structs.text(m["style"]),
            mix_style=structs.text(m["mix_style"]),
            mix=float(m["mix"]),
            pixels=bool(m["mode"]),
            paused=bool(m["paused"]),
            code=code if code.size else None,
            tone_out=m["tone_out"].reshape(3, 4).copy(),
            network=structs.text(m["network"]),
            **dials,
        )

    def report(self, report: Report) -> None:
        """Tell the engine how this runtime is."""
        message = np.zeros((), structs.REPORT)
        message["state"] = STATES.index(report.state)
        for key in ("style", "backend"):
            message[key] = structs.clipped(getattr(report, key), 128)
        message["reason"] = structs.clipped(report.reason, 256)
        for key in ("fields_per_s", "fields_made", "frames_skipped", "field_ns"):
            message[key] = getattr(report, key)
        message["head_eyes"] = len(report.head)
        message["head_display_time_ns"] = report.head_display_time_ns
        structs.put_views(message["head"], report.head)
        check(self._core.report(message))

    @property
    def skipped(self) -> int:
        """Frames that a newer one replaced before they were acquired."""
        return self._core.skipped()

    def close(self) -> None:
        """Leave the session; if its engine is dead, remove it, too."""
        self._core.close()

    def __enter__(self) -> RuntimeSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.close()

    def _begin_pixels(self, frame: Frame, stage_ns: dict[str, int], strength: float) -> np.ndarray:
        message = self._message(frame, stage_ns, strength, "")
        message["kind"] = 1
        message["eyes"] = frame.frames.color.shape[0]
        message["pixels_height_px"], message["pixels_width_px"] = frame.size
        status, planes = self._core.begin_field(message)
        check(status)
        return planes[2]

    def _alive(self, status: int) -> int:
        if status == PEER_GONE:
            raise PeerGone(f"the engine of session {self.name!r} is gone", core.status_text(status))
        return check(status)

    def _message(
        self, frame: Frame, stage_ns: dict[str, int], strength: float, status: str
    ) -> np.ndarray:
        message = np.zeros((), structs.FIELD)
        message["frame_id"] = frame.frame_id
        message["display_time_ns"] = frame.frames.display_time_ns
        message["frame_publish_ns"] = frame.publish_ns
        message["strength"] = strength
        message["extent"] = (1.0, 1.0)
        message["status"] = structs.clipped(status, 128)
        structs.put_views(message["views"], frame.frames.views)
        for name in STAGES:
            message[f"{name}_ns"] = stage_ns.get(name, 0)
        return message


def _session_info(m: np.void) -> SessionInfo:
    problem = int(m["problem"])
    return SessionInfo(
        name=structs.text(m["name"]),
        engine=structs.text(m["engine"]),
        problem=core.status_text(problem) if problem else "",
        engine_live=bool(m["engine_live"]),
        runtime_live=bool(m["runtime_live"]),
        engine_pid=int(m["engine_pid"]),
        runtime_pid=int(m["runtime_pid"]),
        version=f"{m['major']}.{m['minor']}",
        region_bytes=int(m["region_bytes"]),
        session_id=int(m["session_id"]),
    )
