"""A network on integers as one file of C99, without floating point and without allocation."""

from pathlib import Path

from torch import Tensor

from sslearn.data.files import write_whole
from sslearn.deploy import c_code as code
from sslearn.deploy.arithmetic import ENTRIES
from sslearn.deploy.c_tables import (
    c_bytes,
    kinds,
    pole_bound,
    state_arrays,
    sum_bound,
    tables,
    width,
    width_of,
)
from sslearn.deploy.fixed import largest
from sslearn.deploy.integer import IntegerNetwork


def declare(name: str, table: Tensor) -> str:
    """A constant array of C in the narrowest type that holds it."""
    sizes = "".join(f"[{n}]" for n in table.shape)
    return f"static const int{width_of(table)}_t {name}{sizes} = {_braces(table)};\n"


def _braces(table):
    if table.ndim == 0:
        return str(int(table))
    if table.ndim == 1:
        numbers, lines, line = table.tolist(), [], ""
        for n in numbers:
            line += f"{n},"
            if len(line) > 90:
                lines, line = [*lines, line], ""
        return "{" + "\n".join([*lines, line]).rstrip(",\n") + "}"
    return "{" + ",\n".join(map(_braces, table)) + "}"


def c_source(network: IntegerNetwork) -> str:
    """The whole C file. Raises ValueError if the blocks are not alike."""
    act, mix = kinds(network)
    made = tables(network)
    H, P = network.blocks[0].poles.into.shape
    rounding = network.blocks[0].poles.rounding
    form = network.settings["decay"]
    defines = {
        "DEPTH": len(network.blocks), "H": H, "P": P, "CLASSES": len(network.head.M),
        "TOP": largest(network.blocks[0].poles.state_bits), "IN_SHIFT": network.encode.shift,
        "HEAD_SHIFT": network.head.shift, "ENTRIES": ENTRIES,
    }  # fmt: skip
    types = {
        "pole_t": max(32, width(pole_bound(network))),
        "sum_t": max(32, width(sum_bound(network))),
    }
    state = state_arrays(network)
    text = [
        _comment(network),
        "#include <stdint.h>\n",
        "".join(f"#define {name} {value}\n" for name, value in defines.items()),
        "".join(f"typedef int{bits}_t {name};\n" for name, bits in types.items())
        + f"typedef {state['X_re'][0]} state_t;\n",
        "/* The constants. */\n" + "".join(declare(n, t) for n, t in made.items()),
        "/* All that lives from one step to the next. */\n" + "".join(
            f"static {kind} {name}{''.join(f'[{n}]' for n in shape)}"
            f"{f' = {network.seed}u' if name == 'word' else ''};\n"
            for name, (kind, shape) in state.items()
        ),
        code.ARITHMETIC,
    ]  # fmt: skip
    text += [code.TABLE] * ("SIGMOID" in made or "NORMAL" in made)
    text += [code.FLOOR] * (network.pooling == "mean")
    text += [code.DRAW] * network.stochastic
    poles = code.POLES.replace("$REAL", code.REAL[form]).replace("$ROUND", code.ROUND[rounding])
    poles = poles.replace("$GAIN", " * gain[l][h][n]" * ("gain" in made))
    text += [poles.replace("$WORDS", code.WORDS * network.stochastic), code.ACT[act]]
    text += [_mix(act, mix, "NORMAL" in made), code.NORM, _step(network)]
    return "\n".join(text)


def _sum(kind, acc, W):
    return code.SUMS[kind].replace("$ACC", acc).replace("$W", W)


def _mix(act, mix, gelu):
    if mix == "GSU":
        text = code.GSU.replace("$FIRST", _sum("ternary", "first", "first_W"))
        text = text.replace("$GELU", ", then GELU by a table of Phi" * gelu)
        return text.replace("$AFTER", code.AFTER * gelu)
    kind = "spike" if act == "spike" else "number"
    text = code.GLU.replace("$VALUE", _sum(kind, "value", "value_W"))
    return text.replace("$GATE", _sum(kind, "gate", "gate_W"))


def _step(network):
    mean = network.pooling == "mean"
    text = code.STEP.replace(
        "$RESET", code.RESET * mean + f"    word = {network.seed}u;\n" * network.stochastic
    )
    text = text.replace("$POOLED", "total" if mean else "z").replace("$POOL", code.POOL * mean)
    return text.replace("        $MEAN\n", "        sum = divide(sum, count);\n" * mean)


def _comment(network):
    constants, state = c_bytes(network)
    bits = ", ".join(f"{name} {value}" for name, value in network.settings.items())
    return f"""\
/* A sequence classifier on integers alone, written by sslearn.deploy.to_c.
 *
 * void reset(void) comes before each sequence. int step(int16_t x, int32_t *scores) reads one
 * number, of which {network.levels} are 1.0, and returns the class so far.
 *
 * {bits}
 * {constants:,} bytes of constants, {state:,} bytes of state.
 */
"""


def to_c(network: IntegerNetwork, path: Path | str) -> None:
    """Write the network as one C99 file: the scores of `IntegerNetwork.step`, bit for bit.

    It has no floating point, no allocation and no global names but reset and step:
    `void reset(void); int step(int16_t x, int32_t *scores);`. The file is written whole or not at
    all. Raises ValueError for what is no IntegerNetwork, and for a place that cannot be written to.
    """
    if not isinstance(network, IntegerNetwork):
        raise ValueError(f"network must be an IntegerNetwork, got {type(network).__name__}")
    raw = c_source(network).encode()
    try:
        write_whole(Path(path), lambda file: file.write(raw))
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror or error})") from None
