"""libcuda and pycuda.driver, made of Python, for the calls that are below the border: they keep a
diary, answer as told, and refuse what CUDA refuses."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator
from typing import Any

import numpy as np


class FakeLibcuda:
    """``fail``: call -> the CUDA error that it answers."""

    def __init__(self, **fail: int) -> None:
        self.fail, self.diary = fail, []

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> int:
            self.diary.append(name)
            if name in self.fail:
                return self.fail[name]
            self._answer(name, arguments)
            return 0

        return call

    def _answer(self, name: str, arguments: tuple[Any, ...]) -> None:
        numbers = {
            "cuDeviceGetCount": 1,
            "cuDeviceGet": 0,
            "cuDeviceTotalMem_v2": 24 << 30,
            "cuDriverGetVersion": 13000,
            "cuGraphInstantiateWithFlags": 0xE0,
        }
        if name in numbers:
            arguments[0]._obj.value = numbers[name]
        elif name == "cuDeviceGetName":
            arguments[0].value = b"Fake RTX 4090"
        elif name == "cuDeviceGetAttribute":
            arguments[0]._obj.value = {75: 8, 76: 9}[arguments[1]]
        elif name == "cuStreamEndCapture":
            arguments[1]._obj.value = 0x60
        elif name == "cuGetErrorString":
            arguments[1]._obj.value = b"as told"


def fake_pycuda(diary: list[str], fail: dict[str, Exception]) -> types.ModuleType:
    """A module like pycuda.driver. ``fail``: call -> what it raises."""
    driver = types.ModuleType("pycuda.driver")

    def say(what: str) -> None:
        diary.append(what)
        if what in fail:
            raise fail[what]

    class Context:
        def push(self) -> None:
            say("push")

        @staticmethod
        def pop() -> None:
            say("pop")

        def detach(self) -> None:
            say("detach")

    class Device:
        def __init__(self, index: int) -> None:
            assert index == 0

        def retain_primary_context(self) -> Context:
            say("retain_primary_context")
            return Context()

    class Stream:
        handle = 0x57

        def __init__(self, flags: int) -> None:
            assert flags == 1, "a blocking stream"

    class Event:
        def __init__(self, flags: int) -> None:
            assert flags == 2

        def record(self, stream: Stream) -> None:
            say("event")

        def synchronize(self) -> None:
            say("synchronize")

    class Memory:
        def __init__(self, size: int) -> None:
            say(f"mem_alloc {size}")

        def __int__(self) -> int:
            return 0xD00D

        def free(self) -> None:
            say("free")

    class HostMemory:
        def __init__(self, array: np.ndarray) -> None:
            self._array, self.__array_interface__ = array, array.__array_interface__

        def free(self) -> None:
            say("free host")

    driver.Error = type("Error", (Exception,), {})
    driver.MemoryError = type("MemoryError", (driver.Error,), {})
    driver.event_flags = types.SimpleNamespace(DISABLE_TIMING=2)
    driver.init = lambda: say("init")
    driver.Device, driver.Stream, driver.Event, driver.mem_alloc = Device, Stream, Event, Memory
    driver.Context = Context
    driver.pagelocked_zeros = lambda shape, dtype: np.asarray(HostMemory(np.zeros(shape, dtype)))
    driver.memset_d8_async = lambda memory, value, size, stream: say("memset")
    driver.memcpy_htod_async = lambda target, source, stream: say("htod")
    driver.memcpy_dtoh_async = lambda target, source, stream: say("dtoh")
    driver.memcpy_dtod_async = lambda target, source, size, stream: say(f"dtod {size}")
    return driver


@contextlib.contextmanager
def pretend(monkeypatch: Any, cuda: FakeLibcuda, driver: types.ModuleType) -> Iterator[None]:
    """``eyebrush.backends.cuda`` sees these two instead of a machine's own."""
    package = types.ModuleType("pycuda")
    package.driver = driver
    monkeypatch.setitem(__import__("sys").modules, "pycuda", package)
    monkeypatch.setitem(__import__("sys").modules, "pycuda.driver", driver)
    monkeypatch.setattr("eyebrush.backends.driver.library", lambda: cuda)
    yield
