"""Ingest, composite and blends over time wherever they run: CPU, CUDA source on the shim, a GPU.

All against reference.py, on fresh random inputs; the seed is printed when a test fails. Tolerances
are those of test_ops_ingest.py, test_ops_composite.py and test_ops_temporal.py, for their reasons:
bit for bit where sums are whole numbers, else 1 level. Needs neither hypothesis nor Pillow, so that
`make gpu-check` can run it on a bare machine.
"""

from __future__ import annotations

import math
import secrets
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from devices import Device  # noqa: E402
from eyebrush import ops, reference  # noqa: E402
from eyebrush.errors import InputError  # noqa: E402
from eyebrush.frame import View, reprojection  # noqa: E402
from one_history import one_history  # noqa: E402
from pixel_formats import FORMATS, apart, noise, poisoned  # noqa: E402


@pytest.fixture
def rng() -> np.random.Generator:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    return np.random.default_rng(seed)


def put(device: Device, value: Any) -> Any:
    """A numpy array where the device can take it; uint32 as torch has it."""
    return device.put(torch.from_numpy(value)) if isinstance(value, np.ndarray) else value


def got(device: Device, value: Any) -> np.ndarray:
    return device.get(value).numpy()


def motion(eyes: int, angles: tuple[float, float, float], move: float) -> dict[str, np.ndarray]:
    """matrix and parallax of a head that turned by these angles (radians) and moved (metres)."""
    xyz = np.sin(np.array(angles) / 2)
    w = math.sqrt(max(0.0, 1.0 - float(xyz @ xyz)))
    view = View((*map(float, xyz), w), (move, -move / 2, move))
    pairs = [
        reprojection(view, View(fov_rad=(-0.8, 0.7 + 0.1 * (e % 2), 0.8, -0.9)))
        for e in range(eyes)
    ]
    return {
        "matrix": np.stack([m for m, _ in pairs]).astype(np.float32),
        "parallax": np.stack([p for _, p in pairs]).astype(np.float32),
    }


# height, width: one pixel; odd; a width of whole quads; wider than a block of threads
SIZES = ((1, 1), (19, 7), (33, 64), (37, 301))


@pytest.mark.parametrize(("down", "shuffle"), [(1, 1), (2, 1), (4, 1), (1, 4), (2, 2), (1, 2)])
@pytest.mark.parametrize("pixels", FORMATS)
def test_ingest(
    device: Device, rng: np.random.Generator, pixels: str, down: int, shuffle: int
) -> None:
    for height, width in SIZES:
        color = noise(rng, pixels, 2, height, width)
        size = reference.field_size(height, width, down * shuffle)
        out = device.put(torch.full((2, 3 * shuffle**2, *size), -777.0))
        ops.ingest(put(device, color), down, out, shuffle=shuffle)
        wanted = reference.ingest(color, down, shuffle)
        tolerance = 1e-6 if pixels == "rgba16f" else 0.0
        np.testing.assert_allclose(got(device, out), wanted, rtol=0, atol=tolerance)


def test_ingest_of_a_view_that_is_not_aligned(device: Device, rng: np.random.Generator) -> None:
    for pixels, offset in (("rgb8", 1), ("rgba8", 4), ("rgba8", 3), ("rgba16f", 4)):
        color = noise(rng, pixels, 1, 21, 40)
        room = device.put(torch.zeros(color.size + 16, dtype=torch.from_numpy(color).dtype))
        view = room[offset : offset + color.size].view(color.shape)
        view.copy_(put(device, color))
        wanted = reference.ingest(color, 2)
        np.testing.assert_allclose(got(device, ops.ingest(view, 2)), wanted, rtol=0, atol=1e-6)


def composite_case(
    rng: np.random.Generator, pixels: str, height: int, width: int, pose: str, eyes: int = 2
) -> dict[str, Any]:
    identity = np.eye(3, 4, dtype=np.float32).reshape(12, 1, 1, 1)
    bins = int(rng.choice([1, 3, 8, 8, 8, 11]))
    cells = tuple(map(int, rng.integers(1, 18, 2)))
    grid = identity + rng.normal(0, 0.3, (eyes, 12, bins, *cells)).astype(np.float32)
    case: dict[str, Any] = {
        "color": noise(rng, pixels, eyes, height, width),
        "grid": grid if rng.random() < 0.5 else grid.astype(np.float16),
        "strokes": rng.integers(0, 256, (eyes, -(-height // 2), -(-width // 2), 4), dtype=np.uint8),
        "extent": tuple(map(float, rng.uniform(0.5, 1, 2))),
        "strength": float(rng.choice([0.3, 1.0])),
        "stroke_opacity": float(rng.choice([0.0, 0.6, 1.0])),
    }
    if pose != "same":
        angles = (0.03, -0.02, 0.01) if pose == "turned" else tuple(rng.uniform(-0.5, 0.5, 3))
        case |= motion(eyes, angles, 0.1)
    if pose in ("turned", "rolled"):
        del case["parallax"]
    if pose == "moved":
        depth = rng.uniform(0.3, 9, (eyes, 9, 13)).astype(np.float32)
        depth[:, :2], depth[:, -1, :3] = np.inf, -1.0
        case["depth_m"] = depth
    return case


def check_composite(device: Device, case: dict[str, Any], to: str) -> np.ndarray:
    """At most 1 level from the reference; returns what came out."""
    size = case["color"].shape[:3]
    # matrix and parallax stay in the CPU's memory
    given = {k: v if k in ("matrix", "parallax") else put(device, v) for k, v in case.items()}
    out = put(device, poisoned(to, *size))
    ops.composite(**given, out=out)
    wanted = reference.composite(**case, out=np.empty_like(poisoned(to, *size)))
    found = got(device, out)
    off = apart(found, wanted)
    assert off.max() <= 1, f"{off.max()} levels at {np.unravel_index(off.argmax(), off.shape)}"
    return found


@pytest.mark.parametrize("pose", ["same", "turned", "rolled", "moved"])
@pytest.mark.parametrize("pixels", FORMATS)
def test_composite(device: Device, rng: np.random.Generator, pixels: str, pose: str) -> None:
    for height, width in SIZES:
        check_composite(device, composite_case(rng, pixels, height, width, pose), pixels)


@pytest.mark.parametrize("pixels", FORMATS)
def test_composite_into_other_formats(
    device: Device, rng: np.random.Generator, pixels: str
) -> None:
    for to in FORMATS:
        check_composite(device, composite_case(rng, pixels, 18, 37, "moved"), to)


def test_composite_of_more_eyes_than_one_launch_takes(
    device: Device, rng: np.random.Generator
) -> None:
    check_composite(device, composite_case(rng, "rgba8", 5, 9, "moved", eyes=11), "rgba8")


def test_composite_where_a_tile_is_all_of_one_cell(
    device: Device, rng: np.random.Generator
) -> None:
    """As at a headset's size, where the grid's corners of a tile fit into shared memory."""
    case = composite_case(rng, "rgba8", 40, 150, "turned")
    identity = np.eye(3, 4, dtype=np.float32).reshape(12, 1, 1, 1)
    case["grid"] = identity + rng.normal(0, 0.3, (2, 12, 8, 2, 2)).astype(np.float32)
    check_composite(device, case, "rgba8")


def test_composite_is_the_same_bit_for_bit_and_in_place(
    device: Device, rng: np.random.Generator
) -> None:
    case = composite_case(rng, "rgba8", 37, 141, "moved")
    wanted = check_composite(device, case, "rgba8")
    for _ in device.ways():
        given = {k: v if k in ("matrix", "parallax") else put(device, v) for k, v in case.items()}
        np.testing.assert_array_equal(got(device, ops.composite(**given)), wanted)
        in_place = put(device, case["color"].copy())
        ops.composite(**(given | {"color": in_place}), out=in_place)
        np.testing.assert_array_equal(got(device, in_place), wanted)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
def test_bad_numbers_spoil_only_the_pixels_that_use_them(
    device: Device, rng: np.random.Generator, bad: float
) -> None:
    case = composite_case(rng, "rgba8", 64, 64, "same")
    case |= {"extent": (1.0, 1.0), "strength": 1.0}
    case["grid"] = rng.normal(0.3, 0.3, (2, 12, 8, 16, 16)).astype(np.float32)
    wanted = got(device, ops.composite(**{k: put(device, v) for k, v in case.items()}))
    case["grid"][0, :, :, 2, 3] = bad
    spoilt = got(device, ops.composite(**{k: put(device, v) for k, v in case.items()}))
    np.testing.assert_array_equal(spoilt[1], wanted[1])
    far = np.ones((64, 64), bool)
    far[4:16, 8:20] = False  # cells beside corner (2, 3): 4 pixels a cell, and a pixel of margin
    np.testing.assert_array_equal(spoilt[0][far], wanted[0][far])


@pytest.mark.parametrize("pose", ["same", "turned", "moved"])
def test_temporal_blend(device: Device, rng: np.random.Generator, pose: str) -> None:
    for h, w in ((1, 1), (9, 33), (17, 40)):
        case: dict[str, Any] = {
            "fresh": rng.integers(0, 256, (2, 2 * h, 2 * w, 4), dtype=np.uint8),
            "history": rng.integers(0, 256, (2, 2 * h, 2 * w, 4), dtype=np.uint8),
            "fresh_guide": rng.random((2, 3, h, w), np.float32),
            "history_guide": rng.random((2, 3, h, w), np.float32),
            "calm": float(rng.uniform(0.3, 1)),
            "extent": (0.9, 1.0),
        }
        # so near to each other that trust is something between none and all
        near = case["fresh_guide"] + rng.normal(0, 0.03, (2, 3, h, w))
        case["history_guide"] = near.astype(np.float32)
        if pose != "same":
            case |= motion(2, (0.004, -0.003, 0.002), 0.02)
        if pose == "turned":
            del case["parallax"]
        if pose == "moved":
            case["depth_m"] = rng.uniform(1, 4, (2, 5, 8)).astype(np.float32)
            case["history_depth_m"] = (case["depth_m"] * 1.02).astype(np.float32)
        given = {k: v if k in ("matrix", "parallax") else put(device, v) for k, v in case.items()}
        out = put(device, np.full_like(case["fresh"], 177))
        ops.temporal_blend(**one_history(**given), out=out)
        wanted = reference.temporal_blend(**one_history(**case))
        off = np.abs(got(device, out).astype(int) - wanted)
        assert off.max() <= 1, f"{off.max()} levels at {np.unravel_index(off.argmax(), off.shape)}"
        assert (wanted != case["fresh"]).any() or h == 1
        for _ in device.ways():
            in_place = put(device, case["fresh"].copy())
            ops.temporal_blend(**one_history(**(given | {"fresh": in_place})), out=in_place)
            np.testing.assert_array_equal(got(device, in_place), got(device, out))


def test_temporal_blend_of_several(device: Device, rng: np.random.Generator) -> None:
    h, w = 17, 40
    fresh = rng.integers(0, 256, (2, 2 * h, 2 * w, 4), dtype=np.uint8)
    guide = rng.random((2, 3, h, w), np.float32)
    histories = [
        reference.History(
            rng.integers(0, 256, fresh.shape, dtype=np.uint8),
            (guide + rng.normal(0, 0.03, guide.shape)).astype(np.float32),
            share,
            motion(2, (0.004 * i, -0.003, 0.002), 0.0)["matrix"] if i else None,
        )
        for i, share in enumerate((1.0, 0.4, 1.0))
    ]
    on_device = [
        h._replace(strokes=put(device, h.strokes), guide=put(device, h.guide)) for h in histories
    ]
    out = ops.temporal_blend(put(device, fresh), put(device, guide), on_device)
    wanted = reference.temporal_blend(fresh, guide, histories)
    assert np.abs(got(device, out).astype(int) - wanted).max() <= 3  # 1 for each


@pytest.mark.parametrize("pose", ["same", "turned", "moved"])
def test_grid_blend(device: Device, rng: np.random.Generator, pose: str) -> None:
    for bins, h, w in ((1, 1, 1), (8, 16, 16), (3, 5, 37)):
        case: dict[str, Any] = {
            "fresh": rng.normal(0, 1, (2, 12, bins, h, w)).astype(np.float32),
            "history": rng.normal(0, 1, (2, 12, bins, h, w)).astype(np.float32),
            "share": float(rng.uniform(0.3, 1)),
            "extent": (0.9, 1.0),
        }
        if pose != "same":
            case |= motion(2, (0.03, -0.02, 0.05), 0.2)
        if pose == "turned":
            del case["parallax"]
        if pose == "moved":
            case["depth_m"] = rng.uniform(1, 4, (2, 5, 8)).astype(np.float32)
        given = {k: v if k in ("matrix", "parallax") else put(device, v) for k, v in case.items()}
        out = put(device, np.full_like(case["fresh"], 177))
        ops.grid_blend(**given, out=out)
        wanted = reference.grid_blend(**case)
        # a place that is off by a rounding takes that share of a difference of a few units
        np.testing.assert_allclose(got(device, out), wanted, rtol=0, atol=2e-3)
        assert (wanted != case["fresh"]).any()
        for _ in device.ways():
            in_place = put(device, case["fresh"].copy())
            ops.grid_blend(**(given | {"fresh": in_place}), out=in_place)
            np.testing.assert_array_equal(got(device, in_place), got(device, out))


def test_refuses_strokes_that_a_gpu_cannot_load(rng: np.random.Generator, device: Device) -> None:
    case = composite_case(rng, "rgba8", 8, 8, "same")
    given = {k: put(device, v) for k, v in case.items()}
    room = device.put(torch.zeros(case["strokes"].size + 1, dtype=torch.uint8))
    given["strokes"] = room[1:].view(case["strokes"].shape)
    if type(device) is Device:
        ops.composite(**given)  # a CPU can
    else:
        with pytest.raises(InputError, match="strokes: wanted an address"):
            ops.composite(**given)
