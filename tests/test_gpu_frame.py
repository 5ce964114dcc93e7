"""A whole stereo frame on the card as one graph, on a device made of numpy."""

from __future__ import annotations

import numpy as np
import pytest

from eyebrush import EyeFrames, backends, ops
from eyebrush.backends.gpu_frame import SMALL, GpuFrame
from eyebrush.errors import InputError
from fake_gpu import FakeDevice, FakeEngine
from fake_rig import SIZE, Rig
from fake_rig import rig_fixture as rig_fixture
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture
from tiny_assets import stereo_frames


class RecordedOps:
    """eyebrush.ops, queued on the fake device instead of done at once."""

    def __init__(self, device: FakeDevice) -> None:
        self._device = device

    def __getattr__(self, name: str):
        op = getattr(ops, name)
        return lambda *arguments, **more: self._device.queue(name, lambda: op(*arguments, **more))


def gpu_frame(rig: Rig, output: str = "pixels") -> GpuFrame:
    engine = FakeEngine(rig.device, rig.path, SIZE)
    return GpuFrame(rig.device, engine, (96, 96), output=output, frame_ops=RecordedOps(rig.device))


def rgba(frames) -> np.ndarray:
    return np.concatenate([frames.color, np.full_like(frames.color[..., :1], 255)], -1)


@pytest.mark.parametrize("output", ["pixels", "field"])
def test_a_whole_frame_is_one_graph(rig: Rig, output: str) -> None:
    frame = gpu_frame(rig, output)
    start = ["(upload)"] * (1 + len(SMALL))
    start += ["(ingest)", "(engine)", "(copy)", "(gram)", "(adain_stats)"]
    last = ["(composite)", "(download)"] if output == "pixels" else ["(download)"] * 2
    wanted = [*start, "(download)", "(download)", *last, "recorded"]
    assert rig.device.diary == ["engine", "wait", *wanted]
    style = rig.stylizer().style
    frames = stereo_frames(6)
    frame.color[:] = rgba(frames[0])
    frame.run(style, frames[0].display_time_ns)
    rig.device.diary.clear()
    allocated = list(rig.device.allocated)
    for f in frames[1:]:
        frame.color[:] = rgba(f)
        frame.run(style, f.display_time_ns)
    assert rig.device.diary == ["launch", "wait"] * 5
    assert rig.device.allocated == allocated


def test_a_whole_frame_paints_as_the_stylizer_does(rig: Rig) -> None:
    """Stills exactly (to one step: colours come from fp32 sums); in a stream the colours' running
    mean is one frame behind, which may not be seen."""
    frame, stylizer = gpu_frame(rig), rig.stylizer()
    stylizer._network = backends.load_field(rig.path, "openvino", precision="f32")
    for i, frames in enumerate(stereo_frames(5)):
        frame.color[:] = rgba(frames)
        frame.run(stylizer.style, frames.display_time_ns)
        wanted = stylizer.restyle(frames).color
        apart = np.abs(frame.pixels[..., :3].astype(int) - wanted)
        assert apart.max() <= (1 if i == 0 else 4)
        assert apart.mean() <= 0.5
        assert (frame.pixels[..., 3] == 255).all()


def test_after_a_cut_the_frame_has_its_own_colours(rig: Rig) -> None:
    frame, stylizer = gpu_frame(rig), rig.stylizer()
    stylizer._network = backends.load_field(rig.path, "openvino", precision="f32")
    before, after = stereo_frames(1)[0], stereo_frames(1, seed=9)[0]
    dark = after.color // 4
    frame.color[:] = rgba(before)
    frame.run(stylizer.style, 10**9)
    frame.color[..., :3] = dark
    rig.device.diary.clear()
    frame.run(stylizer.style, 10**9 + 14_000_000)
    assert rig.device.diary == ["launch", "wait"] * 2
    wanted = stylizer.restyle(EyeFrames(dark)).color
    assert np.abs(frame.pixels[..., :3].astype(int) - wanted).max() <= 1


def test_strength_is_recorded_anew_and_sizes_must_fit(rig: Rig) -> None:
    frame = gpu_frame(rig)
    frame.color[:] = rgba(stereo_frames(1)[0])
    frame.set_strength(0.0)
    frame.run(rig.stylizer().style, 10**9)
    assert np.abs(frame.pixels.astype(int) - frame.color).max() <= 1
    with pytest.raises(InputError, match=r"strength 2; wanted 0\.\.1"):
        frame.set_strength(2)
    with pytest.raises(InputError, match="that the engine's 24x24 is 1/4 of"):
        GpuFrame(rig.device, FakeEngine(rig.device, rig.path, SIZE), (64, 64))
