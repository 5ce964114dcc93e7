"""TensorRT for RTX and TensorRT: one Python API, two libraries, and what differs between them.

| | tensorrt-rtx | tensorrt |
| --- | --- | --- |
| compiles | without a GPU, for compute capabilities | on the very card, timing kernels there |
| an engine fits | every card of these capabilities, any driver | that card and driver |
| on first use | finishes kernels just in time (kept in a runtime cache) | is ready |
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from dataclasses import dataclass
from typing import Any

from eyebrush.errors import BackendError, InputError

# name -> (module, how to get it), in the order in which they are preferred
LIBRARIES = {
    "tensorrt-rtx": ("tensorrt_rtx", "pip install 'eyebrush[tensorrt-rtx]'"),
    "tensorrt": ("tensorrt", "pip install 'eyebrush[tensorrt]'"),
}


@dataclass(frozen=True)
class Library:
    """An imported library; ``module`` has TensorRT's API."""

    name: str
    module: Any

    @property
    def version(self) -> str:
        return str(self.module.__version__)

    @property
    def portable(self) -> bool:
        """Whether its engines are made for compute capabilities instead of for one card."""
        return self.name == "tensorrt-rtx"

    def capabilities(self) -> dict[str, Any]:
        """All that it compiles for, such as "8.6" -> its own value; empty if not portable."""
        if not self.portable:
            return {}
        found = re.findall(r"\bSM(\d+)(\d)\b", " ".join(dir(self.module.ComputeCapability)))
        pairs = sorted((int(major), int(minor)) for major, minor in found)
        return {f"{a}.{b}": getattr(self.module.ComputeCapability, f"SM{a}{b}") for a, b in pairs}

    def check_capabilities(self, wanted: list[str]) -> list[str]:
        """``wanted`` in order and without repetition; all there are where it is empty."""
        known = list(self.capabilities())
        unknown = [c for c in wanted if c not in known]
        if unknown:
            raise InputError(
                got=f"compute capability {', '.join(unknown)}",
                wanted=f"one or more of {', '.join(known)}"
                if known
                else f"none: {self.name} compiles for the card that is here",
                fix="leave it out for every card"
                if known
                else "leave it out, or use --backend tensorrt-rtx",
            )
        return [c for c in known if c in wanted or not wanted]


def installed() -> list[str]:
    """Names of the libraries that can be found, the preferred first."""
    return [n for n, (module, _) in LIBRARIES.items() if importlib.util.find_spec(module)]


def open_library(name: str) -> Library:
    """Import a library. Raises BackendError where it is missing or broken."""
    if name not in LIBRARIES:
        raise InputError(
            got=f"library {name!r}", wanted=" | ".join(LIBRARIES), fix="use tensorrt-rtx"
        )
    module, fix = LIBRARIES[name]
    try:
        return Library(name, importlib.import_module(module))
    except (ImportError, OSError) as error:  # OSError: a library of CUDA's is missing
        raise BackendError(f"{name} cannot be imported ({error}); fix: {fix}") from error
