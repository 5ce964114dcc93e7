"""What an engine was made for: everything that decides whether it may be used."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

PRECISIONS = ("f16", "f32")


@dataclass(frozen=True)
class EngineSpec:
    """network: SHA-256 of the ONNX file.
    eyes, height, width: the network's input [eyes, 3, height, width].
    precision: f16 or f32.  library, version: what compiled it.
    cards: compute capabilities such as ("8.6", "8.9") of a portable engine; else (GPU name,).
    driver: the driver's version, only where the engine is not portable.
    """

    network: str
    eyes: int
    height: int
    width: int
    precision: str
    library: str
    version: str
    cards: tuple[str, ...]
    driver: str = ""

    def key(self) -> str:
        """Name in the cache; differs whenever any of these differs."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def covers(self, wanted: EngineSpec) -> bool:
        """Whether such an engine does what ``wanted`` asks for: as it, for its cards or more."""
        mine, other = asdict(self), asdict(wanted)
        return set(other.pop("cards")) <= set(mine.pop("cards")) and mine == other

    @property
    def size(self) -> str:
        return f"{self.eyes}x3x{self.height}x{self.width}"

    @property
    def where(self) -> str:
        """The cards in words."""
        cards = ", ".join(self.cards)
        return f"{cards} (driver {self.driver})" if self.driver else f"compute capability {cards}"


def from_dict(raw: dict[str, object]) -> EngineSpec:
    """The inverse of ``asdict``, checked. Raises ValueError."""
    try:
        spec = EngineSpec(**{**raw, "cards": tuple(raw["cards"])})  # type: ignore[arg-type]
    except (KeyError, TypeError) as error:
        raise ValueError(f"no description of an engine ({error})") from error
    numbers = (spec.eyes, spec.height, spec.width)
    words = (spec.network, spec.precision, spec.library, spec.version, spec.driver, *spec.cards)
    if not all(type(n) is int and n > 0 for n in numbers) or not spec.cards:
        raise ValueError(f"sizes {numbers} for cards {spec.cards}")
    if not all(isinstance(w, str) and w.isprintable() for w in words):
        raise ValueError("words that are none")
    return spec
