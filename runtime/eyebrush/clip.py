"""Recorded stereo clips: what an engine rendered for both eyes, with poses and depth.

    with ClipReader(shipped_clip()) as clip:
        for frame in clip:             # eyebrush.frame.EyeFrames, decoded one at a time
            ...

The bytes are stated in docs/clip-format.md.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from types import TracebackType

import numpy as np

from eyebrush.clip_codec import decode_color, decode_depth
from eyebrush.clip_manifest import (
    FIX,
    MANIFEST,
    ClipInfo,
    DepthFormat,
    FrameEntry,
    color_name,
    depth_name,
    parse_manifest,
)
from eyebrush.clip_writer import ClipWriter
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames

__all__ = ["ClipInfo", "ClipReader", "ClipWriter", "back_and_forth", "replayed", "shipped_clip"]

MAX_MANIFEST_BYTES = 64 << 20
MAX_PICTURE_BYTES = 256 << 20


def shipped_clip() -> Path:
    """Where the clip that comes with eyebrush lies."""
    return Path(str(files("eyebrush") / "assets" / "clip.eyeclip"))


def back_and_forth(frames: Sequence[EyeFrames], index: int) -> EyeFrames:
    """The ``index``-th frame of an endless replay that turns round at both ends, so that the head
    never jumps."""
    period = max(1, 2 * len(frames) - 2)
    place = index % period
    return frames[min(place, period - place)]


def replayed(frames: Sequence[EyeFrames], index: int, period_ns: int) -> EyeFrames:
    """The same as a display shows it: with a time that only runs forward."""
    return replace(back_and_forth(frames, index), display_time_ns=(index + 1) * period_ns)


class ClipReader:
    """Random access to a clip. Opening reads the manifest only; pixels are decoded on demand.

    ``clip[i]`` (negative counts from the end) and iteration give EyeFrames: color
    [2, H, W, 3] uint8, views, display_time_ns, depth_m [2, h, w] float32 or None. Nothing is
    cached. Several threads may read at once. Raises InputError for anything that is not a
    sound clip, at once where the manifest or a missing picture shows it, else at that frame.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        try:
            self._zip = zipfile.ZipFile(self.path)
        # zipfile raises these, depending on where a damaged file is damaged
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise self._unreadable(error) from None
        try:
            self._members = {m.filename: m for m in self._zip.infolist()}
            self.manifest = parse_manifest(self._read(MANIFEST, MAX_MANIFEST_BYTES))
            for name in self._names():
                self._member(name)
        except BaseException:
            self._zip.close()
            raise

    @property
    def info(self) -> ClipInfo:
        """Title, scene, engine, runtime, licence, how it was recorded."""
        return self.manifest.info

    @property
    def frames(self) -> tuple[FrameEntry, ...]:
        """Display time and views of every frame; costs no decoding."""
        return self.manifest.frames

    def __len__(self) -> int:
        return len(self.manifest.frames)

    def __getitem__(self, index: int) -> EyeFrames:
        i = index + len(self) if index < 0 else index
        if not 0 <= i < len(self):
            raise IndexError(f"frame {index} of a clip with {len(self)} frames")
        entry = self.manifest.frames[i]
        color = np.stack([self._color(i, eye) for eye in range(2)])
        depth = None
        if self.manifest.depth is not None:
            depth = np.stack([self._depth(i, eye, self.manifest.depth) for eye in range(2)])
        return EyeFrames(color, entry.views, entry.display_time_ns, depth)

    def __iter__(self) -> Iterator[EyeFrames]:
        return (self[i] for i in range(len(self)))

    def close(self) -> None:
        """Close the file. Reading afterwards is an InputError."""
        self._zip.close()

    def __enter__(self) -> ClipReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.close()

    def _color(self, i: int, eye: int) -> np.ndarray:
        m = self.manifest
        name = color_name(i, eye, m.color)
        data = self._read(name, MAX_PICTURE_BYTES)
        return decode_color(data, m.color, m.width_px, m.height_px, name)

    def _depth(self, i: int, eye: int, form: DepthFormat) -> np.ndarray:
        name = depth_name(i, eye)
        data = self._read(name, MAX_PICTURE_BYTES)
        return decode_depth(data, form.width_px, form.height_px, form.inverse_step_per_m, name)

    def _names(self) -> Iterator[str]:
        for i in range(len(self)):
            for eye in range(2):
                yield color_name(i, eye, self.manifest.color)
                if self.manifest.depth is not None:
                    yield depth_name(i, eye)

    def _unreadable(self, error: Exception) -> InputError:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return InputError(
            got=f"{self.path} ({' '.join(reason.split())})", wanted="an eyebrush clip", fix=FIX
        )

    def _member(self, name: str) -> zipfile.ZipInfo:
        member = self._members.get(name)
        if member is None:
            raise InputError(got=f"{self.path} without {name}", wanted="a complete clip", fix=FIX)
        if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 0x1:
            raise InputError(
                got=f"{name} in {self.path}, compressed or encrypted by the container",
                wanted="members stored as they are",
                fix="pack it with eyebrush, or with zip -0",
            )
        return member

    def _read(self, name: str, limit: int) -> bytes:
        member = self._member(name)
        if member.file_size > limit:
            raise InputError(
                got=f"{name} of {member.file_size} bytes in {self.path}",
                wanted=f"at most {limit} bytes",
                fix=FIX,
            )
        try:
            return self._zip.read(member)
        # RuntimeError: encrypted; ValueError: closed file; zlib and struct errors come as these too
        except (OSError, zipfile.BadZipFile, RuntimeError, ValueError, EOFError) as error:
            raise self._unreadable(error) from None
