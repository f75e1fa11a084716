"""The constants and the state of a network's C file, and the types that hold them."""

import re

import torch
from torch import Tensor

from sslearn.deploy.arithmetic import ROOTS, normal_table, sigmoid_table
from sslearn.deploy.fixed import largest
from sslearn.deploy.integer import GSU, IntegerNetwork


def kinds(network: IntegerNetwork) -> tuple[str, str]:
    """What the blocks' mixing reads, spike, number or gelu, and its name, GLU or GSU.

    Raises ValueError if the blocks are not alike.
    """
    found = {
        (
            "spike" if b.theta is not None else "number" if b.gelu is None else "gelu",
            "GSU" if isinstance(b.mix, GSU) else "GLU",
            b.poles.C.shape,
            isinstance(b.mix, GSU) and b.mix.table is None,
        )
        for b in network.blocks
    }
    if len(found) != 1:
        raise ValueError(f"network must have blocks of one kind, got {len(found)} kinds")
    return next(iter(found))[:2]


def tables(network: IntegerNetwork) -> dict[str, Tensor]:
    """Every constant of the C file: its name and the integers, a row for each block."""
    act, mix = kinds(network)
    blocks = network.blocks

    def of(get):
        values = [torch.as_tensor(get(b)) for b in blocks]
        return torch.stack(values)

    made = {
        "in_W": network.encode.W[:, 0], "in_M": network.encode.M, "in_b": network.encode.b,
        "m_re": of(lambda b: b.poles.decay.m_real), "m_im": of(lambda b: b.poles.decay.m_imag),
        "e_re": of(lambda b: b.poles.decay.e_real), "e_im": of(lambda b: b.poles.decay.e_imag),
        "decay_shift": of(lambda b: b.poles.decay.shift), "into": of(lambda b: b.poles.into),
        "C_re": of(lambda b: b.poles.C[..., 0]), "C_im": of(lambda b: b.poles.C[..., 1]),
        "y_M": of(lambda b: b.poles.M), "y_D": of(lambda b: b.poles.D),
    }  # fmt: skip
    if blocks[0].poles.gain is not None:
        made["gain"] = of(lambda b: b.poles.gain)
    if act == "spike":
        made["theta"] = of(lambda b: b.theta)
    else:
        made["to_mix"] = of(lambda b: b.to_mix)
    if act == "gelu":
        made["act_index"] = of(lambda b: b.index)
    for name in ("value", "gate") if mix == "GLU" else ("first",):
        layer = [getattr(b.mix, name) for b in blocks]
        made[f"{name}_W"] = torch.stack([m.W.mT for m in layer])
        made[f"{name}_M"], made[f"{name}_b"] = (torch.stack([m[i] for m in layer]) for i in (1, 2))
        made[f"{name}_shift"] = torch.tensor([m.shift for m in layer])
    if mix == "GSU":
        made |= {
            "T": of(lambda b: b.mix.T.mT), "c": of(lambda b: b.mix.c),
            "alpha": of(lambda b: b.mix.alpha), "gsu_shift": of(lambda b: b.mix.shift),
        }  # fmt: skip
    gelu = act == "gelu" or (mix == "GSU" and blocks[0].mix.table is not None)
    if mix == "GSU" and gelu:
        made["gsu_index"] = of(lambda b: b.mix.index)
    made |= {
        "norm_G": of(lambda b: b.norm.G), "norm_o": of(lambda b: b.norm.o),
        "norm_eps": of(lambda b: b.norm.eps), "norm_shift": of(lambda b: b.norm.shift),
        "head_W": network.head.W, "head_M": network.head.M, "head_b": network.head.b,
        "ROOT": torch.tensor(ROOTS),
    }  # fmt: skip
    if mix == "GLU":
        made["SIGMOID"] = sigmoid_table()
    if gelu:
        made["NORMAL"] = normal_table()
    return made


def width(bound: int) -> int:
    """The bits of the narrowest integer of C that holds +-bound: 8, 16, 32 or 64."""
    return next(bits for bits in (8, 16, 32, 64) if bound < 2 ** (bits - 1))


def width_of(table: Tensor) -> int:
    """The bits of the narrowest integer of C that holds every entry."""
    return width(int(table.abs().max()))


def pole_bound(network: IntegerNetwork) -> int:
    """The largest size of A_bar X + z, and what rounding adds, whatever the input."""
    bound = 0
    for block in network.blocks:
        a, top = block.poles.decay, largest(block.poles.state_bits)
        gain = 1 if block.poles.gain is None else block.poles.gain
        reach = top * (a.real.abs() + a.imag.abs()) + (largest(16) * gain << block.poles.into)
        bound = max(bound, int(reach.max()) + 2**a.shift)
    return bound


def sum_bound(network: IntegerNetwork) -> int:
    """The largest sum of C x that a channel can reach."""
    return max(
        int(b.poles.C.abs().sum((-1, -2)).max()) * largest(b.poles.state_bits)
        for b in network.blocks
    )


def state_arrays(network: IntegerNetwork) -> dict[str, tuple[str, tuple[int, ...]]]:
    """What lives from step to step in the C file: the type and the shape of each array."""
    H, P = network.blocks[0].poles.into.shape
    kind = f"int{width(largest(network.blocks[0].poles.state_bits))}_t"
    state = {f"X_{part}": (kind, (len(network.blocks), H, P)) for part in ("re", "im")}
    if network.pooling == "mean":
        state |= {"total": ("int32_t", (H,)), "count": ("int32_t", ())}
    if network.stochastic:
        state["word"] = ("uint32_t", ())
    return state


def c_bytes(network: IntegerNetwork) -> tuple[int, int]:
    """The bytes of the C file's constants and of its state, as its types hold them."""
    constants = sum(t.numel() * width_of(t) // 8 for t in tables(network).values())
    state = 0
    for kind, shape in state_arrays(network).values():
        state += int(re.sub(r"\D", "", kind)) // 8 * torch.Size(shape).numel()
    return constants, state
