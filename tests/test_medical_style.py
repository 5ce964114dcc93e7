"""The case study's script: a DICOM slice is windowed as it should be, and becomes a style."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eyebrush import EyeFrames, Stylizer
from eyebrush.cli import main

pydicom = pytest.importorskip("pydicom", reason="needs pydicom: pip install pydicom")
sys.path.append(str(Path(__file__).parents[1] / "docs"))
medical_style = importlib.import_module("medical_style")


def shipped(name: str) -> Path:
    """One of the scans inside pydicom's wheel."""
    return Path(pydicom.data.__file__).parent / "test_files" / name


def test_a_window_is_black_below_and_white_above() -> None:
    path = shipped("CT_small.dcm")
    scan = pydicom.dcmread(path)
    hounsfield = scan.pixel_array * float(scan.RescaleSlope) + float(scan.RescaleIntercept)
    grey = medical_style.slice_picture(path, (300.0, 1500.0)).astype(int)
    wanted = np.clip((hounsfield + 450) / 1500, 0, 1) * 255
    rows, columns = grey.shape
    places = [
        (y, x)
        for y in range(129 - rows)
        for x in range(129 - columns)
        if np.abs(wanted[y : y + rows, x : x + columns] - grey).max() <= 0.51
    ]
    assert len(places) == 1, "a crop of the slice in Hounsfield units"
    assert (grey == 0).any()
    assert (grey > 200).any()


def test_the_file_s_own_window_is_taken_and_monochrome1_is_turned_round(tmp_path: Path) -> None:
    path = shipped("MR_small.dcm")
    grey = medical_style.slice_picture(path)
    assert (grey.min(), grey.max()) == (0, 255)
    scan = pydicom.dcmread(path)
    scan.PhotometricInterpretation = "MONOCHROME1"
    scan.save_as(tmp_path / "m1.dcm")
    turned = medical_style.slice_picture(tmp_path / "m1.dcm")
    whole = medical_style.slice_picture(path)
    assert turned.astype(int).mean() == pytest.approx(255 - whole.astype(int).mean(), abs=40)
    assert turned.max() == 255


def test_a_slice_becomes_a_style_that_paints_grey(tmp_path: Path) -> None:
    medical_style.write_slice(shipped("examples_overlay.dcm"), tmp_path / "slice.png")
    with Image.open(tmp_path / "slice.png") as picture:
        assert min(picture.size) >= medical_style.SIDE_PX
    style = tmp_path / "scan.safetensors"
    assert main(["style", "add", str(tmp_path / "slice.png"), "-o", str(style)]) == 0
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    landscape = np.asarray(small.resize((128, 96), Image.Resampling.BICUBIC))
    painted = Stylizer(str(style), detail=0).restyle(EyeFrames(landscape[None])).color[0]
    colourful = lambda p: np.ptp(p.astype(int), axis=2).mean()  # noqa: E731
    assert colourful(painted) < 0.2 * colourful(landscape)


def test_what_is_no_grey_slice_is_refused() -> None:
    with pytest.raises(SystemExit, match="wanted one grey slice"):
        medical_style.slice_picture(shipped("examples_rgb_color.dcm"))
