"""One file restyled, a model or a loose texture: what processes and cluster workers are given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eyebrush.atomic import replacing
from eyebrush.errors import InputError
from eyebrush.retexture.check import check_model
from eyebrush.retexture.model import SUFFIXES, Model
from eyebrush.retexture.restyle import Part, Result, restyle
from eyebrush.retexture.texture import Wrap, decode, guess_wrap
from eyebrush.retexture.write import write_model
from eyebrush.stylizer import Stylizer

if TYPE_CHECKING:
    from eyebrush.styles import Style

TILES: dict[str, tuple[Wrap, Wrap]] = {"yes": ("repeat", "repeat"), "no": ("clamp", "clamp")}


@dataclass(frozen=True)
class Look:
    """How to paint. tile: whether loose textures repeat: auto, yes or no."""

    style: Style
    strength: float
    detail: float
    backend: str
    precision: str
    threads: int | None
    tile: str

    def stylizer(self) -> Stylizer:
        from eyebrush import ops

        if self.threads is not None:
            ops.set_threads(self.threads)
        return Stylizer(
            self.style,
            strength=self.strength,
            detail=self.detail,
            calm=0.0,
            backend=self.backend,
            precision=self.precision,
            threads=self.threads,
            smoothing_s=0.0,
        )


@dataclass(frozen=True)
class Done:
    """files: written, the main one last; figures: of each texture."""

    files: list[Path]
    figures: list[dict[str, Any]]


def restyle_file(stylizer: Stylizer, source: Path, out: Path, tile: str = "auto") -> Done:
    """Restyle ``source`` into ``out``, which must not be the same file.

    Raises InputError for what cannot be restyled; then nothing was written.
    """
    if source.suffix.lower() in SUFFIXES:
        return _restyle_model(stylizer, source, out)
    return _restyle_texture(stylizer, source, out, tile)


def _restyle_model(stylizer: Stylizer, source: Path, out: Path) -> Done:
    model = Model(source)
    results = restyle(stylizer, model.parts())
    pictures = [r.data for r in results]
    files = write_model(model, pictures, out, lambda p: check_model(Model(source), p, pictures))
    return Done(files, [r.figures for r in results])


def _restyle_texture(stylizer: Stylizer, source: Path, out: Path, tile: str) -> Done:
    try:
        data = source.read_bytes()
    except OSError as error:
        raise InputError(
            got=f"{source} ({error.strerror or error})",
            wanted="a model (.glb, .gltf) or a texture (PNG, JPEG, WebP)",
            fix="check the path",
        ) from error
    texture = decode(data, str(source))
    if out.exists() and out.samefile(source):
        raise InputError(
            got=f"output {out}, which is the input",
            wanted="another file: originals are never touched",
            fix="choose another -o",
        )
    if out.suffix.lower() not in (texture.suffix, ".jpeg" if texture.format == "JPEG" else ""):
        raise InputError(
            got=f"output {out} for a texture in {texture.format}",
            wanted=f"a name ending in {texture.suffix}: formats are kept",
            fix="rename it",
        )
    wrap = TILES.get(tile) or guess_wrap(texture.color)
    (result,) = restyle(stylizer, [Part(source.name, texture, wrap)])
    _check_texture(texture.color, result)
    with replacing(out) as temporary:
        temporary.write_bytes(result.data)
    return Done([out], [result.figures])


def _check_texture(before: np.ndarray, result: Result) -> None:
    after = result.texture.color
    if after.shape != before.shape or not np.array_equal(after[..., 3:], before[..., 3:]):
        raise AssertionError(f"{result.figures}: size or alpha changed")
