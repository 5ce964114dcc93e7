"""How often words lead to the right style: queries that were written before the captions.

    python benchmarks/speak.py             a minute; needs the extra speak
    python benchmarks/speak.py --vectors   makes runtime/eyebrush/speak/captions.safetensors anew

``speak_queries.json`` holds each query with the styles that were accepted for it: 40 held-out ones,
which nothing was tuned on, and 24 by which the scoring was chosen. Queries and captions are by the
same hand, so that strangers' words may do worse. Beside it: shared words (each counts the less, the
more captions have it), and chance.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

import harness
from eyebrush import speak
from eyebrush.speak.embedder import Embedder
from eyebrush.styles import open_library

QUERIES = Path(__file__).with_name("speak_queries.json")
STOP = frozenset("a an and at by for from in into is it of on or over the to under with".split(" "))  # noqa: SIM905


def words(text: str) -> set[str]:
    """Lower-case words without the commonest, cut to five letters so that endings do not count."""
    return {w[:5] for w in re.findall(r"[a-z]+", text.lower()) if w not in STOP}


def by_shared_words(queries: Sequence[str], captions: Sequence[Sequence[str]]) -> np.ndarray:
    """[Q, N]: sum of the inverse document frequencies of the words in common."""
    have = [words(" ".join(phrases)) for phrases in captions]
    count = Counter(w for known in have for w in known)
    weight = {w: math.log(len(have) / c) for w, c in count.items()}
    return np.array([[sum(weight[w] for w in words(q) & h) for h in have] for q in queries])


def rates(scores: np.ndarray, names: Sequence[str], accepted: Sequence[Sequence[str]]) -> list[int]:
    """How many queries have an accepted style first, and among the first three."""
    best = [[names[i] for i in np.argsort(-row, kind="stable")[:3]] for row in scores]
    first = sum(b[0] in a for b, a in zip(best, accepted, strict=True))
    three = sum(bool(set(b) & set(a)) for b, a in zip(best, accepted, strict=True))
    return [first, three]


def by_chance(styles: int, accepted: Sequence[Sequence[str]]) -> list[float]:
    """The same, expected of an order that was drawn by lot."""
    first = sum(len(a) / styles for a in accepted)
    three = sum(1 - math.comb(styles - len(a), 3) / math.comb(styles, 3) for a in accepted)
    return [first, three]


def make_vectors() -> Path:
    """Embed every phrase of the shipped captions; written beside them."""
    library, texts = open_library(), dict[str, None]()
    for style in library.shipped.values():
        phrases = speak.caption(style)
        texts.update(dict.fromkeys([speak.whole_caption(phrases), *phrases]))
    vectors = Embedder().embed(list(texts)).astype(np.float16)
    path = Path(speak.__file__).with_name(speak.VECTORS)
    save_file({"vectors": vectors}, path, {"texts": json.dumps(list(texts))})
    return path


def run() -> int:
    p = harness.parser(__doc__)
    p.add_argument("--vectors", action="store_true", help="make the shipped captions' vectors")
    args = p.parse_args()
    if args.vectors:
        harness.say(f"wrote {make_vectors()}")
        return 0
    facts = harness.machine()
    library = open_library()
    names = list(library.shipped)
    captions = [speak.caption(style) for style in library.shipped.values()]
    started = time.perf_counter()
    embedder = Embedder()
    loaded_s = time.perf_counter() - started
    sets: dict[str, list[dict[str, Any]]] = json.loads(QUERIES.read_text("utf-8"))
    figures: dict[str, Any] = {"load_s": round(loaded_s, 3), "styles": len(names)}
    rows, times = [], []
    for which in ("other_words", "held_out", "tuning"):
        queries = [row["query"] for row in sets[which]]
        accepted = [row["accepted"] for row in sets[which]]
        found = []
        for query in queries:
            started = time.perf_counter()
            wanted = embedder.embed([query])[0]
            found.append(speak.scores(wanted, captions).sum(1))
            times.append(time.perf_counter() - started)
        methods: dict[str, list[Any]] = {
            "captions, sentence model": rates(np.array(found), names, accepted),
            "captions, shared words": rates(by_shared_words(queries, captions), names, accepted),
            "chance": by_chance(len(names), accepted),
        }
        figures[which] = {"queries": len(queries), **methods}
        for method, (first, three) in methods.items():
            shares = [f"{100 * n / len(queries):.0f} %" for n in (first, three)]
            rows.append([f"{len(queries)} {which.replace('_', '-')} queries: {method}", *shares])
    figures["query_ms"] = {k: v * 1e3 for k, v in harness.percentiles(times, 5).items()}
    body = harness.result("speak", "Styles by words", facts, {"styles": len(names)}, figures)
    table = harness.table([f"{len(names)} styles", "right style first", "among three"], rows)
    body["tables"] = {"speak": table}
    harness.publish(body, args.out)
    return 0


if __name__ == "__main__":
    harness.main(run)
