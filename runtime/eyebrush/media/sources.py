"""Where frames come from: an image, a folder of frames, a video, a recorded clip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from eyebrush.clip import ClipReader
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames
from eyebrush.media.images import READ_SUFFIXES, read_image
from eyebrush.media.stereo import split_sbs

CLIP_SUFFIX = ".eyeclip"
VIDEO_SUFFIXES = (".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v")
DEFAULT_FPS = 30.0
NUMBERED = re.compile(r"(\d+)\D*$")


class Source(Protocol):
    """Frames in order. ``moving``: neighbours belong together (video), or each is a still."""

    kind: str
    count: int | None
    fps: float
    moving: bool

    def names(self) -> list[str] | None:
        """File names of the frames, where they have any."""

    def __iter__(self) -> Iterator[EyeFrames]: ...

    def close(self) -> None: ...


def open_source(path: Path, stereo: str = "none", fps: float | None = None) -> Source:
    """Open whatever ``path`` is. stereo: "sbs" splits side-by-side pictures into two eyes.

    fps: rate of a folder of numbered frames (default 30); videos and clips know their own.
    """
    source: Source
    suffix = path.suffix.lower()
    if path.is_dir():
        source = FolderSource(path, fps or DEFAULT_FPS)
    elif suffix == CLIP_SUFFIX:
        source = ClipSource(path)
    elif suffix in VIDEO_SUFFIXES:
        from eyebrush.media.video import VideoSource  # needs the extra [video]

        source = VideoSource(path)
    else:
        source = ImageSource(path)
    if stereo == "sbs":
        if source.kind == "clip":
            source.close()
            raise InputError(
                got=f"--stereo sbs with the clip {path}",
                wanted="side-by-side pictures or a side-by-side video",
                fix="leave out --stereo: a clip already has two eyes",
            )
        source = SideBySideSource(source)
    return source


class ImageSource:
    """One picture, read at once: what is wrong with it is said before any work."""

    kind, moving = "image", False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count: int | None = 1
        self.fps = DEFAULT_FPS
        self._frames = read_image(path)

    def names(self) -> list[str] | None:
        return [self.path.name]

    def __iter__(self) -> Iterator[EyeFrames]:
        yield self._frames

    def close(self) -> None:
        """Nothing stays open."""


class FolderSource:
    """The pictures of a folder: numbered ones are a moving sequence, others are stills."""

    kind = "frames"

    def __init__(self, path: Path, fps: float) -> None:
        files = [p for p in path.iterdir() if p.suffix.lower() in READ_SUFFIXES and p.is_file()]
        if not files:
            raise InputError(
                got=f"folder {path} without pictures",
                wanted=f"files such as frame_0001.png ({' '.join(READ_SUFFIXES)})",
                fix="check the path",
            )
        found = {p: NUMBERED.search(p.stem) for p in files}
        numbers = {p: int(match.group(1)) for p, match in found.items() if match}
        self.moving = len(files) > 1 and len(numbers) == len(files)
        self.files = sorted(files, key=lambda p: (numbers[p] if self.moving else 0, p.name))
        self.count: int | None = len(files)
        self.fps = fps

    def names(self) -> list[str] | None:
        return [p.name for p in self.files]

    def __iter__(self) -> Iterator[EyeFrames]:
        for i, path in enumerate(self.files):
            frames = read_image(path)
            yield replace(frames, display_time_ns=round(i * 1e9 / self.fps))

    def close(self) -> None:
        """Nothing stays open."""


class ClipSource:
    """A recorded stereo clip."""

    kind, moving = "clip", True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reader = ClipReader(path)
        self.count: int | None = len(self.reader)
        times = [f.display_time_ns for f in self.reader.frames]
        span_ns = times[-1] - times[0]
        self.fps = (len(times) - 1) * 1e9 / span_ns if span_ns > 0 else DEFAULT_FPS

    def names(self) -> list[str] | None:
        return None

    def __iter__(self) -> Iterator[EyeFrames]:
        try:
            yield from self.reader
        except InputError as error:  # names the picture in the clip, but not the clip
            raise InputError(
                got=f"{self.path} with {error.got}", wanted=error.wanted, fix=error.fix
            ) from error

    def close(self) -> None:
        self.reader.close()


class SideBySideSource:
    """Another source whose pictures hold both eyes side by side."""

    def __init__(self, inner: Source) -> None:
        self.inner = inner
        self.kind, self.count, self.fps = inner.kind, inner.count, inner.fps
        self.moving = inner.moving

    def names(self) -> list[str] | None:
        return self.inner.names()

    def __iter__(self) -> Iterator[EyeFrames]:
        return (split_sbs(frames) for frames in self.inner)

    def close(self) -> None:
        self.inner.close()
