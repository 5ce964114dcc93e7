"""Makes docs/pictures/judge.jpg: one result, and what spoils it, with the judge's word on each.

python docs/make_judge_pictures.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from make_pictures import OUT, OUTDOORS, labelled, painted, table

sys.path.append(str(Path(__file__).parents[1] / "training"))
from eyebrush import Stylizer
from eyebrush.clip import ClipReader, shipped_clip
from eyebrush.judge.verdict import Judge
from eyebrush_training import spoil

STYLE, OTHER = "great-wave", "mosaic"
PART = np.s_[128:384, 128:384]  # of the left eye: the sign, at the judge's own scale


def main() -> None:
    with ClipReader(shipped_clip()) as clip:
        frames = clip[int(OUTDOORS * len(clip))]
    stylizer, judge = Stylizer(STYLE), Judge()
    frame = frames.color[0][PART]
    good, wrong = (painted(stylizer, frames, style)[0][PART] for style in (STYLE, OTHER))
    pictures = {
        "painted": good,
        "the frame itself": frame,
        "blurred": spoil.blurred(good, 2.0),
        "noisy": spoil.noisy(good, 25.0, np.random.default_rng(0)),
        f"{OTHER}, not {STYLE}": wrong,
    }
    style, cells = stylizer.library.get(STYLE), []
    for what, picture in pictures.items():
        verdict = judge.judge(frame, picture, style)
        print(f"{what}: {verdict.as_dict()}")
        cells.append(labelled(picture, f"{what}: {verdict.word}, {verdict.good:.0%}", 320))
    table([cells]).save(OUT / "judge.jpg", quality=88)


if __name__ == "__main__":
    main()
