"""A ledger of counted operations as a bill in pJ a token, by numbers, memory and boundary."""

from typing import NamedTuple

from sslearn.energy.ledger import FUNCTIONS, Ledger
from sslearn.energy.tables import IDLE_MW, access_pJ, add_pJ, bits_of, multiply_pJ

LINEAR = {"encoder", "products", "attention", "head"}
GROUPS = ("products", "state and gates", "memory", "static power")
BOUNDARIES = {
    "products": GROUPS[:1],
    "+ state and gates": GROUPS[:2],
    "+ memory": GROUPS[:3],
    "+ static power": GROUPS,
}
TICK_MS = 1.0  # a token is on its way for so long, when static power is counted
CORE = 256  # neurons that share a core's static power, as on TrueNorth


class Counts(NamedTuple):
    """What a token of a network takes; the `_events` are for a rate of 1 and grow with it.

    Numbers of multiplications and additions in the matrix products, and in all else with its
    functions spelled out; of weights read by dense products, by events, and by all else; of real
    state and activations moved; and bits of what is moved as spikes or ternary numbers.
    """

    multiply: float
    multiply_pairs: float
    add: float
    add_events: float
    other_multiply: float
    other_add: float
    weights: float
    ternary_weights: float
    weights_events: float
    other_weights: float
    moved: float
    moved_bits: float
    rate: float
    neurons: int


def counts_of(ledger: Ledger, neurons: int = CORE) -> Counts:
    """A ledger of operations as such numbers; neurons tells how many cores idle."""
    fed = [p for p in ledger.products if p.fed != "real"]
    size = sum(p.inputs * p.outputs * p.times for p in fed)
    active = sum(p.inputs * p.outputs * p.times * p.rate for p in fed)
    share = [p.weight_rate if p.weights != "real" else 1.0 for p in fed]
    events = sum(p.inputs * p.outputs * p.times * w for p, w in zip(fed, share, strict=True))
    events_now = sum(
        p.inputs * p.outputs * p.times * p.rate * w for p, w in zip(fed, share, strict=True)
    )
    dense = {real: sum(p.inputs * p.outputs * p.times for p in ledger.products
                       if p.fed == "real" and (p.weights == "real") == real)
             for real in (True, False)}  # fmt: skip
    linear = ledger.only(part=LINEAR)
    by = linear.by("part", "operation")
    multiply = sum(n for (_, op), n in by.items() if op == "multiply")
    pairs = by.get(("attention", "multiply"), 0.0)
    add = sum(n for (_, op), n in by.items() if op == "add")
    other_multiply, other_add = _spelled_out(ledger)
    other_multiply -= multiply
    other_add -= add
    reads = ledger.only(operation="read weight").total()
    moved = ledger.only(operation={"read state", "write state", "read activation",
                                   "write activation"})  # fmt: skip
    real = sum(row.number for row in moved.rows if row.bits > 2)
    few = sum(row.number * row.bits for row in moved.rows if row.bits <= 2)
    return Counts(
        multiply - pairs, pairs, add - events_now, events, other_multiply, other_add,
        dense[True], dense[False], size, reads - dense[True] - dense[False] - active, real, few,
        active / size if size else 0.0, neurons,
    )  # fmt: skip


def _spelled_out(ledger: Ledger) -> tuple[float, float]:
    """All multiplications and additions, with those that FUNCTIONS puts in exp, root and others."""
    sums = {"multiply": 0.0, "add": 0.0}
    queue = [(row.operation, row.number) for row in ledger.rows]
    while queue:
        name, n = queue.pop()
        if name in sums:
            sums[name] += n
        queue += [(part, n * k) for part, k in FUNCTIONS.get(name, {}).items()]
    return sums["multiply"], sums["add"]


class Terms(NamedTuple):
    """How a token is priced: the forms of numbers, the memory, and who may wait for whom.

    weights, state and sums are forms such as int8 or float32. in_memory says that an event reads
    and writes the sums it adds to. reuse tokens share one read of a weight where a product is
    dense; width inputs are skipped together, so that a group is skipped only if all are silent.
    """

    weights: str = "float32"
    state: str = "float32"
    sums: str = "float32"
    memory: str = "SRAM 32 kB"
    in_memory: bool = False
    reuse: int = 1
    width: int = 1


def awake(rate: float, width: int) -> float:
    """1 - (1 - rate)^width: the share of groups of independent inputs that hold a spike."""
    return 1 - (1 - rate) ** width


def bill(counts: Counts, terms: Terms, *, rate: float | None = None) -> dict[str, float]:
    """pJ a token by group, all of GROUPS; rate, of awake inputs, is the measured one by default."""
    r = counts.rate if rate is None else rate
    w, s = bits_of(terms.weights), bits_of(terms.state)
    products = (
        counts.multiply * multiply_pJ(terms.weights, terms.state)
        + counts.multiply_pairs * multiply_pJ(terms.state, terms.state)
        + (counts.add + counts.add_events * r) * add_pJ(terms.sums)
    )
    other = counts.other_multiply * multiply_pJ(terms.state, terms.state)
    other += counts.other_add * add_pJ(terms.state)
    waiting = (counts.weights + counts.other_weights) * w + 2 * counts.ternary_weights
    bits = waiting / terms.reuse + counts.weights_events * r * w
    bits += counts.moved * s + counts.moved_bits
    if terms.in_memory:
        bits += 2 * bits_of(terms.sums) * counts.add_events * r
    cores = -(-counts.neurons // CORE)
    static = cores * IDLE_MW * TICK_MS * 1e6  # mW ms are 1e-6 J, so 1e6 pJ
    return dict(zip(GROUPS, (products, other, access_pJ(bits, terms.memory), static), strict=True))


def cost(counts: Counts, terms: Terms, boundary: str, *, rate: float | None = None) -> float:
    """pJ a token of what the boundary counts. Raises ValueError for one not in BOUNDARIES."""
    if boundary not in BOUNDARIES:
        raise ValueError(f"boundary must be one of {list(BOUNDARIES)}, got {boundary!r}")
    parts = bill(counts, terms, rate=rate)
    return sum(parts[group] for group in BOUNDARIES[boundary])


def break_even(counts: Counts, dense: Counts, terms: Terms, boundary: str) -> float:
    """The highest firing rate at which a token costs no more than the dense network's, or 0.

    The rate is that of single inputs; of those that are skipped together, `awake` share is paid.
    """
    limit = cost(dense, terms, boundary)

    def at(rate):
        return cost(counts, terms, boundary, rate=awake(rate, terms.width))

    if at(0.0) > limit or at(1.0) <= limit:
        return 0.0 if at(0.0) > limit else 1.0
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if at(middle) <= limit else (low, middle)
    return low
