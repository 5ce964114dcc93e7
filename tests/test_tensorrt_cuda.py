"""What only a card can prove: engines run, paint as the CPU does, and allocate nothing in a frame.

Needs an NVIDIA card, PyCUDA, and a TensorRT library that serves the card; see docs/tensorrt.md.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="not here: onnx, which engines are compiled from")
pytest.importorskip("openvino", reason="not here: OpenVINO, which engines are compared with")

from eyebrush import Stylizer, backends, ops, resources
from eyebrush.backends.changeover import STEADY_FRAMES
from eyebrush.backends.driver import find_gpu
from eyebrush.backends.engine_source import EngineSource
from eyebrush.backends.gpu_frame import GpuFrame
from eyebrush.backends.tensorrt import TensorRtSession
from eyebrush.bench.frames import clip_frames
from eyebrush.bench.profiles import PROFILES
from eyebrush.clip import shipped_clip
from eyebrush.engines import library as libraries
from eyebrush.engines.cache import EngineCache
from eyebrush.errors import BackendError

pytestmark = pytest.mark.needs_cuda
SIZE = (2, 128, 128)  # the network's input for 512x512 eyes
READY_S = 300.0


def serving_libraries() -> tuple[list[str], str]:
    """Libraries that can run engines here, and why not where there are none."""
    try:
        gpu = find_gpu()
    except BackendError as error:
        return [], str(error)
    if importlib.util.find_spec("pycuda") is None:
        return [], "PyCUDA is not here"
    found = []
    for name in libraries.installed():
        known = libraries.open_library(name).capabilities()
        if not known or gpu.capability in known:
            found.append(name)
    return found, f"no TensorRT library here that serves {gpu.name} ({gpu.capability})"


SERVING, WHY_NOT = serving_libraries()
if not SERVING:
    pytest.skip(f"not here: engines on a card: {WHY_NOT}", allow_module_level=True)


@pytest.fixture(params=SERVING)
def source(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch) -> EngineSource:
    monkeypatch.setenv("EYEBRUSH_CACHE", str(tmp_path))
    return EngineSource(request.param, resources.asset(resources.FIELD_NETWORK), "f16")


def session(source: EngineSource) -> TensorRtSession:
    return source.session(*SIZE, lambda what: None)


def test_the_composited_frame_is_within_45_db(source: EngineSource) -> None:
    stylizer = Stylizer("starry-night", backend="openvino", precision="f32", calm=0.0)
    frames = clip_frames(shipped_clip(), PROFILES["desk"])[0]
    wanted = stylizer.field(frames)
    on_card = session(source)
    for name, array in stylizer._session(2, 512, 512).inputs.items():
        on_card.inputs[name][:] = array
    buffers = on_card.new_buffers()
    on_card.run(buffers)
    made = replace(wanted, grid=buffers.grid, strokes=buffers.strokes)
    pictures = [stylizer.composite(frames, f).astype(np.float64) for f in (wanted, made)]
    assert 10 * np.log10(255**2 / np.mean((pictures[0] - pictures[1]) ** 2)) >= 45


def test_the_same_inputs_give_the_same_bits(source: EngineSource) -> None:
    on_card = session(source)
    on_card.inputs["rgb"][:] = np.random.default_rng(1).random(on_card.inputs["rgb"].shape)
    on_card.inputs["code"][: on_card.inputs["code"].size // 2] = 1
    first, second = on_card.new_buffers(), on_card.new_buffers()
    for buffers in (first, second):
        on_card.run(buffers)
    assert first.strokes.any()
    np.testing.assert_array_equal(first.strokes, second.strokes)
    np.testing.assert_array_equal(first.grid, second.grid)


def test_frames_allocate_nothing_on_the_card(source: EngineSource) -> None:
    import pycuda.driver as driver

    from eyebrush.backends.cuda import CudaDevice

    on_card = session(source)
    buffers = on_card.new_buffers()
    on_card.run(buffers)
    with CudaDevice().current():
        free_bytes, _ = driver.mem_get_info()
        for _ in range(200):
            on_card.run(buffers)
        assert driver.mem_get_info()[0] == free_bytes


def test_the_second_start_finds_everything(source: EngineSource) -> None:
    session(source)
    (entry,) = EngineCache().entries()
    if source._library_name == "tensorrt-rtx":
        assert entry.jit.stat().st_size > 0
    before = entry.engine.stat().st_mtime_ns
    session(source)
    assert entry.engine.stat().st_mtime_ns == before


def test_a_stylizer_changes_over(source: EngineSource) -> None:
    stylizer = Stylizer("great-wave", backend=source._library_name)
    frames = clip_frames(shipped_clip(), PROFILES["desk"])[: STEADY_FRAMES + 3]
    for f in frames:
        stylizer.field(f)
        assert stylizer._network.wait_until_settled(READY_S)
    info = stylizer.describe()
    assert (info.backend, info.note) == (source._library_name, ""), info
    stylizer.set_style("scream")
    assert stylizer.field(frames[2]).strokes.any()
    assert len(EngineCache().entries()) == 1


def test_damaged_engines_are_refused_by_the_library_itself(source: EngineSource) -> None:
    from eyebrush.backends.cuda import CudaDevice
    from eyebrush.backends.engine import TrtEngine

    session(source)
    (entry,) = EngineCache().entries()
    data, library = entry.engine.read_bytes(), libraries.open_library(source._library_name)
    for damaged in (data[: len(data) // 2], b"", data[:64] + bytes(len(data) - 64)):
        with (
            pytest.raises(BackendError, match="fix: eyebrush compile --clean"),
            CudaDevice().current(),
        ):
            TrtEngine(library, damaged)


def test_a_whole_frame_paints_as_the_cpu_does(source: EngineSource) -> None:
    if not ops.cpu_features()["cuda"]:
        pytest.skip("not here: the ops are not built with CUDA")
    from eyebrush.backends.cuda import CudaDevice
    from eyebrush.backends.engine import TrtEngine

    session(source)
    (entry,) = EngineCache().entries()
    library, device = libraries.open_library(source._library_name), CudaDevice()
    with device.current():
        engine = TrtEngine(library, entry.engine.read_bytes())
    frame = GpuFrame(device, engine, (512, 512))
    stylizer = Stylizer("scream", backend="openvino", precision="f32", calm=0.0)
    for frames in clip_frames(shipped_clip(), PROFILES["desk"])[:4]:
        frame.color[..., :3], frame.color[..., 3] = frames.color[..., :3], 255
        frame.run(stylizer.style, frames.display_time_ns)
        wanted = stylizer.restyle(frames).color[..., :3].astype(np.float64)
        error = np.mean((frame.pixels[..., :3] - wanted) ** 2)
        assert 10 * np.log10(255**2 / error) >= 40  # colours are one frame behind


def test_auto_takes_the_card(source: EngineSource) -> None:
    assert backends.resolve("auto") in SERVING
