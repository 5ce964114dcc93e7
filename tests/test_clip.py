"""The clip format: what goes in comes out, and a damaged file is one clear InputError."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eyebrush.clip import ClipInfo, ClipReader, ClipWriter
from eyebrush.clip_codec import decode_depth, encode_depth
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames, View

STEP = 0.001  # the writer's default


def scene(frames: int = 3, height: int = 48, width: int = 64) -> list[EyeFrames]:
    """Smooth colours that move, a slanted plane with a near square and some sky."""
    out = []
    y, x = np.mgrid[0:height, 0:width]
    for t in range(frames):
        color = np.stack(
            [
                np.stack([x * 3 + t, y * 4 + 5 * eye, 255 - x - y], -1).clip(0, 255)
                for eye in range(2)
            ]
        )
        depth = (1 / (0.05 + 0.3 * y[:24, :32] / height)).astype(np.float32)
        depth[10:14, 10 + t : 14 + t] = 0.7
        depth[:3] = np.inf
        angle = 0.02 * t
        q = (0.0, float(np.sin(angle / 2)), 0.0, float(np.cos(angle / 2)))
        views = tuple(
            View(q, (s * 0.0315 + 0.01 * t, 1.6, -0.03 * t), (-0.8, 0.7, 0.75, -0.75))
            for s in (-1, 1)
        )
        out.append(
            EyeFrames(color.astype(np.uint8), views, 10**9 + t * 13888889, np.stack([depth] * 2))
        )
    return out


def write(path: Path, frames: list[EyeFrames], **options: object) -> Path:
    with ClipWriter(path, ClipInfo("test", scene="planes"), **options) as clip:
        for frame in frames:
            clip.add(frame)
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("clip") / "small.eyeclip", scene())


@pytest.mark.parametrize(
    ("color", "quality", "rms"),
    [("webp", None, 0.0), ("png", None, 0.0), ("webp", 90, 4.0), ("jpeg", 90, 4.0)],
)
def test_round_trip(tmp_path: Path, color: str, quality: int | None, rms: float) -> None:
    frames = scene()
    path = write(tmp_path / "a.eyeclip", frames, color=color, quality=quality)
    with ClipReader(path) as clip:
        assert len(clip) == 3
        assert clip.info == ClipInfo("test", scene="planes")
        for got, frame in zip(clip, frames, strict=True):
            difference = got.color.astype(float) - frame.color
            # lossy: chroma sub-sampling on smooth colours stays below 4 of 255 rms
            assert np.sqrt(np.mean(difference**2)) <= rms
            assert got.views == frame.views
            assert got.display_time_ns == frame.display_time_ns
            assert got.depth_m is not None
            assert got.depth_m.dtype == np.float32
            # half a step of inverse depth, plus float32 rounding
            np.testing.assert_allclose(1 / got.depth_m, 1 / frame.depth_m, atol=STEP * 0.501)
            np.testing.assert_array_equal(np.isinf(got.depth_m), np.isinf(frame.depth_m))


def test_random_access_and_repeatable_bytes(tmp_path: Path, small: Path) -> None:
    with ClipReader(small) as clip:
        last = clip[-1]
        np.testing.assert_array_equal(last.color, clip[2].color)
        for index in (3, -4):
            with pytest.raises(IndexError):
                clip[index]
        assert [f.display_time_ns for f in clip.frames] == [f.display_time_ns for f in clip]
    assert write(tmp_path / "again.eyeclip", scene()).read_bytes() == small.read_bytes()
    with pytest.raises(InputError):
        clip[0]  # closed


def test_alpha_is_dropped_and_depth_is_optional(tmp_path: Path) -> None:
    frame = scene(1)[0]
    rgba = np.concatenate([frame.color, np.full_like(frame.color[..., :1], 9)], -1)
    frame = dataclasses.replace(frame, color=rgba, depth_m=None)
    with ClipReader(write(tmp_path / "a.eyeclip", [frame], quality=None)) as clip:
        assert clip[0].depth_m is None
        np.testing.assert_array_equal(clip[0].color, rgba[..., :3])


@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1), st.sampled_from([STEP, 0.01])
)
@settings(max_examples=60, deadline=None)
def test_depth_round_trip(height: int, width: int, seed: int, step: float) -> None:
    q = np.random.default_rng(seed).integers(0, 65536, (height, width))
    with np.errstate(divide="ignore"):
        depth = (1 / (q * step)).astype(np.float32)
    data = encode_depth(depth, step)
    got = decode_depth(data, width, height, step, "x")
    # q up to 65535 takes 16 of float32's 24 bits: the whole number survives exactly
    np.testing.assert_array_equal(np.rint(1 / (got.astype(np.float64) * step)), q)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
def test_bad_depth_is_refused(tmp_path: Path, value: float) -> None:
    frame = scene(1)[0]
    assert frame.depth_m is not None
    frame.depth_m[1, 2, 3] = value
    with pytest.raises(InputError, match="above zero"):
        write(tmp_path / "a.eyeclip", [frame])
    assert list(tmp_path.iterdir()) == []


def test_writer_refuses_and_leaves_nothing(tmp_path: Path) -> None:
    a, b = scene(2)
    bad = [
        [],
        [a, a],
        [b, a],
        [a, scene(2, height=40)[1]],
        [a, dataclasses.replace(b, depth_m=None)],
        [dataclasses.replace(a, views=())],
        [dataclasses.replace(a, color=a.color[:1], views=a.views[:1])],
        [dataclasses.replace(a, depth_m=a.depth_m[:1])],
        [dataclasses.replace(a, views=(a.views[0], View((0.0, 0.0, 0.0, 0.5))))],
    ]
    for frames in bad:
        with pytest.raises(InputError):
            write(tmp_path / "a.eyeclip", frames)
        assert list(tmp_path.iterdir()) == []
    for options in ({"color": "gif"}, {"quality": 0}, {"inverse_step_per_m": 2.0}):
        with pytest.raises(InputError):
            write(tmp_path / "a.eyeclip", [a], **options)
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="No such file or directory"):
        write(tmp_path / "missing" / "a.eyeclip", [a])


def test_writer_keeps_the_old_clip_when_it_fails(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eyeclip", scene())
    before = path.read_bytes()

    def engine_dies() -> None:
        with ClipWriter(path, ClipInfo("new")) as clip:
            clip.add(scene(1)[0])
            raise RuntimeError("the engine died")

    with pytest.raises(RuntimeError, match="the engine died"):
        engine_dies()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def repack(source: Path, target: Path, change: dict[str, bytes | None], method: int = 0) -> Path:
    """Copy a clip, with some members replaced, added or (None) left out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", method) as new:
        members = {name: old.read(name) for name in old.namelist()} | change
        for name, data in members.items():
            if data is not None:
                new.writestr(name, data)
    return target


def manifest_with(source: Path, **change: object) -> bytes:
    with zipfile.ZipFile(source) as old:
        return json.dumps(json.loads(old.read("manifest.json")) | change).encode()


def frames_with(source: Path, where: str, value: object) -> bytes:
    with zipfile.ZipFile(source) as old:
        frames = json.loads(old.read("manifest.json"))["frames"]
    if where == "display_time_ns":
        frames[1][where] = value
    else:
        frames[1]["views"][0][where] = value
    return manifest_with(source, frames=frames)


def read_all(path: Path) -> list[EyeFrames]:
    with ClipReader(path) as clip:
        return list(clip)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"version": 2}, "version 1"),
        ({"version": True}, "version"),
        ({"format": "tar"}, "eyebrush-clip"),
        ({"width_px": 10**9}, "from 1 to 8192"),
        ({"width_px": 65}, "65x48"),
        ({"height_px": "48"}, "height_px"),
        ({"color": "gif"}, "one of webp"),
        ({"color": "png"}, "without color/00000.left.png"),
        ({"title": 3}, "text"),
        ({"frames": []}, "frames"),
        ({"frames": 5}, "frames"),
        ({"frames": [{}]}, "display_time_ns"),
        ({"depth": {"width_px": 32, "height_px": 24, "inverse_step_per_m": 0}}, "inverse_step"),
        ({"depth": {"width_px": 32, "height_px": 25, "inverse_step_per_m": 0.1}}, "1600 bytes"),
        ({"depth": {"width_px": 8192, "height_px": 8192, "inverse_step_per_m": 0.1}}, "bytes"),
    ],
)
def test_wrong_manifest(small: Path, tmp_path: Path, change: dict[str, object], match: str) -> None:
    changed = {"manifest.json": manifest_with(small, **change)}
    with pytest.raises(InputError, match=match):
        read_all(repack(small, tmp_path / "a.eyeclip", changed))


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("position_m", [float("nan"), 0, 0]),
        ("position_m", [float("inf"), 0, 0]),
        ("position_m", [10**400, 0, 0]),
        ("position_m", [0, 0]),
        ("orientation_xyzw", [0, 0, 0, 0]),
        ("orientation_xyzw", "none"),
        ("fov_rad", [0.5, -0.5, 0.5, -0.5]),
        ("fov_rad", [-2, 2, 2, -2]),
        ("display_time_ns", 5),
        ("display_time_ns", 1.5),
        ("display_time_ns", 10**40),
    ],
)
def test_wrong_frame_entry(small: Path, tmp_path: Path, where: str, value: object) -> None:
    changed = {"manifest.json": frames_with(small, where, value)}
    with pytest.raises(InputError):
        read_all(repack(small, tmp_path / "a.eyeclip", changed))


@pytest.mark.parametrize(
    ("name", "data", "match"),
    [
        ("manifest.json", None, "without manifest.json"),
        ("manifest.json", b"{", "JSON"),
        ("manifest.json", b"\xff\xfe", "JSON"),
        ("manifest.json", b"[" * 100_000, "JSON"),
        ("manifest.json", b'{"version": ' + b"9" * 5000 + b"}", "manifest"),
        ("manifest.json", b"[]", "JSON object"),
        ("color/00001.right.webp", None, "without color/00001.right.webp"),
        ("color/00001.right.webp", b"", "decode"),
        ("color/00001.right.webp", b"RIFF\x10\0\0\0WEBPVP8 ", "decode"),
        ("depth/00001.left.iz16", None, "without depth/00001.left.iz16"),
        ("depth/00001.left.iz16", b"no", "unpack"),
        ("depth/00001.left.iz16", b"", "1536 bytes"),
    ],
)
def test_wrong_member(
    small: Path, tmp_path: Path, name: str, data: bytes | None, match: str
) -> None:
    with pytest.raises(InputError, match=match):
        read_all(repack(small, tmp_path / "a.eyeclip", {name: data}))


def test_bombs_are_refused_unread(small: Path, tmp_path: Path) -> None:
    import zlib

    bomb = zlib.compress(bytes(50_000_000), 9)
    with pytest.raises(InputError, match="more than 1536 bytes"):
        read_all(repack(small, tmp_path / "a.eyeclip", {"depth/00001.left.iz16": bomb}))
    with pytest.raises(InputError, match="compressed or encrypted"):
        read_all(repack(small, tmp_path / "b.eyeclip", {}, zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize("data", [b"", b"PK", b"not a clip at all" * 100])
def test_not_a_clip(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.eyeclip"
    with pytest.raises(InputError, match="No such file"):
        ClipReader(path)
    path.write_bytes(data)
    with pytest.raises(InputError, match="wanted an eyebrush clip"):
        ClipReader(path)
    with pytest.raises(InputError, match="wanted an eyebrush clip"):
        ClipReader(tmp_path)  # a folder


# One function-scoped folder serves all examples: every example writes its own bytes first.
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_bytes_are_refused_or_harmless(small: Path, tmp_path: Path, data: object) -> None:
    """Flip bytes or cut the file anywhere: either an InputError, or exactly the same frames."""
    raw = bytearray(small.read_bytes())
    if data.draw(st.booleans()):
        del raw[data.draw(st.integers(0, len(raw) - 1)) :]
    else:
        # half of the flips in the last part, where the container's directory lies
        low = data.draw(st.sampled_from([0, len(raw) - 900]))
        for _ in range(data.draw(st.integers(1, 4))):
            raw[data.draw(st.integers(low, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "a.eyeclip"
    path.write_bytes(raw)
    try:
        frames = read_all(path)
    except InputError:
        return
    for got, want in zip(frames, read_all(small), strict=True):
        np.testing.assert_array_equal(got.color, want.color)
        np.testing.assert_array_equal(got.depth_m, want.depth_m)
        assert got.views == want.views
