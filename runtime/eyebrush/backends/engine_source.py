"""Where a TensorRT session comes from: the cache, or a compilation in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from eyebrush.atomic import replacing
from eyebrush.backends.device import EngineRefusedError
from eyebrush.backends.protocol import BackendInfo
from eyebrush.backends.tensorrt import TensorRtSession
from eyebrush.engines.cache import EngineCache, Entry
from eyebrush.engines.library import Library, open_library
from eyebrush.engines.make import spec_for
from eyebrush.engines.spec import EngineSpec
from eyebrush.errors import BackendError, InputError

Say = Callable[[str], None]


class Loaded(NamedTuple):
    """kernels: those that were there before loading."""

    library: Library
    device: Any
    engine: Any
    entry: Entry
    kernels: bytes


class EngineSource:
    """Makes sessions of one network. The last three arguments are the border, for tests.

    open_device() -> a Device with ``capability``; load(library, data, kernels) -> an Engine;
    compile_apart(library name, network, spec) puts the engine into the cache.
    """

    def __init__(
        self,
        library: str,
        path: Path,
        precision: str,
        *,
        cache: EngineCache | None = None,
        open_device: Callable[[], Any] | None = None,
        load: Callable[[Library, bytes, bytes], Any] | None = None,
        compile_apart: Callable[[Path, EngineSpec], None] | None = None,
    ) -> None:
        self._library_name, self._path, self._precision = library, path, precision
        self._cache = cache or EngineCache()
        self._open_device = open_device or _open_device
        self._load = load or _load
        self._compile_apart = compile_apart or compile_in_a_process

    def session(self, eyes: int, height: int, width: int, say: Say) -> TensorRtSession:
        """A session that is ready to run; may take minutes. Raises BackendError, InputError."""
        loaded = self.load(eyes, height, width, say)
        library, device = loaded.library, loaded.device
        info = BackendInfo(library.name, library.version, "GPU", device.name, self._precision, 0)
        session = TensorRtSession(device, loaded.engine, info)
        with suppress(InputError):  # a full disk is no harm
            _keep_kernels(loaded.entry, device, loaded.engine, loaded.kernels)
        return session

    def load(self, eyes: int, height: int, width: int, say: Say) -> Loaded:
        """An engine on a device of its own. Raises BackendError, InputError.

        One that the card refuses is dropped and compiled once more, for it may be stale.
        """
        library = open_library(self._library_name)
        device = self._open_device()
        cards = [device.capability] if library.portable else []
        spec = spec_for(self._path, library, (eyes, height, width), self._precision, cards)
        for last in (False, True):
            entry, data = self._engine(spec, say)
            say("loading the engine")
            kernels = entry.jit.read_bytes() if entry.jit.is_file() else b""
            try:
                with device.current():
                    engine = self._load(library, data, kernels)
                return Loaded(library, device, engine, entry, kernels)
            except EngineRefusedError as error:
                if last:
                    raise
                self._cache.remove(entry, str(error))
        raise AssertionError("unreachable: the second refusal is raised")

    def _engine(self, spec: EngineSpec, say: Say) -> tuple[Entry, bytes]:
        found = self._cache.find(spec)
        if found is None or not (spec.driver or found[0].jit.is_file()):
            say("compiling an engine (once for this size)")
            self._compile_apart(self._path, spec)
            found = self._cache.find(spec)
        if found is None:
            raise BackendError(
                f"no engine for {spec.where} came out of eyebrush compile; "
                "fix: run it yourself, see eyebrush compile --help"
            )
        return found


def compile_in_a_process(path: Path, spec: EngineSpec) -> None:
    """``eyebrush compile --finish`` as a process: what it needs of memory and time, and whatever it
    dies of, stays out of this one, and so does Python's lock, which TensorRT may hold while it
    finishes kernels. Raises BackendError with its last words."""
    command = [sys.executable, "-m", "eyebrush", "compile", "--json", "--finish"]
    command += ["--backend", spec.library]
    command += [
        "--network",
        str(path),
        "--input",
        spec.size,
        "--precision",
        f"fp{spec.precision[1:]}",
    ]
    if not spec.driver:
        command += ["--compute-capability", ",".join(spec.cards)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise BackendError(lines[-1].removeprefix("eyebrush: error: "))


def finish(library: Library, entry: Entry, data: bytes) -> None:
    """Load and run an engine once on the card here, and keep the kernels that this finished.

    Raises BackendError.
    """
    device = _open_device()
    with device.current():
        engine = _load(library, data, b"")
    info = BackendInfo(library.name, library.version, "GPU", device.name, entry.spec.precision, 0)
    TensorRtSession(device, engine, info)
    _keep_kernels(entry, device, engine, None)


def _keep_kernels(entry: Entry, device: Any, engine: Any, known: bytes | None) -> None:
    """Beside the engine, where they are others than ``known``."""
    with device.current():
        finished: bytes = engine.finished_kernels()
    if finished != known:
        with replacing(entry.jit) as temporary:
            temporary.write_bytes(finished)


def _open_device() -> Any:
    from eyebrush.backends.cuda import CudaDevice

    return CudaDevice()


def _load(library: Library, data: bytes, kernels: bytes) -> Any:
    from eyebrush.backends.engine import TrtEngine

    return TrtEngine(library, data, kernels)
