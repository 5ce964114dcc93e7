"""Style against stability, every method a point: SVG, drawn by hand."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from eyebrush.atomic import replacing

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 960, 520, 60, 60, 40, 300
LINE = 18  # from label to label
COLOURS = {"ours": "#b5442a", "peer": "#2a5fb5", "control": "#777777"}
STABILITY = "temporal, 10 frames"
Point = tuple[str, str, float, float]  # name, kind, style, error


def points(figures: dict[str, Any]) -> list[Point]:
    """Methods of which both are known. Style: both scales, mean of the groups of paintings."""
    found = []
    for name, about in figures["methods"].items():
        styles = [g[name]["style_scales"] for g in figures["stills"].values() if name in g]
        moving = figures["kinds"].get(STABILITY, {}).get(name)
        if styles and moving:
            found.append((name, about["kind"], sum(styles) / len(styles), moving["error"]))
    return found


def front(found: list[Point]) -> list[Point]:
    """Those painters that nobody surpasses in both, from the left; controls do not compete."""
    painters = [p for p in found if p[1] != "control"]
    return sorted(
        (p for p in painters if not any(_surpasses(q, p) for q in painters)), key=lambda p: p[2]
    )


def _surpasses(q: Point, p: Point) -> bool:
    return q[2] <= p[2] and q[3] <= p[3] and (q[2], q[3]) != (p[2], p[3])


def write(path: Path, body: dict[str, Any]) -> None:
    """The painters fill the plot; a control beyond its edges stands on the edge."""
    found = points(body["figures"])
    painters = [p for p in found if p[1] != "control"] or found
    most_x = 1.15 * max((p[2] for p in painters), default=1.0)
    most_y = 1.15 * max((p[3] for p in painters), default=1.0)

    def place(style: float, error: float) -> tuple[float, float]:
        x, y = min(style / most_x, 1.0), min(error / most_y, 1.0)
        width, height = WIDTH - LEFT - RIGHT, HEIGHT - BOTTOM - TOP
        return round(LEFT + width * x, 1), round(HEIGHT - BOTTOM - height * y, 1)

    line = " ".join(f"{x},{y}" for x, y in (place(p[2], p[3]) for p in front(found)))
    parts = [
        _axes(place, most_x, most_y),
        f'<polyline points="{line}" fill="none" stroke="#b5442a" stroke-dasharray="4 3"/>',
    ]
    label_y, label_x = float(TOP), WIDTH - RIGHT + 30
    for name, kind, style, error in sorted(found, key=lambda p: (-p[3], p[2])):  # from the top
        x, y = place(style, error)
        label_y = max(label_y + LINE, y)
        label = escape(f"{name} ({style:.2f}, {1e3 * error:.0f})")
        parts.append(
            f'<path d="M{x} {y}L{label_x - 4} {label_y:.1f}" stroke="#bbb" stroke-width=".7"/>'
            f'<circle cx="{x}" cy="{y}" r="5" fill="{COLOURS[kind]}"/>'
            f'<text x="{label_x}" y="{label_y + 4:.1f}" fill="{COLOURS[kind]}">{label}</text>'
        )
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#faf8f3"/>{"".join(parts)}</svg>\n'
    )
    with replacing(path) as temporary:
        temporary.write_text(text, "utf-8")


def _axes(place: Any, most_x: float, most_y: float) -> str:
    x0, y0 = place(0, 0)
    x1, y1 = place(most_x, most_y)
    parts = [f'<path d="M{x0} {y1}V{y0}H{x1}" fill="none" stroke="#444"/>']
    for k in range(1, 20):
        if 0.2 * k < most_x:
            x, _ = place(0.2 * k, 0)
            parts.append(f'<text x="{x}" y="{y0 + 18}" text-anchor="middle">{0.2 * k:.1f}</text>')
        if 0.02 * k < most_y:
            _, y = place(0, 0.02 * k)
            parts.append(f'<path d="M{x0} {y}H{x1}" stroke="#ddd"/>')
            parts.append(f'<text x="{x0 - 8}" y="{y + 4}" text-anchor="end">{20 * k}</text>')
    parts.append(
        f'<text x="{(x0 + x1) / 2}" y="{HEIGHT - 14}" text-anchor="middle">style distance to the '
        "painting (Gram matrices, two scales): stronger style to the left</text>"
    )
    parts.append(
        f'<text x="{x0}" y="{TOP - 16}">warping error over 10 frames of the clip, 1/1000: calmer '
        "below</text>"
    )
    return "".join(parts)
