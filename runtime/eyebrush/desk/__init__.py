"""The style desk: tune the look in a browser while the game runs.

The runtime only holds out a hand: ``Tap`` (a session's figures, and a picture when one is wanted)
and ``DeskLink`` (the pipe to the desk). Everything else, the web server, encoding, thumbnails,
paintings, presets, happens in a process of its own, ``python -m eyebrush.desk``, which no frame
waits for (docs/decisions/desk-process.md).
"""

from __future__ import annotations

from eyebrush.desk.tap import Tap, Wish

__all__ = ["Tap", "Wish"]
