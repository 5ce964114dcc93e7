"""The desk's page in a real browser: what a developer does at it, by mouse, keys and touch."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from desk_browser import PHONE_SIZE, holds, mean_colours, opened
from desk_browser import browser_fixture as browser_fixture
from desk_browser import tab_fixture as tab_fixture
from desk_stage import NEEDS, staged, until
from desk_stage import engine_stage_fixture as engine_stage_fixture
from desk_stage import stage_fixture as stage_fixture
from eyebrush import feed
from eyebrush.bridge import EngineSession
from own_sessions import folder_fixture as folder_fixture
from sentence_model import needs_model
from test_desk_api import painting
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture
from tiny_assets import stereo_frames

for module in NEEDS:
    pytest.importorskip(module)


@pytest.fixture(autouse=True)
def _own_look(stage):
    yield
    stage.ask("POST", "api/wish", {"release": True})
    for preset in stage.get("api/presets")["presets"]:
        stage.ask("DELETE", f"api/presets/{preset['name']}")


def running(tab, name):
    holds(tab, "name => document.getElementById('running').textContent.includes(name)", name)


def said(tab, text):
    holds(tab, "text => document.getElementById('said').textContent.includes(text)", text)


def test_the_eyes_move_and_change_when_a_style_is_clicked(tab, engine_stage):
    opened(tab, engine_stage.link)
    first = mean_colours(tab, 1)
    until(lambda: (mean_colours(tab, 1) != first).any(), "another picture")
    before, alpha = mean_colours(tab)
    assert np.abs(before - alpha).max() > 5, "the divider separates before and after"
    tab.click("#styles li[data-style=gamma] .tile")
    running(tab, "gamma")
    assert engine_stage.session()["look"]["style"] == "gamma"
    assert "network" in tab.inner_text("#legend"), "stage times are drawn"
    again, gamma = mean_colours(tab)
    plain, painted = np.abs(again - before).max(), np.abs(gamma - alpha).max()
    assert painted > 12, "the painted side is another one"
    assert plain < painted / 2, "the plain side is still the same clip"
    assert tab.get_attribute("#styles li[data-style=gamma] .tile", "aria-pressed") == "true"
    assert tab.get_attribute("#styles li[data-style=alpha] .tile", "aria-pressed") == "false"


def test_the_divider_follows_mouse_and_keys(tab, engine_stage):
    opened(tab, engine_stage.link)
    box = tab.locator("#eyes").bounding_box()
    tab.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + 100)  # 80 % of the left eye
    assert tab.get_attribute("#divider", "aria-valuenow") == "80"
    tab.focus("#divider")
    tab.keyboard.press("Home")
    assert tab.get_attribute("#divider", "aria-valuenow") == "0"
    tab.keyboard.press("ArrowRight")
    assert tab.get_attribute("#divider", "aria-valuenow") == "2"
    tab.keyboard.press("End")
    plain, _ = mean_colours(tab)
    tab.keyboard.press("Home")
    painted, _ = mean_colours(tab)
    assert np.abs(plain - painted).max() > 5


def test_mixing_on_sliders_and_pad(tab, stage):
    opened(tab, stage.link)
    tab.click("#styles li[data-style=beta] .plus")
    running(tab, "alpha 50 % + beta 50 %")
    tab.locator("#part-beta").fill("100")
    running(tab, "alpha 33 % + beta 67 %")
    tab.wait_for_timeout(600)
    box = tab.locator("#pad").bounding_box()
    tab.mouse.click(box["x"] + box["width"] * 0.02, box["y"] + box["height"] / 2)
    until(lambda: stage.session()["look"]["style"] in ("alpha", "alpha:1"), "alpha alone")
    tab.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    running(tab, "beta")
    tab.click("#styles li[data-style=alpha] .plus")
    running(tab, "beta")
    until(lambda: stage.session()["look"]["style"] == "beta", "beta alone")
    tab.locator("#strength").fill("40")
    tab.locator("#calm").fill("30")
    until(lambda: stage.session()["look"]["calm"] == 0.3, "calm")
    tab.locator("#detail").fill("100")
    until(lambda: stage.session()["look"]["detail"] == 1.0, "detail")
    assert stage.session()["look"]["strength"] == 0.4
    tab.click("#release")
    running(tab, "alpha")


def test_the_page_shows_what_runs_whoever_asked(tab, stage):
    opened(tab, stage.link)
    stage.ask("POST", "api/wish", {"style": "beta", "strength": 0.25})
    running(tab, "beta")
    holds(tab, "() => document.getElementById('strength').value === '25'")
    assert "as the desk asked" in tab.inner_text("#running-more")
    tab.wait_for_selector("#parts li[data-style=beta]")
    assert "openvino CPU" in tab.inner_text("#backend")
    assert "pressure" in tab.inner_text("#governor")


def test_snapshots_are_compared_by_keys(tab, stage):
    opened(tab, stage.link)
    assert tab.is_disabled("#show-a")
    tab.keyboard.press("A")
    tab.click("#styles li[data-style=beta] .tile")
    running(tab, "beta")
    tab.keyboard.press("B")
    assert tab.get_attribute("#show-b", "aria-pressed") == "true"
    tab.keyboard.press("a")
    running(tab, "alpha")
    tab.wait_for_selector("#show-a[aria-pressed=true]")
    tab.keyboard.press("b")
    running(tab, "beta")
    tab.reload()
    tab.wait_for_selector("#show-b:not(:disabled)")


def test_a_painting_that_is_dropped_becomes_the_style(tab, stage):
    opened(tab, stage.link)
    data = list(painting(128, 96))
    tab.evaluate(
        """data => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(data)], "My Dunes.png"));
            for (const kind of ["dragenter", "dragover", "drop"]) {
                dispatchEvent(new DragEvent(kind, { dataTransfer: files, cancelable: true }));
            }
        }""",
        data,
    )
    tab.wait_for_selector("#styles li[data-style=my-dunes]")
    running(tab, "my-dunes")
    assert stage.session()["look"]["style"] == "my-dunes"
    tab.wait_for_selector("#styles li[data-style=my-dunes] .look img")
    tab.click("#styles li[data-style=alpha] .tile")
    running(tab, "alpha")
    tab.click("#styles li[data-style=my-dunes] .minus")
    tab.wait_for_selector("#styles li[data-style=my-dunes]", state="detached")


def test_a_file_that_is_no_painting_is_refused_with_the_reason(tab, stage):
    opened(tab, stage.link)
    bad = {"name": "x.png", "mimeType": "image/png", "buffer": b"nonsense"}
    tab.set_input_files(".add input", bad)
    said(tab, "no known picture")
    assert stage.session()["look"]["style"] == "alpha"


def test_a_preset_is_saved_and_reloaded(tab, stage):
    opened(tab, stage.link)
    tab.click("#styles li[data-style=beta] .tile")
    running(tab, "beta")
    tab.locator("#strength").fill("60")
    until(lambda: stage.session()["look"]["strength"] == 0.6, "the strength")
    holds(tab, "() => document.getElementById('running-more').textContent.includes('60')")
    tab.fill("#preset-name", "evening-light")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#presets .apply")
    assert stage.get("api/presets/evening-light")["mix"] == [{"style": "beta", "weight": 1}]
    tab.click("#styles li[data-style=gamma] .tile")
    running(tab, "gamma")
    tab.reload()
    tab.click("#presets .apply")
    running(tab, "beta")
    assert stage.session()["look"]["strength"] == 0.6
    with tab.expect_download() as download:
        tab.click("#presets a")
    assert download.value.suggested_filename == "evening-light.json"
    tab.click("#presets .remove")
    tab.wait_for_selector("#presets .apply", state="detached")


def test_a_bad_preset_that_is_dropped_names_its_line(tab, stage):
    opened(tab, stage.link)
    text = '{\n  "format": "eyebrush-preset/1",\n  "name": "x",\n  "strength": 7\n}'
    tab.evaluate(
        """text => {
            const files = new DataTransfer();
            files.items.add(new File([text], "x.json"));
            dispatchEvent(new DragEvent("drop", { dataTransfer: files, cancelable: true }));
        }""",
        text,
    )
    said(tab, "line 4: strength")


def test_by_keyboard_only(tab, stage):
    """From the link to another style, a mix, strength and a snapshot without a mouse."""
    opened(tab, stage.link)
    tab.wait_for_selector("#styles li[data-style=gamma] .tile")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    for _ in range(40):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.dataset.key") == "tile-gamma":
            break
    else:
        pytest.fail("Tab never reached the style gamma")
    ring = "getComputedStyle(document.activeElement).outlineStyle"
    assert tab.evaluate(ring) != "none", "focus is visible"
    tab.keyboard.press("Enter")
    running(tab, "gamma")
    assert tab.evaluate("document.activeElement.dataset.key") == "tile-gamma", "focus stays"
    tab.keyboard.press("s")
    for _ in range(10):
        tab.keyboard.press("ArrowLeft")
    until(lambda: stage.session()["look"]["strength"] == 0.9, "the strength")
    tab.keyboard.press("/")
    tab.keyboard.type("bet")
    tab.wait_for_selector("#styles li[data-style=gamma]", state="detached")
    assert tab.locator("#styles li[data-style=beta]").count() == 1


@needs_model
@pytest.mark.parametrize("tab", [None, PHONE_SIZE], indirect=True, ids=["desk", "phone"])
def test_a_look_described_in_words_by_keyboard(tab, stage):
    opened(tab, stage.link)
    tab.keyboard.press("w")
    tab.keyboard.type("the letter gamma, subtle")
    tab.keyboard.press("Enter")
    running(tab, "gamma")
    holds(tab, "() => document.getElementById('words-said').textContent.includes('% gamma')")
    assert "subtle: strength 0.5" in tab.inner_text("#words-said")
    look = stage.session()["look"]
    assert look["strength"] == 0.5
    assert tab.evaluate("document.documentElement.scrollWidth") <= tab.viewport_size["width"]
    others = {"alpha", "beta"} - {part.split(":")[0] for part in look["style"].split(",")}
    names = tab.locator("#words-near button").all_inner_texts()
    assert set(names) == others
    tab.keyboard.press("Tab")  # the button
    tab.keyboard.press("Tab")  # the first of the others
    tab.keyboard.press("Enter")
    running(tab, names[0])


def test_words_without_the_extra_say_which_is_missing(tab, stage):
    error = "got no sentence model; wanted ...; fix: pip install 'eyebrush[speak]'"
    answer = {"status": 503, "json": {"error": error}}
    tab.route("**/api/find?text=*", lambda route: route.fulfill(**answer))
    opened(tab, stage.link)
    tab.fill("#words-text", "a wave")
    tab.click("#words button")
    holds(tab, "text => document.getElementById('words-said').textContent === text", error)
    assert stage.session()["look"]["style"] == "alpha"


@pytest.mark.parametrize("tab", [PHONE_SIZE], indirect=True)
def test_at_phone_width(tab, stage):
    opened(tab, stage.link)
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE_SIZE["width"]
    small = tab.evaluate(
        """[...document.querySelectorAll("button, input[type=range], select, .add")]
            .filter((e) => e.getBoundingClientRect().width > 0)
            .filter((e) => Math.min(e.getBoundingClientRect().width,
                                    e.getBoundingClientRect().height) < 24)
            .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert small == [], "targets of at least 24 pixels (WCAG 2.5.8)"
    tab.tap("#styles li[data-style=beta] .tile")
    running(tab, "beta")
    assert tab.locator("#eyes").bounding_box()["y"] < PHONE_SIZE["height"] / 2, "eyes stay in view"


@pytest.mark.parametrize("tab", [None, PHONE_SIZE], indirect=True, ids=["desk", "phone"])
def test_accessibility_by_axe(tab, stage):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    opened(tab, stage.link)
    tab.click("#styles li[data-style=beta] .plus")
    running(tab, "beta")
    stage.ask("PUT", "api/presets/evening", {
        "format": "eyebrush-preset/1", "name": "evening",
        "mix": [{"style": "beta", "weight": 1}], "strength": 1,
    })  # fmt: skip
    tab.wait_for_selector("#presets .apply")
    found = axe.run(tab).response["violations"]
    assert [(v["id"], [node["html"][:90] for node in v["nodes"]]) for v in found] == []


def test_the_session_picker(tab, installed, tmp_path):
    """Two engines at one runtime: the page shows one, then the other, and changes that one."""
    small = feed.small(stereo_frames(1)[0])

    def keep_sending(engine):
        engine.send(small, (96, 96), next(numbers))
        return tab.is_visible("#state.running") and tab.is_hidden("#nothing")

    numbers = itertools.count(1)
    with (
        staged("serve", home=tmp_path / "xdg", assets=installed) as serve,
        EngineSession("one", 96, 96, depth=True, engine="the first") as one,
        EngineSession("two", 96, 96, depth=True, engine="the second") as two,
    ):
        tab.goto(serve.link)
        until(lambda: keep_sending(one) and len(serve.get("api/state")["sessions"]) == 2, "both")
        assert "the engine's" in tab.inner_text("#governor")
        tab.select_option("#session", "two")
        holds(tab, "() => document.getElementById('session').value === 'two'")
        assert "the second" in tab.inner_text("#session option:checked")
        until(lambda: keep_sending(two), "a picture of the second")
        tab.click("#styles li[data-style=gamma] .tile")
        running(tab, "gamma")
        looks = {s["name"]: s["look"]["style"] for s in serve.get("api/state")["sessions"]}
        assert looks == {"one": "alpha", "two": "gamma"}


def test_the_runtime_is_lost_and_regained(tab, assets, tmp_path):
    """The page says so, and finds a runtime that was restarted by itself: same link, same token."""
    clip = str(assets / "clip.eyeclip")
    with staged("demo", "--clip", clip, home=tmp_path, assets=assets) as first:
        opened(tab, first.link)
    tab.wait_for_selector("#lost:not([hidden])")
    assert tab.is_visible("#nothing"), "no picture pretends to be live"
    assert "lost" in tab.inner_text("#state")
    port = re.search(r":(\d+)/", first.link)[1]
    again = ("demo", "--clip", clip, "--desk-port", port)
    with staged(*again, home=tmp_path, assets=assets) as second:
        assert second.link == first.link
        tab.wait_for_selector("#lost", state="hidden")
        tab.wait_for_selector("#nothing", state="hidden")
