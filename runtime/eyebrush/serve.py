"""The runtime process behind engines: finds their sessions, makes fields, survives everything.

A session has a thread of its own, which sleeps until its engine publishes a frame. The bridge by
itself keeps only the newest frame, so that no queue and no second thread is needed; the frame is
read in place while the network runs, and the engine writes into other slots meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from eyebrush import bridge
from eyebrush.bridge import Frame, Report, RuntimeSession
from eyebrush.errors import EyebrushError, InputError
from eyebrush.frame import StyleField
from eyebrush.looks import Looks
from eyebrush.stylizer import Stylizer

if TYPE_CHECKING:
    from eyebrush.desk.bridge import BridgeDesk
    from eyebrush.desk.link import DeskLink

log = logging.getLogger("eyebrush")

SCAN_S = 0.2  # how often new sessions are looked for
WAIT_S = 0.1  # how long a thread sleeps before it looks at the engine's wishes again
REPORT_S = 0.5
RETRY_S = 1.0  # after a session could not be served
PAUSED = "the engine asks for it"


@dataclass
class Figures:
    """What a person wants to see of a session; written by its thread alone."""

    name: str
    engine: str = ""
    state: str = "starting"
    reason: str = ""
    style: str = ""
    backend: str = ""
    made: int = 0
    skipped: int = 0
    torn: int = 0
    fields_per_s: float = 0.0
    stage_ms: dict[str, float] = field(default_factory=dict)
    judged: dict[str, Any] | None = None  # newest live score: see LiveJudge.status
    accent: dict[str, Any] | None = None  # of the newest field, with --react: see Accent


class Server:
    """Serves every session of the user, or only the one called ``name``.

    make_stylizer: gives a new Stylizer with the style that holds until an engine wants another one.
    One that a session has left is used again by the next. desk: shows every session, if given.
    """

    def __init__(
        self,
        make_stylizer: Callable[[], Stylizer],
        name: str | None = None,
        desk: DeskLink | None = None,
    ) -> None:
        self._make_stylizer = make_stylizer
        self._name = name
        self._desk = desk
        self._idle: list[Stylizer] = []
        self._services: dict[str, Service] = {}
        self._not_before: dict[str, float] = {}
        self._said: dict[str, str] = {}

    def prepare(self) -> None:
        """Load the network now, so that the first engine need not wait, and errors show at once."""
        self._idle.append(self._make_stylizer())

    @property
    def figures(self) -> list[Figures]:
        """How every session is; safe to call from any thread."""
        return [service.figures for service in list(self._services.values())]

    def run(self, stop: threading.Event, watch: Callable[[list[Figures]], None]) -> None:
        """Serve until ``stop`` is set; ``watch`` is called several times a second."""
        try:
            while not stop.is_set():
                self.scan()
                watch(self.figures)
                stop.wait(SCAN_S)
        finally:
            self.close()

    def scan(self) -> None:
        """Look once for sessions that came or went. Never raises."""
        for name, service in list(self._services.items()):
            if service.done:
                del self._services[name]
                self._not_before[name] = time.monotonic() + service.pause_s
                if service.stylizer is not None:
                    self._idle.append(service.stylizer)
        try:
            found = bridge.sessions()
        except EyebrushError as error:
            self._say("", str(error))
            return
        for info in found:
            wanted = self._name in (None, info.name) and info.engine_live and not info.runtime_live
            if not wanted or info.name in self._services:
                continue
            if time.monotonic() < self._not_before.get(info.name, 0.0):
                continue
            self._attach(info.name)

    def close(self) -> None:
        """Leave every session."""
        for service in self._services.values():
            service.stop.set()
        for service in self._services.values():
            service.join()
        self._services.clear()

    def _attach(self, name: str) -> None:
        try:
            session = RuntimeSession(name)
        except EyebrushError as error:  # gone meanwhile, another version, not to be trusted, ...
            self._say(name, str(error))
            self._not_before[name] = time.monotonic() + RETRY_S
            return
        self._say(name, "")
        self._services[name] = Service(session, self._take_stylizer, self._desk)

    def _take_stylizer(self) -> Stylizer:
        try:
            stylizer = self._idle.pop()
        except IndexError:
            return self._make_stylizer()
        stylizer.reset()
        return stylizer

    def _say(self, name: str, problem: str) -> None:
        """Into the log, once for each change."""
        if problem != self._said.get(name, ""):
            if problem:
                log.warning("session %s: %s", name or "list", problem)
            self._said[name] = problem


class Service:
    """One session, on a thread of its own, until its engine goes or ``stop`` is set."""

    def __init__(
        self,
        session: RuntimeSession,
        take_stylizer: Callable[[], Stylizer],
        desk: DeskLink | None = None,
    ) -> None:
        self.figures = Figures(session.name, session.info.engine)
        self.stop = threading.Event()
        self.stylizer: Stylizer | None = None
        self.pause_s = 0.0
        self._session = session
        self._take_stylizer = take_stylizer
        self._link = desk
        self._desk: BridgeDesk | None = None
        self._wish = ""  # why the engine's wish for a style is not granted
        self._counted = (time.monotonic(), 0)
        self._reported_at = 0.0
        self._thread = threading.Thread(target=self._run, name=f"session {session.name}")
        self._thread.daemon = True
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        log.info("session %s: attached (%s)", self.figures.name, self.figures.engine)
        try:
            with self._session:
                self._serve()
            log.info("session %s: left", self.figures.name)
        except bridge.PeerGone as gone:
            log.info("%s", gone)
        except Exception as error:  # one engine's trouble must not end the others' sessions
            log.warning("session %s: given up (%s)", self.figures.name, error)
            self.pause_s = RETRY_S

    def _serve(self) -> None:
        self._report("starting", "loading the network")
        self.stylizer = stylizer = self._take_stylizer()
        looks = Looks(stylizer)
        try:
            self._sit_at_desk(stylizer, looks)
            self._report("starting", "waiting for the first frame")
            while not self.stop.is_set():
                news = self._session.wait(WAIT_S)
                self._grant(looks)  # what was wished before holds for it
                if news:
                    self._answer(stylizer, looks)
                elif looks.control.paused:
                    self._report("paused", PAUSED)
                else:
                    self._report(self.figures.state, self.figures.reason)
        finally:
            if self._desk is not None:
                self._desk.close()
            looks.restore()

    def _sit_at_desk(self, stylizer: Stylizer, looks: Looks) -> None:
        if self._link is not None:
            from eyebrush.desk.bridge import BridgeDesk

            self._desk = BridgeDesk(self._link, stylizer, looks, lambda: self.figures)

    def _grant(self, looks: Looks) -> None:
        """Take over what the engine wants, if that changed; what cannot be had stays as it was."""
        try:
            control = self._session.control()
            if control is None:
                return
            looks.engine_wants(control)
            self._wish = ""
        except EyebrushError as error:
            self._wish = str(error)
            log.warning("session %s: %s", self.figures.name, error)

    def _answer(self, stylizer: Stylizer, looks: Looks) -> None:
        """One frame in, one field out; whatever goes wrong is in the report, and the next frame
        comes all the same."""
        try:
            frame = self._session.acquire()
            if frame is None:
                return
            if looks.control.paused:
                self._session.release()
                self._report("paused", PAUSED)
                return
            stage_ns = self._make(stylizer, frame, looks.control.pixels)
        except bridge.PeerGone:
            raise
        except (EyebrushError, RuntimeError, ValueError, MemoryError) as error:
            self._report("failed", str(error))
            self.stop.wait(WAIT_S)
            return
        if stage_ns is None:
            self.figures.torn += 1
            return
        self.figures.made += 1
        self.figures.stage_ms = {name: ns / 1e6 for name, ns in stage_ns.items()}
        if stylizer.accents is not None:
            self.figures.accent = stylizer.accent.as_dict()
        self._report("running", self._wish)

    def _make(self, stylizer: Stylizer, frame: Frame, pixels: bool) -> dict[str, int] | None:
        """Make and publish; None if the frame was torn, so that nothing was published."""
        session = self._session
        strength = stylizer.painted_strength(frame.frames.display_time_ns)
        released, finished = False, None
        try:
            if pixels and frame.small:
                raise InputError(
                    got=f"a small picture for eyes of {frame.size[1]}x{frame.size[0]}",
                    wanted="the whole eye buffers in pixels mode",
                    fix="send full frames, or ask for fields",
                )
            made = stylizer.field(frame.frames, small=frame.small)
            stage_ns = made.stage_ns
            if pixels:
                started = time.perf_counter_ns()
                finished = session.begin_pixels(frame)
                stylizer.composite(frame.frames, made, out=finished)
                stage_ns = {**stage_ns, "composite": time.perf_counter_ns() - started}
            before = None if self._desk is None else self._desk.before(frame)
            released, intact = True, session.release()
            if not intact:
                return None
            shared = _share(made, frame)
            if pixels:
                session.publish_pixels(frame, stage_ns, strength)
            else:
                session.publish_field(frame, shared, strength, self._wish)
            if self._desk is not None:
                self._desk.made(before, shared, finished, stage_ns)
            return stage_ns
        finally:
            if not released:
                session.release()

    def _report(self, state: str, reason: str) -> None:
        """Tell the engine and the figures; at most twice a second unless something changed."""
        figures, now = self.figures, time.monotonic()
        changed = (state, reason) != (figures.state, figures.reason)
        if changed and state == "failed":
            log.warning("session %s: no fields: %s", figures.name, reason)
        figures.state, figures.reason = state, reason
        if not changed and now < self._reported_at + REPORT_S:
            return
        counted_at, counted = self._counted
        if now >= counted_at + 2 * REPORT_S:
            figures.fields_per_s = (figures.made - counted) / (now - counted_at)
            self._counted = (now, figures.made)
        figures.skipped = self._session.skipped
        note = ""
        if self.stylizer is not None:
            info, figures.style = self.stylizer.describe(), self.stylizer.style.name
            figures.backend, note = f"{info.backend} {info.device} {info.precision}", info.note
            if self.stylizer.observer is not None:
                figures.judged = self.stylizer.observer.status()
        self._reported_at = now
        self._session.report(
            Report(
                state,
                reason or note,
                figures.style,
                figures.backend,
                figures.fields_per_s,
                figures.made,
                figures.skipped,
                round(sum(figures.stage_ms.values()) * 1e6),
            )
        )


def _share(made: StyleField, frame: Frame) -> StyleField:
    """A field of the small picture, of which ``extent`` shows the eye."""
    (u, v), (share_u, share_v) = made.extent, frame.extent
    return replace(made, extent=(u * share_u, v * share_v)) if frame.small else made
