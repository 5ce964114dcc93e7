"""Below the border: TensorRT's runtime. Implements :class:`eyebrush.backends.device.Engine`."""

from __future__ import annotations

from typing import Any

import numpy as np

from eyebrush.backends.device import DeviceLostError, EngineRefusedError
from eyebrush.engines.library import Library
from eyebrush.errors import BackendError

# What get_engine_validity may name that is the engine's own fault; the rest is the machine's.
STALE = {"VERSION_MISMATCH", "UNSUPPORTED_CC", "MALFORMED_ENGINE"}
TYPES: dict[str, type[np.generic]] = {
    "FLOAT": np.float32,
    "HALF": np.float16,
    "UINT8": np.uint8,
    "INT32": np.int32,
}


class TrtEngine:
    """An engine from trusted bytes, with an execution context, on the current card.

    kernels: what ``finished_kernels`` gave the last time, so that nothing is compiled just in time.
    Raises EngineRefusedError where these bytes are at fault, else BackendError.
    """

    def __init__(self, library: Library, data: bytes, kernels: bytes = b"") -> None:
        trt = library.module
        self._said: list[str] = []
        self._logger = _logger(trt, self._said)
        runtime = trt.Runtime(self._logger)
        self._refuse_invalid(library, runtime, data)
        self._engine = runtime.deserialize_cuda_engine(data)
        if self._engine is None:
            raise EngineRefusedError(self._sentence(library, "does not load the engine"))
        self._kept: Any = None
        self._context = self._new_context(library, kernels)
        if self._context is None:
            raise BackendError(self._sentence(library, "cannot make a context for the engine"))
        names = [self._engine.get_tensor_name(i) for i in range(self._engine.num_io_tensors)]
        self.shapes = {n: self._shape_and_type(n) for n in names}

    def _shape_and_type(self, name: str) -> tuple[tuple[int, ...], type[np.generic]]:
        dtype = self._engine.get_tensor_dtype(name)
        return tuple(self._engine.get_tensor_shape(name)), TYPES[dtype.name]

    def bind(self, addresses: dict[str, int]) -> None:
        for name, address in addresses.items():
            if not self._context.set_tensor_address(name, address):
                raise BackendError(
                    f"the engine does not take {name}; fix: eyebrush compile --clean"
                )

    def enqueue(self, stream: Any) -> None:
        if not self._context.execute_async_v3(stream.handle):
            why = self._said[-1] if self._said else "no reason given"
            raise DeviceLostError(f"the engine did not run ({why}); fix: eyebrush doctor")

    def finished_kernels(self) -> bytes:
        if self._kept is None:
            return b""
        return bytes(self._kept.serialize())

    def _new_context(self, library: Library, kernels: bytes) -> Any:
        if not library.portable:
            return self._engine.create_execution_context()
        config = self._engine.create_runtime_config()
        # We record the whole frame as one graph; a graph inside of it would be one too many.
        config.cuda_graph_strategy = library.module.CudaGraphStrategy.DISABLED
        self._kept = config.create_runtime_cache()
        if kernels:
            self._kept.deserialize(kernels)
        config.set_runtime_cache(self._kept)
        return self._engine.create_execution_context(config)

    def _refuse_invalid(self, library: Library, runtime: Any, data: bytes) -> None:
        """Ask before loading, where the library can tell (TensorRT for RTX)."""
        ask = getattr(runtime, "get_engine_validity", None)
        if ask is None:
            return
        validity, diagnostics = ask(data)
        if validity == library.module.EngineValidity.INVALID:
            kinds = library.module.EngineInvalidityDiagnostics
            why = [n for n, v in kinds.__members__.items() if int(diagnostics) & int(v)]
            said = ", ".join(why).lower().replace("_", " ") or "invalid"
            kind = EngineRefusedError if set(why) & STALE else BackendError
            raise kind(self._sentence(library, f"refuses the engine: {said}"))

    def _sentence(self, library: Library, what: str) -> str:
        said = f" ({self._said[-1]})" if self._said else ""
        return f"{library.name} {library.version} {what}{said}; fix: eyebrush compile --clean"


def _logger(trt: Any, said: list[str]) -> Any:
    class Logger(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, message: str) -> None:
            if severity <= trt.ILogger.ERROR:
                said[:] = [" ".join(message.split())[:240]]

    return Logger()
