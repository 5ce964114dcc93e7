"""Below the border, as far as it goes without a card: which calls are made, in which order, and
that each error of the driver or of TensorRT becomes one of ours."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

import tiny_network
from eyebrush import backends
from eyebrush.backends import cuda, driver
from eyebrush.backends.device import DeviceLostError, EngineRefusedError
from eyebrush.backends.engine import TrtEngine
from eyebrush.checks_gpu import gpu_checks
from eyebrush.engines.build import build
from eyebrush.engines.library import open_library
from eyebrush.engines.make import spec_for
from eyebrush.errors import BackendError
from fake_cuda import FakeLibcuda, fake_pycuda, pretend
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture


@pytest.fixture
def pycuda(monkeypatch):
    """(libcuda, pycuda.driver, diary, what shall fail)."""
    diary, fail, libcuda = [], {}, FakeLibcuda()
    module = fake_pycuda(diary, fail)
    with pretend(monkeypatch, libcuda, module):
        yield libcuda, module, diary, fail


def test_what_card_there_is(monkeypatch) -> None:
    monkeypatch.setattr(driver, "_kernel_driver", lambda: "")
    gpu = driver.find_gpu(FakeLibcuda())
    assert gpu == driver.Gpu("Fake RTX 4090", "8.9", "CUDA 13.0", 24 << 30)


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        ("cuInit", 100, r"cuInit: CUDA error 100 \(as told\)"),
        ("cuDeviceGetCount", 999, "cuDeviceGetCount: CUDA error 999"),
    ],
)
def test_a_driver_that_fails_is_one_line(call: str, code: int, message: str) -> None:
    with pytest.raises(BackendError, match=message):
        driver.find_gpu(FakeLibcuda(**{call: code}))


def test_no_driver_and_no_card(monkeypatch) -> None:
    monkeypatch.setattr(driver.ctypes, "CDLL", _no_library)
    with pytest.raises(BackendError, match=r"no NVIDIA driver here.*fix: install one"):
        driver.library.__wrapped__()

    class NoCard(FakeLibcuda):
        def _answer(self, name, arguments):
            pass

    with pytest.raises(BackendError, match="finds no card"):
        driver.find_gpu(NoCard())


def _no_library(name: str):
    raise OSError(f"{name}: cannot open shared object file")


def test_recording_a_graph() -> None:
    libcuda = FakeLibcuda()
    with driver.Recording(0x57, libcuda) as recording:
        libcuda.diary.append("work")
    assert libcuda.diary == [
        "cuStreamBeginCapture_v2",
        "work",
        "cuStreamEndCapture",
        "cuGraphInstantiateWithFlags",
        "cuGraphDestroy",
    ]
    libcuda.diary.clear()
    recording.graph.launch()
    recording.graph.launch()
    assert libcuda.diary == ["cuGraphLaunch"] * 2
    recording.graph = None
    assert libcuda.diary[2:] == ["cuGraphExecDestroy"]


def test_an_error_while_recording_ends_it() -> None:
    libcuda = FakeLibcuda()
    with pytest.raises(ZeroDivisionError), driver.Recording(0x57, libcuda) as recording:
        1 / 0  # noqa: B018
    assert libcuda.diary == ["cuStreamBeginCapture_v2", "cuStreamEndCapture", "cuGraphDestroy"]
    assert recording.graph is None


@pytest.mark.parametrize(
    ("call", "code", "kind"),
    [
        ("cuStreamBeginCapture_v2", 906, DeviceLostError),
        ("cuStreamEndCapture", 901, DeviceLostError),
        ("cuGraphInstantiateWithFlags", 2, BackendError),
    ],
)
def test_what_fails_around_a_recording(call: str, code: int, kind: type) -> None:
    with (
        pytest.raises(kind, match=f"CUDA error {code}"),
        driver.Recording(0x57, FakeLibcuda(**{call: code})),
    ):
        pass


def test_a_lost_card_is_told_at_launch() -> None:
    libcuda = FakeLibcuda()
    with driver.Recording(0x57, libcuda) as recording:
        pass
    libcuda.fail["cuGraphLaunch"] = 719
    with pytest.raises(DeviceLostError, match=r"cuGraphLaunch: CUDA error 719 .*fix:"):
        recording.graph.launch()


def test_the_primary_context_is_current_during_each_call_and_never_after(pycuda) -> None:
    _, module, diary, fail = pycuda
    device = cuda.CudaDevice()
    assert diary == ["init", "retain_primary_context", "push", "pop"]
    diary.clear()
    device.wait()
    assert diary == ["push", "event", "synchronize", "pop"]
    diary.clear()
    with device.current():
        device.wait()
    assert diary == ["push", "push", "event", "synchronize", "pop", "pop"]
    diary.clear()
    fail["event"] = module.Error("lost")
    with pytest.raises(DeviceLostError, match="lost"):
        device.wait()
    assert diary == ["push", "event", "pop"]


def test_copies_and_memory(pycuda) -> None:
    libcuda, _, diary, _ = pycuda
    device = cuda.CudaDevice()
    host, card = device.pinned((2, 3), np.float32), device.buffer((2, 3), np.float32)
    assert host.shape == (2, 3)
    assert card.__cuda_array_interface__["data"] == (0xD00D, False)
    assert card.__cuda_array_interface__["typestr"] == "<f4"
    diary.clear()
    graph = device.record(
        lambda: (device.upload(card, host), device.copy(card, card), device.download(host, card))
    )
    assert [d for d in diary if d not in ("push", "pop")] == ["htod", "dtod 24", "dtoh"]
    diary.clear()
    device.launch(graph)
    assert diary == ["push", "pop"]
    assert libcuda.diary[-1] == "cuGraphLaunch"


def test_memory_is_freed_on_whatever_thread_it_goes(pycuda) -> None:
    """PyCUDA alone would leak it there: it frees on the thread that first had the context."""
    _, module, diary, fail = pycuda
    device = cuda.CudaDevice()
    held = [device.pinned((2, 3), np.float32), device.buffer((2, 3), np.float32)]
    view = held[0][1:]
    diary.clear()
    other = threading.Thread(target=held.clear)
    other.start()
    other.join()
    assert diary == ["push", "free", "pop"]  # the view still needs the pinned memory
    del view
    assert diary[3:] == ["push", "free host", "pop"]
    held.append(device.buffer((1,), np.float32))
    fail["push"] = module.Error("lost")
    held.clear()  # of a lost card nothing need be freed
    assert diary[-1] == "push"


def test_errors_of_the_card_become_ours(pycuda) -> None:
    _, module, _, fail = pycuda
    device = cuda.CudaDevice()
    fail["mem_alloc 8"] = module.MemoryError("cuMemAlloc failed: out of memory")
    with pytest.raises(BackendError, match=r"memory is full .*fix: close") as caught:
        device.buffer((2,), np.float32)
    assert not isinstance(caught.value, DeviceLostError)
    fail["synchronize"] = module.Error("cuEventSynchronize failed: unspecified launch failure")
    with pytest.raises(DeviceLostError, match="unspecified launch failure"):
        device.wait()


def test_without_pycuda_the_way_to_get_it_is_told(monkeypatch) -> None:
    monkeypatch.setattr("eyebrush.backends.driver.library", FakeLibcuda)
    monkeypatch.setitem(sys.modules, "pycuda.driver", None)
    with pytest.raises(BackendError, match=r"PyCUDA cannot be imported.*eyebrush\[gpu\].*cuda\.h"):
        cuda.CudaDevice()


class TestTensorRtItself:
    """The real library, without a card: it must refuse in words, and nothing may crash."""

    @pytest.fixture
    def library(self):
        pytest.importorskip(
            "tensorrt_rtx", reason="no TensorRT for RTX: pip install 'eyebrush[tensorrt-rtx]'"
        )
        return open_library("tensorrt-rtx")

    @pytest.mark.parametrize("data", [b"not an engine" * 20, b"\0" * 4096])
    def test_what_is_no_engine(self, library, data: bytes) -> None:
        with pytest.raises(EngineRefusedError, match=r"the engine: malformed engine.*fix:"):
            TrtEngine(library, data)

    def test_a_truncated_engine(self, library, tmp_path) -> None:
        network = tiny_network.field_network(tmp_path / "field.onnx")
        spec = spec_for(network, library, (2, 16, 16), "f16", ["8.6"])
        whole = build(network, spec, library).data
        with pytest.raises(BackendError, match=r"tensorrt-rtx .* (refuses|does not load)"):
            TrtEngine(library, whole[: len(whole) // 2])


def test_the_doctor_on_a_machine_with_a_card(monkeypatch, installed, tmp_path) -> None:
    """As far as its rows: what a card answers is below the border."""
    monkeypatch.setenv("EYEBRUSH_CACHE", str(tmp_path))
    monkeypatch.setattr("eyebrush.checks_gpu.find_gpu", lambda: driver.find_gpu(FakeLibcuda()))
    rows = {c.name: c for c in gpu_checks()}
    assert rows["NVIDIA card"].state == "ok"
    assert "Fake RTX 4090, compute capability 8.9" in rows["NVIDIA card"].detail
    assert "24 GiB" in rows["NVIDIA card"].detail
    assert rows["engines"].detail.startswith("0 compiled")
    assert all(c.fix for c in rows.values() if c.state == "warn")
    assert not [c for c in rows.values() if c.state == "fail"]  # none of it is basic


def test_auto_takes_a_card_only_where_all_is_there(monkeypatch) -> None:
    monkeypatch.setattr(backends, "installed", lambda: ["tensorrt-rtx", "openvino"])
    assert backends.resolve("auto") == "openvino"
    there = {"pycuda": object()}
    monkeypatch.setattr(backends.importlib.util, "find_spec", there.get)
    monkeypatch.setattr(backends, "find_gpu", lambda: driver.find_gpu(FakeLibcuda()))
    serves = {"8.9": 1}
    monkeypatch.setattr(
        backends, "open_library", lambda name: type("L", (), {"capabilities": lambda s: serves})()
    )
    assert backends.resolve("auto") == "tensorrt-rtx"
    serves = {"8.6": 1}
    assert backends.resolve("auto") == "openvino"
