"""Joules of the processor's counter: a folder like Linux's powercap, and a clock of its own."""

import math

import pytest

from sslearn.energy import joules
from sslearn.energy.power import counters

RANGE = 10_000_000  # microjoules


class Machine:
    """A powercap folder whose counters run with a clock: `idle` watts, and more while it works."""

    def __init__(self, folder, zones=None, *, idle=5.0, start=0):
        self.folder, self.idle, self.t = folder, idle, 0.0
        self.zones = zones or {"intel-rapl:0": "package-0"}
        self.energy = {zone: float(start) for zone in self.zones}
        for zone, name in self.zones.items():
            (folder / zone).mkdir(parents=True)
            (folder / zone / "name").write_text(f"{name}\n")
            (folder / zone / "max_energy_range_uj").write_text(f"{RANGE}\n")
        self.write()

    def write(self):
        for zone, energy in self.energy.items():
            (self.folder / zone / "energy_uj").write_text(f"{int(energy) % RANGE}\n")

    def run(self, seconds, watts):
        self.t += seconds
        for zone in self.energy:
            self.energy[zone] += round(watts * seconds * 1e6)
        self.write()

    def sleep(self, seconds):
        self.run(seconds, self.idle)

    def measure(self, work, **options):
        options = {"folder": self.folder, "clock": lambda: self.t, "sleep": self.sleep} | options
        return joules(work, **options)


def test_a_call_costs_what_it_adds_to_the_idle_power(tmp_path):
    machine = Machine(tmp_path)
    j = machine.measure(lambda: machine.run(0.25, 25.0))
    assert j.joules == pytest.approx(0.25 * (25 - 5)) and j.calls == 4
    assert j.idle_watts == pytest.approx(5) and j.seconds == pytest.approx(0.25) and j.unsure == 0
    assert str(j) == "5 J a call (± 0 J), over 4 calls of 0.25 s, above 5.0 W of the idle machine"


@pytest.mark.parametrize("start", [0, 4_999_999, 9_999_999])
def test_a_counter_goes_on_at_zero_after_its_range(tmp_path, start):
    machine = Machine(tmp_path, start=start)
    j = machine.measure(lambda: machine.run(0.25, 25.0))  # 35 J in all: the range is 10 J
    assert j.joules == pytest.approx(5.0)


def test_packages_and_memories_add_up_and_their_parts_do_not(tmp_path):
    zones = {
        "intel-rapl:0": "package-0", "intel-rapl:0:0": "core", "intel-rapl:0:1": "dram",
        "intel-rapl:1": "package-1", "intel-rapl:2": "psys", "intel-rapl-mmio:0": "package-0",
    }  # fmt: skip
    machine = Machine(tmp_path, zones)
    assert [zone.name for zone in counters(tmp_path)[0]] == [
        "intel-rapl:0", "intel-rapl:0:1", "intel-rapl:1",
    ]  # fmt: skip
    assert machine.measure(lambda: machine.run(0.5, 7.0)).joules == pytest.approx(3 * 0.5 * 2)


def test_an_idle_power_that_drifts_makes_the_result_unsure(tmp_path):
    machine = Machine(tmp_path)

    def work():
        machine.run(0.5, 25.0)
        machine.idle = 9.0  # from now on

    j = machine.measure(work)
    assert j.idle_watts == pytest.approx(7.0) and j.unsure == pytest.approx(0.5 * 2.0)


def test_a_machine_without_a_counter_says_so_in_one_sentence(tmp_path):
    j = joules(lambda: None, folder=tmp_path / "missing")
    assert math.isnan(j.joules) and j.calls == 0
    assert str(j) == (
        f"This machine shows no energy counter: {tmp_path / 'missing'} has no zone of a processor."
    )


def test_a_counter_that_only_root_may_read_says_so(tmp_path, monkeypatch):
    Machine(tmp_path)
    counter = tmp_path / "intel-rapl:0" / "energy_uj"
    read = type(counter).read_text

    def refused(path, *args):
        if path.name == "energy_uj":
            raise PermissionError(13, "Permission denied")
        return read(path, *args)

    monkeypatch.setattr(type(counter), "read_text", refused)  # because root may read anything
    called = []
    j = joules(lambda: called.append(1), folder=tmp_path)
    assert str(j) == f"Only root may read the energy counter here: {counter}." and not called


def test_a_counter_that_breaks_says_so(tmp_path):
    machine = Machine(tmp_path)
    counter = tmp_path / "intel-rapl:0" / "energy_uj"
    j = machine.measure(counter.unlink)
    assert j.reason == "The energy counter cannot be read (No such file or directory)."
    counter.write_text("much\n")
    assert machine.measure(print).reason == f"The energy counter cannot be read: {counter}."


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("work must be a function", lambda: joules(3)),
        ("seconds must be positive and finite, got 0", lambda: joules(print, seconds=0)),
        ("seconds must be positive and finite, got inf", lambda: joules(print, seconds=math.inf)),
    ],
)
def test_bad_input_is_one_sentence(message, call):
    with pytest.raises(ValueError, match=message):
        call()
