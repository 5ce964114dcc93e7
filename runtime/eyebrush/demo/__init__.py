"""The demo: a recorded clip played as an engine would show it, restyled and measured."""

from eyebrush.demo.loop import Recording, play
from eyebrush.demo.report import build_report, print_table
from eyebrush.demo.schedule import StyleSchedule

__all__ = ["Recording", "StyleSchedule", "build_report", "play", "print_table"]
