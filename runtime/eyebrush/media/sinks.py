"""Where finished frames go: an image, a folder, an animation, a video, a clip.

A sink is opened before the work (so an impossible output is refused at once), gets the frames
in order, and puts the whole output in its place on ``finish``; ``abort`` leaves nothing behind.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from eyebrush.atomic import check_writable_folder, replacing, unwritable
from eyebrush.clip import ClipReader, ClipWriter
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames
from eyebrush.media.images import WRITE_SUFFIXES, write_image
from eyebrush.media.sources import CLIP_SUFFIX, VIDEO_SUFFIXES, ClipSource, Source
from eyebrush.media.stereo import join_sbs

ANIMATION_SUFFIXES = (".webp",)


class Sink(Protocol):
    """Takes restyled frames; both eyes of a stereo frame go side by side where needed."""

    def add(self, frames: EyeFrames) -> None: ...

    def finish(self) -> None: ...

    def abort(self) -> None: ...


def open_sink(path: Path, source: Source) -> Sink:
    """The sink for ``path``: by its suffix, and a folder where it has none."""
    suffix = path.suffix.lower()
    if _same_place(path, source):
        raise InputError(
            got=f"output {path}, which is the input",
            wanted="another file",
            fix="choose another -o; Eyebrush never overwrites what it reads",
        )
    if suffix == CLIP_SUFFIX:
        return ClipSink(path, source)
    if suffix in VIDEO_SUFFIXES:
        from eyebrush.media.video import VideoSink  # needs the extra [video]

        return VideoSink(path, source.fps)
    if suffix in ANIMATION_SUFFIXES and source.count != 1:
        return AnimationSink(path, source.fps)
    if suffix in WRITE_SUFFIXES:
        return ImageSink(path, source)
    if suffix == "":
        return FolderSink(path, source)
    raise InputError(
        got=f"output {path} with suffix {suffix!r}",
        wanted=f"a picture ({' '.join(WRITE_SUFFIXES)}), a video ({' '.join(VIDEO_SUFFIXES)}), "
        f"a clip ({CLIP_SUFFIX}) or a folder",
        fix="name the output with one of these, or without a suffix for a folder",
    )


def _same_place(path: Path, source: Source) -> bool:
    inner = getattr(source, "inner", source)
    own = getattr(inner, "path", None)
    return own is not None and path.exists() and Path(own).exists() and path.samefile(own)


class ImageSink:
    """One picture."""

    def __init__(self, path: Path, source: Source) -> None:
        if source.count != 1:
            raise InputError(
                got=f"output {path}, one picture, for {source.count or 'many'} frames",
                wanted="a folder, an animation (.webp), a video (.mp4) or a clip (.eyeclip)",
                fix="choose -o without a suffix for a folder of frames",
            )
        check_writable_folder(path.parent)
        self.path = path

    def add(self, frames: EyeFrames) -> None:
        write_image(self.path, join_sbs(frames.color))

    def finish(self) -> None:
        """The picture is already in its place."""

    def abort(self) -> None:
        """Nothing half-written can be there."""


class FolderSink:
    """One PNG (or the input's own format) for each frame, in a folder that appears whole."""

    def __init__(self, path: Path, source: Source) -> None:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            kind = "a folder that is not empty" if path.is_dir() else "a file"
            raise InputError(
                got=f"output {path}, which is {kind}",
                wanted="a new or empty folder",
                fix="choose another -o, or empty it first",
            )
        check_writable_folder(path.parent)
        self.path = path
        self._names = source.names()
        self._part = Path(tempfile.mkdtemp(prefix=".eyebrush-", dir=path.parent))
        self._count = 0

    def add(self, frames: EyeFrames) -> None:
        i, self._count = self._count, self._count + 1
        name = f"frame_{i:05d}.png" if self._names is None else self._names[i]
        if Path(name).suffix.lower() not in WRITE_SUFFIXES:
            name = f"{Path(name).stem}.png"
        write_image(self._part / name, join_sbs(frames.color))

    def finish(self) -> None:
        try:
            self._part.chmod(0o755)  # mkdtemp's 0700 would stay with the output
            if self.path.is_dir():
                self.path.rmdir()
            os.replace(self._part, self.path)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def abort(self) -> None:
        shutil.rmtree(self._part, ignore_errors=True)


class AnimationSink:
    """Animated WebP, as browsers show it. Frames are kept until the end: for short clips."""

    MAX_BYTES = 400 << 20

    def __init__(self, path: Path, fps: float) -> None:
        check_writable_folder(path.parent)
        self.path, self._fps = path, fps
        self._frames: list[Image.Image] = []
        self._bytes = 0

    def add(self, frames: EyeFrames) -> None:
        picture = join_sbs(frames.color)
        self._bytes += picture.nbytes
        if self._bytes > self.MAX_BYTES:
            raise InputError(
                got=f"more than {self.MAX_BYTES >> 20} MB of frames for the animation {self.path}",
                wanted="a short clip",
                fix="choose a video (-o out.mp4) or a folder (-o out)",
            )
        self._frames.append(Image.fromarray(np.ascontiguousarray(picture)))

    def finish(self) -> None:
        if not self._frames:
            raise InputError(got="no frames", wanted="one or more", fix="check the input")
        first, *rest = self._frames
        with replacing(self.path) as temporary:
            first.save(
                temporary,
                save_all=True,
                append_images=rest,
                duration=max(1, round(1000 / self._fps)),
                loop=0,
                quality=80,
                method=2,
            )

    def abort(self) -> None:
        self._frames.clear()


class ClipSink:
    """A stereo clip; poses, times and depth are those of the input clip."""

    def __init__(self, path: Path, source: Source) -> None:
        if not isinstance(source, ClipSource):
            raise InputError(
                got=f"a clip as output ({path}) for an input without poses",
                wanted="a recorded clip as input",
                fix="choose a picture, a folder or a video as output",
            )
        check_writable_folder(path.parent)
        reader: ClipReader = source.reader
        info = replace(reader.info, title=f"{reader.info.title} (restyled by Eyebrush)")
        self._stack = ExitStack()
        self._writer = self._stack.enter_context(ClipWriter(path, info, quality=90))

    def add(self, frames: EyeFrames) -> None:
        self._writer.add(frames)

    def finish(self) -> None:
        self._stack.close()

    def abort(self) -> None:
        error = RuntimeError("aborted")  # what makes the writer remove its unfinished file
        self._stack.__exit__(RuntimeError, error, None)
