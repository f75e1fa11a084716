"""What an integer network takes: bytes of what it keeps, operations of a step."""

from collections import Counter
from math import ceil
from typing import NamedTuple

from sslearn.deploy.c_tables import kinds, tables, width_of
from sslearn.deploy.integer import IntegerNetwork

MATRICES = ("C_re", "C_im", "value_W", "gate_W", "first_W", "head_W")
DECAYS = ("m_re", "m_im", "e_re", "e_im", "into", "gain", "decay_shift")
TABLES = ("ROOT", "SIGMOID", "NORMAL")


class Bytes(NamedTuple):
    """Bytes of the matrices, the decays, all other constants, the tables, and of the state."""

    weights: int
    decays: int
    constants: int
    tables: int
    state: int


def count_bytes(network: IntegerNetwork) -> Bytes:
    """The bytes that a chip would keep, each part packed bit by bit and rounded up to a byte.

    A weight counts weight_bits, an entry of Ter(W) 2, a mantissa of a decay decay_bits, and all
    else what the C file gives it. The state is all that lives from one step to the next: both
    parts of each pole at state_bits, the sum over time at 32 bits a feature, the number of steps,
    and the generator's word. `c_tables.c_bytes` says what the C file takes, which packs nothing.
    """
    bits = network.settings
    sizes: Counter = Counter()
    for name, table in tables(network).items():
        each = width_of(table)
        if name in MATRICES:
            part, each = "weights", bits["weight_bits"]
        elif name == "T":
            part, each = "weights", 2
        elif name in DECAYS:
            part = "decays"
            each = bits["decay_bits"] if name[0] == "m" else each
        else:
            part = "tables" if name in TABLES else "constants"
        sizes[part] += table.numel() * each
    state = sum(2 * b.poles.into.numel() * b.poles.state_bits for b in network.blocks)
    if network.pooling == "mean":
        state += 32 * len(network.blocks[-1].norm.G) + 32
    sizes["state"] = state + 32 * network.stochastic
    return Bytes(**{part: ceil(sizes[part] / 8) for part in Bytes._fields})


class Operations(NamedTuple):
    """Integer operations of one step.

    additions count subtractions, and the sums over spikes as if every one of them fired; shifts
    are those by a given number of bits; a draw of the generator is three shifts and as many
    exclusive ors.
    """

    multiplications: int
    additions: int
    shifts: int
    comparisons: int
    divisions: int
    look_ups: int
    draws: int


def count_operations(network: IntegerNetwork) -> Operations:
    """The operations of one step of the C file, in closed form.

    A pole takes 4 products for A_bar x and 2 for C x, whose sums take 2 + 1 and 2 additions; its
    decay is a shift of each mantissa, and a subtraction in the form complement. A change of unit
    is a product, the bias, half a unit, and a shift; a clip is two comparisons.
    """
    act, mix = kinds(network)
    depth, (H, P) = len(network.blocks), network.blocks[0].poles.into.shape
    classes = len(network.head.M)
    rounding = network.blocks[0].poles.rounding
    coins, half = int(network.stochastic), int(rounding == "nearest")
    gain = int(network.settings["units"] == "any")
    complement = int(network.settings["decay"] == "complement")
    after = mix == "GSU" and network.blocks[0].mix.table is not None
    units = Counter()  # of each kind, by the letters of Operations

    def add(n, **kinds_):
        for kind, each in kinds_.items():
            units[kind] += n * each

    def rescale(n):
        add(n, multiplications=1, additions=2, shifts=1)

    def gate(n):
        add(n, multiplications=1, additions=2, shifts=1, look_ups=1, comparisons=2)

    rescale(H)  # the encoder: x W is a product of its own
    add(H, multiplications=1, comparisons=2)
    for _ in range(depth):
        add(H * P, multiplications=6 + gain, additions=5 + complement + 2 * (half or coins),
            shifts=2 + 1 + 2 + 2 * coins, comparisons=4, draws=coins)  # fmt: skip
        add(H, multiplications=2, additions=1)
        if act == "spike":
            add(H, comparisons=1)
        else:
            add(H, additions=1, shifts=1, comparisons=2)
        if act == "gelu":
            add(H, additions=1, shifts=1)
            gate(H)
        if mix == "GLU":
            add(2 * H * H, additions=1, multiplications=int(act != "spike"))
            rescale(2 * H)
            gate(H)
        else:
            add(H, comparisons=4, shifts=1)
            add(1, multiplications=1)  # delta = alpha max |x|
            add(2 * H * H, additions=1)
            rescale(H)
            add(H, multiplications=1, additions=2, shifts=1, comparisons=2)
            if after:
                add(H, additions=1, shifts=1)
                gate(H)
        add(H, additions=1)  # the residual sum
        add(H, multiplications=4, additions=6, shifts=3, comparisons=4)  # the layer norm
        add(1, multiplications=6, additions=2, shifts=12, comparisons=30, look_ups=1)
    if network.pooling == "mean":
        add(H, additions=1, comparisons=2)
        add(classes, divisions=1)
        add(1, additions=1, comparisons=1)
    add(classes * H, multiplications=1, additions=1)
    rescale(classes)
    add(classes, comparisons=3)
    return Operations(**{kind: units[kind] for kind in Operations._fields})
