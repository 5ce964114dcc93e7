"""Frames of an engine that draws for our headset; over the bridge we tell it for which views."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

import numpy as np

from eyebrush.bridge import PeerGone, Report, RuntimeSession
from eyebrush.errors import BridgeError, EyebrushError, InputError
from eyebrush.frame import EyeFrames, View

log = logging.getLogger("eyebrush")

RETRY_S = 0.5  # between looks for the engine's session
GREY = 96  # what is shown before its first frame


class BridgeSource:
    """The newest frame of the engine's session ``name``, copied out of its region.

    Never waits. Without an engine, or without a usable frame of it, the last one stays (grey before
    the first); the log says why when that changes.
    """

    copies = True  # two buffers take turns: the network may still read the one before

    def __init__(self, name: str, width: int, height: int) -> None:
        self._name = name
        self._session: RuntimeSession | None = None
        self._not_before_s = 0.0
        self._problem = ""
        grey = np.full((2, height, width, 4), GREY, np.uint8)
        grey[..., 3] = 255
        self._newest = EyeFrames(grey)
        self._colors = [np.empty_like(grey), np.empty_like(grey)]
        self._depths: list[np.ndarray | None] = [None, None]

    def frame(
        self, views: tuple[View, View], display_time_ns: int
    ) -> tuple[EyeFrames, tuple[View, View]]:
        """See ``eyebrush.xr.loop.Source``. The layer hangs where the engine drew from."""
        try:
            if self._session is None:
                self._find()
            if self._session is not None:
                head = Report("running", head=views, head_display_time_ns=display_time_ns)
                self._session.report(head)
                if self._session.wait(0.0):  # looks, and notices an engine that is gone
                    self._take(self._session)
        except EyebrushError as error:
            self._say(str(error))
            if isinstance(error, (PeerGone, BridgeError)):
                self.close()
        placed = self._newest.views or views
        return replace(self._newest, display_time_ns=display_time_ns), (placed[0], placed[1])

    def close(self) -> None:
        """Leave the session."""
        if self._session is not None:
            self._session.close()
        self._session = None

    def _find(self) -> None:
        if time.monotonic() < self._not_before_s:
            return
        self._not_before_s = time.monotonic() + RETRY_S
        self._session = RuntimeSession(self._name)
        self._say("")

    def _take(self, session: RuntimeSession) -> None:
        frame = session.acquire()
        if frame is None:
            return
        try:
            color, depth = frame.frames.color, frame.frames.depth_m
            if frame.small or len(color) != 2:
                raise InputError(
                    got=f"frames of {len(color)} eye(s) at {color.shape[2]}x{color.shape[1]} "
                    f"for eyes of {frame.size[1]}x{frame.size[0]} from engine {self._name}",
                    wanted="both eyes at their full size",
                    fix="switch pixels mode on in the engine's plugin",
                )
            if self._colors[0].shape != color.shape:
                self._colors[0] = np.empty_like(color)
            np.copyto(self._colors[0], color)
            self._depths[0] = None if depth is None else depth.copy()
            views, time_ns = frame.frames.views, frame.frames.display_time_ns
            del color, depth
        finally:
            whole = session.release()
        if whole:
            self._newest = EyeFrames(self._colors[0], views, time_ns, self._depths[0])
            self._colors.reverse()
            self._depths.reverse()
            self._say("")

    def _say(self, problem: str) -> None:
        """Into the log, once for each change."""
        if problem != self._problem:
            log.warning("source bridge:%s: %s", self._name, problem or "frames come")
            self._problem = problem
