"""Plots as inline SVG. Colours are the page's CSS variables, so that they follow light and dark."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

import numpy as np

from eyebrush.governor import State

WIDTH, HALF = 960, 500  # of a plot over the whole page, and of one of two side by side
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 14, 26
STAGE_COLOURS = {
    "composite": "--a",
    "rest": "--b",
    "ingest": "--c",
    "tone": "--d",
    "network": "--e",
    "calm": "--f",
}


def frame_graph(
    frames: Sequence[int],
    times_ms: np.ndarray,
    budget_ms: float,
    states: Sequence[int],
    late: set[int],
    passed: set[int],
) -> str:
    """A column for each display frame under the budget's line; late ones red, passed ones pale;
    below, a strip with the governor's state."""
    height, strip = 240, 10
    base = height - BOTTOM - strip - 6
    top_ms = _ceiling(max(1.15 * budget_ms, min(float(times_ms.max()), 2.2 * budget_ms)))
    first, last = frames[0], max(frames[-1], frames[0] + 1)
    step = (WIDTH - LEFT - RIGHT) / (last - first + 1)

    def x(frame: int) -> float:
        return LEFT + (frame - first) * step

    def y(ms: float) -> float:
        return base - min(ms, top_ms) / top_ms * (base - TOP)

    parts = [_grid(top_ms, y)]
    for kind in ("usual", "passed", "late"):
        path = [
            f"M{x(i):.1f} {base}V{y(float(ms)):.1f}"
            for i, ms in zip(frames, times_ms, strict=True)
            if kind == ("late" if i in late else "passed" if i in passed else "usual")
        ]
        width = max(0.7, 0.82 * step)
        parts.append(f'<path class="bar {kind}" stroke-width="{width:.2f}" d="{"".join(path)}"/>')
    for begin, end, state in _stretches(frames, states):
        parts.append(
            f'<rect class="state s{state}" x="{x(begin):.1f}" y="{base + 5}" '
            f'width="{(end - begin + 1) * step:.1f}" height="{strip}" rx="2">'
            f"<title>{State(state).label}</title></rect>"
        )
    at = y(budget_ms)
    parts.append(f'<path class="budget" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
    parts.append(
        f'<text class="budget-text" x="{WIDTH - RIGHT}" y="{at - 5:.1f}" text-anchor="end">'
        f"budget {budget_ms:.1f} ms</text>"
    )
    for i in np.linspace(first, last, 6).astype(int):
        anchor = "end" if i == last else "middle" if i != first else "start"
        parts.append(
            f'<text x="{x(int(i)):.0f}" y="{height - 6}" text-anchor="{anchor}">{i}</text>'
        )
    return _svg(WIDTH, height, "".join(parts), "time of each display frame")


def histogram(times_ms: np.ndarray, budget_ms: float) -> str:
    """How many display frames took how long, with median, p99 and the budget."""
    height = 200
    base = height - BOTTOM
    top = max(1.1 * budget_ms, min(float(times_ms.max()) * 1.02, 2.2 * budget_ms))
    counts, edges = np.histogram(np.minimum(times_ms, top * 0.9999), bins=80, range=(0, top))
    shares = np.sqrt(counts / max(1, counts.max()))  # the root: single slow frames stay visible
    scale = (HALF - 2 * RIGHT) / top
    parts = []
    for share, a, b in zip(shares, edges, edges[1:], strict=False):
        if share:
            kind = "late" if a >= budget_ms else "usual"
            h = share * (base - TOP)
            parts.append(
                f'<rect class="bin {kind}" x="{RIGHT + a * scale:.1f}" y="{base - h:.1f}" '
                f'width="{(b - a) * scale - 1:.1f}" height="{h:.1f}" rx="1.5"/>'
            )
    marks = [("median", float(np.median(times_ms))), ("p99", float(np.percentile(times_ms, 99)))]
    for level, (name, ms) in enumerate(marks):
        at = RIGHT + min(ms, top) * scale
        parts.append(f'<path class="mark" d="M{at:.1f} {TOP}V{base}"/>')
        parts.append(f'<text x="{at + 5:.1f}" y="{TOP + 10 + 15 * level}">{name} {ms:.2f}</text>')
    at = RIGHT + budget_ms * scale
    parts.append(f'<path class="budget" d="M{at:.1f} {TOP}V{base}"/>')
    parts.append(f'<text class="budget-text" x="{at + 5:.1f}" y="{TOP + 44}">budget</text>')
    step = _step(top)
    for i in range(int(top / step) + 1):
        parts.append(
            f'<text x="{RIGHT + i * step * scale:.1f}" y="{height - 8}" '
            f'text-anchor="middle">{i * step:g}</text>'
        )
    parts.append(f'<path class="axis" d="M{RIGHT} {base}H{HALF - RIGHT}"/>')
    return _svg(HALF, height, "".join(parts), "histogram of frame times, milliseconds")


def stage_stack(
    rows: Sequence[tuple[str, dict[str, float]]], budget_ms: float, width: int = HALF
) -> str:
    """Stacked bars of stages (ms) against the budget, a row for each."""
    row_h, gap, label = 26, 14, 128 if width == HALF else 200
    height = TOP + len(rows) * (row_h + gap) + 20
    longest = max(sum(stages.values()) for _, stages in rows)
    top = _ceiling(max(1.1 * budget_ms, longest))
    scale = (width - label - RIGHT - 64) / top
    parts = []
    for k, (name, stages) in enumerate(rows):
        y = TOP + k * (row_h + gap)
        parts.append(
            f'<text class="name" x="{label - 10}" y="{y + 17}" text-anchor="end">'
            f"{html.escape(name)}</text>"
        )
        at = float(label)
        for stage, ms in stages.items():
            long = ms * scale
            parts.append(
                f'<rect x="{at:.1f}" y="{y}" width="{max(0.8, long):.1f}" height="{row_h}" rx="2" '
                f'fill="var({STAGE_COLOURS[stage]})"><title>{stage} {ms:.2f} ms</title></rect>'
            )
            if long > 84:
                parts.append(
                    f'<text class="inside" x="{at + 8:.1f}" y="{y + 17}">{stage} {ms:.2f}</text>'
                )
            at += long
        parts.append(f'<text x="{at + 7:.1f}" y="{y + 17}">{sum(stages.values()):.2f} ms</text>')
    at = label + budget_ms * scale
    bottom = height - 20
    parts.append(f'<path class="budget" d="M{at:.1f} {TOP - 6}V{bottom}"/>')
    parts.append(
        f'<text class="budget-text" x="{at:.1f}" y="{bottom + 14}" text-anchor="middle">'
        f"budget {budget_ms:.1f} ms</text>"
    )
    return _svg(width, height, "".join(parts), "median time of each stage")


def _svg(width: int, height: int, inside: str, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{title}">'
        f"<title>{title}</title>{inside}</svg>"
    )


def _grid(top_ms: float, y: object) -> str:
    assert callable(y)
    step, lines = _step(top_ms), []
    for i in range(int(top_ms / step) + 1):
        at = y(i * step)
        lines.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{i * step:g}</text>')
    return "".join(lines)


def _stretches(frames: Sequence[int], states: Sequence[int]) -> list[tuple[int, int, int]]:
    """(first frame, last frame, state) of each run of equal states."""
    found: list[tuple[int, int, int]] = []
    for i, state in zip(frames, states, strict=True):
        if found and found[-1][2] == state:
            found[-1] = (found[-1][0], i, state)
        else:
            found.append((i, i, state))
    return found


def _step(top: float) -> float:
    """A round step that gives 3 to 8 marks up to ``top``."""
    rough = top / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= rough)


def _ceiling(top: float) -> float:
    step = _step(top)
    return math.ceil(top / step) * step
