"""Writing a stereo clip (docs/clip-format.md); use it through :mod:`eyebrush.clip`."""

from __future__ import annotations

import contextlib
import os
import zipfile
from pathlib import Path
from types import TracebackType

from eyebrush.clip_codec import COLOR_CODECS, encode_color, encode_depth
from eyebrush.clip_manifest import (
    MANIFEST,
    MAX_SIDE_PX,
    ClipInfo,
    DepthFormat,
    FrameEntry,
    Manifest,
    color_name,
    depth_name,
    parse_manifest,
)
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames


class ClipWriter:
    """Writes a clip beside its place and renames it when all went well.

    Leaving the ``with`` block by an exception, or without a frame, leaves no file. ``quality``
    1..100 is the lossy quality of the colour, None lossless; ``inverse_step_per_m`` the step of
    the stored inverse depth (0.001 resolves 1 % at 20 m, and 0.02 pixels of disparity between the
    eyes in a picture of 512 pixels).
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        info: ClipInfo,
        *,
        color: str = "webp",
        quality: int | None = 80,
        inverse_step_per_m: float = 0.001,
    ) -> None:
        if color not in COLOR_CODECS or (quality is not None and not 1 <= quality <= 100):
            raise InputError(
                got=f"color={color!r}, quality={quality!r}",
                wanted=f"one of {', '.join(COLOR_CODECS)}; 1..100 or None",
                fix="quality=None is lossless",
            )
        self.path, self._info = Path(path), info
        self._codec, self._quality, self._step = color, quality, inverse_step_per_m
        self._sizes: tuple[tuple[int, int, int], tuple[int, ...] | None] | None = None
        self._entries: list[FrameEntry] = []
        self._part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        try:
            self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_STORED)
        except OSError as error:
            raise self._unwritable(error) from None

    def add(self, frame: EyeFrames) -> None:
        """Append a frame: two eyes, two views, later than the one before; alpha is dropped."""
        self._check(frame)
        i = len(self._entries)
        members = {}
        for eye in range(2):
            rgb = frame.color[eye, ..., :3]
            members[color_name(i, eye, self._codec)] = encode_color(rgb, self._codec, self._quality)
            if frame.depth_m is not None:
                members[depth_name(i, eye)] = encode_depth(frame.depth_m[eye], self._step)
        for name, data in members.items():
            self._put(name, data)
        left, right = frame.views
        self._entries.append(FrameEntry(int(frame.display_time_ns), (left, right)))

    def close(self) -> None:
        """Finish the file and move it to its place."""
        try:
            self._put(MANIFEST, self._manifest())
            self._zip.close()
            os.replace(self._part, self.path)
        except OSError as error:
            self.abort()
            raise self._unwritable(error) from None
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Give up: nothing is left at the clip's place or beside it."""
        with contextlib.suppress(OSError):  # a full disk: there is nothing to keep anyway
            self._zip.close()
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> ClipWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _manifest(self) -> bytes:
        if not self._entries or self._sizes is None:
            raise InputError(got="no frames", wanted="at least one", fix="add() some first")
        (_, height, width), depth_shape = self._sizes
        depth = None
        if depth_shape is not None:
            depth = DepthFormat(depth_shape[2], depth_shape[1], self._step)
        data = Manifest(
            self._info, width, height, self._codec, depth, tuple(self._entries)
        ).to_json()
        parse_manifest(data)  # never write what the reader would refuse
        return data

    def _check(self, frame: EyeFrames) -> None:
        depth = None if frame.depth_m is None else frame.depth_m.shape
        sizes = ((2, frame.color.shape[1], frame.color.shape[2]), depth)
        want = self._sizes or sizes
        good = frame.color.shape[0] == len(frame.views) == 2 and sizes == want
        good = good and max(frame.color.shape) <= MAX_SIDE_PX
        if not good or (depth is not None and (len(depth) != 3 or depth[0] != 2)):
            raise InputError(
                got=f"color {list(frame.color.shape)}, {len(frame.views)} views, "
                f"depth {None if depth is None else list(depth)}",
                wanted=f"color {list(want[0])} and depth of the first frame's shape, two views, "
                f"sides up to {MAX_SIDE_PX}",
                fix="give every frame of a clip the same size, and both eyes",
            )
        last = self._entries[-1].display_time_ns if self._entries else -1
        if frame.display_time_ns <= last:
            raise InputError(
                got=f"display_time_ns={frame.display_time_ns} after {last}",
                wanted="display times that grow",
                fix="add the frames in the order in which they were shown",
            )
        self._sizes = sizes

    def _put(self, name: str, data: bytes) -> None:
        try:
            member = zipfile.ZipInfo(name)  # dated 1980-01-01: same frames, same bytes
            member.external_attr = 0o644 << 16
            self._zip.writestr(member, data)
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> InputError:
        return InputError(
            got=f"{self.path} ({error.strerror or error})",
            wanted="a place to write the clip to",
            fix="make the folder, free some space, or choose another output",
        )
