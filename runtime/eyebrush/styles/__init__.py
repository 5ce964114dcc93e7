"""Styles: named codes, their files, mixing, and paintings that become codes."""

from eyebrush.styles.add import encode_painting
from eyebrush.styles.library import StyleLibrary, open_library, user_folder
from eyebrush.styles.style import Style, mix_styles

__all__ = [
    "Style",
    "StyleLibrary",
    "encode_painting",
    "mix_styles",
    "open_library",
    "user_folder",
]
