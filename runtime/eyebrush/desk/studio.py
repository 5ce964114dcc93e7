"""Slow work beside everything else: thumbnails of every style, and paintings that become styles."""

from __future__ import annotations

import contextlib
import io
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from PIL import Image

from eyebrush.backends import StyleEncoder, load_encoder
from eyebrush.desk.painting import decode_apart
from eyebrush.errors import EyebrushError, InputError
from eyebrush.frame import EyeFrames
from eyebrush.resources import STYLE_ENCODER, asset
from eyebrush.styles import StyleLibrary
from eyebrush.styles.add import encode_picture
from eyebrush.styles.style import name_from
from eyebrush.stylizer import Stylizer

log = logging.getLogger("eyebrush")

THUMB_PX = 160
SCENE_PX = 256  # the size at which thumbnails are painted, so that strokes have room
MOST_JOBS = 32


@dataclass
class Job:
    """A painting on its way. phase: decoding, encoding, thumbnail, done or failed."""

    id: str
    style: str
    phase: str = "decoding"
    progress: float = 0.0
    error: str = ""


class Studio:
    """One thread does all of it, one thing after the other. changed: called there when there is
    something new to be seen; with True where the list of styles is another one."""

    def __init__(
        self, library: StyleLibrary, backend: str, precision: str, changed: Callable[[bool], None]
    ) -> None:
        self.library = library
        self.thumbnails: dict[str, bytes] = {}
        self._painted: dict[str, int] = {}  # which edition of a thumbnail there is
        self.jobs: dict[str, Job] = {}
        self._backend, self._precision = backend, precision
        self._changed = changed
        self._worker = ThreadPoolExecutor(1, "desk-studio")
        self._stylizer: Stylizer | None = None
        self._encoder: StyleEncoder | None = None
        self._scene: np.ndarray | None = None  # [1, SCENE_PX, SCENE_PX, 3] at most
        self._edition = 0
        self._to_paint = 0

    def describe(self) -> dict[str, Any]:
        """For state messages."""
        return {
            "gallery": {
                "edition": self._edition,
                "to_paint": self._to_paint,
                "painted": dict(self._painted),
            },
            "jobs": [asdict(job) for job in self.jobs.values()],
        }

    @property
    def has_scene(self) -> bool:
        return self._scene is not None

    def take_scene(self, eye: np.ndarray) -> None:
        """Paint every thumbnail from this view [H, W, 3 or 4] uint8 of the developer's scene."""
        self._scene = _square(eye)
        self._edition += 1
        self._submit(self._paint_all, self._edition)

    def add_painting(self, data: bytes, title: str) -> Job:
        """Make a style of a picture file's bytes; follow it in ``jobs``. Raises InputError."""
        running = sum(job.phase not in ("done", "failed") for job in self.jobs.values())
        if running >= 4:
            raise InputError(
                got=f"{running} paintings at once", wanted="at most 4", fix="wait a little"
            )
        job = Job(secrets.token_hex(8), self._free_name(name_from(title)))
        self.jobs[job.id] = job
        while len(self.jobs) > MOST_JOBS:
            del self.jobs[next(iter(self.jobs))]
        self._submit(self._add, job, data, title)
        return job

    def forget(self, name: str) -> None:
        """A style was removed."""
        self._painted.pop(name, None)
        self.thumbnails.pop(name, None)

    def _submit(self, work: Callable[..., None], *args: Any) -> None:
        """Onto the thread; what nobody foresaw goes to the log."""

        def logged() -> None:
            try:
                work(*args)
            except Exception as error:
                log.warning("desk: %s: %s", type(error).__name__, error)

        self._worker.submit(logged)

    def _paint_all(self, edition: int) -> None:
        names = self.library.names()
        self._to_paint = len(names)
        for name in names:
            if edition != self._edition:
                return  # a newer scene has come
            with contextlib.suppress(EyebrushError):  # a stale style: the list says why
                self._paint(name)
            self._to_paint -= 1
            self._changed(False)

    def _paint(self, name: str) -> None:
        scene = self._scene
        if scene is None:
            return
        if self._stylizer is None:
            self._stylizer = Stylizer(
                name,
                backend=self._backend,
                precision=self._precision,
                threads=1,
                smoothing_s=0,
                library=self.library,
            )
        self._stylizer.set_style(name)
        painted = self._stylizer.restyle(EyeFrames(scene)).color[0]
        image = Image.fromarray(painted).resize((THUMB_PX, THUMB_PX), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", quality=82, method=2)
        self.thumbnails[name] = buffer.getvalue()
        self._painted[name] = self._edition

    def _add(self, job: Job, data: bytes, title: str) -> None:
        def say(phase: str, progress: float) -> None:
            job.phase, job.progress = phase, progress
            self._changed(phase == "done")

        try:
            say("decoding", 0.1)
            picture = decode_apart(data)
            say("encoding", 0.4)
            if self._encoder is None:
                self._encoder = load_encoder(asset(STYLE_ENCODER), self._backend, 1)
            style = encode_picture(self._encoder, picture, job.style, {"title": title or job.style})
            self.library.save(style)
            say("thumbnail", 0.9)
            self._paint(job.style)
            say("done", 1.0)
        except EyebrushError as error:
            job.error = str(error)
            say("failed", 1.0)

    def _free_name(self, name: str) -> str:
        taken = {*self.library.names(), *(job.style for job in self.jobs.values())}
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name[:60]}-{number}"
        return free


def _square(eye: np.ndarray) -> np.ndarray:
    """The middle of an eye, [1, n, n, 3] with n at most SCENE_PX."""
    side = min(eye.shape[:2])
    top, left = (eye.shape[0] - side) // 2, (eye.shape[1] - side) // 2
    image = Image.fromarray(np.ascontiguousarray(eye[top : top + side, left : left + side, :3]))
    if side > SCENE_PX:
        image = image.resize((SCENE_PX, SCENE_PX), Image.Resampling.BOX)
    return np.asarray(image)[None]
