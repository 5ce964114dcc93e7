"""The report as one HTML file: no script, no font, no picture from elsewhere."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eyebrush.atomic import replacing
from eyebrush.bench import plots
from eyebrush.bench.measure import DISPLAY_STAGES
from eyebrush.bench.style import CSS
from eyebrush.bench.table import POINTS, STAGES
from eyebrush.demo.loop import Recording
from eyebrush.frame import FIELD_STAGES
from eyebrush.governor import State

_BESIDE_TIP = "made on the worker while frames are shown; no display frame waits for it"


def write_page(path: Path, report: dict[str, Any], runs: Sequence[tuple[str, Recording]]) -> None:
    """Write the page of a report and of the frames that it sums up."""
    with replacing(path) as temporary:
        temporary.write_text(page(report, runs), "utf-8")


def page(report: dict[str, Any], runs: Sequence[tuple[str, Recording]]) -> str:
    """The page's text."""
    p = report["profile"]
    title = f"Eyebrush at {p['name']}"
    sections = [
        _run(report, run, recording)
        for run, (_, recording) in zip(report["runs"], runs, strict=True)
    ]
    compare = _comparison(report) if len(report["runs"]) > 1 else ""
    facts = [
        ("machine", f"{report['cpu']['model']}, {report['cpu']['logical_cores']} cores"),
        ("native ops", report["native_core"]),
        ("load before", report["load_before"] if report["load_before"] is not None else "unknown"),
        ("peak memory", f"{report['peak_rss_mb'] or 'unknown'} MB"),
        ("style", report["style"]),
        ("eyebrush", report["eyebrush"]),
    ]
    return (
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{_e(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{CSS}</style></head><body><main><header><p class=kicker>headset benchmark</p>"
        f"<h1>{_e(title)}</h1><p class=lead>{p['width_px']} x {p['height_px']} per eye at "
        f"{p['rate_hz']:g} Hz ({_e(p['what'])}): {p['budget_ms']:.2f} ms for both eyes. "
        f"Replayed: {_e(report['source'])}.</p></header>{compare}{''.join(sections)}"
        f"<section><h2>Where it ran</h2><dl>{''.join(_fact(*f) for f in facts)}</dl></section>"
        "</main></body></html>\n"
    )


def _run(report: dict[str, Any], run: dict[str, Any], recording: Recording) -> str:
    s, really, budget = run["summary"], run["really"], report["profile"]["budget_ms"]
    verdict, frame = s["verdict"], s["stages_ms"]["frame"]
    mark = "good" if verdict["with_room"] else "fair" if verdict["holds"] else "bad"
    motion = s["motion_to_photon_added"]
    energy = run["energy"]
    tiles = [
        (f"{frame['p50']:.2f}", "ms a frame, median", f"{frame['p50'] / budget:.0%} of the budget"),
        (f"{frame['p99']:.2f}", "ms, p99", f"{frame['p99'] / budget:.0%} of the budget"),
        (f"{s['late_share']:.1%}", "late", f"{s['frames_late']} and {s['frames_skipped']} skipped"),
        (
            f"{motion['strokes_are_old_ms']['p50']:.0f}",
            "ms old strokes",
            "reprojected to the newest pose",
        ),
        (
            f"{energy['mj_per_frame']:g}" if energy["mj_per_frame"] is not None else "n/a",
            "mJ a frame",
            ", ".join(energy["meters"]) or energy["why_not"],
        ),
    ]
    times = np.asarray(recording.frame_ns) * 1e-6
    late, passed = set(recording.late), set(recording.passed)
    graph = plots.frame_graph(recording.index, times, budget, recording.state, late, passed)
    stages = s["stages_ms"]
    stack = plots.stage_stack(
        [
            ("a display frame pays", {n: stages[n]["p50"] for n in DISPLAY_STAGES}),
            ("beside, a field", {n: stages[n]["p50"] for n in FIELD_STAGES}),
        ],
        budget,
    )
    where = (
        f"{really['version'].split('-')[0]} on {really['device']} ({really['device_name']}), "
        f"{really['precision']}, {really['threads']} threads"
    )
    return (
        f"<section><div class=head><h2>{_e(run['name'])}</h2><span class=what>{_e(where)}</span>"
        f"<span class='chip {mark}'>{_e(verdict['line'])}</span></div>"
        f"<div class=tiles>{''.join(_tile(*t) for t in tiles)}</div>"
        f"<h3>Every display frame</h3>{graph}{_legend(s)}"
        f"<div class=two><div><h3>How long they took, ms</h3>"
        f"{plots.histogram(times, budget)}</div>"
        f"<div><h3>Stages, median</h3>{stack}</div></div>{_stage_table(s)}</section>"
    )


def _legend(s: dict[str, Any]) -> str:
    items = ["<li><i class='key usual'></i>restyled</li>", "<li><i class='key late'></i>late</li>"]
    if s["passed_through_share"]:
        share = f"{s['passed_through_share']:.1%}"
        items.append(f"<li><i class='key passed'></i>passed through, {share}</li>")
    for state in State:
        share = s["state_shares"].get(state.label)
        if share:
            items.append(f"<li><i class='key s{int(state)}'></i>{state.label} {share:.1%}</li>")
    return f"<ul class=legend>{''.join(items)}</ul>"


def _stage_table(s: dict[str, Any]) -> str:
    head = "".join(f"<th>{point}</th>" for point in POINTS)
    rows = []
    for name, what in STAGES.items():
        tip = f' title="{_BESIDE_TIP}"' if what.startswith("beside") else ""
        cells = "".join(f"<td>{s['stages_ms'][name][point]:.2f}</td>" for point in POINTS)
        rows.append(f"<tr{tip}><th>{name}</th><td class=text>{_e(what)}</td>{cells}</tr>")
    return f"<table><thead><tr><th>ms</th><th></th>{head}</tr></thead>{''.join(rows)}</table>"


def _comparison(report: dict[str, Any]) -> str:
    budget = report["profile"]["budget_ms"]
    rows = [
        (r["name"], {n: r["summary"]["stages_ms"][n]["p50"] for n in DISPLAY_STAGES})
        for r in report["runs"]
    ]
    fields = [
        (f"{r['name']}, field", {n: r["summary"]["stages_ms"][n]["p50"] for n in FIELD_STAGES})
        for r in report["runs"]
    ]
    return (
        "<section><h2>Side by side</h2><p class=note>Medians; one after the other in one run, on "
        f"the same frames.</p>{plots.stage_stack(rows + fields, budget, plots.WIDTH)}</section>"
    )


def _tile(value: str, unit: str, note: str) -> str:
    return (
        f"<div class=tile><b>{_e(value)}</b><span>{_e(unit)}</span><small>{_e(note)}</small></div>"
    )


def _fact(name: str, value: object) -> str:
    return f"<div><dt>{_e(name)}</dt><dd>{_e(str(value))}</dd></div>"


def _e(text: str) -> str:
    return html.escape(text)
