"""`eyebrush xr` inside the engine root: this environment's own Python beside Monado."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engine_root
from engine_root import HERE, EngineError, tail, to_the_end

CHECKOUT = HERE.parents[1]
# Seen at the same place on both sides; /tmp is anyway.
PLACES = [p for p in (CHECKOUT, Path(sys.prefix), Path(sys.base_prefix)) if p != Path("/usr")]
VALIDATION = "XR_APILAYER_LUNARG_core_validation"


def why_not() -> str:
    """Why `eyebrush xr` cannot run in the engine root; empty where it can."""
    if reason := engine_root.why_not():
        return reason
    layers = engine_root.engine_root() / "usr/share/openxr/1/api_layers/explicit.d"
    if not list(layers.glob("*core_validation*")):
        return "the engine root is older than its script (run tests/engine/setup-engine-root.sh)"
    if Path(sys.base_prefix) == Path("/usr"):
        return "this Python lives in /usr, which is another one in the engine root"
    try:
        import xr  # noqa: F401
    except ImportError:
        return "pyopenxr is not installed (pip install 'eyebrush[xr]')"
    return ""


def environment(runtime: Path, **more: object) -> dict[str, str]:
    """For engine-run.sh: what the command inside sees."""
    settings = {"XDG_RUNTIME_DIR": runtime, "XDG_CACHE_HOME": runtime, "XRT_LOG": "error", **more}
    folders = [str(p) for p in PLACES if not p.is_relative_to("/tmp")]
    return {
        **os.environ,
        "ENGINE_ENV": " ".join(f"{k}={v}" for k, v in settings.items()),
        "ENGINE_BIND": " ".join(dict.fromkeys(folders)),
    }


@contextlib.contextmanager
def started(runtime: Path, log: Path, *command: object, **env: object) -> Iterator[Any]:
    """Python inside the root with these arguments; output in ``log`` + .out and .err."""
    line = [HERE / "engine-run.sh", sys.executable, *command]
    out, err = log.with_suffix(".out"), log.with_suffix(".err")
    with out.open("wb") as to_out, err.open("wb") as to_err:
        process = subprocess.Popen(
            [str(part) for part in line],
            stdout=to_out,
            stderr=to_err,
            env=environment(runtime, **env),
        )
    with to_the_end(process):
        yield process


def run(runtime: Path, log: Path, *command: object, timeout_s: float = 90, **env: object) -> str:
    """The same, until it ends well: its standard output. Raises EngineError."""
    with started(runtime, log, *command, **env) as process:
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            words = tail(log.with_suffix(".err"))
            raise EngineError(f"not done after {timeout_s} s:\n{words}") from None
    if code:
        raise EngineError(f"exit code {code}:\n{tail(log.with_suffix('.err'))}")
    return log.with_suffix(".out").read_text("utf-8")


def play(
    runtime: Path, log: Path, *arguments: object, timeout_s: float = 90, **env: object
) -> dict[str, Any]:
    """`eyebrush xr ... --json`: its report."""
    line = ("-m", "eyebrush", "xr", "--json", *arguments)
    text = run(runtime, log, *line, timeout_s=timeout_s, **env)
    report: dict[str, Any] = json.loads(text)
    return report


def said(log: Path) -> str:
    """What eyebrush itself said on stderr (Monado's client speaks there, too)."""
    lines = log.with_suffix(".err").read_text("utf-8", "replace").splitlines()
    return "\n".join(line for line in lines if line.startswith("eyebrush: "))
