"""Ways of telling another Python process that there is something new: one small class for each.

A contestant is made in the parent, handed to a sending and a receiving process, and used there as
``start_sender(); send(stamp)`` and ``start_receiver(); receive() -> (stamp_ns, woken_ns)``. That
is taken first thing after the waiting call came back. A stamp, eight bytes, stands for a frame, as
copies of the pixels cost the same everywhere.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import struct
import tempfile
import time
from collections.abc import Callable
from multiprocessing.shared_memory import SharedMemory
from typing import Any, Protocol

import numpy as np

TIMEOUT_S = 20.0
Stamp = Callable[[], int]  # the time, to be asked when the message is put into its place


class Contestant(Protocol):
    name: str

    def start_sender(self) -> None: ...
    def start_receiver(self) -> None: ...
    def send(self, stamp: Stamp) -> None: ...
    def receive(self) -> tuple[int, int]: ...
    def close(self) -> None: ...


class EyebrushBridge:
    """The bridge from Python on both sides."""

    name = "eyebrush bridge"

    def __init__(self) -> None:
        self._session = f"bench-{os.getpid()}"

    def start_sender(self) -> None:
        from eyebrush import bridge_structs
        from eyebrush._core import bridge as core

        config = np.zeros((), bridge_structs.ENGINE_CONFIG)
        config["name"] = self._session.encode()
        config["max_width_px"] = config["max_height_px"] = 64
        config["max_eyes"] = 1
        self._engine = core.Engine()
        assert self._engine.open(config) == 0
        self._frame = np.zeros((), bridge_structs.FRAME)
        for key in ("width_px", "height_px", "color_width_px", "color_height_px"):
            self._frame[key] = 16
        self._frame["eyes"] = 1
        self._frame["extent"] = 1.0

    def start_receiver(self) -> None:
        from eyebrush import bridge
        from eyebrush.errors import BridgeError

        while True:
            try:
                self._runtime = bridge.RuntimeSession(self._session)._core
                return
            except BridgeError:
                pass

    def send(self, stamp: Stamp) -> None:
        _, planes = self._engine.begin_frame(self._frame)
        struct.pack_into("<q", planes[0], 0, stamp())
        self._engine.publish()

    def receive(self) -> tuple[int, int]:
        status = self._runtime.wait_frame(int(TIMEOUT_S * 1e9))
        woken_ns = time.monotonic_ns()
        assert status == 0
        _, _, planes = self._runtime.acquire_frame()
        stamp: int = struct.unpack_from("<q", planes[0])[0]
        self._runtime.release_frame()
        return stamp, woken_ns

    def close(self) -> None: ...


class SharedMemoryCondition:
    """multiprocessing.shared_memory, and a Condition to wake up."""

    name = "shared_memory + Condition"

    def __init__(self) -> None:
        self._condition = multiprocessing.get_context("spawn").Condition()
        self._memory = SharedMemory(create=True, size=16)
        self._seen = 0

    def start_sender(self) -> None:
        self._sent = 0

    def start_receiver(self) -> None: ...

    def send(self, stamp: Stamp) -> None:
        with self._condition:
            self._sent += 1
            struct.pack_into("<2q", self._memory.buf, 0, self._sent, stamp())
            self._condition.notify()

    def receive(self) -> tuple[int, int]:
        with self._condition:
            woken_ns = time.monotonic_ns()
            while struct.unpack_from("<q", self._memory.buf)[0] == self._seen:
                woken = self._condition.wait(TIMEOUT_S)
                woken_ns = time.monotonic_ns()
                assert woken
            self._seen, stamp = struct.unpack_from("<2q", self._memory.buf)
        return int(stamp), woken_ns

    def close(self) -> None:
        self._memory.close()
        self._memory.unlink()


class ZeroMq:
    """A PUSH and a PULL socket over ipc."""

    name = "ZeroMQ ipc"

    def __init__(self) -> None:
        import zmq  # noqa: F401 - here it shows whether it is installed

        self._address = f"ipc://{tempfile.gettempdir()}/eyebrush-bench-{os.getpid()}"

    def _socket(self, kind: str) -> Any:
        import zmq

        socket = zmq.Context.instance().socket(getattr(zmq, kind))
        socket.setsockopt(zmq.RCVTIMEO, int(TIMEOUT_S * 1e3))
        return socket

    def start_sender(self) -> None:
        self._push = self._socket("PUSH")
        self._push.connect(self._address)

    def start_receiver(self) -> None:
        self._pull = self._socket("PULL")
        self._pull.bind(self._address)

    def send(self, stamp: Stamp) -> None:
        self._push.send(struct.pack("<q", stamp()))

    def receive(self) -> tuple[int, int]:
        message = self._pull.recv()
        woken_ns = time.monotonic_ns()
        return struct.unpack("<q", message)[0], woken_ns

    def close(self) -> None: ...


class Iceoryx2:
    """A sample by publish-subscribe, and an event to wake up."""

    name = "iceoryx2"

    def __init__(self) -> None:
        import iceoryx2  # noqa: F401 - here it shows whether it is installed

        self._place = f"eyebrush/bench/{os.getpid()}"

    def _services(self) -> tuple[Any, Any]:
        import iceoryx2 as iox2

        iox2.set_log_level(iox2.LogLevel.Error)
        self._node = iox2.NodeBuilder.new().create(iox2.ServiceType.Ipc)
        names = [iox2.ServiceName.new(f"{self._place}/{part}") for part in ("event", "sample")]
        event = self._node.service_builder(names[0]).event().open_or_create()
        sample = self._node.service_builder(names[1]).publish_subscribe(ctypes.c_uint64)
        return event, sample.open_or_create()

    def start_sender(self) -> None:
        event, sample = self._services()
        self._notifier = event.notifier_builder().create()
        self._publisher = sample.publisher_builder().create()

    def start_receiver(self) -> None:
        import iceoryx2 as iox2

        event, sample = self._services()
        self._listener = event.listener_builder().create()
        self._subscriber = sample.subscriber_builder().create()
        self._patience = iox2.Duration.from_secs(int(TIMEOUT_S))

    def send(self, stamp: Stamp) -> None:
        self._publisher.send_copy(ctypes.c_uint64(stamp()))
        self._notifier.notify()

    def receive(self) -> tuple[int, int]:
        woken_ns = time.monotonic_ns()
        while (sample := self._subscriber.receive()) is None:
            events = self._listener.timed_wait(self._patience)
            woken_ns = time.monotonic_ns()
            assert events
        return int(sample.payload().contents.value), woken_ns

    def close(self) -> None: ...


CONTESTANTS = (EyebrushBridge, SharedMemoryCondition, ZeroMq, Iceoryx2)
