"""A CT or MR slice becomes a style: the example of docs/case-study-medical.md.

pip install pydicom
python docs/medical_style.py                          makes docs/pictures/medical.jpg
python docs/medical_style.py scan.dcm -o slice.png    converts a slice of your own
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.pixels import apply_modality_lut, apply_voi_lut

SIDE_PX = 768  # a small slice is enlarged, so that its grain is not taken for brushwork
CUT = 0.02  # share of the height that may be empty air around the body
Window = tuple[float, float]  # centre and width, in physical units: Hounsfield units in CT
# label -> (file inside pydicom, window where the file names none)
EXAMPLES: dict[str, tuple[str, Window | None]] = {
    "MR, abdomen": ("examples_overlay.dcm", None),
    "CT, spine, bone window": ("CT_small.dcm", (300.0, 1500.0)),
}
STRENGTHS = (0.6, 1.0)


def slice_picture(path: Path, window: Window | None = None) -> np.ndarray:
    """A slice as a radiologist's screen shows it: [H, W] uint8, cropped to the body.

    Stored values become physical ones, then the window (that of the file, or all that is there,
    where none is given) becomes black to white; MONOCHROME1 is turned round.
    """
    scan = pydicom.dcmread(path)
    values = apply_modality_lut(scan.pixel_array, scan)
    if values.ndim != 2:
        shape = list(values.shape)
        raise SystemExit(f"got {path} of shape {shape}; wanted one grey slice; fix: pick one")
    if window is None:
        shown = np.asarray(apply_voi_lut(values, scan), np.float64)
        low, high = shown.min(), shown.max()
    else:
        shown = values.astype(np.float64)
        low, high = window[0] - window[1] / 2, window[0] + window[1] / 2
    grey = np.clip((shown - low) / max(high - low, 1e-9), 0, 1)
    if scan.PhotometricInterpretation == "MONOCHROME1":
        grey = 1 - grey
    return (cropped(grey) * 255 + 0.5).astype(np.uint8)


def cropped(grey: np.ndarray) -> np.ndarray:
    """Without rows and columns of air: they hold nothing of the scan's look, and much black."""
    lit = grey > 0.1
    rows = np.flatnonzero(lit.mean(1) > CUT)
    columns = np.flatnonzero(lit.mean(0) > CUT)
    if len(rows) == 0 or len(columns) == 0:
        return grey
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def write_slice(path: Path, out: Path, window: Window | None = None) -> None:
    """Converted, and its short side at least SIDE_PX."""
    picture = Image.fromarray(slice_picture(path, window))
    scale = max(1.0, SIDE_PX / min(picture.size))
    size = round(picture.width * scale), round(picture.height * scale)
    picture.resize(size, Image.Resampling.BICUBIC).convert("RGB").save(out)


def make_picture() -> None:
    """Landscape, slices, and the landscape in their styles: docs/pictures/medical.jpg."""
    from make_pictures import OUT, OUTDOORS, labelled, table

    from eyebrush import Stylizer
    from eyebrush.cli import main as eyebrush
    from eyebrush.clip import ClipReader, shipped_clip

    with ClipReader(shipped_clip()) as clip:
        landscape = clip[int(OUTDOORS * len(clip))]
    stylizer = Stylizer("starry-night")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for label, (name, window) in EXAMPLES.items():
            png, style = Path(folder) / "slice.png", Path(folder) / "slice.safetensors"
            write_slice(Path(str(get_testdata_file(name, download=False))), png, window)
            if eyebrush(["style", "add", str(png), "--title", label, "-o", str(style)]):
                raise SystemExit(1)
            slice_ = np.asarray(Image.open(png).convert("RGB"))
            side = min(slice_.shape[:2])
            top, left = ((n - side) // 2 for n in slice_.shape[:2])
            cells = [labelled(slice_[top : top + side, left : left + side], label, 420)]
            for strength in STRENGTHS:
                stylizer.set_style(str(style), strength)
                stylizer.reset()
                painted = stylizer.restyle(landscape).color[0]
                cells.append(labelled(painted, f"strength {strength:g}", 420))
            rows.append(cells)
    rows[0].insert(0, labelled(landscape.color[0], "the landscape", 420))
    stylizer.set_style("harbour-etching", 1.0)
    stylizer.reset()
    grey = stylizer.restyle(landscape).color[0]
    rows[1].insert(0, labelled(grey, "for comparison: harbour-etching", 420))
    table(rows).save(OUT / "medical.jpg", quality=88)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scan", type=Path, nargs="?")
    parser.add_argument("-o", "--output", type=Path, default=Path("slice.png"))
    parser.add_argument("--window", type=float, nargs=2, metavar=("CENTRE", "WIDTH"))
    args = parser.parse_args()
    if args.scan is None:
        make_picture()
    else:
        write_slice(args.scan, args.output, tuple(args.window) if args.window else None)


if __name__ == "__main__":
    main()
