"""Which look a session of the bridge has: the desk's word, else the engine's, else our own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

from eyebrush.bridge import DIALS, Control
from eyebrush.desk.tap import Wish
from eyebrush.errors import InputError
from eyebrush.styles import Style
from eyebrush.styles.files import SUFFIX
from eyebrush.styles.library import WORDS
from eyebrush.styles.style import mix_styles
from eyebrush.stylizer import Stylizer


@dataclass
class _Said:
    """What the desk has said so far; None where it has said nothing."""

    style: Style | None = None
    strength: float | None = None
    calm: float | None = None
    detail: float | None = None


class Looks:
    """The looks of one stylizer. The session's thread and the desk's may both change them."""

    def __init__(self, stylizer: Stylizer) -> None:
        self.control = Control()
        self._stylizer = stylizer
        self._own = _Said(stylizer.style, stylizer.strength, stylizer.calm, stylizer.detail)
        self._desk = _Said()
        self._lock = threading.Lock()

    def engine_wants(self, control: Control) -> None:
        """Raises InputError where that cannot be had; the style then stays as it is."""
        with self._lock:
            self.control = control
            self._settle()

    def desk_wants(self, wish: Wish) -> None:
        """What the desk names holds until it names another or lets go. Raises InputError where
        that cannot be had; then nothing has changed."""
        with self._lock:
            before, self._desk = self._desk, self._wished(wish)
            try:
                self._settle()
            except InputError:
                self._desk = before
                self._settle()
                raise

    def restore(self) -> None:
        """Our own look again, for the next session."""
        with self._lock:
            self.control, self._desk = Control(), _Said()
            self._settle()

    def describe(self) -> dict[str, Any]:
        """What is really painted now, and who asked for it."""
        engine = (self.control.style, self.control.mix_style, self.control.network)
        named = any(engine) or any(getattr(self.control, dial) is not None for dial in DIALS)
        return {
            "style": self._stylizer.style.name,
            "strength": self._stylizer.strength,
            "calm": self._stylizer.calm,
            "detail": self._stylizer.detail,
            "by": "desk" if self._desk != _Said() else "engine" if named else "command line",
        }

    def _wished(self, wish: Wish) -> _Said:
        if wish.release:
            return _Said()
        said, style = self._desk, desks_style(wish, self._stylizer)
        wish = with_dials(wish, style)
        return _Said(
            style or said.style,
            said.strength if wish.strength is None else wish.strength,
            said.calm if wish.calm is None else wish.calm,
            said.detail if wish.detail is None else wish.detail,
        )

    def _settle(self) -> None:
        desk, control, own, stylizer = self._desk, self.control, self._own, self._stylizer
        assert own.style is not None
        style = desk.style or wanted_style(control, stylizer, own.style)
        dials = {} if style is own.style else style.dials  # own: the command line has settled it
        strength = dials.get("strength", own.strength)
        stylizer.set_strength(_first(desk.strength, control.strength, strength))
        stylizer.set_calm(_first(desk.calm, control.calm, dials.get("calm", own.calm)))
        stylizer.set_detail(_first(desk.detail, control.detail, dials.get("detail", own.detail)))
        stylizer.set_style(style)


def _first(*said: float | None) -> float:
    """What was said first; the last, our own, is always said."""
    return next(value for value in said if value is not None)


def wanted_style(control: Control, stylizer: Stylizer, own: Style) -> Style:
    """The style that an engine asks for; ``own`` where it names none. Raises InputError."""
    if control.code is not None and control.tone_out is not None:
        return Style("from the engine", control.code, control.tone_out, control.network)

    def named(text: str) -> Style:
        return named_style(text, stylizer, "an engine") if text else own

    first = named(control.style)
    if control.mix == 0:
        return first
    return mix_styles([first, named(control.mix_style)], [1 - control.mix, control.mix])


def desks_style(wish: Wish, stylizer: Stylizer) -> Style | None:
    """The style that a desk names, if it names one. Raises InputError, BackendError."""
    return None if wish.style is None else named_style(wish.style, stylizer, "a desk")


def with_dials(wish: Wish, style: Style | None) -> Wish:
    """A wish for a style that was found by words: the dials that go with it, where it has none."""
    dials = {} if style is None else style.dials
    return replace(
        wish,
        strength=dials.get("strength") if wish.strength is None else wish.strength,
        calm=dials.get("calm") if wish.calm is None else wish.calm,
        detail=dials.get("detail") if wish.detail is None else wish.detail,
    )


def named_style(text: str, stylizer: Stylizer, who: str) -> Style:
    """A style or a mix by name. Raises InputError.

    Engines and browsers may name styles, not files: what they can make this process open is not
    theirs to say.
    """
    words = text.startswith(WORDS)
    if not words and (SUFFIX in text or "/" in text or "\\" in text):
        raise InputError(
            got=f"style file {text!r} from {who}",
            wanted="the name of a style, or a code",
            fix="eyebrush style add PAINTING --name NAME, then ask for NAME",
        )
    return stylizer.library.resolve(text)
