"""Pictures in and out: every kind of file that Pillow reads, folders, animations, clips, videos."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from eyebrush.atomic import replacing
from eyebrush.clip import ClipReader
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames
from eyebrush.media import images, open_sink, open_source, read_image, write_image
from eyebrush.media.stereo import join_sbs, split_sbs
from tiny_assets import CLIP_FRAMES, CLIP_HZ, stereo_frames
from tiny_assets import assets_fixture as assets_fixture

RAMP = np.add.outer(np.arange(20), np.arange(30))[..., None] * np.array([2, 3, 4]) % 256
RAMP = RAMP.astype(np.uint8)


def restyle_nothing(source, sink):
    """What the command does, without a network: pass every frame on."""
    for frames in source:
        sink.add(frames)
    sink.finish()
    source.close()


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([3, 4]))
def test_png_round_trip_is_exact(tmp_path_factory, height, width, channels):
    picture = np.random.default_rng(0).integers(0, 256, (height, width, channels), dtype=np.uint8)
    path = tmp_path_factory.mktemp("png") / "x.png"
    write_image(path, picture)
    np.testing.assert_array_equal(read_image(path).color[0], picture)


@pytest.mark.parametrize("suffix", images.WRITE_SUFFIXES)
def test_every_written_format_is_read_again(tmp_path, suffix):
    write_image(tmp_path / f"x{suffix}", RAMP)
    found = read_image(tmp_path / f"x{suffix}").color[0]
    assert found.shape == RAMP.shape
    lossy = suffix in (".jpg", ".jpeg", ".webp")
    assert np.abs(found.astype(int) - RAMP).mean() <= (6 if lossy else 0)


@pytest.mark.parametrize("suffix", [".jpg", ".bmp"])
def test_formats_without_transparency_get_white(tmp_path, suffix):
    write_image(tmp_path / f"x{suffix}", np.zeros((8, 8, 4), np.uint8))
    assert read_image(tmp_path / f"x{suffix}").color.min() >= 250


def test_exif_orientation_is_applied(tmp_path):
    image = Image.fromarray(RAMP)
    exif = Image.Exif()
    exif[0x0112] = 6  # "rotate 90 degrees clockwise to show"
    image.save(tmp_path / "x.png", exif=exif)
    np.testing.assert_array_equal(read_image(tmp_path / "x.png").color[0], np.rot90(RAMP, -1))


@pytest.mark.parametrize(
    ("mode", "channels"), [("L", 3), ("1", 3), ("P", 3), ("CMYK", 3), ("YCbCr", 3), ("LA", 4)]
)
def test_other_modes_become_rgb(tmp_path, mode, channels):
    suffix = "jpg" if mode in ("CMYK", "YCbCr") else "png"
    Image.fromarray(RAMP).convert("RGBA" if mode == "LA" else "RGB").convert(mode).save(
        tmp_path / f"x.{suffix}"
    )
    assert read_image(tmp_path / f"x.{suffix}").color.shape == (1, 20, 30, channels)


def test_palette_with_a_transparent_colour_has_alpha(tmp_path):
    image = Image.fromarray(RAMP).convert("P")
    image.save(tmp_path / "x.png", transparency=int(np.asarray(image)[0, 0]))
    color = read_image(tmp_path / "x.png").color
    assert color.shape[3] == 4
    assert color[0, 0, 0, 3] == 0
    assert color[..., 3].max() == 255


@pytest.mark.parametrize("dtype", [np.uint16, np.int32])
def test_16_bit_grey_keeps_its_levels(tmp_path, dtype):
    levels = np.linspace(0, 65535, 256 * 4).reshape(4, 256).astype(dtype)
    Image.fromarray(levels).save(tmp_path / "x.tif")
    found = read_image(tmp_path / "x.tif").color[0]
    np.testing.assert_array_equal(found[..., 0], np.floor(levels / 65535 * 255 + 0.5))


def test_float_pictures_are_0_to_1_and_finite(tmp_path):
    Image.fromarray(np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)).save(tmp_path / "x.tif")
    assert read_image(tmp_path / "x.tif").color.max() == 255
    for value, said in ((np.nan, "NaN or Inf"), (np.inf, "NaN or Inf"), (7.0, "values")):
        Image.fromarray(np.full((8, 8), value, np.float32)).save(tmp_path / "bad.tif")
        with pytest.raises(InputError, match=said):
            read_image(tmp_path / "bad.tif")


def test_a_colour_profile_is_converted_to_srgb(tmp_path):
    linear = ImageCms.createProfile("XYZ")  # Lab and XYZ profiles cannot be applied to RGB ...
    broken = ImageCms.ImageCmsProfile(linear).tobytes()
    Image.fromarray(RAMP).save(tmp_path / "x.png", icc_profile=broken)
    np.testing.assert_array_equal(read_image(tmp_path / "x.png").color[0], RAMP)  # ... so: as is
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(RAMP).save(tmp_path / "y.png", icc_profile=srgb)
    found = read_image(tmp_path / "y.png").color[0]
    assert np.abs(found.astype(int) - RAMP).max() <= 1


def test_an_unusable_profile_is_said(tmp_path, caplog):
    Image.fromarray(RAMP).save(tmp_path / "x.png", icc_profile=b"not a profile")
    np.testing.assert_array_equal(read_image(tmp_path / "x.png").color[0], RAMP)
    assert "unusable colour profile" in caplog.text


def test_of_many_pictures_the_first_is_used_and_said(tmp_path, caplog):
    pages = [Image.new("RGB", (8, 8), c) for c in ("red", "blue")]
    pages[0].save(tmp_path / "x.gif", save_all=True, append_images=pages[1:])
    assert read_image(tmp_path / "x.gif").color[0, 0, 0].tolist() == [255, 0, 0]
    assert "holds 2 pictures" in caplog.text


def png_bytes():
    memory = io.BytesIO()
    Image.fromarray(RAMP).save(memory, "png")
    return memory.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "an empty file"),
        (b"hello", "no known picture format"),
        (png_bytes()[:60], "damaged"),
        (png_bytes()[:20], "damaged|no known picture"),
    ],
    ids=["empty", "text", "cut in its pixels", "cut in its header"],
)
def test_files_that_are_no_pictures(tmp_path, data, said):
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(InputError, match=said) as caught:
        read_image(tmp_path / "x.png")
    assert "\n" not in str(caught.value)


@given(flip=st.integers(0, 10**6), mask=st.integers(1, 255), cut=st.integers(0, 400))
def test_damaged_bytes_are_an_input_error_or_a_picture(tmp_path_factory, flip, mask, cut):
    data = bytearray(png_bytes())
    data[flip % len(data)] ^= mask
    path = tmp_path_factory.mktemp("damage") / "x.png"
    path.write_bytes(data[: len(data) - cut % len(data)])
    said, color = "", RAMP[None]
    try:
        color = read_image(path).color
    except InputError as error:
        said = str(error)
    assert "\n" not in said
    assert color.dtype == np.uint8


def test_missing_folder_and_huge_pictures(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="no file"):
        read_image(tmp_path / "nowhere.png")
    with pytest.raises(InputError, match="folder"):
        read_image(tmp_path)
    monkeypatch.setattr(images, "MAX_PIXELS", 100)
    write_image(tmp_path / "x.png", RAMP)
    with pytest.raises(InputError, match=r"30x20 pixels.*make a smaller copy"):
        read_image(tmp_path / "x.png")


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path):
    header = b"IHDR" + struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    (tmp_path / "bomb.png").write_bytes(png_bytes()[:8] + chunk + png_bytes()[33:])
    with pytest.raises(InputError, match="at most 64 megapixels"):
        read_image(tmp_path / "bomb.png")


@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([3, 4]))
def test_side_by_side_round_trip(height, width, channels):
    picture = np.random.default_rng(0).integers(
        0, 256, (height, 2 * width, channels), dtype=np.uint8
    )
    eyes = split_sbs(EyeFrames(picture[None]))
    assert eyes.color.shape == (2, height, width, channels)
    np.testing.assert_array_equal(eyes.color[1], picture[:, width:])
    np.testing.assert_array_equal(join_sbs(eyes.color), picture)


def test_odd_widths_cannot_be_split():
    with pytest.raises(InputError, match="even width"):
        split_sbs(EyeFrames(np.zeros((1, 4, 5, 3), np.uint8)))


def numbered(folder, count=4):
    folder.mkdir()
    for i in range(count):
        write_image(folder / f"shot{i + 8}.png", np.full((16, 20, 3), i * 10, np.uint8))
    return folder


def test_numbered_frames_are_in_the_order_of_their_numbers(tmp_path):
    source = open_source(numbered(tmp_path / "in"), fps=50)
    assert source.moving
    assert source.count == 4
    assert source.names() == ["shot8.png", "shot9.png", "shot10.png", "shot11.png"]
    frames = list(source)
    assert [f.color[0, 0, 0, 0] for f in frames] == [0, 10, 20, 30]
    assert [f.display_time_ns for f in frames] == [0, 20_000_000, 40_000_000, 60_000_000]


def test_a_folder_of_photographs_is_stills(tmp_path):
    for name in ("b.png", "a.png"):
        write_image(tmp_path / name, RAMP)
    (tmp_path / "notes.txt").write_text("not a picture")
    source = open_source(tmp_path)
    assert not source.moving
    assert source.names() == ["a.png", "b.png"]


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="without pictures"):
        open_source(tmp_path)


def test_folder_in_folder_out(tmp_path):
    source = open_source(numbered(tmp_path / "in"))
    restyle_nothing(source, open_sink(tmp_path / "out", source))
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(source.names())
    for name in source.names():
        a, b = (read_image(tmp_path / folder / name).color for folder in ("in", "out"))
        np.testing.assert_array_equal(a, b)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755


def test_a_clip_in_a_clip_out(assets, tmp_path):
    source = open_source(assets / "clip.eyeclip")
    assert source.fps == pytest.approx(CLIP_HZ)
    restyle_nothing(source, open_sink(tmp_path / "out.eyeclip", source))
    with ClipReader(tmp_path / "out.eyeclip") as clip:
        assert len(clip) == CLIP_FRAMES
        assert clip[3].views == stereo_frames()[3].views
        assert "restyled" in clip.info.title


@pytest.mark.parametrize("name", ["out.webp", "out"])
def test_a_clip_becomes_side_by_side_pictures(assets, tmp_path, name):
    source = open_source(assets / "clip.eyeclip")
    restyle_nothing(source, open_sink(tmp_path / name, source))
    if name == "out":
        found = read_image(tmp_path / "out" / "frame_00000.png").color
        np.testing.assert_array_equal(found[0], join_sbs(stereo_frames()[0].color))
    else:
        with Image.open(tmp_path / name) as animation:
            assert animation.n_frames == CLIP_FRAMES
            assert animation.size == (192, 96)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("out.png", "one picture, for 12 frames"),
        ("out.xyz", "suffix '.xyz'"),
        ("full", "not empty"),
        ("clip.eyeclip", "which is the input"),
    ],
)
def test_outputs_that_do_not_fit_are_refused_before_the_work(assets, tmp_path, output, said):
    (tmp_path / "clip.eyeclip").write_bytes((assets / "clip.eyeclip").read_bytes())
    numbered(tmp_path / "full")
    before = sorted(tmp_path.iterdir())
    source = open_source(tmp_path / "clip.eyeclip")
    with pytest.raises(InputError, match=said):
        open_sink(tmp_path / output, source)
    source.close()
    assert sorted(tmp_path.iterdir()) == before


def test_a_picture_cannot_become_a_clip(tmp_path):
    write_image(tmp_path / "x.png", RAMP)
    with pytest.raises(InputError, match="without poses"):
        open_sink(tmp_path / "out.eyeclip", open_source(tmp_path / "x.png"))


def test_a_clip_is_not_side_by_side(assets):
    with pytest.raises(InputError, match="already has two eyes"):
        open_source(assets / "clip.eyeclip", "sbs")


@pytest.mark.parametrize("name", ["out", "out.webp", "out.eyeclip"])
def test_abort_leaves_nothing(assets, tmp_path, name):
    source = open_source(assets / "clip.eyeclip")
    sink = open_sink(tmp_path / name, source)
    sink.add(next(iter(source)))
    sink.abort()
    source.close()
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path):
    (tmp_path / "x.txt").write_text("old")

    def fail():
        with replacing(tmp_path / "x.txt") as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("x.txt", "old")]


def test_unwritable_outputs_say_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match=r"place that can be written"):
        write_image(tmp_path / "file" / "x.png", RAMP)
    with pytest.raises(InputError, match="which is a folder"), replacing(tmp_path):
        pass


class TestVideo:
    """Needs PyAV (the extra [video])."""

    @pytest.fixture(autouse=True)
    def _av(self):
        pytest.importorskip("av", reason="PyAV is not installed (extra: video)")

    def write(self, path, assets):
        source = open_source(assets / "clip.eyeclip")
        restyle_nothing(source, open_sink(path, source))

    @pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
    def test_a_clip_becomes_a_video_and_is_read_again(self, assets, tmp_path, suffix):
        self.write(tmp_path / f"out{suffix}", assets)
        source = open_source(tmp_path / f"out{suffix}", "sbs")
        frames = list(source)
        source.close()
        assert len(frames) == CLIP_FRAMES
        assert source.fps == pytest.approx(CLIP_HZ, rel=0.02)
        step_ns = np.diff([f.display_time_ns for f in frames])
        np.testing.assert_allclose(step_ns, 1e9 / CLIP_HZ, atol=2e6)
        wanted = stereo_frames()[5].color.astype(int)
        assert frames[5].color.shape == wanted.shape
        assert np.abs(frames[5].color - wanted).mean() < 6  # lossy, 4:2:0
        assert [p.name for p in tmp_path.iterdir()] == [f"out{suffix}"]

    def test_odd_sizes_grow_by_one(self, tmp_path):
        write_image(tmp_path / "x.png", RAMP[:19, :29])
        source = open_source(tmp_path / "x.png")
        restyle_nothing(source, open_sink(tmp_path / "x.mp4", source))
        (frame,) = open_source(tmp_path / "x.mp4")
        assert frame.color.shape == (1, 20, 30, 3)

    def test_abort_leaves_nothing(self, assets, tmp_path):
        source = open_source(assets / "clip.eyeclip")
        sink = open_sink(tmp_path / "out.mp4", source)
        sink.add(next(iter(source)))
        sink.abort()
        source.close()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("damage", ["missing", "empty", "text", "truncated"])
    def test_damaged_videos(self, assets, tmp_path, damage):
        self.write(tmp_path / "good.mp4", assets)
        whole = (tmp_path / "good.mp4").read_bytes()
        contents = {"empty": b"", "text": b"hello", "truncated": whole[: len(whole) // 3]}
        path = tmp_path / "bad.mp4"
        if damage != "missing":
            path.write_bytes(contents[damage])
        with pytest.raises(InputError) as caught:
            list(open_source(path))
        assert "bad.mp4" in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_frames_of_two_sizes_make_no_video(self, tmp_path):
        numbered(tmp_path / "in", 2)
        write_image(tmp_path / "in" / "shot99.png", RAMP)
        source = open_source(tmp_path / "in")
        sink = open_sink(tmp_path / "x.mp4", source)
        with pytest.raises(InputError, match="frames of one size"):
            restyle_nothing(source, sink)
        sink.abort()
        assert not (tmp_path / "x.mp4").exists()
