"""Builds the shim: the ops' CUDA source compiled for the CPU, as the extension eyebrush_simt.

Kept in build/simt/, file by file, each under a name that changes with what it was made from.
"""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

SOURCE = Path(__file__).resolve().parent.parent
SOURCES = (
    "csrc/bind/array.cpp",
    "csrc/bind/features.cpp",
    "csrc/bind/frames.cpp",
    "csrc/ops/adain.cu",
    "csrc/ops/composite.cu",
    "csrc/ops/gram.cu",
    "csrc/ops/grid_blend.cu",
    "csrc/ops/ingest.cu",
    "csrc/ops/temporal.cu",
    "tests/simt/module.cpp",
    "tests/simt/selfcheck.cpp",
    "tests/simt/simt.cpp",
)
FLAGS = "-std=c++17 -O1 -fPIC -fvisibility=hidden -Wall -Wextra -Werror -Wno-unknown-pragmas"
DEFINES = "-DEYEBRUSH_SIMT -U_FORTIFY_SOURCE"  # that checks _longjmp


def load() -> ModuleType:
    """Build what has changed, and import it. Raises RuntimeError with the compiler's words."""
    import pybind11

    places = (SOURCE / "tests/simt", pybind11.get_include(), sysconfig.get_path("include"))
    command = ["c++", *FLAGS.split(), *DEFINES.split(), *(f"-I{place}" for place in places)]
    headers = hashlib.sha256(" ".join(command).encode())
    for header in sorted(p for d in ("csrc", "tests/simt") for p in (SOURCE / d).rglob("*.*h")):
        headers.update(header.read_bytes())
    room = SOURCE / "build/simt"
    room.mkdir(parents=True, exist_ok=True)

    def compiled(name: str) -> Path:
        key = headers.copy()
        key.update((SOURCE / name).read_bytes())
        made = room / f"{Path(name).name}-{key.hexdigest()[:16]}.o"
        if not made.exists():
            part = made.with_suffix(".part")
            _run([*command, "-x", "c++", "-c", str(SOURCE / name), "-o", str(part)])
            part.replace(made)
        return made

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(compiled, SOURCES))
    key = hashlib.sha256(" ".join(o.name for o in objects).encode()).hexdigest()[:16]
    library = room / key / ("eyebrush_simt" + sysconfig.get_config_var("EXT_SUFFIX"))
    if not library.exists():
        library.parent.mkdir(exist_ok=True)
        part = library.with_suffix(".part")
        _run(["c++", "-shared", *map(str, objects), "-o", str(part)])
        part.replace(library)
    spec = importlib.util.spec_from_file_location("eyebrush_simt", library)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr[-4000:]}")
