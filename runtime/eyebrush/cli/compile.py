"""eyebrush compile: a network becomes a TensorRT engine, ahead of time; a GPU is not needed."""

from __future__ import annotations

import argparse
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyebrush.cli.common import note, print_json, progress_bar
from eyebrush.errors import InputError

if TYPE_CHECKING:
    from eyebrush.engines.cache import EngineCache, Entry
    from eyebrush.engines.spec import EngineSpec

HELP = "compile the network for NVIDIA cards, ahead of time; no GPU is needed"
EXAMPLES = """\
examples:
  eyebrush compile --profile index90                 into the cache, for every card that is known
  eyebrush compile --eye 2064x2208 --compute-capability 8.6,8.9 -o quest3.engine
  eyebrush compile --list
  eyebrush compile --inspect quest3.engine
  eyebrush compile --add quest3.engine --trust       one that came with a game, into the cache
  eyebrush compile --clean

needs: pip install 'eyebrush[tensorrt-rtx]' (100 MB)
exit code: 0 done, 2 bad input, 3 not possible here
"""
NETWORKS = {"field": "field.onnx", "style-encoder": "style_encoder.onnx"}
PRECISIONS = {"fp16": "f16", "fp32": "f32"}


def configure(parser: argparse.ArgumentParser) -> None:
    from eyebrush.bench.profiles import PROFILES
    from eyebrush.engines.library import LIBRARIES

    parser.add_argument("--backend", choices=tuple(LIBRARIES), default="tensorrt-rtx")
    parser.add_argument(
        "--network",
        default="field",
        metavar="NAME|FILE",
        help="field (default), style-encoder, or ONNX",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--profile", choices=tuple(PROFILES), default="index90", help="size of the eye buffers"
    )
    size.add_argument("--eye", type=_size, metavar="WxH", help="the same in pixels")
    size.add_argument(
        "--input", type=_input, metavar="Ex3xHxW", help="size of the network's input instead"
    )
    parser.add_argument("--precision", choices=tuple(PRECISIONS), default="fp16")
    parser.add_argument(
        "--compute-capability",
        type=lambda text: [c.strip() for c in text.split(",") if c.strip()],
        default=[],
        metavar="7.5,8.6,...",
        help="cards that it is for (tensorrt-rtx; default: all that the library knows)",
    )
    parser.add_argument(
        "-o", "--output", type=Path, help="write the engine here, too, and FILE.json"
    )
    parser.add_argument(
        "--finish",
        action="store_true",
        help="run it once on the card here, to start quickly",
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--list", action="store_true", help="what is in the cache")
    action.add_argument("--inspect", type=Path, metavar="FILE", help="what an engine is made of")
    action.add_argument("--add", type=Path, metavar="FILE", help="put an engine into the cache")
    action.add_argument("--clean", action="store_true", help="empty the cache")
    parser.add_argument(
        "--trust", action="store_true", help="with --add: you know where the file comes from"
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    from eyebrush.engines.cache import EngineCache

    cache = EngineCache()
    if args.clean:
        freed = cache.clean()
        if args.json:
            print_json({"freed_bytes": freed})
        note(f"removed {freed / 1e6:.1f} MB from {cache.folder}", args.json)
    elif args.list:
        _list(cache, args.json)
    elif args.inspect is not None:
        _inspect(cache, args.inspect, args.json)
    elif args.add is not None:
        _add(cache, args.add, args.trust)
    else:
        _compile(cache, args)
    return 0


def _compile(cache: EngineCache, args: argparse.Namespace) -> None:
    from eyebrush import resources
    from eyebrush.atomic import replacing
    from eyebrush.bench.profiles import PROFILES
    from eyebrush.engines.cache import write_record
    from eyebrush.engines.library import open_library
    from eyebrush.engines.make import ensure, network_facts, spec_for
    from eyebrush.reference import field_size

    library = open_library(args.backend)
    shipped = NETWORKS.get(args.network)
    path = Path(args.network) if shipped is None else resources.asset(shipped)
    profile = PROFILES[args.profile]
    width, height = args.eye or (profile.width_px, profile.height_px)
    down = network_facts(path)[1]
    if args.input is None and down is None:
        raise InputError(
            got=f"{path.name}, which takes no eye buffers",
            wanted="the size of its input",
            fix="--input 1x3x512x512",
        )
    size = args.input or (2, *field_size(height, width, down or 1))
    spec = spec_for(path, library, size, PRECISIONS[args.precision], args.compute_capability)
    with progress_bar(args.quiet or args.json) as bar:
        task = bar.add_task("compiling", total=100)
        made = ensure(
            path, spec, library, cache, lambda share: bar.update(task, completed=int(100 * share))
        )
        bar.update(task, completed=100)
    if args.finish:
        from eyebrush.backends.engine_source import finish

        finish(library, made.entry, made.data)
    for problem in made.problems:
        note(f"not as meant: {problem}", args.json)
    if args.output is not None:
        with replacing(args.output) as temporary:
            shutil.copyfile(made.entry.engine, temporary)
        write_record(_beside(args.output), made.entry)
    if args.json:
        facts = {"fresh": made.fresh, "problems": made.problems, "engine": str(made.entry.engine)}
        print_json({**facts, **_facts(made.entry)})
    else:
        print(f"{'compiled' if made.fresh else 'in the cache already'}: {_line(made.entry)}")


def _list(cache: EngineCache, as_json: bool) -> None:
    entries = cache.entries()
    if as_json:
        print_json([_facts(e) for e in entries])
        return
    for entry in entries:
        print(_line(entry))
    note(f"{len(entries)} engines, {cache.size_bytes() / 1e6:.1f} MB in {cache.folder}")


def _inspect(cache: EngineCache, path: Path, as_json: bool) -> None:
    data = _read(path)
    entry, trusted = _described(cache, path, data)
    if as_json:
        print_json({"trusted": trusted, **_facts(entry), "layers": list(entry.layers)})
        return
    spec = entry.spec
    for name, value in {
        "network": f"{entry.network} (SHA-256 {spec.network[:16]}...)",
        "input": f"rgb {spec.size}",
        "precision": spec.precision,
        "library": f"{spec.library} {spec.version}",
        "cards": spec.where,
        "file": f"{entry.size_bytes / 1e6:.1f} MB",
        "scratch memory on the card": f"{entry.scratch_bytes / 1e6:.1f} MB",
        "trusted here": "yes: its hash is recorded" if trusted else "no: see --add and --trust",
    }.items():
        print(f"{name:28}{value}")
    print(f"{'layers':28}{len(entry.layers)}")
    for layer in entry.layers:
        print(f"  {layer['kind']!s:18}{_short(str(layer['name'])):58}{_outputs(layer)}")


def _add(cache: EngineCache, path: Path, trust: bool) -> None:
    data = _read(path)
    entry, trusted = _described(cache, path, data)
    if not (trusted or trust):
        raise InputError(
            got=f"{path}, whose hash is not recorded here",
            wanted="an engine that was compiled here: engines are code",
            fix="compile it here, or add --trust if you know where it comes from",
        )
    kept = cache.add(
        entry.spec,
        data,
        network=entry.network,
        scratch_bytes=entry.scratch_bytes,
        layers=entry.layers,
    )
    print(f"added: {_line(kept)}")


def _described(cache: EngineCache, path: Path, data: bytes) -> tuple[Entry, bool]:
    """What the cache knows about these bytes, else what the file beside says; and whether the
    cache knows them. Raises InputError where neither fits."""
    from eyebrush.engines.cache import digest, read_record

    known = cache.trusted(data)
    if known is not None:
        return known, True
    beside = _beside(path)
    try:
        entry = read_record(beside)
    except (OSError, ValueError) as error:
        raise InputError(
            got=f"{path}, which the cache does not know, and {beside.name} ({error})",
            wanted="an engine with the description that eyebrush compile -o writes",
            fix="compile it again",
        ) from error
    if entry.sha256 != digest(data):
        raise InputError(
            got=f"{path}, which is not the file that {beside.name} describes",
            wanted="an engine as it was compiled",
            fix="copy both again, or compile it again",
        )
    return entry, False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            got=f"{path} ({error.strerror or error})",
            wanted="an engine file",
            fix="make one with eyebrush compile -o",
        ) from error


def _facts(entry: Entry) -> dict[str, Any]:
    facts = entry.record()
    layers = facts.pop("layers")
    assert isinstance(layers, tuple)
    return {**facts, "key": entry.spec.key(), "layer_count": len(layers)}


def _line(entry: Entry) -> str:
    spec: EngineSpec = entry.spec
    return (
        f"{spec.key()}  {entry.network}  {spec.size} {spec.precision}  "
        f"{spec.library} {spec.version}  {spec.where}  {entry.size_bytes / 1e6:.1f} MB"
    )


def _outputs(layer: dict[str, object]) -> str:
    """What a layer gives, tensors of one kind together."""
    outputs = layer["outputs"]
    assert isinstance(outputs, (list, tuple))
    counts = Counter(f"{t['type']} {list(t['shape'])}" for t in outputs)
    return ", ".join(f"{n} x {kind}" if n > 1 else kind for kind, n in counts.items())


def _short(name: str) -> str:
    return name if len(name) <= 56 else f"{name[:53]}..."


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _size(text: str) -> tuple[int, int]:
    """argparse type: WxH in pixels -> (width, height)."""
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if match is None or not all(16 <= int(n) <= 16384 for n in match.groups()):
        raise argparse.ArgumentTypeError(f"got {text!r}; wanted WxH such as 1440x1600, 16..16384")
    return int(match[1]), int(match[2])


def _input(text: str) -> tuple[int, int, int]:
    """argparse type: Ex3xHxW -> (eyes, height, width)."""
    match = re.fullmatch(r"([12])x3x(\d{1,4})x(\d{1,4})", text)
    if match is None or not all(int(n) >= 16 and int(n) % 2 == 0 for n in match.groups()[1:]):
        raise argparse.ArgumentTypeError(f"got {text!r}; wanted such as 2x3x400x360, even numbers")
    return int(match[1]), int(match[2]), int(match[3])
