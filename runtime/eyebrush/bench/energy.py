"""Energy meters: the CPU's RAPL counters and an NVIDIA GPU's, where they can be read."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

RAPL = Path("/sys/class/powercap")


class EnergyMeter:
    """Joules between ``start`` and ``stop``. ``why_not``: why there are none."""

    def __init__(self, rapl: Path = RAPL) -> None:
        self._packages = [p for p in sorted(rapl.glob("intel-rapl:*")) if p.name.count(":") == 1]
        self._gpu = _nvidia()
        self.parts: list[str] = []
        self.why_not = ""
        try:
            for package in self._packages:
                _microjoules(package)
        except OSError as error:
            self._packages = []
            self.why_not = f"RAPL cannot be read ({error.strerror})"
        if self._packages:
            self.parts.append("CPU package (RAPL)")
        if self._gpu is not None:
            self.parts.append("GPU (NVML)")
        if not self.parts and not self.why_not:
            self.why_not = "this machine shows no RAPL and no NVML counter"

    def start(self) -> None:
        self._from = self._read()

    def stop(self) -> float | None:
        """Joules since ``start``; None where nothing can be read."""
        if not self.parts:
            return None
        total = 0.0
        for (before, limit), (after, _) in zip(self._from, self._read(), strict=True):
            total += after - before + (limit if after < before else 0)
        return total * 1e-6

    def _read(self) -> list[tuple[int, int]]:
        """(microjoules, where the counter starts again) of each part."""
        found = [_microjoules(package) for package in self._packages]
        if self._gpu is not None:
            library, device = self._gpu
            value = ctypes.c_ulonglong()
            library.nvmlDeviceGetTotalEnergyConsumption(device, ctypes.byref(value))
            found.append((value.value * 1000, 0))
        return found


def _microjoules(package: Path) -> tuple[int, int]:
    return (
        int((package / "energy_uj").read_text()),
        int((package / "max_energy_range_uj").read_text()),
    )


def _nvidia() -> tuple[Any, Any] | None:
    """NVML and its first GPU, if both are there and count energy."""
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    device, value = ctypes.c_void_p(), ctypes.c_ulonglong()
    works = (
        library.nvmlInit_v2() == 0
        and library.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(device)) == 0
        and library.nvmlDeviceGetTotalEnergyConsumption(device, ctypes.byref(value)) == 0
    )
    return (library, device) if works else None
