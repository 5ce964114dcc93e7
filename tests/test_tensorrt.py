"""The TensorRT backend above its border, on a device made of numpy: the order of calls, what is
allocated when, the change between backends, and everything that can go wrong."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from eyebrush import backends, resources
from eyebrush.backends import engine_source
from eyebrush.backends.changeover import ChangingField
from eyebrush.backends.protocol import INPUTS
from eyebrush.backends.tensorrt import TensorRtSession
from eyebrush.engines import make
from eyebrush.engines.library import Library
from eyebrush.errors import BackendError
from fake_gpu import FakeEngine
from fake_rig import DATA, SIZE, WAIT_S, FakeLibrary, Rig, accepted, settled
from fake_rig import rig_fixture as rig_fixture
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture
from tiny_assets import stereo_frames


def test_a_frame_is_one_graph_and_one_wait(rig: Rig) -> None:
    session = TensorRtSession(
        rig.device, FakeEngine(rig.device, rig.path, SIZE), rig.field.describe()
    )
    assert rig.device.diary == ["engine", "wait"]  # once before recording
    buffers = session.new_buffers()
    copies = ["(upload)"] * len(INPUTS), ["(engine)"], ["(download)"] * 3
    assert rig.device.diary[2:] == [*copies[0], *copies[1], *copies[2], "recorded"]
    rig.device.diary.clear()
    allocated = list(rig.device.allocated)
    for seed in range(3):
        session.inputs["rgb"][:] = np.random.default_rng(seed).random(session.inputs["rgb"].shape)
        session.run(buffers)
    assert rig.device.diary == ["launch", "wait"] * 3
    assert rig.device.allocated == allocated


def test_outputs_are_those_of_the_network(rig: Rig) -> None:
    """Every set of buffers has a graph of its own; inputs are read at each run."""
    session = TensorRtSession(
        rig.device, FakeEngine(rig.device, rig.path, SIZE), rig.field.describe()
    )
    wanted = backends.load_field(rig.path, "openvino", precision="f32").session(*SIZE)
    sets = [session.new_buffers(), session.new_buffers()]
    result = wanted.new_buffers()
    for seed in range(4):
        rng = np.random.default_rng(seed)
        for name, array in session.inputs.items():
            array[:] = wanted.inputs[name][:] = rng.random(array.shape)
        wanted.run(result)
        session.run(sets[seed % 2])
        for name in ("grid", "strokes", "stats_out"):
            np.testing.assert_array_equal(getattr(sets[seed % 2], name), getattr(result, name))


def test_the_change_happens_between_two_frames(rig: Rig) -> None:
    """OpenVINO paints while the engine is compiled, one frame is painted by both, then the card;
    pictures before and after are the same."""
    rig.may_compile.clear()
    stylizer, alone = rig.stylizer(), rig.stylizer()
    alone._network = backends.load_field(rig.path, "openvino", precision="f32")
    ran = []
    for i, frames in enumerate(stereo_frames(6)):
        if i == 2:
            assert "compiling an engine" in stylizer.describe().note
            rig.may_compile.set()
            assert rig.field.wait_until_settled(WAIT_S)
            assert stylizer.describe().note == "tensorrt-rtx: on trial"
        field, wanted = stylizer.field(frames), alone.field(frames)
        ran.append(stylizer.describe().backend)
        np.testing.assert_array_equal(field.grid, wanted.grid)
        np.testing.assert_array_equal(field.strokes, wanted.strokes)
    assert ran == ["openvino"] * 3 + ["tensorrt-rtx"] * 3
    info = stylizer.describe()
    assert (info.device, info.device_name, info.precision, info.note) == (
        "GPU",
        "Fake RTX",
        "f16",
        "",
    )
    assert rig.compiled == 1


def test_a_style_change_rebuilds_nothing(rig: Rig) -> None:
    stylizer = accepted(rig)
    for name, frames in zip(("beta", "gamma", "alpha"), stereo_frames(3), strict=True):
        stylizer.set_style(name)
        stylizer.field(frames)
    assert (rig.compiled, len(rig.engines)) == (1, 1)


def test_the_steady_state_allocates_nothing(rig: Rig) -> None:
    stylizer = accepted(rig)
    frames = stereo_frames(8)
    for f in frames[:3]:
        field = stylizer.field(f)
    before = list(rig.device.allocated)
    rig.device.diary.clear()
    for f in frames[3:]:
        field = stylizer.field(f)
    assert field.strokes.any()
    assert rig.device.allocated == before
    assert rig.device.diary == ["launch", "wait"] * 5


def test_settling_waits_for_the_card(rig: Rig) -> None:
    """As a benchmark does, which must not mix two backends; whole and half fields."""
    rig.field = ChangingField(rig.field._proved, rig.source.session, "tensorrt-rtx", 1000)
    stylizer = rig.stylizer()
    stylizer.settle(2, 96, 96)
    assert list(rig.field._accepted) == [SIZE, (2, 16, 16)]
    stylizer.field(stereo_frames(1)[0])
    assert stylizer.describe().backend == "tensorrt-rtx"
    rig.device.lost = True
    stylizer.field(stereo_frames(1)[0])
    stylizer.settle(2, 96, 96)  # given up: nothing to wait for
    assert stylizer.describe().backend == "openvino"


def test_another_size_gets_an_engine_of_its_own(rig: Rig) -> None:
    """Such as the governor's half fields; the first size goes on meanwhile."""
    accepted(rig)
    other = settled(rig, (2, 16, 16))
    other.run(other.new_buffers())  # on trial
    assert rig.field.session(2, 16, 16).inputs["rgb"].shape == (2, 3, 16, 16)
    assert rig.field.describe().backend == "tensorrt-rtx"
    assert rig.compiled == 2


def test_pictures_of_many_sizes_are_not_worth_engines(rig: Rig) -> None:
    """Only a size that comes again and again is; one after the other; and four are kept."""
    rig.field = ChangingField(rig.field._proved, rig.source.session, "tensorrt-rtx", 3)
    for height in range(16, 36, 2):
        session = rig.field.session(2, height, 16)
        session.run(session.new_buffers())
    assert rig.compiled == 0
    assert rig.field.describe().note == "tensorrt-rtx: waits for 3 frames of one size"
    rig.may_compile.clear()
    for height in (16, 18, 16, 18, 16, 18):
        rig.field.session(2, height, 16)
    assert len(rig.field._threads) == 1
    rig.may_compile.set()
    sizes = [(2, height, 16) for height in (16, 18, 20, 22, 24)]
    for size in sizes:
        for _ in range(4):
            session = settled(rig, size)
            session.run(session.new_buffers())
    assert list(rig.field._accepted) == sizes[1:]
    assert rig.compiled == 5
    for _ in range(6):  # one that was dropped may come again; its engine is in the cache
        session = settled(rig, sizes[0])
        session.run(session.new_buffers())
    assert list(rig.field._accepted) == [*sizes[2:], sizes[0]]
    assert rig.compiled == 5


def test_kernels_are_finished_apart_and_kept_beside_the_engine(rig: Rig) -> None:
    """TensorRT may hold Python's lock while it finishes kernels: not in this process."""
    accepted(rig)
    rig.source.session(*SIZE, lambda what: None)
    assert rig.loads == [b"finished kernels"] * 2
    assert (rig.apart, rig.compiled) == (1, 1)
    (entry,) = rig.cache.entries()
    entry.jit.unlink()  # as of an engine that came with a game
    rig.source.session(*SIZE, lambda what: None)
    assert (rig.apart, rig.compiled) == (2, 1)
    assert rig.loads[-1] == b"finished kernels"


def test_finishing_runs_the_engine_once(rig: Rig, monkeypatch) -> None:
    """What ``eyebrush compile --finish`` does after compiling."""
    spec = make.spec_for(rig.path, Library("tensorrt-rtx", FakeLibrary), SIZE, "f16", ["8.6"])
    entry = rig.cache.add(spec, DATA)
    monkeypatch.setattr(engine_source, "_open_device", lambda: rig.device)
    monkeypatch.setattr(engine_source, "_load", rig._load)
    engine_source.finish(Library("tensorrt-rtx", FakeLibrary), entry, DATA)
    assert rig.device.diary == ["engine", "wait"]
    assert entry.jit.read_bytes() == b"finished kernels"


def test_kernels_of_a_driver_before_are_replaced(rig: Rig) -> None:
    accepted(rig)
    (entry,) = rig.cache.entries()
    entry.jit.write_bytes(b"of another driver")
    rig.source.session(*SIZE, lambda what: None)
    assert entry.jit.read_bytes() == b"finished kernels"


def test_an_engine_that_the_card_refuses_is_compiled_again(rig: Rig, caplog) -> None:
    """Another version's, another card's: said once, and mended."""
    rig.refuse = ["tensorrt-rtx 1.0 refuses the engine: version mismatch"]
    with caplog.at_level(logging.WARNING, "eyebrush"):
        accepted(rig)
    assert rig.field.describe().backend == "tensorrt-rtx"
    assert rig.compiled == 2
    said = [r.message for r in caplog.records]
    assert len([s for s in said if "version mismatch" in s and "compiled again" in s]) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        "refused twice",
        "no memory",
        "no memory to load",
        "no device",
        "compile fails",
        "wrong picture",
        "NaN",
        "lost",
    ],
)
def test_whatever_fails_the_session_goes_on_and_says_why(
    rig: Rig, monkeypatch, caplog, trouble: str
) -> None:
    reasons = {
        "refused twice": "unsupported cc",
        "no memory": "memory is full",
        "no memory to load": "insufficient gpu memory",
        "no device": "no NVIDIA driver here",
        "compile fails": "cannot compile field.onnx",
        "wrong picture": "on trial it painted otherwise (strokes",
        "NaN": "not finite",
        "lost": "CUDA error 719",
    }
    if trouble == "refused twice":
        rig.refuse = ["refuses the engine: unsupported cc"] * 2
    elif trouble == "no memory to load":

        def full(library, data, kernels):
            raise BackendError(
                "tensorrt-rtx refuses the engine: insufficient gpu memory; fix: none"
            )

        monkeypatch.setattr(rig.source, "_load", full)
    elif trouble == "no memory":
        rig.device.memory_bytes = 1000
    elif trouble == "no device":

        def missing():
            raise BackendError("no NVIDIA driver here; fix: install one")

        monkeypatch.setattr(rig.source, "_open_device", missing)
    elif trouble == "compile fails":

        def fails(path, spec):
            raise BackendError("tensorrt-rtx cannot compile field.onnx for 8.6; fix: none")

        monkeypatch.setattr(rig.source, "_compile_apart", fails)
    elif trouble in ("wrong picture", "NaN"):
        load = rig._load

        def wrong(library, data, kernels):
            engine = load(library, data, kernels)
            if trouble == "NaN":
                run = engine._run

                def spoilt():
                    run()
                    engine._memory("stats_out")[:] = np.nan

                engine._run = spoilt
            else:
                engine.wrong = 40
            return engine

        monkeypatch.setattr(rig.source, "_load", wrong)
    elif trouble == "lost":
        rig.device.lost = True
    stylizer = rig.stylizer()
    with caplog.at_level(logging.WARNING, "eyebrush"):
        for frames in stereo_frames(4):
            assert stylizer.field(frames).strokes.any()
            assert rig.field.wait_until_settled(WAIT_S)
    info = stylizer.describe()
    assert info.backend == "openvino"
    assert info.note.startswith("tensorrt-rtx: ")
    assert reasons[trouble] in info.note
    said = [r.message for r in caplog.records if "going on with openvino" in r.message]
    assert len(said) == 1
    assert rig.compiled <= (2 if trouble == "refused twice" else 1)  # engines are not at fault


def test_the_gpu_vanishes_in_the_middle(rig: Rig, caplog) -> None:
    """The very frame in which it happens is painted, too, as if nothing had been."""
    stylizer, alone = accepted(rig), rig.stylizer()
    alone._network = backends.load_field(rig.path, "openvino", precision="f32")
    for frames in stereo_frames(3):
        alone.field(frames)
    for i, frames in enumerate(stereo_frames(7)[3:]):
        rig.device.lost = i >= 1
        with caplog.at_level(logging.WARNING, "eyebrush"):
            field, wanted = stylizer.field(frames), alone.field(frames)
        np.testing.assert_array_equal(field.strokes, wanted.strokes)
        np.testing.assert_array_equal(field.grid, wanted.grid)
        assert stylizer.describe().backend == ("tensorrt-rtx" if i < 1 else "openvino")
    assert "CUDA error 719" in stylizer.describe().note
    assert len([r for r in caplog.records if "going on with openvino" in r.message]) == 1
    (entry,) = rig.cache.entries()  # nothing is wrong with the engine
    assert rig.cache.find(entry.spec) is not None


def test_what_failed_is_not_tried_again(rig: Rig) -> None:
    rig.refuse = ["refuses the engine"] * 2
    stylizer = rig.stylizer()
    for frames in stereo_frames(4):
        stylizer.field(frames)
        assert rig.field.wait_until_settled(WAIT_S)
    assert rig.compiled == 2
    rig.field.session(2, 16, 16)
    assert rig.compiled == 2


def test_an_engine_of_another_network_is_refused(rig: Rig) -> None:
    engine = FakeEngine(rig.device, rig.path, SIZE)
    del engine.shapes["stats_out"]
    with pytest.raises(BackendError, match="has no stats_out; fix: eyebrush compile --clean"):
        TensorRtSession(rig.device, engine, rig.field.describe())


def test_the_engine_is_made_for_the_card_that_is_here(rig: Rig) -> None:
    rig.device.capability = "8.9"
    accepted(rig)
    (entry,) = rig.cache.entries()
    assert entry.spec.cards == ("8.9",)
    assert entry.spec == make.spec_for(
        rig.path, Library("tensorrt-rtx", FakeLibrary), SIZE, "f16", ["8.9"]
    )


def test_precisions_that_it_does_not_have(installed) -> None:
    from eyebrush.backends import tensorrt_rtx

    with pytest.raises(BackendError, match=r"'bf16'.*use auto, f16 or f32"):
        tensorrt_rtx.load_field(installed / resources.FIELD_NETWORK, None, "bf16")
