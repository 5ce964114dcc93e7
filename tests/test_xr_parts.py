"""Errors in words, keys, the overlay, sources: what needs no headset."""

from __future__ import annotations

import builtins
import os
import pty
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from eyebrush.cli import main
from eyebrush.errors import BackendError, InputError
from eyebrush.xr.controls import BINDINGS, INDEX, KEYS, Keyboard
from eyebrush.xr.overlay import GRAPH, HEIGHT, TEXT, WIDTH, Overlay
from eyebrush.xr.runtime import find_headset, open_instance, openxr
from eyebrush.xr.sources import open_source
from fake_headset import views_at
from tiny_assets import CLIP_FRAMES, CLIP_HZ
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture


class XrError(Exception):
    """As pyopenxr's."""


def fake_xr(offered: tuple[str, ...] = (), fails: str = "") -> Any:
    """A module xr that offers extensions, or fails at one call."""

    def call(name: str, value: Any) -> Any:
        def function(*_: object, **__: object) -> Any:
            if name == fails:
                raise XrError(f"{name} said no.")
            return value

        return function

    extensions = [SimpleNamespace(extension_name=name.encode()) for name in offered]
    properties = SimpleNamespace(runtime_name=b"Fake", runtime_version=0)
    return SimpleNamespace(
        exception=SimpleNamespace(XrException=XrError),
        enumerate_instance_extension_properties=call("enumerate", extensions),
        InstanceCreateInfo=SimpleNamespace,
        ApplicationInfo=lambda *_: None,
        Version=lambda *_: SimpleNamespace(major=1, minor=2, patch=3),
        create_instance=lambda info: call("create", ("instance", info))(),
        get_instance_properties=call("properties", properties),
        get_system=call("get_system", 7),
        SystemGetInfo=lambda *_: None,
        FormFactor=SimpleNamespace(HEAD_MOUNTED_DISPLAY=1),
    )


@pytest.fixture(autouse=True)
def no_runtime_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XR_RUNTIME_JSON", raising=False)


def test_extensions_wanted_are_taken_where_offered() -> None:
    (_, info), enabled = open_instance(fake_xr(("A", "B", "C")), ["A"], ["C", "D"])
    assert enabled == info.enabled_extension_names == ["A", "C"]


@pytest.mark.parametrize(
    ("xr", "said"),
    [
        (fake_xr(fails="enumerate"), r"no OpenXR runtime answers \(XrError: enumerate said no; no"),
        (fake_xr(("A",), fails="create"), r"no OpenXR runtime answers \(XrError: create said no"),
        (fake_xr(("B",)), r"does not offer A; fix: choose another --graphics"),
    ],
    ids=["nobody", "refuses", "lacks"],
)
def test_what_an_instance_can_lack(xr: Any, said: str) -> None:
    with pytest.raises(BackendError, match=said):
        open_instance(xr, ["A"], [])


def test_a_wrong_manifest_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XR_RUNTIME_JSON", "/nowhere/x.json")
    with pytest.raises(BackendError, match=r"XR_RUNTIME_JSON names /nowhere/x.json.*fix: let it"):
        open_instance(fake_xr(("A",)), ["A"], [])


def test_no_headset_is_told_with_the_runtimes_name() -> None:
    with pytest.raises(BackendError, match=r"Fake 1.2.3 finds no headset .*fix: connect it"):
        find_headset(fake_xr(fails="get_system"), None)
    assert find_headset(fake_xr(), None) == 7


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            ImportError("No module named 'xr'"),
            r"needs pyopenxr .*fix: pip install 'eyebrush\[xr\]'",
        ),
        (OSError("libGL.so.1: cannot open"), r"misses a library .*fix: apt-get install libgl1"),
        (AttributeError("'NoneType' object"), r"misses a library .*fix: apt-get install libgl1"),
    ],
)
def test_without_pyopenxr(monkeypatch: pytest.MonkeyPatch, error: Exception, words: str) -> None:
    usual = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name == "xr":
            raise error
        return usual(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.delitem(sys.modules, "xr", raising=False)
    with pytest.raises(BackendError, match=words):
        openxr()


@pytest.mark.parametrize("text", ["", "tests", "test:x", "pano", "clip2", "clip:", "film:x.mp4"])
def test_unknown_sources_are_refused(
    text: str, installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match=r"wanted test, clip.*fix: eyebrush xr --help"):
        open_source(text, 32, 32)
    assert main(["xr", "--source", text]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "options", [["--frames", "0"], ["--reconnect", "-1"], ["--graphics", "gl"]]
)
def test_bad_options(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["xr", *options]) == 2
    assert "wanted" in capsys.readouterr().err or "gl" in options


def test_a_clip_rides_on_the_head_back_and_forth(installed: Path) -> None:
    source = open_source(f"clip:{installed / 'clip.eyeclip'}", 40, 30)
    step = 10**9 // CLIP_HZ
    seen = []
    for i in range(2 * CLIP_FRAMES):
        frames, placed = source.frame(views_at(i), 10**12 + i * step + step // 2)
        assert frames.color.shape == (2, 30, 40, 4)
        for at, eye, recorded in zip(placed, views_at(i), frames.views, strict=True):
            assert at.orientation_xyzw == eye.orientation_xyzw
            assert at.fov_rad == recorded.fov_rad
        seen.append(frames.color.tobytes())
    assert len(set(seen)) == CLIP_FRAMES
    assert seen[0] != seen[CLIP_FRAMES // 2]
    assert seen[CLIP_FRAMES - 2] == seen[CLIP_FRAMES]


def test_keys_from_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        with Keyboard() as keyboard:
            assert keyboard.commands() == []
            os.write(ours, b"n?+q")
            assert keyboard.commands() == ["next", "stronger", "quit"]
    os.close(ours)


def test_without_a_terminal_there_are_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        with Keyboard() as keyboard:
            assert keyboard.commands() == []


def test_every_button_is_a_command() -> None:
    for places in BINDINGS.values():
        assert set(places) <= set(BINDINGS[INDEX]) <= set(KEYS.values())


def test_the_overlay_shows_frames_and_budget() -> None:
    overlay = Overlay()
    for share in [0.0] * (WIDTH - 2) + [0.5, 1.2]:
        overlay.add(share)
    pixels = overlay.draw("starry-night", "half-rate", 11.1)
    assert pixels.shape == (HEIGHT, WIDTH, 4)
    graph = pixels[TEXT:].astype(int)
    usual = graph[-1, 0]
    heights = [(graph[:, x, :3] != usual[:3]).any(-1).sum() - 1 for x in (0, WIDTH - 2, WIDTH - 1)]
    assert heights[0] == 0
    assert heights[1] == pytest.approx(GRAPH / 3, abs=2)
    assert heights[2] == pytest.approx(GRAPH * 0.8, abs=2)
    assert graph[-1, -1, 0] > graph[-1, -2, 0], "over the budget is red"
    assert overlay.draw("starry-night", "full", 11.1) is pixels
    assert not np.array_equal(pixels[:TEXT], Overlay().draw("scream", "full", 11.1)[:TEXT])


def test_the_doctor_looks_for_a_headset(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never an illness: most machines have none."""
    from eyebrush import checks
    from eyebrush.xr import runtime

    for xr, state, said in (
        (fake_xr(), "ok", "Fake 1.2.3"),
        (fake_xr(fails="get_system"), "warn", "finds no headset"),
        (fake_xr(fails="enumerate"), "warn", "no OpenXR runtime answers"),
    ):
        xr.destroy_instance = lambda _: None
        monkeypatch.setattr(runtime, "openxr", lambda xr=xr: xr)
        (check,) = checks._headset()
        assert (check.state, said in check.detail) == (state, True), check
        assert bool(check.fix) is (state == "warn")
