"""The report as one HTML file, pictures inside: no script, no font, nothing from elsewhere."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from eyebrush.atomic import replacing
from eyebrush.bench.style import CSS
from eyebrush.explain import colours
from eyebrush.explain.ablation import Effect
from eyebrush.explain.parts import LAYERS
from eyebrush.explain.patches import Match
from eyebrush.explain.report import Report

MORE_CSS = """
figure{margin:0}figure img{display:block;width:100%;height:auto;border-radius:8px}
figcaption{font-size:12.5px;line-height:1.4;color:var(--faint);margin-top:6px}
figcaption b{color:var(--ink);font-weight:600}
.row{display:grid;gap:16px;margin-top:18px}.of2{grid-template-columns:repeat(2,1fr)}
.of4{grid-template-columns:repeat(4,1fr)}.of3{grid-template-columns:repeat(3,1fr)}
.tone{background:#4a90e2}.strokes{background:#f58231}
.effect{display:grid;grid-template-columns:76px 1fr 56px;gap:4px 12px;align-items:center;
margin-top:12px}
.effect .bars{display:flex;flex-direction:column;gap:3px}
.effect i{display:block;height:9px;border-radius:3px;min-width:2px}
.effect span{font-variant-numeric:tabular-nums;text-align:right}
.effect small{grid-column:2/4;color:var(--faint);font-size:12px;margin-top:-2px}
.strip img{display:block;width:100%;height:22px;image-rendering:pixelated;border-radius:4px}
.strip{margin-top:14px}.marks{display:flex;font-size:11px;color:var(--faint)}
.marks span{border-left:1px solid var(--line);padding-left:4px;overflow:hidden;white-space:nowrap}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:3px}.pair img{border-radius:4px}
@media (max-width:760px){.of4,.of3{grid-template-columns:repeat(2,1fr)}}
"""
WIDTH_PX, SMALL_PX = 640, 320  # of large and small pictures on the page
QUALITY = 84


def write_page(path: Path, report: Report) -> None:
    with replacing(path) as temporary:
        temporary.write_text(page(report), "utf-8")


def page(r: Report) -> str:
    """The page's text."""
    about = r.style.describe() or r.style.info.get("source", "")
    backend = r.backend
    where = f"{backend.backend} {backend.device} {backend.precision}, network {r.style.network}"
    sections = (_result(r), _parts(r), _numbers(r), _neighbours(r), _patches(r.matches))
    title = f"Why {r.style.name} looks like that"
    return (
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{_e(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{CSS}{MORE_CSS}</style></head><body><main><header>"
        f"<p class=kicker>explained</p><h1>{_e(title)}</h1><p class=lead>{_e(about)}</p></header>"
        f"{''.join(sections)}<p class=note>{_e(where)}</p></main></body></html>\n"
    )


def _result(r: Report) -> str:
    p = r.painted
    tone, strokes = (1e3 * float(v.mean()) for v in (p.by_tone, p.by_strokes))
    share = strokes / max(tone + strokes, 1e-9)
    places = colours.tone_or_strokes(colours.smooth(p.by_tone), colours.smooth(p.by_strokes))
    pictures = (
        _figure(p.frame, "<b>the frame</b>", "the frame as it came"),
        _figure(p.full, f"<b>painted</b>: strokes cover {p.mask:.0%} of it", "the painted frame"),
        _figure(p.tone, "<b>tone alone</b>: the grid of colours, no strokes", "the tone alone"),
        _figure(
            places,
            "<b>who changed what</b>: <i class='key tone'></i>tone "
            "<i class='key strokes'></i>strokes; the lighter, the more",
            "map of tone and strokes",
        ),
    )
    return (
        "<section><div class=head><h2>Tone and strokes</h2><span class=what>mean change of a "
        f"pixel: {tone:.0f} by tone, {strokes:.0f} by strokes (of 1000); {share:.0%} of it by "
        f"strokes</span></div><div class='row of2'>{''.join(pictures)}</div></section>"
    )


def _parts(r: Report) -> str:
    most = max(max(e.change, e.tone, e.strokes) for e in r.effects) or 1.0
    layers = r.effects[: len(LAYERS)]
    kinds = r.effects[len(LAYERS) :]
    shown = _strongest(layers, 4)
    heat_most = float(np.percentile(np.stack([e.heat for e in shown]), 98))
    pictures = "".join(_effect_pictures(e, heat_most) for e in shown)
    return (
        "<section><div class=head><h2>Which part causes what</h2><span class=what>each part of "
        "the style replaced by the mean of all paintings; what changes then, of 1000</span></div>"
        "<p class=note><i class='key tone'></i>change of the tone <i class='key strokes'></i>"
        "change of the strokes; the number: change of the picture</p><div class=two><div>"
        f"<h3>Layers</h3>{''.join(_effect(e, most) for e in layers)}</div><div>"
        "<h3>Kinds of numbers, all layers</h3>"
        f"{''.join(_effect(e, most) for e in kinds)}</div></div>"
        "<h3>Without the four layers that matter most, and where it shows</h3>"
        f"<div class='row of4'>{pictures}</div></section>"
    )


def _strongest(effects: Iterable[Effect], count: int) -> list[Effect]:
    return sorted(effects, key=lambda e: -e.change)[:count]


def _effect(e: Effect, most: float) -> str:
    bars = "".join(
        f"<i class={kind} style='width:{100 * value / most:.1f}%' title='{kind} {value:.1f}'></i>"
        for kind, value in (("tone", e.tone), ("strokes", e.strokes))
    )
    alone = f"{_e(e.part.about)} (alone, added to the mean: {e.alone:.0f})"
    return (
        f"<div class=effect><b>{_e(e.part.name)}</b><div class=bars>{bars}</div>"
        f"<span>{e.change:.1f}</span><small>{alone}</small></div>"
    )


def _effect_pictures(e: Effect, most: float) -> str:
    name = _e(e.part.name)
    hot = colours.heat(colours.smooth(e.heat), most)
    without = _figure(e.without, f"without <b>{name}</b>", f"without {name}", SMALL_PX)
    return without + _figure(hot, f"what <b>{name}</b> does", f"where {name} acts", SMALL_PX)


def _numbers(r: Report) -> str:
    marks = "".join(
        f"<span style='width:{100 * n / r.deviations.shape[1]:.2f}%'>{_e(name)}</span>"
        for name, n in LAYERS
    )
    strips = "".join(
        f"<div class=strip><h3>{what}: {_unusual(row)}</h3>"
        f"<img src='{_data(colours.strip(row), 'PNG')}' alt='{what} of every channel'></div>"
        for what, row in zip(("Scales", "Shifts"), r.deviations, strict=True)
    )
    return (
        "<section><div class=head><h2>The style's own numbers</h2><span class=what>how far each "
        "channel lies from the library's mean, in deviations over the library: "
        "<i class='key tone'></i>below <i class='key strokes'></i>above</span></div>"
        f"{strips}<div class=marks>{marks}</div></section>"
    )


def _unusual(row: np.ndarray) -> str:
    return f"{int((np.abs(row) > 2).sum())} of {row.size} more than two deviations away"


def _neighbours(r: Report) -> str:
    cells = "".join(
        _figure(
            n.painted,
            f"<b>{_e(n.style.name)}</b>, {n.likeness:+.2f}<br>{_e(n.style.describe())}",
            n.style.name,
            SMALL_PX,
        )
        for n in r.neighbours
    )
    return (
        "<section><div class=head><h2>The styles most like it</h2><span class=what>cosine of what "
        "tells each code from the mean</span></div>"
        f"<div class='row of4'>{cells}</div></section>"
    )


def _patches(matches: list[Match]) -> str:
    if not matches:
        return (
            "<section><div class=head><h2>Nearest patches</h2></div><p class=note>The library "
            "keeps codes, not paintings: pass --painting FILE to see which patch of it each piece "
            "of the frame is most like.</p></section>"
        )
    cells = "".join(
        f"<figure><div class=pair><img src='{_data(m.ours)}' alt='piece of the frame'>"
        f"<img src='{_data(m.theirs)}' alt='patch of the painting'></div>"
        f"<figcaption>likeness {m.likeness:.2f}</figcaption></figure>"
        for m in matches
    )
    return (
        "<section><div class=head><h2>Nearest patches</h2><span class=what>left: a piece of the "
        "frame where strokes do most; right: the painting's patch of the nearest texture"
        f"</span></div><div class='row of3'>{cells}</div></section>"
    )


def _figure(picture: np.ndarray, caption: str, alt: str, width_px: int = WIDTH_PX) -> str:
    image = Image.fromarray(picture)
    if image.width > width_px:
        height = max(1, round(image.height * width_px / image.width))
        image = image.resize((width_px, height), Image.Resampling.LANCZOS)
    return (
        f"<figure><img src='{_data(np.asarray(image))}' alt='{_e(alt)}'>"
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _data(picture: np.ndarray, kind: str = "JPEG") -> str:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, quality=QUALITY)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def _e(text: str) -> str:
    return html.escape(text)
