"""A search as one HTML page of its own: what was tried, what came out, what to train next.

Plots are small SVG with CSS variables for light and dark; Optuna's own take megabytes of script.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eyebrush_training.recipe import Recipe

if TYPE_CHECKING:
    import optuna

    from eyebrush_training.search import Plan

WIDTH, HEIGHT, SMALL = 900, 260, 290
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 28
STYLE = """
:root { --ink: #222; --paper: #fff; --faint: #ddd; --good: #0a7d5a; --bad: #b3541e; --cut: #999; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ddd; --paper: #16181b; --faint: #3a3d42; --good: #3ecf9c; --bad: #f0955a;
          --cut: #777; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
       max-width: 940px; margin: 2em auto; padding: 0 1em; }
svg { max-width: 100%; } svg text { font-size: 11px; fill: var(--ink); }
svg .axis { stroke: var(--faint); fill: none; } svg .best { stroke: var(--good); fill: none; }
svg .curve { fill: none; stroke-width: 1.2; opacity: .7; }
.within { fill: var(--good); stroke: var(--good); } .beyond { fill: none; stroke: var(--bad); }
.pruned { fill: none; stroke: var(--cut); } path.within { fill: none; }
table { border-collapse: collapse; font-size: 13px; } td, th { padding: .15em .6em;
  border-bottom: 1px solid var(--faint); text-align: right; } div.scroll, pre { overflow-x: auto; }
"""
Axis = tuple[float, float, Callable[[float], float]]  # first and last value; value -> pixels


def kind(trial: optuna.trial.FrozenTrial) -> str:
    """within (both bounds), beyond, or pruned."""
    if trial.state.name != "COMPLETE":
        return "pruned"
    return "within" if all(v <= 0 for v in trial.constraints.values()) else "beyond"


def last_value(trial: optuna.trial.FrozenTrial) -> float:
    """The style distance at its end; of a pruned trial the last that was reported."""
    if trial.value is not None:
        return trial.value
    return trial.intermediate_values[max(trial.intermediate_values)]


def write(study: optuna.Study, plan: Plan) -> Path:
    """out/search.html from all trials that ended."""
    ended = [t for t in study.trials if t.state.name in ("COMPLETE", "PRUNED")]
    path = plan.out / "search.html"
    path.write_text(page(ended, plan), "utf-8")
    return path


def page(trials: Sequence[optuna.trial.FrozenTrial], plan: Plan) -> str:
    kinds = [kind(t) for t in trials]
    good = [t for t, k in zip(trials, kinds, strict=True) if k == "within"]
    best = min(good, key=last_value, default=None)
    names = list(dict.fromkeys(name for t in trials for name in t.params))
    recipe = plan.recipe
    hours = sum((t.duration.total_seconds() if t.duration else 0) for t in trials) / 3600
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Eyebrush: search</title>",
        "<meta name='viewport' content='width=device-width'>",
        f"<style>{STYLE}</style><h1>Search over recipe <code>{recipe.name}</code></h1>",
        f"<p>{len(trials)} trials of {recipe.steps} steps, batch {recipe.batch}, "
        f"{recipe.size} pixels, {hours:.1f} hours of training in all; {kinds.count('pruned')} "
        f"pruned, {kinds.count('beyond')} beyond a bound (content {plan.content:g}, flicker "
        f"{plan.flicker:g}/1000). Objective: held-out style distance (photographs: "
        f"{plan.pictures}, styles: {3 * plan.pictures}).</p>",
        _best(best, recipe),
        "<h2>Trials</h2><p><span style='color:var(--good)'>filled: within both bounds</span>, "
        "<span style='color:var(--bad)'>ring: beyond one</span>, cross: pruned (its last report). "
        "The line is the best so far.</p>",
        _history(trials),
        "<h2>How they learnt</h2><p>Held-out style distance by step, more beyond a bound.</p>",
        _curves(trials),
        "<h2>What each setting did</h2>",
        *(_slice(trials, name) for name in names),
        "<h2>All of them</h2>",
        _table(trials, names),
    ]
    return "\n".join(parts) + "\n"


def _best(best: optuna.trial.FrozenTrial | None, recipe: Recipe) -> str:
    if best is None:
        return "<p><b>No trial was within both bounds.</b></p>"
    from eyebrush_training.search import recipe_of

    found = recipe_of(best.params, recipe)
    weights = ", ".join(
        f"{k}={getattr(found.weights, k)!r}"
        if k == "gram"
        else f"{k}={getattr(found.weights, k):.3g}"
        for k in ("gram", "moments", "identity", "tone", "motion")
    )
    shape = found.shape
    return (
        f"<p><b>Trial {best.number} is the best:</b> style {best.value:.4f}, content "
        f"{best.user_attrs['content']:.3f}, flicker {best.user_attrs['flicker']:.1f}, "
        f"{best.user_attrs['parameters']:,} parameters. As a recipe:</p>"
        f"<pre>rate={found.rate:.3g}, weights=Weights({weights}),\n"
        f"shape=FieldShape({shape.fine}, {shape.coarse}, {shape.blocks}, {shape.inner})</pre>"
    )


def _axis(values: Sequence[float], start: float, end: float, log: bool = False) -> Axis:
    low, high = min(values), max(values)
    if low == high:
        low, high = low * 0.9 - 1e-6, high * 1.1 + 1e-6
    a, b = (math.log(low), math.log(high)) if log else (low, high)

    def at(value: float) -> float:
        return start + ((math.log(value) if log else value) - a) / (b - a) * (end - start)

    return low, high, at


def _frame(width: int, height: int, x: Axis, y: Axis, inside: str, label: str) -> str:
    base = height - BOTTOM
    end = "text-anchor='end'"
    return (
        f"<svg viewBox='0 0 {width} {height}' width='{width}' height='{height}' role='img' "
        f"aria-label='{html.escape(label)}'><path class='axis' d='M{LEFT} {TOP}V{base}"
        f"H{width - RIGHT}'/>{inside}<text x='{LEFT}' y='{height - 8}'>{x[0]:.3g}</text>"
        f"<text x='{width - RIGHT}' y='{height - 8}' {end}>{x[1]:.3g}</text>"
        f"<text x='{(LEFT + width) / 2}' y='{height - 8}' text-anchor='middle'>"
        f"{html.escape(label)}</text>"
        f"<text x='{LEFT - 4}' y='{TOP + 10}' {end}>{y[1]:.2f}</text>"
        f"<text x='{LEFT - 4}' y='{base}' {end}>{y[0]:.2f}</text></svg>"
    )


def _mark(trial: optuna.trial.FrozenTrial, x: float, y: float) -> str:
    what = kind(trial)
    title = f"<title>trial {trial.number}: {last_value(trial):.4f}</title>"
    if what == "pruned":
        d = f"M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"
        return f"<path class='pruned' d='{d}'>{title}</path>"
    return f"<circle class='{what}' cx='{x:.1f}' cy='{y:.1f}' r='4'>{title}</circle>"


def _style_axis(trials: Sequence[optuna.trial.FrozenTrial], height: int) -> Axis:
    return _axis([last_value(t) for t in trials], height - BOTTOM - 6, TOP + 6)


def _history(trials: Sequence[optuna.trial.FrozenTrial]) -> str:
    x = _axis([t.number for t in trials], LEFT + 10, WIDTH - RIGHT - 10)
    y = _style_axis(trials, HEIGHT)
    best, points = math.inf, []
    for t in trials:
        if kind(t) == "within":
            best = min(best, last_value(t))
        if math.isfinite(best):
            points.append(f"{x[2](t.number):.1f} {y[2](best):.1f}")
    line = f"<path class='best' d='M{'L'.join(points)}'/>" if points else ""
    marks = "".join(_mark(t, x[2](t.number), y[2](last_value(t))) for t in trials)
    return _frame(WIDTH, HEIGHT, x, y, line + marks, "trial")


def _curves(trials: Sequence[optuna.trial.FrozenTrial]) -> str:
    steps = [s for t in trials for s in t.intermediate_values]
    values = [v for t in trials for v in t.intermediate_values.values()]
    x = _axis(steps, LEFT + 10, WIDTH - RIGHT - 10)
    y = _axis(values, HEIGHT - BOTTOM - 6, TOP + 6)
    lines = []
    for t in trials:
        points = [f"{x[2](s):.1f} {y[2](v):.1f}" for s, v in sorted(t.intermediate_values.items())]
        lines.append(
            f"<path class='curve {kind(t)}' d='M{'L'.join(points)}'>"
            f"<title>trial {t.number}</title></path>"
        )
    return _frame(WIDTH, HEIGHT, x, y, "".join(lines), "step")


def _slice(trials: Sequence[optuna.trial.FrozenTrial], name: str) -> str:
    have = [t for t in trials if name in t.params]
    values = [float(t.params[name]) for t in have]
    x = _axis(values, LEFT + 10, SMALL - RIGHT - 10, log=min(values) > 0)
    y = _style_axis(trials, 180)
    marks = "".join(
        _mark(t, x[2](v), y[2](last_value(t))) for t, v in zip(have, values, strict=True)
    )
    return _frame(SMALL, 180, x, y, marks, name)


def _table(trials: Sequence[optuna.trial.FrozenTrial], names: Sequence[str]) -> str:
    head = ["trial", "", "style", "content", "flicker", "parameters", *names, "minutes"]
    rows = []
    for t in sorted(trials, key=lambda t: (kind(t) != "within", last_value(t))):
        minutes = t.duration.total_seconds() / 60 if t.duration else 0.0
        attrs = t.user_attrs
        known = [f"{attrs[k]:.4g}" if k in attrs else "" for k in ("content", "flicker")]
        size = f"{attrs['parameters']:,}" if "parameters" in attrs else ""
        settings = [f"{t.params[n]:.3g}" if n in t.params else "" for n in names]
        cells = [str(t.number), kind(t), f"{last_value(t):.4f}", *known, size, *settings]
        rows.append("".join(f"<td>{c}</td>" for c in [*cells, f"{minutes:.1f}"]))
    top = "".join(f"<th>{h}</th>" for h in head)
    body = "".join(f"<tr>{r}</tr>" for r in rows)
    return f"<div class='scroll'><table><tr>{top}</tr>{body}</table></div>"
