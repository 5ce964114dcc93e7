"""Styles found by words: a sentence, the captions of the library, and a small sentence model.

``find("stormy sea in thick oil", library)`` is what ``--style "text:stormy sea in thick oil"``
paints with. Needs the extra ``speak``; nothing is downloaded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eyebrush.errors import InputError
from eyebrush.speak.adjectives import Adjectives, adjectives, recoloured
from eyebrush.speak.embedder import Embedder
from eyebrush.styles.library import WORDS
from eyebrush.styles.style import Style, mix_styles

if TYPE_CHECKING:
    from eyebrush.styles.library import StyleLibrary

MOST_CHARACTERS = 500
MOST_STYLES = 3  # of a mix
SHARPNESS = 0.1  # a style this much less alike has 1/e of the weight
LEAST_SHARE = 0.15  # of a style in the mix; less is left out
FAR = 0.2  # cosine: what is less alike has nothing to do with the words
VECTORS = "captions.safetensors"  # of the shipped captions, made by benchmarks/speak.py --vectors


@dataclass(frozen=True)
class Match:
    """A style and how it fits: likeness (cosine of the whole caption, about -0.1..1), its share of
    the mix (0 where it has none), and the words of its caption that fit best."""

    name: str
    likeness: float
    share: float
    because: str


@dataclass(frozen=True)
class Found:
    """What words led to: the style to paint with, what it was mixed from, and what adjectives
    did. ``near`` has the best five styles, those of the mix among them."""

    style: Style
    near: tuple[Match, ...]
    words: Adjectives

    def reason(self) -> str:
        """For people, on one line."""
        parts = [f"{m.name} {m.share:.0%} ({m.because})" for m in self.near if m.share]
        return "; ".join([*parts, *(f"{word}: {does}" for word, does in self.words.said.items())])

    def as_dict(self) -> dict[str, Any]:
        """For programs. use: what ``--style`` takes, palette and dials included."""
        return {
            "style": self.style.name,
            "use": WORDS + self.style.info["words"],
            "near": [asdict(match) for match in self.near],
            "dials": dict(self.words.dials),
            "colours": list(self.words.colours),
            "words": dict(self.words.said),
        }


def find(text: str, library: StyleLibrary) -> Found:
    """The style, or mix of up to three, whose captions are most like ``text``.

    Raises InputError for a text that is empty, too long or like no caption at all, BackendError
    where the extra ``speak`` is missing.
    """
    text = " ".join(text.split())
    if not text or len(text) > MOST_CHARACTERS:
        raise InputError(
            got=f"{len(text)} characters to find a style by",
            wanted=f"1 to {MOST_CHARACTERS}",
            fix='say what it shall look like: "stormy sea in thick oil"',
        )
    styles = {name: style for name in library.names() if (style := _sound(library, name))}
    captions = {name: caption(style) for name, style in styles.items()}
    wanted = _embedder().embed([text])[0]
    near = _ranked(wanted, captions)
    if near[0].likeness < FAR:
        raise InputError(
            got=f"{text!r}, which is like no style's caption",
            wanted="what is to be seen, how it is painted, or its colours and mood",
            fix=f"other words (the nearest is {near[0].name}), or see eyebrush style list",
        )
    words = adjectives(text)
    chosen = [m for m in near if m.share]
    mixed = mix_styles([styles[m.name] for m in chosen], [m.share for m in chosen])
    style = replace(
        mixed,
        tone_out=recoloured(mixed.tone_out, words.colours),
        info={**mixed.info, "words": text},
        dials=words.dials,
    )
    return Found(style, near, words)


def caption(style: Style) -> list[str]:
    """Phrases that say what a style looks like: its own caption, else the shipped one; then title
    and artist."""
    own = style.info.get("caption", "")
    known = re.split(r"[.;]\s+", own.rstrip(". ")) if own else shipped_captions().get(style.name)
    return [*(known or ()), style.describe() or style.name.replace("-", " ")]


@cache
def shipped_captions() -> dict[str, list[str]]:
    """Style name -> what is to be seen, how it is painted, its colours and mood."""
    text = (Path(__file__).parent / "captions.json").read_text("utf-8")
    captions: dict[str, list[str]] = json.loads(text)
    return captions


def scores(wanted: np.ndarray, captions: Sequence[Sequence[str]]) -> np.ndarray:
    """[384] -> [N, 2]: likeness to each whole caption, and to the phrase of it that fits best."""
    rows = []
    for phrases in captions:
        whole, *parts = _vectors([whole_caption(phrases), *phrases]) @ wanted
        rows.append((whole, max(parts)))
    return np.array(rows)


def whole_caption(phrases: Sequence[str]) -> str:
    """All but title and artist, which say little about looks; these where there is nothing else."""
    return ". ".join(phrases[:-1] or phrases)


def _ranked(wanted: np.ndarray, captions: dict[str, list[str]]) -> tuple[Match, ...]:
    """The best five, best first, with their shares of the mix."""
    names = list(captions)
    likeness = scores(wanted, list(captions.values()))
    order = np.argsort(-likeness.sum(1), kind="stable")[:5]
    total = likeness.sum(1)[order]
    shares = np.exp((total - total[0]) / SHARPNESS)
    shares[MOST_STYLES:] = 0
    shares[shares / shares.sum() < LEAST_SHARE] = 0
    shares /= shares.sum()
    return tuple(
        Match(
            names[i],
            round(float(likeness[i, 0]), 3),
            round(float(share), 2),
            _best_phrase(wanted, captions[names[i]]),
        )
        for i, share in zip(order, shares, strict=True)
    )


def _best_phrase(wanted: np.ndarray, phrases: Sequence[str]) -> str:
    return phrases[int(np.argmax(_vectors(phrases) @ wanted))]


def _vectors(texts: Sequence[str]) -> np.ndarray:
    """[N] texts -> [N, 384]; those of the shipped captions are known, others are made once."""
    known = _known()
    for text in texts:
        if text not in known:
            known[text] = _embedder().embed([text])[0]
    return np.stack([known[text] for text in texts])


@cache
def _known() -> dict[str, np.ndarray]:
    from safetensors import safe_open

    path = Path(__file__).parent / VECTORS
    if not path.is_file():  # a library that was changed works without, only more slowly
        return {}
    with safe_open(path, framework="numpy") as file:
        texts = json.loads(file.metadata()["texts"])
        vectors = file.get_tensor("vectors").astype(np.float32)
    return dict(zip(texts, vectors, strict=True))


@cache
def _embedder() -> Embedder:
    return Embedder()


def _sound(library: StyleLibrary, name: str) -> Style | None:
    """A style that can be painted with; None for a stale file of the user's."""
    try:
        return library.get(name)
    except InputError:
        return None
