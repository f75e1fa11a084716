"""Joules that the processor's own counter shows, where the machine lets it be read."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

POWERCAP = Path("/sys/class/powercap")


class Joules(NamedTuple):
    """What one call costs above the idle power (J), how sure that is, and how it was measured.

    unsure is the joules a call by which the idle power of before and of after differ, halved.
    Where nothing could be measured, reason says why in one sentence, and the numbers are NaN.
    """

    joules: float = math.nan
    unsure: float = math.nan
    idle_watts: float = math.nan
    seconds: float = math.nan
    calls: int = 0
    reason: str = ""

    def __str__(self) -> str:
        """One line: the measurement with its units, or the reason why there is none."""
        if self.reason:
            return self.reason
        return (
            f"{self.joules:.2g} J a call (± {self.unsure:.1g} J), over {self.calls} calls of "
            f"{self.seconds:.2g} s, above {self.idle_watts:.1f} W of the idle machine"
        )


def joules(
    work: Callable[[], object],
    *,
    seconds: float = 1.0,
    folder: Path = POWERCAP,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], None] = time.sleep,
) -> Joules:
    """(E - P_idle T) / n: what a call of `work` adds to the energy of all packages and memories.

    work(): is repeated for at least so many seconds, because the counter moves once a millisecond.
    folder: Linux's powercap, whose zones intel-rapl:* show Intel's and AMD's processors.
    clock, sleep: the time in seconds, and a pause in which the machine is idle; P_idle is measured
    for as long before and after the calls. Whatever else runs meanwhile counts as well.
    A counter that has wrapped goes on at 0 after its max_energy_range_uj; more than one turn within
    one call would not be seen. Raises ValueError for work that cannot be called, and unless seconds
    is positive and finite. Elsewhere, and where only root may read, the result's reason says so.
    """
    if not callable(work):
        raise ValueError(f"work must be a function without arguments, got {work!r}")
    if not 0 < seconds < math.inf:
        raise ValueError(f"seconds must be positive and finite, got {seconds!r}")
    zones, reason = counters(folder)
    if reason:
        return Joules(reason=reason)

    def watched(part: Callable[[], object]) -> tuple[float, float, int]:
        """The joules, the seconds and the calls of a part that is repeated."""
        start, energy, calls, last = clock(), 0.0, 0, [_read(zone) for zone in zones]
        while not calls or clock() - start < seconds:
            part()
            now = [_read(zone) for zone in zones]
            energy += sum(_between(*pair) for pair in zip(last, now, strict=True))
            calls, last = calls + 1, now
        return energy * 1e-6, clock() - start, calls

    def pause():
        return sleep(seconds)

    try:
        before, busy, after = watched(pause), watched(work), watched(pause)
    except OSError as error:
        return Joules(reason=f"The energy counter cannot be read ({error.strerror}).")
    powers = [energy / lasted for energy, lasted, _ in (before, after)]
    idle, (energy, lasted, calls) = sum(powers) / 2, busy
    unsure = abs(powers[0] - powers[1]) / 2 * lasted / calls
    return Joules((energy - idle * lasted) / calls, unsure, idle, lasted / calls, calls)


def counters(folder: Path = POWERCAP) -> tuple[list[Path], str]:
    """The zones whose counters add up without overlap, and a sentence if there is none to read.

    These are the packages, and the memories, which are no part of a package; the cores are one.
    """
    zones = []
    for zone in sorted(Path(folder).glob("intel-rapl:*")):
        try:
            name = (zone / "name").read_text().strip()
        except OSError:
            continue
        if name.startswith("package") or name == "dram":
            zones.append(zone)
    if not zones:
        return [], f"This machine shows no energy counter: {folder} has no zone of a processor."
    try:
        for zone in zones:
            _read(zone)
    except PermissionError:
        return [], f"Only root may read the energy counter here: {zone / 'energy_uj'}."
    except (OSError, ValueError):
        return [], f"The energy counter cannot be read: {zone / 'energy_uj'}."
    return zones, ""


def _read(zone: Path) -> tuple[int, int]:
    """A counter and its range, in microjoules."""
    return int((zone / "energy_uj").read_text()), int((zone / "max_energy_range_uj").read_text())


def _between(last: tuple[int, int], now: tuple[int, int]) -> int:
    """The microjoules between two readings, of which the second may have begun at 0 again."""
    return now[0] - last[0] + (now[1] if now[0] < last[0] else 0)
