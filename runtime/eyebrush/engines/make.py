"""An engine for a network and a size: from the cache, or compiled into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eyebrush import resources
from eyebrush.backends.driver import find_gpu
from eyebrush.engines import half
from eyebrush.engines.build import build
from eyebrush.engines.cache import EngineCache, Entry
from eyebrush.engines.dialect import EXPORT
from eyebrush.engines.library import Library
from eyebrush.engines.spec import EngineSpec
from eyebrush.errors import BackendError, InputError


@dataclass(frozen=True)
class Made:
    """entry, its bytes, whether it was compiled now, and what is not as meant in its layers."""

    entry: Entry
    data: bytes
    fresh: bool
    problems: list[str]


def spec_for(
    path: Path,
    library: Library,
    size: tuple[int, int, int],
    precision: str = "f16",
    capabilities: list[str] | None = None,
) -> EngineSpec:
    """What is needed for network inputs of ``size`` (eyes, height, width), on cards of these
    capabilities (all that the library knows if none is named); if it is not portable, here.
    """
    eyes, height, width = size
    cards = tuple(library.check_capabilities(capabilities or []))
    driver = ""
    if not library.portable:
        cards, driver = _this_card(library)
    return EngineSpec(
        network=resources.sha256(path),
        eyes=eyes,
        height=height,
        width=width,
        precision=precision,
        library=library.name,
        version=library.version,
        cards=cards,
        driver=driver,
    )


def ensure(
    path: Path,
    spec: EngineSpec,
    library: Library,
    cache: EngineCache,
    progress: Callable[[float], None] = lambda share: None,
) -> Made:
    """The engine of ``spec``; compiled (seconds to minutes) where the cache does not have it."""
    found = cache.find(spec)
    if found is not None:
        return Made(*found, fresh=False, problems=[])
    built = build(path, spec, library, progress)
    entry = cache.add(
        spec,
        built.data,
        network=network_facts(path)[0],
        scratch_bytes=built.scratch_bytes,
        layers=tuple(layer.as_dict() for layer in built.layers),
    )
    return Made(entry, built.data, True, built.problems)


def network_facts(path: Path) -> tuple[str, int | None]:
    """(id, how many times smaller than the eye buffers its input is, if that is what it takes).
    Raises InputError."""
    metadata = {p.key: p.value for p in half.read(path).metadata_props}
    name, down = metadata.get("eyebrush.network"), metadata.get("eyebrush.down", "")
    if not name:
        raise InputError(
            got=f"{path} without the metadata eyebrush.network",
            wanted="an ONNX network exported for Eyebrush",
            fix=EXPORT,
        )
    return name, int(down) if down.isdigit() and int(down) else None


def _this_card(library: Library) -> tuple[tuple[str, ...], str]:
    try:
        gpu = find_gpu()
    except BackendError as error:
        why = str(error).partition("; fix: ")[0]
        raise BackendError(
            f"{library.name} compiles on the card that it is for, but {why}; "
            "fix: --backend tensorrt-rtx compiles without one"
        ) from error
    return (gpu.name,), gpu.driver
