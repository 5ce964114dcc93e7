"""All of `eyebrush xr` together: headset, source, painter, controls, overlay, record."""

from __future__ import annotations

import contextlib
import gc
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eyebrush.errors import BackendError
from eyebrush.frame import EyeFrames
from eyebrush.governor import Governor
from eyebrush.painter import Painter
from eyebrush.styles import Style
from eyebrush.stylizer import Stylizer
from eyebrush.xr.controls import Controllers, Keyboard, dispatch
from eyebrush.xr.egl import EglGraphics
from eyebrush.xr.headset import Headset
from eyebrush.xr.loop import Drawn, Loop, Source
from eyebrush.xr.overlay import Overlay
from eyebrush.xr.record import Record
from eyebrush.xr.runtime import HeadsetLostError, openxr
from eyebrush.xr.sources import open_source
from eyebrush.xr.swapchain import Graphics
from eyebrush.xr.vulkan import VulkanGraphics

if TYPE_CHECKING:
    from eyebrush.desk.link import DeskLink
    from eyebrush.desk.loop import LoopDesk

log = logging.getLogger("eyebrush")

GRAPHICS: dict[str, type[Graphics]] = {"vulkan": VulkanGraphics, "egl": EglGraphics}
RETRY_S = 0.5
OVERLAY_EVERY = 6  # frames between two pictures of it
STRENGTH_STEP = 0.1


@dataclass
class Options:
    """frames: how many to show; seconds: how long, after the warm-up; None: until somebody ends
    it. reconnect_s: how long to look for a runtime that went away; 0 ends the run."""

    graphics: str = "vulkan"
    source: str = "test"
    frames: int | None = None
    overlay: bool = False
    reconnect_s: float = 10.0
    seconds: float | None = None


class Player:
    """Shows a source on a headset, restyled. Sessions may come and go; the record goes on."""

    def __init__(
        self,
        stylizer: Stylizer,
        styles: list[Style],
        options: Options,
        governor: Governor | None = None,
        desk: DeskLink | None = None,
    ) -> None:
        self.stylizer, self.styles, self.options = stylizer, styles, options
        self.governor = governor or Governor()
        self.record = Record()
        self.sessions = 0
        self.facts: dict[str, Any] = {}
        self.last: np.ndarray | None = None  # [2, H, W, 4], the newest frame
        self._overlay, self._overlay_on = Overlay(), options.overlay
        self._quit = False
        self._painter: Painter | None = None
        self._desk: LoopDesk | None = None
        if desk is not None:
            from eyebrush.desk.loop import LoopDesk

            self._desk = LoopDesk(desk, "xr", f"headset: {options.source}", stylizer, self.governor)
        self._lates = 0
        self._shape: tuple[int, ...] = ()
        self._source: Source | None = None

    def play(self) -> None:
        """Until the frames are shown, somebody ends it, or the headset is gone for good.

        Raises BackendError, HeadsetLostError, InputError.
        """
        with contextlib.ExitStack() as stack:
            keyboard = stack.enter_context(Keyboard())
            stack.callback(self._close)
            headset = Headset(GRAPHICS[self.options.graphics])
            while True:
                try:
                    ending, why = self._session(headset, keyboard), "the runtime ended the session"
                except HeadsetLostError as lost:
                    ending, why = "lose", str(lost)
                finally:
                    headset.close()
                if ending == "leave":
                    return
                headset = self._reopened(why)

    def _session(self, headset: Headset, keyboard: Keyboard) -> str:
        self.sessions += 1
        self.facts = {
            "runtime": headset.runtime,
            "graphics": headset.graphics.name,
            "device": headset.graphics.device,
            "width_px": headset.width,
            "height_px": headset.height,
            "depth_layer": headset.has_depth_layer,
        }
        controllers = Controllers(headset, openxr())
        painter, source = self._prepared(headset)
        loop = Loop(headset, source, painter, self.record, lambda: self._after_frame(headset, loop))
        commands = {
            "next": lambda: self._turn(1),
            "previous": lambda: self._turn(-1),
            "stronger": lambda: self._change_strength(STRENGTH_STEP),
            "weaker": lambda: self._change_strength(-STRENGTH_STEP),
            "overlay": self._toggle_overlay,
            "quit": self._stop,
        }

        def wanted() -> bool:
            dispatch([*keyboard.commands(), *controllers.commands()], commands)
            frames, seconds, r = self.options.frames, self.options.seconds, self.record
            if frames is not None and r.shown >= frames:
                return False
            if seconds is not None and r.measured * r.period_ns >= seconds * 1e9:
                return False
            return not self._quit

        try:
            with _no_collections(self.record):
                return loop.run(wanted)
        finally:
            self.last = loop.pixels

    def _prepared(self, headset: Headset) -> tuple[Painter, Source]:
        """Painter and source for eyes of the headset's size, warm; kept from session to session."""
        shape = (2, headset.height, headset.width, 4)
        if self._painter is None or self._shape != shape:
            self._close()
            self._shape = shape
            self._source = open_source(self.options.source, headset.width, headset.height)
            self._painter = Painter(self.stylizer, self.governor, copies=self._source.copies)
            pixels = np.zeros(shape, np.uint8)
            self._painter.warm_up(EyeFrames(pixels), np.empty_like(pixels))
        assert self._source is not None
        return self._painter, self._source

    def _reopened(self, why: str) -> Headset:
        """A new session on a runtime that comes back in time."""
        end = time.monotonic() + self.options.reconnect_s
        if self._desk is not None:
            self._desk.pause("lost", why)
        log.warning("the session is lost (%s); looking for the runtime again", why)
        while time.monotonic() < end:
            time.sleep(RETRY_S)
            try:
                return Headset(GRAPHICS[self.options.graphics])
            except (BackendError, HeadsetLostError):
                continue
        raise HeadsetLostError(
            f"the session is lost ({why.split('; fix')[0]}) and no runtime came back within "
            f"{self.options.reconnect_s:.0f} s; fix: start the headset's software, then again"
        )

    def _after_frame(self, headset: Headset, loop: Loop) -> None:
        if self._desk is not None and loop.drawn is not None:
            self._show_at_desk(self._desk, loop, loop.drawn)
        if not self._overlay_on:
            headset.overlay(None)
            return
        self._overlay.add(self.governor.pressure)
        if self.record.shown % OVERLAY_EVERY == 0:
            period_ms = self.record.period_ns * 1e-6
            look = (self.stylizer.style.name, self.governor.state.label)
            headset.overlay(self._overlay.draw(*look, period_ms))

    def _show_at_desk(self, desk: LoopDesk, loop: Loop, drawn: Drawn) -> None:
        late = self.record.late_count > self._lates
        self._lates = self.record.late_count
        desk.frame(
            drawn.frames,
            loop.pixels,
            loop.painter,
            drawn.stages_ns,
            period_ns=drawn.period_ns,
            late=late,
            restyled=drawn.restyled,
        )

    def _turn(self, step: int) -> None:
        names = [style.name for style in self.styles]
        now = names.index(self.stylizer.style.name) if self.stylizer.style.name in names else 0
        self.stylizer.set_style(self.styles[(now + step) % len(self.styles)])

    def _change_strength(self, step: float) -> None:
        self.stylizer.set_strength(min(1.0, max(0.0, self.stylizer.strength + step)))

    def _toggle_overlay(self) -> None:
        self._overlay_on = not self._overlay_on

    def _stop(self) -> None:
        self._quit = True

    def _close(self) -> None:
        if self._painter is not None:
            self._painter.close()
        if self._source is not None:
            self._source.close()
        self._painter = self._source = None


@contextlib.contextmanager
def _no_collections(record: Record) -> Any:
    """The garbage collector rests while frames are shown; what it would have found is counted."""
    gc.collect()
    gc.freeze()
    gc.disable()
    before = sum(generation["collections"] for generation in gc.get_stats())
    try:
        yield
    finally:
        record.collections += sum(g["collections"] for g in gc.get_stats()) - before
        record.garbage += gc.collect()
        gc.enable()
        gc.unfreeze()
