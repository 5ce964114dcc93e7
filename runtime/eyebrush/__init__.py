"""Eyebrush restyles what a VR player sees, live, in both eyes, at headset rate.

>>> from eyebrush import EyeFrames, Stylizer
>>> stylizer = Stylizer("starry-night")                      # doctest: +SKIP
>>> painted = stylizer.restyle(EyeFrames(color=picture))     # doctest: +SKIP

Importing this package is light (numpy only); the inference engine is loaded by ``Stylizer``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eyebrush.errors import BackendError, EyebrushError, InputError
from eyebrush.frame import EyeFrames, StyleField, View

if TYPE_CHECKING:
    from eyebrush.stylizer import Stylizer

__version__ = "0.1.0"

__all__ = [
    "BackendError",
    "EyeFrames",
    "EyebrushError",
    "InputError",
    "StyleField",
    "Stylizer",
    "View",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name == "Stylizer":
        from eyebrush.stylizer import Stylizer

        return Stylizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
