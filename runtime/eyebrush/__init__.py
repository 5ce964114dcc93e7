"""Eyebrush restyles what a VR player sees, live, in both eyes, at headset rate.

>>> from eyebrush import EyeFrames, Stylizer
>>> stylizer = Stylizer("starry-night")                      # doctest: +SKIP
>>> painted = stylizer.restyle(EyeFrames(color=picture))     # doctest: +SKIP

Importing this package loads nothing but its errors: numpy comes with the first name that needs it,
the inference engine with the first ``Stylizer``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from eyebrush.errors import BackendError, EyebrushError, InputError

if TYPE_CHECKING:
    from eyebrush.frame import EyeFrames, StyleField, View
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


_LATER = {
    "EyeFrames": "eyebrush.frame",
    "StyleField": "eyebrush.frame",
    "View": "eyebrush.frame",
    "Stylizer": "eyebrush.stylizer",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
