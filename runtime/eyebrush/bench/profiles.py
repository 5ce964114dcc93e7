"""What headsets ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Pixels of each eye buffer, and display rate."""

    name: str
    width_px: int
    height_px: int
    rate_hz: float
    what: str

    @property
    def budget_ms(self) -> float:
        """The display period."""
        return 1e3 / self.rate_hz


PROFILES = {
    p.name: p
    for p in (
        Profile("desk", 512, 512, 72.0, "small eyes, for a CPU alone"),
        Profile("index90", 1440, 1600, 90.0, "Valve Index at 90 Hz"),
        Profile("index120", 1440, 1600, 120.0, "Valve Index at 120 Hz"),
        Profile("quest3-90", 2064, 2208, 90.0, "Meta Quest 3 at 90 Hz"),
    )
}
