"""Stylizer, its running statistics and the worker, with a tiny network."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyebrush import EyeFrames, Stylizer, reference, resources, tone
from eyebrush.errors import BackendError, InputError
from eyebrush.frame import reprojection
from eyebrush.temporal import TemporalState
from eyebrush.worker import FieldWorker
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture
from tiny_assets import stereo_frames, tiny_style


@pytest.fixture
def stylizer(installed):
    return Stylizer("alpha", precision="f32")


def random_frame(height, width, eyes=1, channels=3, seed=0):
    rng = np.random.default_rng(seed)
    return EyeFrames(rng.integers(0, 256, (eyes, height, width, channels), dtype=np.uint8))


def field_of(stylizer, frames):
    """A field whose arrays the stylizer will not use again."""
    made = stylizer.field(frames)
    return replace(made, grid=made.grid.copy(), strokes=made.strokes.copy())


def test_restyle_equals_reference_composite_of_its_field(stylizer):
    frames = stereo_frames(1)[0]
    field = field_of(stylizer, frames)
    wanted = reference.composite(frames.color, field.grid, field.strokes, extent=field.extent)
    stylizer.reset()
    restyled = stylizer.restyle(frames)
    # the native composite is held to 1 step of 255 from the reference
    assert np.abs(restyled.color.astype(int) - wanted.astype(int)).max() <= 1
    assert (restyled.color != frames.color).any()
    assert restyled.views == frames.views
    assert restyled.display_time_ns == frames.display_time_ns


@settings(max_examples=25)  # each compiles a network
@given(st.integers(1, 150), st.integers(1, 150), st.sampled_from([3, 4]), st.sampled_from([1, 2]))
def test_every_size_works(stylizer_for_sizes, height, width, channels, eyes):
    frames = random_frame(height, width, eyes, channels)
    field = stylizer_for_sizes.field(frames)
    h, w = reference.field_size(height, width)
    assert field.strokes.shape == (eyes, 2 * h, 2 * w, 4)
    assert field.extent == reference.extent(height, width)
    out = stylizer_for_sizes.composite(frames, field)
    assert out.shape == frames.color.shape
    if channels == 4:
        np.testing.assert_array_equal(out[..., 3], frames.color[..., 3])


@pytest.fixture(scope="module")
def stylizer_for_sizes(assets):
    return Stylizer(tiny_style("x", 1), network=assets / resources.FIELD_NETWORK, smoothing_s=0)


def test_tone_in_comes_from_both_eyes(stylizer):
    frames = random_frame(64, 64, eyes=2)
    stylizer.field(frames)
    wanted = tone.tone_in(tone.planar_statistics(reference.ingest(frames.color)))
    session = stylizer._session(2, 64, 64)
    np.testing.assert_allclose(session.inputs["tone_in"], wanted, atol=1e-5)


def test_strength_0_is_the_frame_itself(stylizer):
    stylizer.set_strength(0.0)
    frames = random_frame(50, 70)
    np.testing.assert_array_equal(stylizer.restyle(frames).color, frames.color)


def test_set_style_changes_the_picture_and_back(stylizer):
    frames = random_frame(64, 64)
    first = stylizer.restyle(frames).color
    stylizer.set_style("beta")
    assert np.abs(stylizer.restyle(frames).color.astype(int) - first).mean() > 5
    stylizer.set_style("alpha", strength=1.0)
    np.testing.assert_array_equal(stylizer.restyle(frames).color, first)


def test_stills_do_not_depend_on_what_came_before(installed):
    stills = Stylizer("alpha", precision="f32", smoothing_s=0)
    frames = random_frame(64, 64, seed=1)
    alone = stills.restyle(frames).color
    stills.restyle(replace(random_frame(64, 64, seed=2), display_time_ns=10))
    again = stills.restyle(replace(frames, display_time_ns=20)).color
    np.testing.assert_array_equal(again, alone)


def test_moving_pictures_share_their_statistics(stylizer):
    """A bright object that appears changes the statistics slowly, not at once."""
    first, *_ = stereo_frames(1)
    bright = first.color.copy()
    bright[:, :8] = 255
    passing = replace(first, color=bright, display_time_ns=first.display_time_ns + 60_000_000)
    stylizer.field(first)
    before = stylizer._stats.copy()
    stylizer.field(passing)
    smoothed = np.abs(stylizer._stats - before).max()
    stylizer.reset()
    stylizer.field(passing)
    # one frame has a weight of 0.11; the smoothed colours make the object itself brighter, though
    assert 0 < smoothed < 0.75 * np.abs(stylizer._stats - before).max()


def test_fields_stay_valid_while_they_are_kept(stylizer):
    frames = stereo_frames(4)
    kept = [stylizer.field(f) for f in frames]
    copies = [f.strokes.copy() for f in kept]
    for f in frames:
        stylizer.field(f)
    for field, copy in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(field.strokes, copy)


def test_steady_state_makes_no_new_buffers(stylizer):
    frames = stereo_frames(6)
    places = set()
    field = None
    for f in frames:
        field = stylizer.field(f)
        places.add(field.strokes.ctypes.data)
    assert len(places) == 2


def test_composite_reprojects_to_the_frames_view(stylizer):
    frames = stereo_frames(12)
    field = field_of(stylizer, frames[0])
    out = stylizer.composite(frames[-1], field)
    pairs = [reprojection(a, b) for a, b in zip(frames[-1].views, field.views, strict=True)]
    wanted = reference.composite(
        frames[-1].color,
        field.grid,
        field.strokes,
        extent=field.extent,
        matrix=np.stack([m for m, _ in pairs]),
        parallax=np.stack([p for _, p in pairs]),
        depth_m=frames[-1].depth_m,
    )
    difference = np.abs(out.astype(int) - wanted.astype(int))
    assert difference.max() <= 2  # native op against reference, see tests of the ops
    plain = reference.composite(frames[-1].color, field.grid, field.strokes, extent=field.extent)
    assert np.abs(out.astype(int) - plain.astype(int)).mean() > 10 * difference.mean()


def test_composite_without_depth_or_views(stylizer):
    frames = stereo_frames(2)
    field = stylizer.field(frames[0])
    for variant in (replace(frames[1], depth_m=None), replace(frames[1], views=())):
        assert stylizer.composite(variant, field).shape == frames[1].color.shape


def test_large_pictures_are_shrunk_for_the_network_only(stylizer):
    frames = random_frame(4100, 64)
    field = stylizer.field(frames)
    assert field.strokes.shape[1] <= 4096 // 2
    assert field.extent[0] == pytest.approx(64 / (16 * 4 * 2))
    assert field.extent[1] <= 1
    assert stylizer.composite(frames, field).shape == frames.color.shape


def test_describe_and_stage_times(stylizer):
    field = stylizer.field(random_frame(32, 32))
    assert set(field.stage_ns) == {"ingest", "tone", "network", "calm"}
    assert all(ns > 0 for ns in field.stage_ns.values())
    assert stylizer.describe().precision == "f32"


def test_detail_takes_strokes_away(stylizer):
    frames = random_frame(64, 64)
    masks = []
    for detail in (0.0, 0.5, 1.0):
        stylizer.set_detail(detail)
        stylizer.reset()
        masks.append(stylizer.field(frames).strokes[..., 3].astype(int).copy())
    none, half, all_ = masks
    assert none.max() > 0
    np.testing.assert_allclose(half, none / 2, atol=1)
    assert all_.max() == 0
    with pytest.raises(InputError, match="detail"):
        stylizer.set_detail(1.5)


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_strength_is_checked(stylizer, strength):
    with pytest.raises(InputError, match="strength"):
        stylizer.set_strength(strength)


def test_a_style_of_another_network_is_refused(stylizer):
    with pytest.raises(InputError, match="other-net"):
        stylizer.set_style(tiny_style("x", 1, "other-net"))


def test_a_field_of_other_eyes_is_refused(stylizer):
    field = stylizer.field(random_frame(32, 32, eyes=1))
    with pytest.raises(InputError, match="1 eye"):
        stylizer.composite(random_frame(32, 32, eyes=2), field)


def test_nan_from_the_network_is_an_error_and_leaves_no_trace(stylizer):
    frames = random_frame(32, 32)
    wanted = field_of(stylizer, frames).strokes
    style = stylizer.style
    broken = tiny_style("broken", 1)
    stylizer.set_style(broken)
    broken.tone_out[:] = np.nan
    stylizer._stats[:] = np.nan
    stylizer._temporal.step(0, tone.planar_statistics(reference.ingest(frames.color)), broken)
    with pytest.raises(BackendError, match="NaN or Inf"):
        stylizer.field(replace(frames, display_time_ns=1))
    stylizer.set_style(style)
    np.testing.assert_array_equal(stylizer.field(frames).strokes, wanted)


class TestTemporalState:
    def colours(self, level):
        return tone.ColourStatistics(np.full(3, level), np.eye(3) * 0.01)

    def test_first_frame_is_fresh_then_smooth(self):
        state = TemporalState(0.5)
        assert state.step(0, self.colours(0.5), "s").fresh == 1
        step = state.step(60_000_000, self.colours(0.52), "s")
        assert step.fresh == pytest.approx(1 - np.exp(-0.06 / 0.5))
        assert step.colours.mean[0] == pytest.approx(0.5 + 0.02 * step.fresh)

    def test_the_networks_statistics_are_read_20_times_a_second(self):
        """And follow as fast as if they were read in every frame."""
        state = TemporalState(0.5)
        left = [1.0]  # of what they were, after each reading
        for i in range(73):
            fresh = state.step(round(i * 1e9 / 72), self.colours(0.5), "s").fresh
            if i and fresh:
                left.append(left[-1] * (1 - fresh))
        assert len(left) == 1 + 72 // 4
        assert left[-1] == pytest.approx(np.exp(-1 / 0.5))
        assert state.step(1_010_000_000, self.colours(0.5), "s").fresh == 0
        assert state.step(1_011_000_000, self.colours(0.65), "s").fresh > 0.4, "half a cut"
        assert state.step(1_012_000_000, self.colours(0.65), "another").fresh == 1

    def test_half_the_rate_needs_half_the_frames(self):
        """The time constant is in seconds, not in frames."""
        ends = []
        for count in (36, 72):
            state = TemporalState(0.5)
            state.step(0, self.colours(0.5), "s")
            for i in range(count):
                time_ns = round((i + 1) * 1e9 / count)
                last = state.step(time_ns, self.colours(0.52), "s").colours.mean[0]
            ends.append(last)
        assert ends[0] == pytest.approx(ends[1], abs=1e-6)

    def test_a_cut_is_followed_at_once(self):
        state = TemporalState(0.5)
        state.step(0, self.colours(0.2), "s")
        step = state.step(13_900_000, self.colours(0.7), "s")
        assert step.fresh == 1
        assert step.colours.mean[0] == 0.7

    @pytest.mark.parametrize("time_ns", [0, -5])
    def test_time_that_does_not_advance_means_a_still(self, time_ns):
        state = TemporalState(0.5)
        state.step(0, self.colours(0.5), "s")
        assert state.step(time_ns, self.colours(0.52), "s").fresh == 1

    def test_a_new_style_is_fresh_but_keeps_the_colours(self):
        state = TemporalState(0.5)
        state.step(0, self.colours(0.5), "s")
        step = state.step(13_900_000, self.colours(0.52), "t")
        assert step.fresh == 1
        assert step.colours.mean[0] < 0.51

    def test_reset_and_constant_0(self):
        state = TemporalState(0.5)
        state.step(0, self.colours(0.5), "s")
        state.reset()
        assert state.step(13_900_000, self.colours(0.5), "s").fresh == 1
        still = TemporalState(0)
        still.step(0, self.colours(0.5), "s")
        assert still.step(10, self.colours(0.5), "s").fresh == 1


class TestFieldWorker:
    def test_makes_fields_of_what_is_submitted(self, stylizer):
        frames = stereo_frames(1)[0]
        with FieldWorker(stylizer) as worker:
            assert worker.latest is None
            worker.submit(frames)
            assert worker.wait_for(1, timeout_s=20)
            assert worker.latest.views == frames.views

    def test_the_newest_frame_wins(self, stylizer):
        frames = stereo_frames(12)
        gate = stylizer._network.session(2, 24, 24)
        entered, go = threading.Event(), threading.Event()
        run = gate.run

        def slow(buffers):
            entered.set()
            assert go.wait(20)
            run(buffers)

        gate.run = slow
        with FieldWorker(stylizer) as worker:
            worker.submit(frames[0])
            assert entered.wait(20)
            for f in frames[1:]:
                worker.submit(f)
            go.set()
            assert worker.wait_for(2, timeout_s=20)
        assert worker.made == 2
        assert worker.dropped == 10
        assert worker.latest.display_time_ns == frames[-1].display_time_ns

    def test_an_error_is_a_state_not_a_crash(self, stylizer, caplog):
        frames = stereo_frames(3)
        session = stylizer._network.session(2, 24, 24)
        run = session.run
        outcomes = iter([RuntimeError("device lost"), RuntimeError("device lost"), None])

        def failing(buffers):
            outcome = next(outcomes)
            if outcome is not None:
                raise outcome
            run(buffers)

        session.run = failing
        with FieldWorker(stylizer) as worker:
            for i, f in enumerate(frames):
                worker.submit(f)
                assert worker.wait_for_attempts(i + 1, timeout_s=20)
                if i < 2:
                    assert worker.error == "device lost"
                    assert worker.latest is None
            assert worker.error == ""
            assert worker.made == 1
        said = [r.getMessage() for r in caplog.records]
        assert said == ["style fields: device lost", "style fields: working again"]


@pytest.mark.parametrize("size", [(64, 64), (97, 130), (66, 70)])
def test_half_a_field_covers_the_same_picture(stylizer, size):
    """The network sees the mean of 2x2 of its usual pixels, edges repeated; extent says where."""
    frames = random_frame(*size)
    usual = stylizer.field(frames).extent
    half = stylizer.field(frames, half=True)
    h, w = reference.field_size(*size)
    session = stylizer._session(1, *size, half=True)
    seen, fine = session.inputs["rgb"], reference.ingest(frames.color)
    wanted = fine.reshape(1, 3, h // 2, 2, w // 2, 2).mean(axis=(3, 5))
    np.testing.assert_allclose(seen[:, :, : h // 2, : w // 2], wanted, atol=1e-6)
    assert (seen[:, :, h // 2 :] == seen[:, :, h // 2 - 1 : h // 2]).all()
    assert (seen[:, :, :, w // 2 :] == seen[:, :, :, w // 2 - 1 : w // 2]).all()
    shape = seen.shape
    assert half.extent == pytest.approx(
        (usual[0] * w / (2 * shape[3]), usual[1] * h / (2 * shape[2]))
    )
    assert half.strokes.shape[1:3] == (2 * shape[2], 2 * shape[3])
    assert stylizer.composite(frames, half).shape == frames.color.shape


def test_colours_alone_are_the_composite_without_strokes(stylizer):
    frames = random_frame(64, 80, eyes=2)
    field = stylizer.field(frames)
    plain = stylizer.composite(frames, field, strokes=False)
    wanted = reference.composite(
        frames.color, field.grid, field.strokes, extent=field.extent, stroke_opacity=0.0
    )
    assert np.abs(plain.astype(int) - wanted).max() <= 1  # as everywhere: see test_ops_composite
    assert (plain != stylizer.composite(frames, field)).any()
