"""WordPiece as BERT's uncased models want it (Devlin et al. 2018): text -> numbers of word parts.

``vocab.txt`` is BERT's own list of 30,522 parts, one a line; a part's number is its line.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

MOST_PARTS = 128  # of a text, its two ends included; what the model was trained on
LONGEST_WORD = 100
BEGIN, END, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"


@cache
def vocabulary() -> dict[str, int]:
    """Part -> number. Parts that continue a word begin with "##"."""
    text = (Path(__file__).parent / "vocab.txt").read_text("utf-8")
    return {part: number for number, part in enumerate(text.split("\n")[:-1])}


def encode(text: str) -> list[int]:
    """The numbers of a text's parts between those of its two ends; at most MOST_PARTS of them."""
    known = vocabulary()
    parts = [part for word in _words(text) for part in _parts(word, known)]
    return [known[part] for part in (BEGIN, *parts[: MOST_PARTS - 2], END)]


def _words(text: str) -> list[str]:
    """Lower case without accents; punctuation and Chinese characters stand by themselves."""
    spaced = []
    for character in unicodedata.normalize("NFD", text).lower():
        kind = unicodedata.category(character)
        if character in "\t\n\r" or kind == "Zs":
            spaced.append(" ")
        elif kind.startswith("C") or kind == "Mn" or character == "\ufffd":
            continue
        elif _alone(character, kind):
            spaced.append(f" {character} ")
        else:
            spaced.append(character)
    return "".join(spaced).split()


def _alone(character: str, kind: str) -> bool:
    ascii_sign = character.isascii() and not character.isalnum()
    code = ord(character)
    chinese = 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0xF900 <= code <= 0xFAFF
    return ascii_sign or kind.startswith("P") or chinese or 0x20000 <= code <= 0x2FA1F


def _parts(word: str, known: dict[str, int]) -> list[str]:
    """The longest known beginning first, then the longest of what is left, and so on."""
    parts: list[str] = []
    start = 0
    while start < len(word) <= LONGEST_WORD:
        mark = "##" if start else ""
        ends = range(len(word), start, -1)
        end = next((e for e in ends if mark + word[start:e] in known), None)
        if end is None:
            return [UNKNOWN]
        parts.append(mark + word[start:end])
        start = end
    return parts or [UNKNOWN]
