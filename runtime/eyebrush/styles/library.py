"""The style library: shipped styles and the user's own, found by name, file or mix."""

from __future__ import annotations

import difflib
import os
import sys
from pathlib import Path

from eyebrush import resources
from eyebrush.atomic import unwritable
from eyebrush.errors import InputError
from eyebrush.styles.files import SUFFIX, read_styles, write_styles
from eyebrush.styles.style import Style, check_name, mix_styles

WORDS = "text:"  # what follows are words to find a style by
DEFAULT = "starry-night"  # if it is there; else the first of the shipped


def user_folder() -> Path:
    """Where a user's own styles live: the platform's place for application data."""
    if os.environ.get("XDG_DATA_HOME"):
        base = Path(os.environ["XDG_DATA_HOME"])
    elif sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path.home() / ".local" / "share"
    return base / "eyebrush" / "styles"


def open_library() -> StyleLibrary:
    """The library of this installation and user."""
    return StyleLibrary(resources.asset(resources.STYLES), user_folder())


class StyleLibrary:
    """Styles for one network. Shipped ones are read at once, the user's own when named.

    ``network`` is the id of the network that they belong to, ``code_size`` the length of a code.
    """

    def __init__(self, shipped: Path, own: Path) -> None:
        self.folder = own
        self.shipped = read_styles(shipped)
        if not self.shipped:
            raise InputError(
                got=f"{shipped} without a style", wanted="one or more", fix="reinstall eyebrush"
            )
        first = next(iter(self.shipped.values()))
        self.network, self.code_size = first.network, first.code.size
        for style in self.shipped.values():
            style.require_network(self.network, self.code_size)

    @property
    def default(self) -> Style:
        """The style to take when nobody names one."""
        return self.shipped.get(DEFAULT) or next(iter(self.shipped.values()))

    def own_names(self) -> list[str]:
        """Names of the user's styles, sorted. A folder that does not exist holds none."""
        try:
            return sorted(p.stem for p in self.folder.glob(f"*{SUFFIX}") if p.is_file())
        except OSError as error:
            raise InputError(
                got=f"style folder {self.folder} ({error.strerror})",
                wanted="a readable folder",
                fix="check its permissions",
            ) from error

    def names(self) -> list[str]:
        """Every name that ``get`` knows: shipped ones first, in the library's order."""
        return [*self.shipped, *(n for n in self.own_names() if n not in self.shipped)]

    def get(self, name: str) -> Style:
        """A style by name or by file ("mine", "folder/mine.safetensors")."""
        if name in self.shipped:
            return self.shipped[name]
        if name.endswith(SUFFIX):
            return self._only(Path(name).expanduser())
        if name in self.own_names():
            return self._only(self.folder / f"{name}{SUFFIX}")
        names = self.names()
        close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]!r}? see" if close else "see"
        raise InputError(
            got=f"style {name!r}",
            wanted=f"one of the {len(names)} known styles, or a file *{SUFFIX}",
            fix=f"{hint} eyebrush style list; a new one: eyebrush style add PAINTING",
        )

    def resolve(self, text: str) -> Style:
        """What a user writes: a name, a file, a mix such as "monet:0.6,hokusai:0.4", or words:
        "text:stormy sea in thick oil" (see :mod:`eyebrush.speak`)."""
        if text.startswith(WORDS):
            from eyebrush import speak

            return speak.find(text.removeprefix(WORDS), self).style
        parts = [p.strip() for p in text.split(",")]
        if not all(parts):
            raise InputError(
                got=f"style {text!r}", wanted="NAME, FILE or a:0.6,b:0.4", fix="name a style"
            )
        named = [_weighted(p) for p in parts]
        return mix_styles([self.get(name) for name, _ in named], [weight for _, weight in named])

    def save(self, style: Style, *, replace: bool = False) -> Path:
        """Keep a style as the user's own; returns its file."""
        check_name(style.name)
        style.require_network(self.network, self.code_size)
        path = self.folder / f"{style.name}{SUFFIX}"
        if style.name in self.shipped or (path.exists() and not replace):
            shipped = style.name in self.shipped
            raise InputError(
                got=f"the name {style.name!r}, which is taken"
                + (" by a shipped style" if shipped else ""),
                wanted="a new name",
                fix="pass --name OTHER" + ("" if shipped else ", or --replace"),
            )
        write_styles(path, [style])
        return path

    def remove(self, name: str) -> Path:
        """Delete one of the user's styles; returns the file that is gone."""
        own = self.own_names()
        if name not in own:
            kind = "shipped" if name in self.shipped else "unknown"
            raise InputError(
                got=f"{kind} style {name!r}",
                wanted=f"one of your own styles ({', '.join(own) or 'there are none'})",
                fix="see eyebrush style list",
            )
        path = self.folder / f"{name}{SUFFIX}"
        try:
            path.unlink()
        except OSError as error:
            raise unwritable(path, error) from error
        return path

    def _only(self, path: Path) -> Style:
        styles = list(read_styles(path).values())
        if len(styles) != 1:
            raise InputError(
                got=f"{path} with {len(styles)} styles",
                wanted="a file with one style",
                fix="use one made by: eyebrush style add",
            )
        styles[0].require_network(self.network, self.code_size)
        return styles[0]


def _weighted(part: str) -> tuple[str, float]:
    """ "monet:0.6" -> ("monet", 0.6); "monet" and "C:\\x.safetensors" -> weight 1."""
    name, colon, number = part.rpartition(":")
    try:
        weight = float(number)
    except ValueError:
        return part, 1.0
    return (name.strip(), weight) if colon and name.strip() else (part, 1.0)
