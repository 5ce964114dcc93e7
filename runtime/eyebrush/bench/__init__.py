"""The headset benchmark behind ``eyebrush bench``: profiles, frames, measurement, report page."""

from eyebrush.bench.frames import clip_frames, synthetic_frames
from eyebrush.bench.measure import SCHEMA, measure, refuse_fallback, summary
from eyebrush.bench.page import write_page
from eyebrush.bench.profiles import PROFILES, Profile
from eyebrush.bench.table import print_table, write_csv

__all__ = [
    "PROFILES",
    "SCHEMA",
    "Profile",
    "clip_frames",
    "measure",
    "print_table",
    "refuse_fallback",
    "summary",
    "synthetic_frames",
    "write_csv",
    "write_page",
]
