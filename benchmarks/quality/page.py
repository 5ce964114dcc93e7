"""The report as one HTML file that loads nothing: tables, and pictures side by side."""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from eyebrush.atomic import replacing
from quality.methods import PLAIN
from quality.paintings import Painting, square
from quality.stills import Kept

CELL_PX, QUALITY, ROWS = 200, 72, 4
STYLE = """body{font:15px/1.5 sans-serif;margin:2em;background:#faf8f3;color:#1e1e22}
table{border-collapse:collapse;margin:1em 0}td,th{border-bottom:1px solid #ddd;padding:.25em .6em;
text-align:right;vertical-align:top}td:first-child,th:first-child{text-align:left}
.sheet td,.sheet th{text-align:center;border:0;font-weight:normal}"""


def write(path: Path, body: dict[str, Any], kept: Kept, paintings: Sequence[Painting]) -> None:
    """kept: pictures of a few photographs by every method."""
    title = escape(body["title"])
    parts = [f"<!doctype html><meta charset=utf-8><title>{title}</title><style>{STYLE}</style>"]
    parts.append(f"<h1>{title}</h1>")
    parts += [_html(text) for text in body["tables"].values()]
    parts.append(_sheet(kept, paintings, list(body["figures"]["methods"])))
    facts = body["machine"]
    parts.append(
        f"<p>{body['date']}, {escape(str(facts['cpu']))}, {facts['usable_cores']} usable cores; "
        f"load before the run {facts['load_1min']}.</p>\n"
    )
    with replacing(path) as temporary:
        temporary.write_text("\n".join(parts), "utf-8")


def _html(markdown: str) -> str:
    """One of our own tables, and the lines around it."""
    rows, text = [], []
    for line in markdown.splitlines():
        if line.startswith("| ---"):
            continue
        if line.startswith("|"):
            cell = "td" if rows else "th"
            cells = (_inline(c.strip()) for c in line.strip("|").split("|"))
            rows.append("<tr>" + "".join(f"<{cell}>{c}</{cell}>" for c in cells) + "</tr>")
        elif line:
            text.append(f"<p>{_inline(line)}</p>")
    return f"<table>{''.join(rows)}</table>{''.join(text)}"


def _inline(text: str) -> str:
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text, quote=False))
    return re.sub(r"`(.+?)`", r"<code>\1</code>", text)


def _sheet(kept: Kept, paintings: Sequence[Painting], methods: Sequence[str]) -> str:
    """In every row one photograph and one painting, in turn from all groups."""
    shown = [m for m in methods if any(name == m for _, _, name in kept) and m != PLAIN]
    head = "".join(f"<th>{escape(m)}</th>" for m in ["photograph", "painting", *shown])
    rows, used = [], Counter[int]()
    for photo in sorted({photo for _, photo, _ in kept})[:ROWS]:
        for group in dict.fromkeys(p.group for p in paintings):
            there = {k for k, n, _ in kept if n == photo and paintings[k].group == group}
            if not there:
                continue
            chosen = min(sorted(there), key=lambda k: used[k])
            used[chosen] += 1
            pictures = [kept.get((chosen, photo, PLAIN)), paintings[chosen].picture]
            pictures += [kept.get((chosen, photo, m)) for m in shown]
            cells = "".join(f"<td>{'' if p is None else _picture(p)}</td>" for p in pictures)
            rows.append(f"<tr>{cells}</tr>")
    return f"<table class=sheet><tr>{head}</tr>{''.join(rows)}</table>"


def _picture(picture: np.ndarray) -> str:
    data = io.BytesIO()
    Image.fromarray(square(picture, CELL_PX)).save(data, "WEBP", quality=QUALITY)
    source = f"data:image/webp;base64,{base64.b64encode(data.getvalue()).decode()}"
    return f'<img width={CELL_PX} height={CELL_PX} alt="" src="{source}">'
