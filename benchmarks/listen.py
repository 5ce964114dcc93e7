"""How well beats are heard, on sounds whose beats are known, beside librosa.

    python benchmarks/listen.py            two minutes; pip install librosa, or --no-peer

Click tracks from 60 to 180 beats a minute, and mixes made like music (listen_sounds.py) with and
without drums. librosa.beat.beat_track hears the whole sound, Eyebrush only what was before.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import harness
from eyebrush.errors import InputError
from eyebrush.listen.features import Hearing
from listen_sounds import RATE_HZ, beats, click_track, f_measure, mix

SECONDS, AFTER_S = 30.0, 6.0
TEMPI = (60, 72, 84, 96, 108, 120, 132, 144, 156, 168, 180)
SEEDS = range(1000, 1020)  # of the mixes; none of these was looked at while it was settled
SET_SEED = 7

Tracker = Callable[[np.ndarray], np.ndarray]


def ours(sound: np.ndarray) -> np.ndarray:
    return np.array([m.time_s for m in Hearing().feed(sound) if m.beat])


def librosa_s() -> Tracker:
    """The peer. Raises InputError where it is not installed."""
    try:
        import librosa
    except ImportError:
        raise InputError(
            got="a Python without librosa",
            wanted="the peer",
            fix="pip install librosa, or --no-peer",
        ) from None

    def track(sound: np.ndarray) -> np.ndarray:
        times: np.ndarray = librosa.beat.beat_track(y=sound, sr=RATE_HZ, units="time")[1]
        return times

    return track


def sounds() -> dict[str, list[tuple[np.ndarray, np.ndarray]]]:
    """Kind -> (sound, true beats)."""
    rng = np.random.default_rng(SET_SEED)
    clicks = [(click_track(bpm, SECONDS, -50), beats(bpm, SECONDS)) for bpm in TEMPI]
    kinds: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"click tracks": clicks}
    for kind, drums in (("mixes with drums", True), ("mixes without drums", False)):
        tempi = rng.uniform(70, 165, len(SEEDS))
        kinds[kind] = [
            (mix(bpm, SECONDS, seed, drums=drums), beats(bpm, SECONDS))
            for seed, bpm in zip(SEEDS, tempi, strict=True)
        ]
    return kinds


def run() -> int:
    p = harness.parser(__doc__)
    args = p.parse_args()
    facts = harness.machine()
    trackers: dict[str, Tracker] = {"Eyebrush, as it is heard": ours}
    if not args.no_peer:
        trackers["librosa, afterwards"] = librosa_s()
    figures: dict[str, Any] = {}
    rows = []
    for kind, cases in sounds().items():
        figures[kind] = {"sounds": len(cases)}
        for name, track in trackers.items():
            harness.say(f"{kind}: {name}")
            started = time.perf_counter()
            f = np.array([f_measure(track(sound), true, AFTER_S) for sound, true in cases])
            spent = (time.perf_counter() - started) / (len(cases) * SECONDS)
            figures[kind][name] = {
                "f": [round(float(x), 3) for x in f],
                "share_of_real_time": round(spent, 4),
            }
            cells = [f"{f.mean():.2f}", f"{f.min():.2f}", f"{100 * (f > 0.8).mean():.0f} %"]
            rows.append([f"{len(cases)} {kind}: {name}", *cells])
    body = harness.result("listen", "Beats", facts, {"seconds": SECONDS}, figures)
    header = ["F-measure", "mean", "worst", "above 0.8"]
    body["tables"] = {"listen": harness.table(header, rows)}
    harness.publish(body, args.out)
    return 0


if __name__ == "__main__":
    harness.main(run)
