"""How good and how calm the pictures are: Eyebrush, peers and controls on the same data.

    python benchmarks/quality --data DIR                       twelve minutes on two idle cores
    python benchmarks/quality --data DIR --quick               a look, two minutes
    python benchmarks/quality --data DIR --stylizers eyebrush eyebrush:calm=0 lite
    python benchmarks/quality --data DIR --stylizers eyebrush johnson:munch_scream=scream.onnx

DIR may hold content/ (photographs; every tenth is held out from training and used), styles/
(paintings), gt/ (Sintel and Middlebury pairs), panoramas/ and vgg16/ (weights). Each can be named
by itself. Without gt/ or panoramas/ the report has no such figures. Results: JSON, Markdown, a page
of pictures side by side (--page) and a plot of style against stability (--plot).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import harness
from eyebrush.clip import ClipReader, shipped_clip
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames
from quality import asked, flicker, page, pareto, stills, streams, tables, timing
from quality.judge import Judge
from quality.legibility import SIGN, edge_ssim
from quality.methods import PLAIN, Method, parse_methods
from quality.paintings import Painting, held_out, load_paintings, spread_paintings
from quality.scenes import Scene, clip_scene, head_scene, truth_scenes

CONTROLS = ("content-copy", "style-copy", "colour-transfer")
PEERS = ("lite", "lite-builtin")
CANDIDATES = (
    "eyebrush:every=2,latency=1",
    "eyebrush:calm=0",
    "eyebrush:calm=0.5",
    "eyebrush:strength=0.5",
    "eyebrush:detail=0",
    "eyebrush:detail=1",
)
QUICK = 6  # paintings of a quick run
PANORAMAS = 2


def parser() -> argparse.ArgumentParser:
    p = harness.parser(__doc__)
    p.add_argument("--data", type=Path, help="content/, styles/, gt/, panoramas/, vgg16/")
    for name, what in (
        ("photographs", "all of them are used"),
        ("paintings", "paintings"),
        ("truth", "flow_* and stereo_* pairs with ground truth"),
        ("panoramas", "360 degree pictures"),
    ):
        p.add_argument(f"--{name}", type=Path, metavar="DIR", help=f"instead of DATA's: {what}")
    p.add_argument("--vgg", help="VGG-16 weights, or 'shipped' (three of its four layers)")
    p.add_argument("--precision", choices=("bf16", "f32"), default="bf16", help="of VGG-16")
    p.add_argument(
        "--stylizers", nargs="+", metavar="WORD", help="see benchmarks/quality/methods.py"
    )
    p.add_argument("--pairs", type=int, default=64, help="half of them with unseen paintings")
    p.add_argument("--styles", type=int, default=3, help="shipped styles for everything that moves")
    p.add_argument("--moments", type=int, default=4, help="moments of the clip")
    p.add_argument("--quick", action="store_true", help="few pictures, one style")
    p.add_argument("--page", type=Path, help="HTML (default: out/quality.html)")
    p.add_argument("--plot", type=Path, help="SVG (default: out/quality.svg)")
    return p


def run() -> int:
    args = parser().parse_args()
    if args.quick:
        args.pairs, args.styles, args.moments = min(args.pairs, 12), 1, 2
    harness.use_training()
    facts = harness.machine()
    words = args.stylizers or ["eyebrush", *CANDIDATES, *PEERS]
    words = [w for w in words if not args.no_peer or w.startswith("eyebrush")]
    methods = parse_methods([*CONTROLS, *words], args.threads)
    paintings = load_paintings(_folder(args, "paintings", "styles"))
    if args.quick:
        paintings = paintings[:: max(1, len(paintings) // QUICK)]
    photographs = _photographs(args)
    harness.say("targets")
    judge = Judge(_weights(args), [p.picture for p in paintings], args.threads, args.precision)
    rows, kept = stills.measure(methods, paintings, photographs, args.pairs, judge)
    chosen = spread_paintings(paintings, args.styles)
    with ClipReader(args.clip) as clip:
        harness.say("exact flow and what both see")
        scenes = _scenes(args, clip)
        figures: dict[str, Any] = {
            "stills": stills.summary(rows),
            "stills_rows": rows,
            **_moving(methods, chosen, scenes, judge),
            "sign": _sign(methods, chosen, clip) if args.clip == shipped_clip() else {},
            **_flicker(methods, chosen[:1], clip[len(clip) // 2]),
            **_costs(methods, chosen[0], [clip[i] for i in range(timing.FRAMES)]),
        }
        title = clip.info.title
    figures["methods"] = {m.name: {"kind": m.kind, "candidate": m.candidate} for m in methods}
    figures["goals"] = [g.as_dict() for g in asked.goals(figures)]
    figures["paintings"] = [p.name for p in paintings]
    figures["photographs"] = [p.stem for p in photographs]
    settings = {
        "size_px": stills.SIZE_PX,
        "pairs": len({(r["painting"], r["photograph"]) for r in rows}),
        "photographs": len({r["photograph"] for r in rows}),
        "paintings": len(paintings),
        "layers of VGG-16": len(judge.layers),
        "clip": title,
        "styles of what moves": len(chosen),
        "moments": args.moments,
        "threads": args.threads,
    }
    body = harness.result("quality", "Picture quality and comfort", facts, settings, figures)
    body["tables"] = tables.tables(body)
    harness.publish(body, args.out)
    html, plot = (
        named or harness.ROOT / "out" / default
        for named, default in ((args.page, "quality.html"), (args.plot, "quality.svg"))
    )
    page.write(html, body, kept, paintings)
    pareto.write(plot, body)
    harness.say(f"wrote {html} and {plot}")
    return 0


def _folder(args: argparse.Namespace, name: str, part: str) -> Path:
    own = getattr(args, name)
    if own is None and args.data is None:
        raise InputError(
            got=f"neither --data nor --{name}",
            wanted=f"a folder of {name}",
            fix=f"pass --{name} DIR",
        )
    return own or args.data / part


def _photographs(args: argparse.Namespace) -> list[Path]:
    from eyebrush_training.data import list_pictures

    if args.photographs is not None:
        return list_pictures(args.photographs)
    return held_out(_folder(args, "photographs", "content"))


def _weights(args: argparse.Namespace) -> str | Path:
    if args.vgg is not None:
        return args.vgg
    folder = None if args.data is None else args.data / "vgg16"
    files = [] if folder is None else [*folder.glob("*.npz"), *folder.glob("*.pth")]
    if not files:
        raise InputError(
            got=f"no VGG-16 weights in {folder}",
            wanted="an .npz or torchvision's .pth",
            fix="pass --vgg FILE, or --vgg shipped",
        )
    return files[0]


def _scenes(args: argparse.Namespace, clip: ClipReader) -> list[Scene]:
    scenes = [clip_scene(clip, args.moments)]
    for name, part in (("panoramas", "panoramas"), ("truth", "gt")):
        folder = getattr(args, name) or (args.data and args.data / part)
        if folder is None or not folder.is_dir():
            continue
        if name == "truth":
            scenes += truth_scenes(folder)
        else:
            files = sorted(folder.glob("*.jpg"))
            scenes += [head_scene(f) for f in files[:: max(1, len(files) // PANORAMAS)][:PANORAMAS]]
    return scenes


def _moving(
    methods: list[Method], paintings: list[Painting], scenes: list[Scene], judge: Judge
) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for method in methods:
        # variants, of which there are many, are only shown beside the others on the plot
        where, who = (scenes[:1], None) if method.candidate else (scenes, judge)
        for painting in paintings[:1] if method.name == PLAIN else paintings:
            contestant = method.contestant(painting)
            if contestant is None:
                continue
            for scene in where:
                found = streams.measure(contestant, scene, who)
                about = {"method": method.name, "style": painting.style, "scene": scene.name}
                rows += [{**about, **r} for r in found]
            harness.say(f"  {method.name}: {painting.style}")
    return {"kinds": streams.summary(rows), "visible": streams.visible(scenes), "moving_rows": rows}


def _sign(methods: list[Method], paintings: list[Painting], clip: ClipReader) -> dict[str, float]:
    """Method -> edge SSIM of the sign in the shipped clip's last frame; mean over styles."""
    frame = clip[len(clip) - 1]
    plain, found = frame.color[0][SIGN], {}
    for method in methods:
        contestants = [method.contestant(p) for p in paintings]
        made = [c.restyle([EyeFrames(frame.color)], {0})[0][0][SIGN] for c in contestants if c]
        if made:
            found[method.name] = round(sum(edge_ssim(plain, m) for m in made) / len(made), 4)
    return found


def _flicker(methods: list[Method], paintings: list[Painting], still: EyeFrames) -> dict[str, Any]:
    harness.say("a static view with noise")
    frames = flicker.noisy_stream(still)
    painting = paintings[0]
    found = {m.name: m.contestant(painting) for m in methods}
    return {"flicker": {name: flicker.measure(c, frames) for name, c in found.items() if c}}


def _costs(methods: list[Method], painting: Painting, frames: list[EyeFrames]) -> dict[str, Any]:
    harness.say("times")
    found = {m.name: m.contestant(painting) for m in methods if m.kind != "control"}
    ms = timing.stereo_ms({name: c for name, c in found.items() if c}, frames)
    size_px = frames[0].color.shape[1]
    costs = {m.name: m.cost(size_px) for m in methods}
    return {
        "ms": ms,
        "costs": {
            name: {"gmac": c.gmac, "parameters": c.parameters} for name, c in costs.items() if c
        },
    }
