"""Published energies as data: what an operation or an access costs, per what, and who says so.

No figure here was measured by this course. `read` of each says how its source was read: some were
quoted from another public text, because the source itself was out of reach.
"""

import math
from typing import NamedTuple


class Energy(NamedTuple):
    """pJ of one `per` on a process, of which kind, from which source, and how that was read."""

    pJ: float
    per: str
    process: str
    kind: str
    source: str
    read: str


class Table(dict):
    """Energies by name. Raises ValueError for a name that is not in it."""

    def __missing__(self, key):
        raise ValueError(f"key must be one of {list(self)}, got {key!r}")


_HOROWITZ = "M. Horowitz, ISSCC 2014, doi 10.1109/ISSCC.2014.6757323"
_QUOTED = "second-hand: quoted alike in several public texts"
_ROUGH = "rough figure"


def _horowitz(pJ: float, per: str) -> Energy:
    return Energy(pJ, per, "45 nm, 0.9 V", _ROUGH, _HOROWITZ, _QUOTED)


HOROWITZ = Table(
    {
        "int8 +": _horowitz(0.03, "addition of two 8-bit integers"),
        "int32 +": _horowitz(0.1, "addition of two 32-bit integers"),
        "float16 +": _horowitz(0.4, "addition of two 16-bit floats"),
        "float32 +": _horowitz(0.9, "addition of two 32-bit floats"),
        "int8 ×": _horowitz(0.2, "multiplication of two 8-bit integers"),
        "int32 ×": _horowitz(3.1, "multiplication of two 32-bit integers"),
        "float16 ×": _horowitz(1.1, "multiplication of two 16-bit floats"),
        "float32 ×": _horowitz(3.7, "multiplication of two 32-bit floats"),
        "SRAM 8 kB": _horowitz(10.0, "access of 64 bits"),
        "SRAM 32 kB": _horowitz(20.0, "access of 64 bits"),
        "SRAM 1 MB": _horowitz(100.0, "access of 64 bits"),
        "DRAM": _horowitz(1300.0, "access of 64 bits, the low end of 1,300 to 2,600"),
    }
)
MEMORIES = {"SRAM 8 kB": 2**13, "SRAM 32 kB": 2**15, "SRAM 1 MB": 2**20, "DRAM": float("inf")}

_MEROLLA = "P. Merolla et al., Science 345:668 (2014), doi 10.1126/science.1254642"
_DAVIES = "M. Davies et al., IEEE Micro 38(1):82 (2018), doi 10.1109/MM.2018.112130359, table 2"
_SENECA = "SENECA, Front. Neurosci. 17:1187252 (2023), doi 10.3389/fnins.2023.1187252, table 3"
_HOEPPNER = "S. Höppner et al., arXiv 1903.08941 (2019), as KerasSpiking's energy model has it"
_QUOTE = "second-hand: quoted word for word in a public text"
_TABLED = "second-hand: tabulated there 'only for high-level comparison'"
_SYNOP = "synaptic operation"

NEUROMORPHIC = Table(
    {
        "TrueNorth, whole chip": Energy(
            26.0, "synaptic event, all power of the chip shared out at 20 Hz and 128 synapses",
            "28 nm, 0.775 V", "measured", _MEROLLA, _QUOTE),
        "TrueNorth, as tabulated": Energy(
            2.5, _SYNOP, "28 nm", "not said", _SENECA, _TABLED),
        "Loihi, synapse": Energy(
            23.6, "spike at one synapse, the least", "14 nm, 0.75 V", "simulated before silicon",
            _DAVIES, _QUOTE),
        "Loihi, active neuron": Energy(
            81.0, "update of an active neuron", "14 nm, 0.75 V", "simulated before silicon",
            _DAVIES, _QUOTE),
        "Loihi, silent neuron": Energy(
            52.0, "update of an inactive neuron", "14 nm, 0.75 V", "simulated before silicon",
            _DAVIES, _QUOTE),
        "Loihi, spike": Energy(
            1.7, "spike sent within a tile", "14 nm, 0.75 V", "simulated before silicon",
            _DAVIES, _QUOTE),
        "SpiNNaker2, prototype": Energy(
            450.0, _SYNOP, "28 nm test chip", "measured", _HOEPPNER,
            "second-hand: the numbers of a public program"),
        "SpiNNaker2, prototype neuron": Energy(
            2190.0, "neuron update", "28 nm test chip", "measured", _HOEPPNER,
            "second-hand: the numbers of a public program"),
        "SpiNNaker2, as tabulated": Energy(
            10.0, _SYNOP, "22 nm", "not said", _SENECA, _TABLED),
        "ODIN": Energy(
            12.7, "synaptic operation at the highest rate, leakage and idle power in it",
            "28 nm, 0.55 V", "measured",
            "C. Frenkel et al., IEEE TBioCAS 13:145 (2019), doi 10.1109/TBCAS.2018.2880425",
            _QUOTE),
        "Darwin3": Energy(
            5.47, "synaptic operation, without baseline and neurons", "22 nm, 0.8 V", "measured",
            "D. Ma et al., Natl Sci Rev 11:nwae102 (2024), doi 10.1093/nsr/nwae102", _QUOTE),
    }
)  # fmt: skip
IDLE_MW = 42.0 / 4096  # of a TrueNorth core of 256 neurons without a spike, as a public text quotes
# F. Akopyan et al., IEEE TCAD 34:1537 (2015): 42 mW for the chip of 4,096 cores. Not checked here.


def bits_of(form: str) -> int:
    """The bits of a number's form: int8 has 8, float32 has 32. Raises ValueError for others."""
    kind, digits = form.rstrip("0123456789"), form[len(form.rstrip("0123456789")) :]
    if kind == "float" and digits in ("16", "32"):
        return int(digits)
    if kind == "int" and digits and 1 <= int(digits) <= 32:
        return int(digits)
    raise ValueError(f"form must be float16, float32 or int1 to int32, got {form!r}")


def add_pJ(form: str) -> float:
    """pJ of one addition or comparison at 45 nm: a float's is tabulated, an integer's on a line.

    The line goes through the table's 0.03 pJ at 8 bits and 0.1 pJ at 32, in logarithms of both; it
    is ours. A comparison is priced as the subtraction that it is.
    """
    bits = bits_of(form)
    if form.startswith("float"):
        return HOROWITZ[f"{form} +"].pJ
    return _between(bits, 8, HOROWITZ["int8 +"].pJ, 32, HOROWITZ["int32 +"].pJ)


def multiply_pJ(one: str, other: str) -> float:
    """pJ of one multiplication at 45 nm of numbers in two forms.

    A float in it makes it a float's, of the wider form. Two integers of a and b bits take a line
    through the table's 0.2 pJ at 8 × 8 bits and 3.1 pJ at 32 × 32, in logarithms of the product
    a b and of the energy, because a multiplier has a b cells; the line is ours.
    """
    a, b = bits_of(one), bits_of(other)
    floats = [form for form in (one, other) if form.startswith("float")]
    if floats:
        return HOROWITZ[f"{max(floats, key=bits_of)} ×"].pJ
    return _between(a * b, 64, HOROWITZ["int8 ×"].pJ, 1024, HOROWITZ["int32 ×"].pJ)


def access_pJ(bits: float, memory: str) -> float:
    """pJ of reading or writing so many bits of a line of 64 that is used whole, at 45 nm.

    Raises ValueError for a memory that is not in MEMORIES.
    """
    if memory not in MEMORIES:
        raise ValueError(f"memory must be one of {list(MEMORIES)}, got {memory!r}")
    return HOROWITZ[memory].pJ * bits / 64


def memory_of(size: float) -> str:
    """The smallest memory of the table that holds so many bytes. Raises ValueError below 0."""
    if not size >= 0:
        raise ValueError(f"bytes must be at least 0, got {size}")
    return next(name for name, room in MEMORIES.items() if size <= room)


def _between(x, x0, y0, x1, y1):
    """The line through two points in logarithms of both."""
    return y0 * (y1 / y0) ** (math.log(x / x0) / math.log(x1 / x0))
