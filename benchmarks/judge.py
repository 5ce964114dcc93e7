"""Does the shipped judge know good results from spoilt ones, and what does the live score cost?

    python benchmarks/judge.py --data DIR       five minutes; DIR holds content/ and styles/

Photographs that neither a training nor the judge's calibration has seen; paintings seen and unseen.
AUC: chance that a good result is ranked above a spoilt one. Some ways of spoiling were taught to
the judge, the others not. Cost: the live score on the shipped clip, amortised over all fields.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import harness
from eyebrush import ops
from eyebrush.clip import ClipReader
from eyebrush.features import FeatureNetwork
from eyebrush.judge.calibration import Calibration, load_calibration
from eyebrush.judge.live import EVERY, LiveJudge, composite, cut_window
from eyebrush.judge.network import JudgeNetwork
from eyebrush.judge.verdict import GOOD
from eyebrush.styles import Style, open_library
from eyebrush.stylizer import Stylizer

harness.use_training()

from eyebrush_training import spoil  # noqa: E402
from eyebrush_training.calibrate import Case, Measurer, for_testing, square  # noqa: E402
from eyebrush_training.data import list_pictures, split_photographs  # noqa: E402

LIMIT_MS = 0.2  # a field


def auc(good: Sequence[float], bad: Sequence[float]) -> float:
    """Chance that one of ``good`` is larger than one of ``bad``; ties count half."""
    a, b = np.asarray(good)[:, None], np.asarray(bad)
    return float(((a > b) + 0.5 * (a == b)).mean())


def shipped_score(threads: int | None = None) -> Any:
    """The shipped judge as ``calibrate.Score``."""
    network = cache(lambda size: JudgeNetwork(size, threads=threads))
    return lambda picture, vector: float(network(picture.shape[:2])(picture, vector).mean())


def measures(c: Calibration, case: Case) -> dict[str, float]:
    """Higher is better, all of them."""
    return {
        "discriminator": case.score,
        "style": -case.style_distance,
        "content": -case.content_distance,
        "together": c.good(case.score, case.style_distance, case.content_distance),
        "without the painting": c.good(case.score, None, case.content_distance),
    }


def ranking(c: Calibration, cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """Kind of spoiling -> measure -> AUC."""
    rows = {
        kind: [measures(c, x) for x in cases if x.kind == kind] for kind in {x.kind for x in cases}
    }
    good = rows.pop("good")
    return {
        kind: {m: auc([g[m] for g in good], [r[m] for r in rows[kind]]) for m in good[0]}
        for kind in rows
    }


def scenes(
    c: Calibration, clip_file: Path, photographs: Sequence[Path], paintings: Sequence[Path]
) -> dict[str, dict[str, float]]:
    """How often the warning comes, for scenes it should and should not come for."""
    network, rng = FeatureNetwork(), np.random.default_rng(3)
    noise = [rng.integers(0, 256, (256, 256, 3), dtype=np.uint8) for _ in range(8)]
    flat = [np.full((256, 256, 3), level, np.uint8) for level in range(0, 256, 36)]
    with ClipReader(clip_file) as clip:
        game = [clip[i].color[0, 128:384, 128:384, :3] for i in range(0, len(clip), len(clip) // 8)]
    kinds = {
        "held-out photographs": [square(f) for f in photographs],
        "the shipped clip": game,
        "paintings": [square(f) for f in paintings],
        "noise": noise,
        "one colour": flat,
    }
    found = {}
    for kind, pictures in kinds.items():
        far = [c.scene.distance(network(p).logs) / c.scene.limit for p in pictures]
        found[kind] = {"warned": float(np.mean(np.array(far) > 1)), "median": float(np.median(far))}
    return found


def cost(clip_file: Path) -> dict[str, float]:
    """Milliseconds: what the fields' thread pays for one offer, and what a score takes beside."""
    with ClipReader(clip_file) as clip:
        frames = clip[len(clip) // 2]
    stylizer = Stylizer("starry-night", smoothing_s=0.0)
    field = stylizer.field(frames)
    small = ops.ingest(frames.color)
    live = LiveJudge(every=1)
    offers, scores = [], []
    window = cut_window(small[0], field.grid[0], field.strokes[0])
    live._judge(0, window, stylizer.style)  # compiles
    for _ in range(200):
        started = time.perf_counter()
        cut_window(small[0], field.grid[0], field.strokes[0])
        offers.append(time.perf_counter() - started)
        started = time.thread_time()
        live._judge(0, window, stylizer.style)
        scores.append(time.thread_time() - started)
    live.close()
    offer, score = (1e3 * float(np.median(x)) for x in (offers, scores))
    return {
        "offer": offer,
        "score": score,
        "amortised": (offer + score) / EVERY,
        "window_px": composite(window).shape[0],
    }


def judged_rows(found: dict[str, dict[str, dict[str, float]]]) -> list[list[str]]:
    """Lines of the table, from the AUCs with seen and unseen paintings."""
    rows = []
    for kind in (*spoil.TAUGHT, *spoil.UNTAUGHT):
        a, b = found["seen"][kind], found["unseen"][kind]
        values = [a[m] for m in ("discriminator", "style", "content", "without the painting")]
        values += [a["together"], b["together"]]
        taught = "" if kind in spoil.TAUGHT else " (not taught)"
        rows.append([kind + taught, *(f"{v:.2f}" for v in values)])
    return rows


def main() -> int:
    parser = harness.parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with content/ and styles/")
    parser.add_argument("--count", type=int, help="how many photographs (default: all)")
    args = parser.parse_args()
    facts = harness.machine()
    c, library = load_calibration(), open_library()
    _, held_out = split_photographs(list_pictures(args.data / "content"))
    photographs = for_testing(held_out)[: args.count]
    groups: dict[str, list[Style]] = {"seen": [], "unseen": []}
    for style in library.shipped.values():
        groups["seen" if style.info["seen_in_training"] == "True" else "unseen"].append(style)
    ms, found = cost(args.clip), {}
    said, count = {}, {}
    for name, styles in groups.items():
        measurer = Measurer(shipped_score(args.threads), c.space, styles, c.targets)
        cases = list(measurer.cases(photographs, (*spoil.TAUGHT, *spoil.UNTAUGHT)))
        found[name] = ranking(c, cases)
        good = [measures(c, x)["together"] for x in cases if x.kind == "good"]
        bad = [measures(c, x)["together"] for x in cases if x.kind in spoil.TAUGHT]
        count[name] = len(good)
        said[name] = [float(np.mean(np.array(values) >= GOOD)) for values in (good, bad)]
    odd = scenes(c, args.clip, photographs, list_pictures(args.data / "styles"))
    figures = {"auc": found, "called_good": said, "cost_ms": ms, "scenes": odd}
    settings = {"photographs": len(photographs), "threads": args.threads, "every": EVERY}
    body = harness.result("judge", "The judge", facts, settings, figures)
    head = ["AUC of good results over", "discriminator", "style", "content"]
    head += ["without the painting", "**together**", "together, unseen paintings"]
    far = [[k, f"{v['warned']:.0%}", f"{v['median']:.2f}"] for k, v in odd.items()]
    (seen_good, seen_bad), (new_good, new_bad) = said["seen"], said["unseen"]
    text = (
        f"{count['seen']} good results in paintings seen in training and {count['unseen']} in "
        f"unseen ones, of {len(photographs)} photographs that neither training nor calibration "
        f"has seen. Called good: {seen_good:.0%} of the good and {seen_bad:.0%} of the spoilt "
        f"(as taught); unseen paintings: {new_good:.0%} and {new_bad:.0%}."
    )
    live = (
        f"Live: {ms['offer']:.3f} ms on the fields' thread and {ms['score']:.2f} ms on the "
        f"judge's, every {EVERY} fields: **{ms['amortised']:.3f} ms a field** amortised "
        f"(asked: {LIMIT_MS}), whatever the eyes' size."
    )
    tables = [harness.table(head, judged_rows(found)), text]
    tables += [harness.table(["scene", "warned of", "median distance, 1 is the limit"], far), live]
    body["tables"] = {"judge": "\n\n".join(tables)}
    harness.publish(body, args.out)
    return 0


if __name__ == "__main__":
    harness.main(main)
