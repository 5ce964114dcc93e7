"""The differentiable composite is the reference's composite."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")

from eyebrush import reference  # noqa: E402
from eyebrush_training.composite import composite  # noqa: E402


def test_equals_the_reference() -> None:
    rng = np.random.default_rng(5)
    color = rng.integers(0, 256, (2, 48, 64, 3), dtype=np.uint8)
    identity = np.eye(3, 4).reshape(1, 12, 1, 1, 1)
    # affine results stay inside 0..1, where training's soft clamp is the reference's clamp
    grid = (0.5 * identity + 0.02 * rng.random((2, 12, 8, 16, 16))).astype(np.float32)
    strokes = rng.integers(0, 256, (2, 24, 32, 4), dtype=np.uint8)
    expected = reference.composite(color, grid, strokes).astype(float)
    x = torch.from_numpy(color).permute(0, 3, 1, 2).float() / 255
    s = torch.from_numpy(strokes).permute(0, 3, 1, 2).float() / 255
    out, _ = composite(x, torch.from_numpy(grid), s)
    ours = out.permute(0, 2, 3, 1).numpy() * 255
    assert np.abs(ours - expected).max() <= 0.51  # the reference rounds to whole levels
