"""Temporal blends with one history, said flat: what most tests of it need."""

from __future__ import annotations

from typing import Any

from eyebrush.reference import History

OF_HISTORY = {
    "history": "strokes",
    "history_guide": "guide",
    "calm": "share",
    "matrix": "matrix",
    "parallax": "parallax",
    "history_depth_m": "depth_m",
}


def one_history(**flat: Any) -> dict[str, Any]:
    """The keywords of ``temporal_blend`` for these: ``calm`` is the history's share."""
    history = {field: flat.pop(name) for name, field in OF_HISTORY.items() if name in flat}
    return {**flat, "histories": [History(**history)]}
