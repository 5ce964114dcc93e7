"""One style: a code for the network, the painting's colours, and whose painting it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from eyebrush import tone
from eyebrush.errors import InputError

NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Style:
    """code [K] float32 and tone_out [3, 4] float32 of one network (``network`` is its id);
    info: title, artist, year, licence, source, caption, ... (all strings). dials: the strength,
    calm and detail (0..1) that go with it where nobody sets others; not kept in files."""

    name: str
    code: np.ndarray
    tone_out: np.ndarray
    network: str
    info: Mapping[str, str] = field(default_factory=dict)
    dials: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for label, value in (("code", self.code), ("tone_out", self.tone_out)):
            if value.dtype != np.float32 or not np.isfinite(value).all():
                bad = "NaN or Inf" if value.dtype == np.float32 else f"{value.dtype} values"
                raise InputError(
                    got=f"style {self.name!r} with {bad} in its {label}",
                    wanted="finite float32 values",
                    fix="make the style again: eyebrush style add PAINTING",
                )
        if self.code.ndim != 1 or self.tone_out.shape != (3, 4):
            raise InputError(
                got=f"style {self.name!r} with code {list(self.code.shape)} "
                f"and tone_out {list(self.tone_out.shape)}",
                wanted="code [K] and tone_out [3, 4]",
                fix="make the style again: eyebrush style add PAINTING",
            )

    def describe(self) -> str:
        """ "The Starry Night, Vincent van Gogh, 1889", as far as it is known."""
        parts = (self.info.get(key, "") for key in ("title", "artist", "year"))
        return ", ".join(p for p in parts if p)

    def require_network(self, network: str, code_size: int) -> None:
        """Refuse a code that belongs to other weights: it would paint nonsense."""
        if self.network != network or self.code.shape != (code_size,):
            raise InputError(
                got=f"style {self.name!r} made for network {self.network} "
                f"(code of {self.code.size} numbers)",
                wanted=f"a style for {network} (code of {code_size} numbers)",
                fix="make it again from its painting: eyebrush style add PAINTING",
            )


def mix_styles(styles: Sequence[Style], weights: Sequence[float], name: str = "") -> Style:
    """Weighted mean of styles of one network. Codes and colours both mix linearly."""
    if len({s.network for s in styles}) != 1:
        raise InputError(
            got=f"styles of the networks {', '.join(sorted({s.network for s in styles})) or '-'}",
            wanted="one or more styles of one network",
            fix="make the odd one again from its painting: eyebrush style add PAINTING",
        )
    if len(styles) == 1 and not name:
        return styles[0]
    label = ",".join(f"{s.name}:{w:.3g}" for s, w in zip(styles, weights, strict=True))
    return Style(
        name=name or label,
        code=tone.mix([s.code for s in styles], weights),
        tone_out=tone.mix([s.tone_out for s in styles], weights),
        network=styles[0].network,
        info={"title": f"mix of {label}"},
    )


def check_name(name: str, what: str = "style") -> str:
    """A name that is also a file name on every system; ``what`` it names."""
    if not NAME_PATTERN.fullmatch(name):
        raise InputError(
            got=f"{what} name {name!r}",
            wanted="1 to 64 of a-z 0-9 - _, starting with a letter or digit",
            fix=f"pass another, such as my-{what}",
        )
    return name


def name_from(text: str) -> str:
    """A valid style name made from a file name or title: "Starry Night.JPG" -> "starry-night"."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return "-".join(words)[:64].strip("-") or "style"
