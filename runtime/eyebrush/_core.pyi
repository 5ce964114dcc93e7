"""Native ops (csrc/bindings.cpp). Call them through eyebrush.ops, which explains errors."""

import numpy as np

cuda: bool

def ingest(color: np.ndarray, down: int, out: np.ndarray) -> None: ...
def composite(
    color: np.ndarray,
    grid: np.ndarray,
    strokes: np.ndarray,
    extent_u: float,
    extent_v: float,
    matrix: np.ndarray | None,
    parallax: np.ndarray | None,
    depth_m: np.ndarray | None,
    strength: float,
    stroke_opacity: float,
    out: np.ndarray,
) -> None: ...
def temporal_blend(
    fresh: np.ndarray,
    history: np.ndarray,
    fresh_guide: np.ndarray,
    history_guide: np.ndarray,
    calm: float,
    extent_u: float,
    extent_v: float,
    matrix: np.ndarray | None,
    parallax: np.ndarray | None,
    depth_m: np.ndarray | None,
    out: np.ndarray,
) -> None: ...
def set_threads(n: int) -> None: ...
def threads() -> int: ...
def set_isa(name: str) -> None: ...
def isa() -> str: ...
def best_isa() -> str: ...
