"""Errors that a user can act on: what was got, what was wanted, how to mend it."""

from __future__ import annotations


class EyebrushError(Exception):
    """Base of every error that Eyebrush raises on purpose. ``exit_code`` is the CLI's."""

    exit_code = 1


class InputError(EyebrushError, ValueError):
    """Something handed in cannot be used. Says what was got, wanted and the fix, on one line."""

    exit_code = 2

    def __init__(self, *, got: str, wanted: str, fix: str) -> None:
        self.got, self.wanted, self.fix = got, wanted, fix
        super().__init__(f"got {got}; wanted {wanted}; fix: {fix}")


class BackendError(EyebrushError):
    """A backend is not installed or does not work here. The message says what to do about it."""

    exit_code = 3


class BridgeError(EyebrushError):
    """A session of the bridge cannot be used (any more). ``status`` is the C library's word for
    why, such as "taken by a live process"; the message says got, wanted and the fix."""

    exit_code = 3

    def __init__(self, message: str, status: str = "") -> None:
        self.status = status
        super().__init__(message)


def share(name: str, value: float, fix: str) -> float:
    """``value`` itself; InputError unless 0..1 (NaN fails, too)."""
    if not 0.0 <= value <= 1.0:
        raise InputError(got=f"{name} {value}", wanted="0..1", fix=fix)
    return float(value)
