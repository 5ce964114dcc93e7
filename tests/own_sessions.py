"""A folder of its own for a test's bridge sessions: they meet no others.

    from own_sessions import folder_fixture as folder_fixture

Every test of a module that imports it gets one; ``folder`` is its path.
"""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True, name="folder")
def folder_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    regions = tmp_path / "regions"
    regions.mkdir(mode=0o700)
    monkeypatch.setenv("EYEBRUSH_BRIDGE_DIR", str(regions))
    return regions
