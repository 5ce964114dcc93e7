"""Looks that follow sound: what is heard, what may move, and what is seen."""

from __future__ import annotations

import itertools
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eyebrush import EyeFrames, Stylizer, tone
from eyebrush.accent import Accent
from eyebrush.cli import main
from eyebrush.errors import BackendError, InputError
from eyebrush.listen.comfort import LONGEST_STEP_S, TURNS, WINDOW_S, Channel, Comfort
from eyebrush.listen.features import HOP_S, RATE_HZ, Hearing, Moment
from eyebrush.listen.moments import Moments
from eyebrush.listen.react import CHANNELS, HUE_RAD, PULSE, QUIET, Reactor
from eyebrush.listen.sound import Microphone, hear_file, read_sound
from eyebrush.media import read_image
from listen_sounds import beats, click_track, f_measure, mix
from sounds import needs_listen, write_wav
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture
from tiny_assets import tiny_style

FLASH = 0.1  # of relative luminance, WCAG 2.3.1: what is less is no flash


def tone_of(hz: float, seconds: float, level: float = 0.3) -> np.ndarray:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (level * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def heard_beats(sound: np.ndarray) -> np.ndarray:
    return np.array([m.time_s for m in Hearing().feed(sound) if m.beat])


@pytest.mark.parametrize("bpm", [70, 100, 128, 160])
def test_clicks_are_followed(bpm: float) -> None:
    sound = click_track(bpm, 20, noise_db=-50)
    assert f_measure(heard_beats(sound), beats(bpm, 20), after_s=6) > 0.9


@pytest.mark.parametrize(("bpm", "drums"), [(110, True), (126, True), (135, False)])
def test_music_is_followed(bpm: float, drums: bool) -> None:
    sound = mix(bpm, 20, seed=round(bpm), drums=drums)
    assert f_measure(heard_beats(sound), beats(bpm, 20), after_s=6) > 0.9


def test_what_has_no_beat_has_none() -> None:
    assert len(heard_beats(np.zeros(10 * RATE_HZ, np.float32))) == 0
    assert len(heard_beats(tone_of(440, 10))) == 0


def test_f_measure_counts_each_beat_once() -> None:
    true = np.array([1.0, 2.0, 3.0, 4.0])
    assert f_measure(true + 0.05, true, 0) == 1
    assert f_measure(true + 0.2, true, 0) == 0
    assert f_measure(np.array([1.0, 1.01, 2.0]), true, 0) == pytest.approx(4 / 7)


def test_loud_and_bright_are_what_they_sound_like() -> None:
    dull, bright = (Hearing().feed(tone_of(hz, 1))[-1].brightness for hz in (250, 5000))
    assert dull < 0.1
    assert bright > 0.9
    hearing = Hearing()
    loud = hearing.feed(tone_of(500, 1, 0.5))[-1].loudness
    soft = hearing.feed(tone_of(500, 0.5, 0.05))[-1].loudness
    silent = hearing.feed(np.zeros(RATE_HZ, np.float32))[-1].loudness
    assert loud == pytest.approx(1, abs=0.02)
    assert soft == pytest.approx(1 - 20 / 30, abs=0.05)  # 20 dB less, of 30; forgotten a little
    assert silent == 0


@given(st.lists(st.integers(0, 3000), max_size=30))
def test_how_the_sound_is_cut_makes_no_difference(cuts: list[int]) -> None:
    sound = click_track(120, 1.0)
    whole = Hearing().feed(sound)
    hearing, at, parts = Hearing(), 0, []
    for cut in [*cuts, len(sound)]:
        parts += hearing.feed(sound[at : at + cut])
        at += cut
    assert parts == whole


def test_what_is_no_number_is_silence() -> None:
    bad = np.array([np.nan, np.inf, -np.inf, 1e30] * 512, np.float32)
    moments = Hearing().feed(np.concatenate([bad, np.zeros(RATE_HZ, np.float32)]))
    assert all(0 <= m.loudness <= 1 and 0 <= m.brightness <= 1 for m in moments)


# What may move, whatever is heard


def flashes(values: np.ndarray, swing: float) -> list[tuple[int, int]]:
    """(begin, end) of each opposing change of at least ``swing``, as flash meters count them."""
    found: list[tuple[int, int]] = []
    begin, extreme, way = 0, 0, 0  # of the change that goes on: where it began, how far it got
    for i, value in enumerate(values):
        if way * (value - values[extreme]) > 0:
            extreme = i
            found[-1] = (begin, i)
        elif abs(value - values[extreme]) >= swing:
            way = 1 if value > values[extreme] else -1
            begin, extreme = extreme, i
            found.append((begin, i))
        elif way == 0 and abs(value - values[extreme]) < swing:
            low, high = np.argmin(values[: i + 1]), np.argmax(values[: i + 1])
            extreme = int(low if value > (values[low] + values[high]) / 2 else high)
    return found


def most_in_a_second(times: np.ndarray, changes: list[tuple[int, int]]) -> int:
    """The most changes that are completed within any one second."""
    ends = [times[end] for _, end in changes]
    return max((sum(start <= end < start + 1 for end in ends) for start in ends), default=0)


def most_flashes(times: np.ndarray, luminances: np.ndarray) -> int:
    """The most flashes in any second: pairs of opposing changes."""
    return most_in_a_second(times, flashes(luminances, FLASH)) // 2


def test_the_flash_counter_counts() -> None:
    times = np.arange(0, 4, 0.01)
    square = (np.sin(2 * np.pi * 5 * times + 0.1) > 0).astype(float)
    assert 9 <= most_in_a_second(times, flashes(square, FLASH)) <= 11  # 5 Hz: ten changes
    assert most_in_a_second(times, flashes(0.09 * square, FLASH)) == 0
    assert most_in_a_second(times, flashes(times, FLASH)) == 1


steps = st.floats(0, 0.3)
wishes = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(st.tuples(steps, wishes, wishes, wishes), min_size=2, max_size=200))
def test_comfort_holds_whatever_is_wanted(asked: list[tuple[float, ...]]) -> None:
    comfort, now_s = Comfort(CHANNELS), 0.0
    turns: dict[str, list[float]] = {budget: [] for budget in TURNS}
    last = dict(comfort.values)
    ways = dict.fromkeys(CHANNELS, 0)
    for step_s, *wanted in asked:
        now_s += step_s
        values = comfort.step(now_s, dict(zip(CHANNELS, wanted, strict=True)))
        for name, channel in CHANNELS.items():
            change = values[name] - last[name]
            assert channel.low <= values[name] <= channel.high
            assert abs(change) <= channel.rate_s * min(step_s, LONGEST_STEP_S) + 1e-9
            way = (change > 0) - (change < 0)
            if way:
                turns[channel.budget] += [now_s] if way == -ways[name] else []
                ways[name] = way
        last = dict(values)
    for budget, most in TURNS.items():
        for first, one_more in zip(turns[budget], turns[budget][most:], strict=False):
            assert one_more - first >= WINDOW_S - 1e-9


def test_all_budgets_together_are_three_ups_and_downs() -> None:
    assert sum(TURNS.values()) == 2 * 3
    assert {channel.budget for channel in CHANNELS.values()} == set(TURNS)


def restless(hz: float, rate_hz: float, seconds: float = 6.0) -> tuple[np.ndarray, np.ndarray]:
    """Times, and what comes out [N, 3] where every channel is asked to jump at ``hz``."""
    comfort, rows = Comfort(CHANNELS), []
    times = np.arange(1, round(seconds * rate_hz)) / rate_hz
    for now_s in times:
        up = math.sin(2 * math.pi * hz * now_s) > 0
        wanted = {n: c.high if up else c.low for n, c in CHANNELS.items()}
        rows.append(list(comfort.step(float(now_s), wanted).values()))
    return times, np.array(rows)


@pytest.mark.parametrize("rate_hz", [24, 72, 90, 144])
@pytest.mark.parametrize("hz", [2, 3, 4, 5, 20])
def test_a_square_wave_makes_three_flashes_a_second_at_most(hz: float, rate_hz: float) -> None:
    """Of whatever the three channels do to a picture: weights of both signs, of sum 1."""
    times, moved = restless(hz, rate_hz)
    moved = (moved - moved.min(0)) / np.maximum(np.ptp(moved, axis=0), 1e-9)
    for weights in itertools.product((-1.0, 0.0, 1.0), repeat=3):
        total = sum(map(abs, weights)) or 1
        picture = moved @ np.array(weights) / total
        assert most_flashes(times, picture) <= 3


def test_time_that_does_not_advance_changes_nothing() -> None:
    comfort = Comfort({"x": Channel(0, 1, 0, 1, "beat")})
    comfort.step(5.0, {"x": 1})
    assert comfort.values == {"x": 0}
    comfort.step(5.1, {"x": 1})
    assert comfort.values["x"] == pytest.approx(0.1)
    for earlier in (5.1, 3.0, math.nan):
        assert comfort.step(earlier, {"x": 1})["x"] == pytest.approx(0.1)
    assert comfort.step(5.2, {"x": 1})["x"] == pytest.approx(0.2)


# From what is heard to what is seen


def reactor(moments: list[Moment], length_s: float | None = None) -> Reactor:
    heard = Moments(length_s=length_s)
    heard.add(moments)
    return Reactor(heard, tiny_style("other", 3), lambda ns: ns * 1e-9)


def told(loudness: float, brightness: float, beat_s: float = -1.0) -> list[Moment]:
    times = (np.arange(1000) + 1) * HOP_S
    return [Moment(float(t), loudness, brightness, bool(t - HOP_S < beat_s <= t)) for t in times]


def run(react: Reactor, until_s: float, rate_hz: float = 90) -> list[Accent]:
    return [react(round(i * 1e9 / rate_hz)) for i in range(round(until_s * rate_hz))]


def test_loudness_moves_strength_beats_the_mix_and_brightness_hue() -> None:
    silent = run(reactor(told(0, 0)), 6)[-1]
    assert silent.strength == pytest.approx(QUIET, abs=0.01)
    assert silent.hue_rad == pytest.approx(-HUE_RAD, abs=0.02)
    assert silent.share == 0
    loud = run(reactor(told(1, 1)), 6)[-1]
    assert loud.strength == pytest.approx(1, abs=0.01)
    assert loud.hue_rad == pytest.approx(HUE_RAD, abs=0.02)
    shares = np.array([a.share for a in run(reactor(told(1, 1, beat_s=3.0)), 6)])
    assert shares[: 3 * 90 - 2].max() == 0
    assert 0.2 < shares[3 * 90 : 4 * 90].max() <= PULSE
    assert shares[-1] < 0.01


def test_both_eyes_and_the_field_in_the_making_get_the_same() -> None:
    react = reactor(told(0, 0))
    run(react, 1)
    accent = react(2_000_000_000)
    assert react(2_000_000_000) is accent
    assert react(1_980_000_000) is accent
    assert react(0) is not accent  # another stream, not stuck until its time comes


def test_a_sound_that_ends_is_silence_and_one_that_repeats_is_not() -> None:
    short = told(1, 1)[:200]
    assert run(reactor(short), 8)[-1].strength == pytest.approx(QUIET, abs=0.02)
    assert run(reactor(short, 200 * HOP_S), 8)[-1].strength == pytest.approx(1, abs=0.02)


def test_beats_of_a_repeated_sound_are_not_missed() -> None:
    heard = Moments(length_s=1.0)
    heard.add([Moment(0.2, 1, 1, True), Moment(0.9, 1, 1, False)])
    assert heard.since(0.95, 1.1)[1] is None
    assert heard.since(1.1, 1.3)[1] == pytest.approx(1.2)
    assert heard.since(41.1, 41.3)[1] == pytest.approx(41.2)


def test_an_accent_moves_code_colours_and_strength_and_no_more(installed) -> None:
    rng = np.random.default_rng(2)
    frame = EyeFrames(rng.integers(0, 256, (2, 64, 64, 3), dtype=np.uint8), display_time_ns=1)
    stylizer = Stylizer("alpha")
    plain = stylizer.restyle(frame).color
    stylizer.accents = lambda _: Accent()
    stylizer.reset()
    np.testing.assert_array_equal(stylizer.restyle(frame).color, plain)
    stylizer.accents = lambda _: Accent(0.0)
    np.testing.assert_array_equal(stylizer.restyle(frame).color, frame.color)
    other = stylizer.library.get("beta")
    stylizer.accents = lambda _: Accent(1.0, other, 1.0, 0.5)
    stylizer.reset()
    moved = stylizer.restyle(frame).color
    assert stylizer.style.name == "alpha"
    stylizer.accents = None
    palette = tone.recolour(stylizer.style.tone_out, hue_rad=0.5)
    stylizer.set_style(replace(other, tone_out=palette))
    stylizer.reset()
    np.testing.assert_array_equal(moved, stylizer.restyle(frame).color)


def test_statistics_follow_the_mix_but_no_stream_begins_anew(installed) -> None:
    """Where they lag behind the code, pictures overshoot; where a stream begins, strokes jump."""
    rng = np.random.default_rng(2)
    stylizer = Stylizer("alpha")
    steps, resets = [], []
    stylizer._temporal.step = _watched(stylizer._temporal.step, steps)
    stylizer._steady.reset = _watched(stylizer._steady.reset, resets)
    shares = [0.0, 0.0, 0.01, 0.2, 0.2]
    fresh = []
    for i, share in enumerate(shares):
        accent = Accent(1.0, stylizer.library.get("beta"), share)
        stylizer.accents = lambda _, accent=accent: accent
        color = rng.integers(0, 256, (1, 64, 64, 3), dtype=np.uint8)
        stylizer.field(EyeFrames(color, (), i * 10**7))
        fresh.append(float(stylizer._session(1, 64, 64).inputs["fresh"][0]))
    assert fresh[0] == 1
    assert fresh[1] == fresh[4] == pytest.approx(steps[1].fresh)
    assert fresh[2] == pytest.approx(0.5)
    assert fresh[3] == pytest.approx(0.999)
    assert len(resets) == 1


def _watched(function, results):
    """The same function, whose results are kept."""

    def watched(*arguments):
        results.append(function(*arguments))
        return results[-1]

    return watched


def luminance(pictures: list[np.ndarray]) -> np.ndarray:
    """Mean relative luminance of sRGB pictures."""
    linear = [(((p / 255 + 0.055) / 1.055) ** 2.4).mean((0, 1)) for p in pictures]
    return np.array(linear) @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("brightness", [20, 128, 250])
def test_a_film_with_a_20_hz_square_wave_does_not_flash(
    tmp_path: Path, brightness: int, capsys: pytest.CaptureFixture[str]
) -> None:
    needs_listen()
    t = np.arange(3 * RATE_HZ) / RATE_HZ
    gate = np.sin(2 * np.pi * 20 * t) > 0
    write_wav(tmp_path / "s.wav", gate * np.where(t % 0.5 < 0.25, 1, 0.05) * tone_of(3000, 3, 0.9))
    (tmp_path / "in").mkdir()
    grain = np.random.default_rng(0).normal(0, 4, (64, 64, 3))
    picture = np.clip(brightness + grain, 0, 255).astype(np.uint8)
    for i in range(90):
        Image.fromarray(picture).save(tmp_path / "in" / f"{i:03}.png")
    line = ["restyle", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "-q"]
    line += ["--style", "shipwreck", "--react-style", "suprematism"]
    assert main([*line, "--react", str(tmp_path / "s.wav")]) == 0
    seen = [read_image(p).color[0] for p in sorted((tmp_path / "out").iterdir())]
    values = luminance(seen)
    assert len(values) == 90
    assert np.ptp(values) > 0.004, "the sound moves the picture"
    assert most_flashes(np.arange(90) / 30, values) <= 3
    assert np.abs(np.diff(values)).max() < 0.03


# Sound in


def test_sounds_of_other_rates_and_channels_become_mono(tmp_path: Path) -> None:
    needs_listen()
    t = np.arange(44100) / 44100
    sound = read_sound(write_wav(tmp_path / "a.wav", 0.3 * np.sin(2 * np.pi * 440 * t), 44100))
    assert len(sound) == pytest.approx(RATE_HZ, abs=50)
    spectrum = np.abs(np.fft.rfft(sound))
    assert np.argmax(spectrum) == pytest.approx(440, abs=2)


def test_a_video_s_own_sound(tmp_path: Path) -> None:
    av = pytest.importorskip("av", reason="needs the extra video: pip install 'eyebrush[video]'")
    path = tmp_path / "v.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=RATE_HZ)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(tone_of(440, 2)[None], "fltp", "mono")
        frame.rate = RATE_HZ
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    sound = read_sound(path)
    assert len(sound) == pytest.approx(2 * RATE_HZ, rel=0.1)
    peak = np.argmax(np.abs(np.fft.rfft(sound))) * RATE_HZ / len(sound)
    assert peak == pytest.approx(440, abs=2)


@pytest.mark.parametrize("content", [b"", b"not a sound", b"RIFF\xff\xff\xff\xffWAVEfmt "])
def test_what_is_no_sound_is_refused(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    needs_listen()
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.wav.*; fix: "):
        hear_file(tmp_path / "x.wav", again=False)
    with pytest.raises(InputError, match="no file"):
        hear_file(tmp_path / "none.wav", again=False)


def test_options_that_do_not_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    line = ["restyle", str(tmp_path / "a.png"), "-o", str(tmp_path / "b.png")]
    assert main([*line, "--react", "x.wav"]) == 2
    assert "still" in capsys.readouterr().err
    assert main([*line, "--react-style", "scream"]) == 2
    assert "without --react" in capsys.readouterr().err
    for i in range(2):
        Image.new("RGB", (64, 64)).save(tmp_path / f"f{i}.png")
    (tmp_path / "a.png").unlink()
    assert main(["restyle", str(tmp_path), "-o", str(tmp_path / "o"), "--react", "mic"]) == 2
    assert "not shown live" in capsys.readouterr().err


def test_without_the_extra_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "miniaudio", None)
    (tmp_path / "x.wav").write_bytes(b"x")
    for attempt in (lambda: hear_file(tmp_path / "x.wav", again=True), Microphone):
        with pytest.raises(BackendError, match=r"fix: pip install 'eyebrush\[listen\]'"):
            attempt()


def test_a_machine_without_a_microphone_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    miniaudio = needs_listen()
    monkeypatch.setattr(
        miniaudio.Devices, "get_captures", lambda _: [{"name": "Discard all samples (playback)"}]
    )
    with pytest.raises(InputError, match=r"without a microphone.*; fix: plug one in"):
        Microphone()


def test_a_microphone_is_heard() -> None:
    """miniaudio's own device for tests, which hears silence; then what it would have heard."""
    miniaudio = needs_listen()
    microphone = Microphone([miniaudio.Backend.NULL])
    try:
        sound = click_track(120, 8)
        for at in range(0, len(sound), 441):
            microphone.heard(sound[at : at + 441])
        moments = microphone.moments
        newest, beat_s = moments.since(0, math.inf)
        assert len(moments) > 100
        assert beat_s is not None
        assert newest is None  # infinity is long after the last
    finally:
        microphone.close()
