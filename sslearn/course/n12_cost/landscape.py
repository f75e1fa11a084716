"""Explorer of notebook 12: the break-even map, firing rate against fan-in."""

import functools

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer, torch_defaults
from sslearn.course.figure.plots import BLACK, GREEN, VIOLET, draw_line, draw_points, style_axes
from sslearn.course.n12_cost.networks import counted, recorded
from sslearn.course.n12_cost.pricing import BOUNDARIES, Counts, Terms, bill
from sslearn.energy.ledger import Product
from sslearn.energy.published import SPIKINGSSM_RATE, SPIKINGSSM_WIDTH, YAN_RATE
from sslearn.energy.tables import MEMORIES

FANS, RATES = np.logspace(3, 12, 73, base=2), np.logspace(-3, 0, 61)
SPAN = 3.0  # the map shows log2 of the ratio from -SPAN to SPAN
POINTS = ("Binary S4D", "GSU", "Binary S4D, MNIST", "GSU, MNIST", "LIF")
UNITS = ("LIF for ReLU", "Binary S4D for S4D")
COLOURS = ((0, "#08519c"), (0.499, "#deebf7"), (0.501, "#fee6ce"), (1, "#a63603"))
N, NEURON_COUNTS = 16, 32  # of the digits networks: real states a channel, channels a layer


def neuron_counts(unit: str, fan) -> tuple[Counts, Counts]:
    """The counts of one output with so many inputs: of the spiking unit, and of the dense one.

    A LIF neuron multiplies by its decay, adds current and reset, compares, and keeps v; ReLU
    compares. A channel of Binary S4D has its state, and S4D has the same and a GELU: what both
    take beside their products is that of the counted digits networks, by channel. Raises
    ValueError for another unit.
    """
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {UNITS}, got {unit!r}")
    none = dict.fromkeys(Counts._fields, 0.0)
    events = {"add_events": fan, "weights_events": fan, "rate": 1.0, "neurons": 1}
    dense = {"multiply": fan, "add": fan, "weights": fan, "neurons": 1}
    if unit == UNITS[0]:
        lif = {"other_multiply": 1, "other_add": 3, "other_weights": 1, "moved": 2, "moved_bits": 2}
        relu = {"other_add": 1, "moved": 2}  # both write their output, and it is read once
        return Counts(**none | events | lif), Counts(**none | dense | relu)
    return Counts(**none | events | _beside("Binary S4D")), Counts(**none | dense | _beside("S4D"))


@functools.lru_cache(2)
def _beside(name: str) -> dict:
    """What one of 2 x 32 channels of the counted network takes beside its products."""
    whole = counted(name)
    names = ("other_multiply", "other_add", "other_weights", "moved", "moved_bits")
    return {n: getattr(whole, n) / (2 * NEURON_COUNTS) for n in names}


def ratios(unit: str, terms: Terms, boundary: str) -> np.ndarray:
    """Energy of the spiking unit over that of the dense one, (rates, fans); a line in the rate."""
    groups = [g for g in BOUNDARIES[boundary] if g != "static power"]
    spiking, dense = neuron_counts(unit, FANS)
    none, full, other = (
        sum(bill(counts, terms, rate=rate)[g] for g in groups)
        for counts, rate in ((spiking, 0.0), (spiking, 1.0), (dense, 0.0))
    )
    return (none + RATES[:, None] * (full - none)) / other


def line_of(ratio: np.ndarray, level: float = 1.0) -> np.ndarray:
    """The highest rate at which the ratio is at most level, by fan-in: 1 where it is at every rate.

    It is NaN where there is none from RATES[0] on.
    """
    limits = np.full(ratio.shape[1], np.nan)
    for k, column in enumerate(ratio.T):
        below = np.flatnonzero(column <= level)
        if len(below) == len(column):
            limits[k] = 1.0
        elif len(below):
            i = below[-1]
            share = (level - column[i]) / (column[i + 1] - column[i])
            limits[k] = RATES[i] + share * (RATES[i + 1] - RATES[i])
    return limits


@functools.lru_cache(1)
def points() -> dict[str, tuple[float, float]]:
    """(fan-in, rate) of networks: this course's, as counted, and one that was published."""
    found = {}
    for name in POINTS:
        fed = [Product(*p) for p in recorded(name)["products"]]
        fan = next(p.inputs for p in fed if p.fed != "real")
        found[name] = (float(fan), recorded(name)["shared"]["1"])
    return found | {"SpikingSSM": (float(SPIKINGSSM_WIDTH), SPIKINGSSM_RATE)}


def map_view(
    *, unit="LIF for ReLU", weights="int8", state="int16", sums="int32", memory="SRAM 8 kB",
    boundary="+ memory", adding="memory", shared=0,
) -> tuple[dict, str]:  # fmt: skip
    """The ratio of energies over fan-in and firing rate, and the rate at which it is 1.

    The arguments are those of the energy ledger; no static power. Returns (data, caption); data
    also holds ratio (rates, fans) and limits (fans,), as `line_of` has them.
    """
    terms = Terms(weights, state, sums, memory, adding == "memory", 2**shared)
    ratio = ratios(unit, terms, boundary)
    limits = line_of(ratio)
    shade = np.log2(ratio).clip(-SPAN, SPAN)
    places = points()
    data = {
        "map": shade,
        "line": _drawn(limits),
        "half": _drawn(line_of(ratio, 0.5)),
        "Yan": ([3, 12], [np.log10(YAN_RATE)] * 2),
        "ratio": ratio,
        "limits": limits,
    }
    for name, (fan, rate) in places.items():
        data[name] = ([np.log2(fan)], [np.log10(rate)])
    at = {fan: limits[np.argmin(abs(FANS - fan))] for fan in (32, 1024)}
    words = ", ".join(f"{fan:,} inputs {_words(limit)}" for fan, limit in at.items())
    least = ", ".join(f"{ratio[0, np.argmin(abs(FANS - fan))]:.2g}" for fan in at)
    caption = f"{unit}, counted: products{_rest(boundary)}. Break-even: {words}. "
    return data, f"{caption}Ratio at 0.1 % of spikes: {least}."


def _drawn(limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A line of limits where it lies on the map."""
    on = np.isfinite(limits)
    return np.log2(FANS[on]), np.log10(limits[on])


def _rest(boundary: str) -> str:
    return "".join(f", {g}" for g in BOUNDARIES[boundary][1:] if g != "static power")


def _words(limit: float) -> str:
    return "at no rate" if np.isnan(limit) else "above 100 %" if limit == 1 else f"{limit:.1%}"


def draw_map(fig) -> dict:
    """The map in colours, the break-even line, and networks as points; a scale of the colours."""
    ax, scale = fig.subplots(1, 2, width_ratios=(20, 1))
    style_axes(ax, x="inputs of a neuron", y="inputs that spike (%)").grid(False)
    cmap = LinearSegmentedColormap.from_list("ratio", COLOURS)
    look = {"cmap": cmap, "vmin": -SPAN, "vmax": SPAN, "origin": "lower", "aspect": "auto"}
    image = ax.imshow(
        np.zeros((len(RATES), len(FANS))), extent=(3, 12, -3, 0), interpolation="nearest", **look
    )
    ax.set(xlim=(3, 12), ylim=(-3, 0.02))
    ax.set_xticks(range(3, 13), [f"{2**k:,}" for k in range(3, 13)])
    ax.set_yticks([-3, -2, -1, 0], ["0.1", "1", "10", "100"])
    ramp = np.linspace(-SPAN, SPAN, 96)[:, None]
    scale.imshow(ramp, extent=(0, 1, -SPAN, SPAN), interpolation="nearest", **look)
    scale.set(xticks=[], title="ratio")
    scale.set_yticks([-3, -2, -1, 0, 1, 2, 3], ["1/8", "1/4", "1/2", "1", "2", "4", "8"])
    scale.yaxis.tick_right()
    mark = {"markersize": 8, "markerfacecolor": "#ffffff", "color": BLACK, "markeredgewidth": 1.5}
    line = {"color": VIOLET, "linestyle": "-", "linewidth": 2.2}
    artists = {
        "map": image,
        "Yan": draw_line(
            ax, color=GREEN, linestyle=":", linewidth=1.8, label="Yan et al. 2024: 5.7 %"
        ),
        "half": draw_line(ax, label="half the energy", **line | {"linestyle": "--"}),
        "line": draw_line(ax, label="break-even", **line),
    }
    for shape, name in zip("osvPD^", (*POINTS, "SpikingSSM"), strict=True):
        artists[name] = draw_points(ax, label=name, marker=shape, **mark)
    fig.legend(loc="outside lower center", ncols=5, fontsize=8)
    return artists


@torch_defaults()
def break_even_map() -> Explorer:
    """Break-even map: firing rate against fan-in, the ratio of energies as colour."""
    controls = {
        "unit": Choice("spiking unit for dense one", UNITS, UNITS[0]),
        "boundary": Choice("counted: products", tuple(BOUNDARIES)[:3], "+ memory"),
        "adding": Choice("an event adds to", ("a register", "memory"), "memory"),
        "shared": Slider("dense waits: 2 to the", 0, 8, 1, 0),
        "weights": Choice("weights", ("float32", "int16", "int8", "int4"), "int8"),
        "state": Choice("state and activations", ("float32", "int24", "int16", "int8"), "int16"),
        "sums": Choice("sums", ("float32", "int32", "int16"), "int32"),
        "memory": Choice("table: 45 nm, all in", tuple(MEMORIES), "SRAM 8 kB"),
    }
    presets = {
        "products alone": {"boundary": "products"},
        "sums in a register": {"adding": "a register"},
        "the dense side waits for 64": {"shared": 6},
        "float32": {"weights": "float32", "state": "float32", "sums": "float32"},
        "Binary S4D for S4D": {"unit": UNITS[1]},
    }
    reading = (
        "Each place is a neuron with so many inputs, of which so many spike at a step. Its colour "
        "is the energy of a token over that of the dense neuron, cheaper below the line and dearer "
        "above it. Points: networks of this course as counted, and SpikingSSM at the "
        "rate that its abstract states. Counted operations times published prices."
    )
    return Explorer(map_view, draw_map, controls, presets=presets, reading=reading, size=(8.6, 4.2))
