"""A source of TensorRT sessions whose border is fake (fake_gpu.py), and what changes over to it."""

from __future__ import annotations

import threading

import pytest

from eyebrush import Stylizer, backends, resources
from eyebrush.backends.changeover import ChangingField
from eyebrush.backends.device import EngineRefusedError
from eyebrush.backends.engine_source import EngineSource
from eyebrush.engines.cache import EngineCache
from eyebrush.engines.library import Library
from eyebrush.styles import StyleLibrary
from fake_gpu import FakeDevice, FakeEngine
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture
from tiny_assets import stereo_frames

SIZE = (2, 24, 24)  # the network's input for the 96x96 eyes of tiny_assets
DATA = b"an engine, as far as anybody here can tell"
WAIT_S = 60.0


class FakeLibrary:
    """What open_library gives: only its name and version are looked at above the border."""

    class ComputeCapability:
        SM86, SM89, SM120 = range(3)

    __version__ = "1.0-fake"


class Rig:
    """A source whose border is fake, and the field that changes over to it."""

    def __init__(self, folder, path) -> None:
        self.path, self.cache = path, EngineCache(folder / "engines")
        self.device, self.engines, self.loads = FakeDevice(), [], []
        self.apart = self.compiled = 0  # processes that were started; engines that they compiled
        self.may_compile = threading.Event()
        self.may_compile.set()
        self.refuse: list[str] = []  # what the next loads answer
        source = EngineSource(
            "tensorrt-rtx",
            path,
            "f16",
            cache=self.cache,
            open_device=lambda: self.device,
            load=self._load,
            compile_apart=self._compile,
        )
        self.source = source
        proved = backends.load_field(path, "openvino", precision="f32")
        self.field = ChangingField(proved, source.session, "tensorrt-rtx", 1)

    def _compile(self, path, spec) -> None:
        assert self.may_compile.wait(WAIT_S)
        self.apart += 1
        found = self.cache.find(spec)
        if found is None:
            self.compiled += 1
            self.cache.add(spec, DATA + spec.size.encode())
        self.cache.find(spec)[0].jit.write_bytes(b"finished kernels")

    def _load(self, library, data, kernels):
        assert self.device.current_on == threading.get_ident(), "no current context"
        self.loads.append(kernels)
        if self.refuse:
            raise EngineRefusedError(self.refuse.pop(0))
        size = next(e.spec for e in self.cache.entries() if self.cache.trusted(data) == e)
        engine = FakeEngine(self.device, self.path, (size.eyes, size.height, size.width))
        self.engines.append(engine)
        return engine

    def stylizer(self) -> Stylizer:
        """With the shipped styles, in tiny, and this rig's network."""
        made = Stylizer(
            "alpha",
            calm=0.0,
            precision="f32",
            library=StyleLibrary(resources.asset(resources.STYLES), self.cache.folder / "none"),
        )
        made._network = self.field
        return made


@pytest.fixture(name="rig")
def rig_fixture(tmp_path, installed, monkeypatch) -> Rig:
    library = Library("tensorrt-rtx", FakeLibrary)
    monkeypatch.setattr("eyebrush.backends.engine_source.open_library", lambda name: library)
    return Rig(tmp_path, installed / resources.FIELD_NETWORK)


def settled(rig: Rig, size=SIZE) -> backends.FieldSession:
    """The session of the first frame after nothing is being prepared any more."""
    rig.field.session(*size)
    assert rig.field.wait_until_settled(WAIT_S)
    return rig.field.session(*size)


def accepted(rig: Rig) -> Stylizer:
    """A stylizer that runs on the fake card already."""
    stylizer = rig.stylizer()
    for frames in stereo_frames(3):
        stylizer.field(frames)
        assert rig.field.wait_until_settled(WAIT_S)
    assert stylizer.describe().backend == "tensorrt-rtx"
    return stylizer
