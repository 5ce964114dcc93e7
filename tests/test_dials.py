"""The three dials of the shipped network on the shipped clip: each does its own, and evenly."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

import dials
from eyebrush import Stylizer
from eyebrush.clip import ClipReader, shipped_clip

STYLES = ("starry-night", "great-wave")


@pytest.fixture(scope="module")
def clip() -> Iterator[ClipReader]:
    with ClipReader(shipped_clip()) as reader:
        yield reader


@pytest.fixture(scope="module", params=STYLES)
def stylizer(request: pytest.FixtureRequest) -> Stylizer:
    return Stylizer(request.param)


def rises(values: list[float]) -> bool:
    return all(b > a for a, b in pairwise(values))


def test_strength_leads_away_from_the_plain_frame(stylizer: Stylizer, clip: ClipReader) -> None:
    found = list(dials.by_strength(stylizer, clip[len(clip) - 1]))
    assert found[0] == 0
    assert rises(found)


def test_detail_makes_the_sign_readable(stylizer: Stylizer, clip: ClipReader) -> None:
    edges, mask = zip(*dials.by_detail(stylizer, clip[len(clip) - 1]), strict=True)
    assert rises(list(edges))
    assert edges[-1] > edges[0] + 0.1
    assert rises([-m for m in mask])
    assert mask[-1] > 0.6 * mask[0]  # strokes everywhere else


def test_calm_brings_frames_together(stylizer: Stylizer, clip: ClipReader) -> None:
    found = list(dials.by_calm(stylizer, [clip[i] for i in range(dials.STREAM)]))
    assert rises([-error for error in found])
