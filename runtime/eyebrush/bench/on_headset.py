"""The benchmark in a session of its own on an OpenXR headset, at its size and rate."""

from __future__ import annotations

from typing import Any

from eyebrush.bench.measure import beside
from eyebrush.bench.profiles import Profile
from eyebrush.demo.loop import Recording
from eyebrush.governor import Governor, State
from eyebrush.stylizer import Stylizer
from eyebrush.xr.player import Options, Player

SOURCES = {"clip": "clip", "synthetic": "test"}


def measure_on_headset(
    stylizer: Stylizer, graphics: str, source: str, seconds: float, governed: bool
) -> tuple[Profile, Recording, dict[str, Any]]:
    """Show ``source`` (one of SOURCES, or as `eyebrush xr --source`) and note every frame.

    Returns what the headset turned out to be, the recording, and what was read beside. Raises
    BackendError, HeadsetLostError.
    """
    options = Options(graphics, SOURCES.get(source, source), seconds=seconds, reconnect_s=0.0)
    governor = Governor() if governed else Governor(pinned=State.FULL)
    player = Player(stylizer, [stylizer.style], options, governor)

    def show() -> Recording:
        player.play()
        return player.record.as_recording(governor.status())

    recording, facts = beside(show)
    headset = player.facts
    profile = Profile(
        "headset",
        headset["width_px"],
        headset["height_px"],
        round(recording.rate_hz, 3),
        f"{headset['runtime']}, {headset['graphics']} on {headset['device']}",
    )
    return profile, recording, facts
