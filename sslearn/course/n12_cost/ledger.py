"""Explorer of notebook 12: the energy ledger of five networks."""

import functools

import numpy as np

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer, torch_defaults
from sslearn.course.figure.plots import BLACK, draw_line, draw_points, legend, style_axes
from sslearn.course.n12_cost.networks import (
    NETWORKS,
    WIDTHS,
    awake_share,
    counted,
    recorded,
    rival,
)
from sslearn.course.n12_cost.pricing import (
    BOUNDARIES,
    GROUPS,
    Terms,
    awake,
    bill,
    break_even,
    cost,
)
from sslearn.energy.tables import MEMORIES

FORMS = {
    "weights": ("float32", "int16", "int8", "int4"),
    "state": ("float32", "int24", "int16", "int8"),
    "sums": ("float32", "int32", "int16"),
}
ADDING = {"a register": False, "memory": True}
DOUBLINGS = 14  # of the tokens read: up to 16,384, the length of Path-X
RATES = np.logspace(-3, 0, 61)
LOW_NJ, HIGH_NJ = 0.03, 1e5  # the ends of the axes of energy
LOW_RATIO, HIGH_RATIO = 0.04, 30.0  # and of the ratio


def in_range(values, low: float, high: float) -> np.ndarray:
    """Values moved to the ends of an axis that they lie beyond."""
    return np.clip(np.asarray(values, float), low, high)


@functools.lru_cache(256)
def _over_tokens(name: str, terms: Terms, boundary: str, rate: float | None) -> np.ndarray:
    """nJ of the next token after 1, 2, 4 ... tokens, moved to the ends of the axis."""
    nJ = [
        cost(counted(name, 2**k), terms, boundary, rate=rate) / 1000 for k in range(DOUBLINGS + 1)
    ]
    return in_range(nJ, LOW_NJ, HIGH_NJ)


def ledger_view(
    *, name="Binary S4D", doublings=6, rate=1.0, weights="float32", state="float32",
    sums="float32", memory="SRAM 32 kB", boundary="+ memory",
    adding="a register", shared=0, width=1,
) -> tuple[dict, str]:  # fmt: skip
    """A token of a network beside one of its S4D rival, in nJ at 45 nm, under these terms.

    2^doublings tokens have been read. The share of spiking inputs is `rate` times the measured one,
    at most 1; width inputs are skipped together; an event adds to sums in `adding`; 2^shared tokens
    share a weight read of a dense product. Returns (data, caption); data also holds nJ and parts,
    each (chosen, S4D), ratio, rate, awake and break_even.
    """
    terms = Terms(weights, state, sums, memory, ADDING[adding], 2**shared, width)
    own = min(rate * recorded(name)["shared"].get("1", 0.0), 1.0)
    share = awake_share(name, width, None if rate == 1 else own)
    both = counted(name, 2**doublings), counted(rival(name), 2**doublings)
    parts = tuple(
        {g: v / 1000 for g, v in bill(c, terms, rate=r).items() if g in BOUNDARIES[boundary]}
        for c, r in zip(both, (share, None), strict=True)
    )
    nJ = tuple(sum(p.values()) for p in parts)
    curve = [cost(both[0], terms, boundary, rate=awake(r, width)) / (1000 * nJ[1]) for r in RATES]
    limit = break_even(*both, terms, boundary)
    tokens = 2.0 ** np.arange(DOUBLINGS + 1)
    spiking = both[0].add_events > 0
    ratio = nJ[0] / nJ[1]
    seen = spiking and RATES[0] <= limit < 1
    data = {
        "chosen": (tokens, _over_tokens(name, terms, boundary, share)),
        "S4D": (tokens, _over_tokens(rival(name), terms, boundary, None)),
        "here": ([2.0**doublings], in_range([nJ[0]], LOW_NJ, HIGH_NJ)),
        **_bars("chosen", parts[0], 0.17),
        **_bars("S4D", parts[1], -0.17),
        "curve": (100 * RATES, in_range(curve, LOW_RATIO, HIGH_RATIO)) if spiking else ([], []),
        "note": "" if spiking else f"{name} has no input that\nspikes: its ratio is {ratio:.2g}",
        "now": ([100 * own] if spiking else [], in_range([ratio] * spiking, LOW_RATIO, HIGH_RATIO)),
        "break-even": ([100 * limit] * seen, [1.0] * seen),
        "nJ": nJ, "parts": parts, "ratio": ratio, "rate": own, "awake": share, "break_even": limit,
    }  # fmt: skip
    caption = (
        f"{name}, token {2**doublings:,}, counted: products{_counted(boundary)}. {_nJ(nJ[0])} at "
        f"45 nm, S4D {_nJ(nJ[1])}: ratio {ratio:.2f}."
    )
    if spiking:
        caption += f" Rate {own:.1%}" + f", {share:.1%} of groups awake" * (width > 1)
        caption += f"; break-even {_limit(limit)}."
    return data, caption


def _counted(boundary: str) -> str:
    return "".join(f", {group}" for group in BOUNDARIES[boundary][1:])


def _nJ(value: float) -> str:
    return f"{value:,.0f} nJ" if value >= 100 else f"{value:.3g} nJ"


def _limit(limit: float) -> str:
    return "at no rate" if limit == 0 else "above 100 %" if limit == 1 else f"at {limit:.1%}"


def _bars(who: str, parts: dict, shift: float) -> dict:
    """A bar from the axis to each part's value, by the name of its line; a part of 0 has none."""
    bars = {}
    for k, group in enumerate(GROUPS):
        value, y = parts.get(group, 0.0), -k + shift
        end = float(in_range(value, LOW_NJ, HIGH_NJ))
        bars[f"{who} {group}"] = ([LOW_NJ, end], [y, y]) if value > 0 else ([], [])
    return bars


def draw_ledger(fig) -> dict:
    """Energy against tokens read; the parts of one token; the ratio to S4D against the rate."""
    left, mid, right = fig.subplots(1, 3, width_ratios=(4, 3.4, 4))
    style_axes(left, x="tokens read so far", y="energy of the next token (nJ)")
    left.set(xlim=(0.8, 2**14.4), ylim=(LOW_NJ, HIGH_NJ), xscale="log", yscale="log")
    left.set_xticks([1, 10, 100, 1000, 10000], ["1", "10", "100", "1,000", "10,000"])
    style_axes(mid, x="energy of this token (nJ)")
    mid.set(xlim=(LOW_NJ, HIGH_NJ), xscale="log", ylim=(-3.6, 0.9))
    mid.set_yticks([0, -1, -2, -3], ["products", "state,\ngates", "memory", "static"])
    style_axes(right, x="inputs that spike (%)", y="energy of a token / that of S4D")
    right.set(xlim=(0.1, 100), ylim=(LOW_RATIO, HIGH_RATIO), xscale="log", yscale="log")
    right.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    right.set_yticks([0.1, 0.3, 1, 3, 10, 30], ["0.1", "0.3", "1", "3", "10", "30"])
    right.axhline(1, color=BLACK, linewidth=0.8)
    right.text(0.12, 1.08, "as much as S4D", fontsize=8)
    bar = {"linestyle": "-", "solid_capstyle": "butt"}
    ring = {"marker": "o", "markersize": 10, "markerfacecolor": "none", "color": BLACK}
    artists = {
        "S4D": draw_line(left, n=1, label="S4D"),
        "chosen": draw_line(left, n=0, label="chosen", linewidth=2),
        "here": draw_points(left, n=0, markersize=7),
        "curve": draw_line(right, n=0, linewidth=2),
        "now": draw_points(right, n=0, markersize=7, label="its rate"),
        "break-even": draw_points(right, label="break-even", **ring),
        "note": right.text(10, 0.3, "", ha="center", va="center", fontsize=9),
    }
    for k, group in enumerate(GROUPS):
        for n, (who, width) in enumerate({"chosen": 6, "S4D": 3}.items()):
            look = bar | {"linewidth": width, "label": None if k else who}
            artists[f"{who} {group}"] = draw_line(mid, n=n, **look)
    legend(left, loc="upper left")
    legend(mid, loc="upper right")
    legend(right, loc="upper left")
    return artists


@torch_defaults()
def energy_ledger() -> Explorer:
    """Energy ledger: what a token of a network costs, by what is counted."""
    controls = {
        "name": Choice("network", tuple(NETWORKS), "Binary S4D"),
        "boundary": Choice("counted: products", tuple(BOUNDARIES), "+ memory"),
        "rate": Slider("rate: as measured, times", 0.02, 3.0, 0.02, 1.0),
        "doublings": Slider("tokens read: 2 to the", 0, DOUBLINGS, 1, 6),
        "weights": Choice("weights", FORMS["weights"], "float32"),
        "state": Choice("state and activations", FORMS["state"], "float32"),
        "sums": Choice("sums", FORMS["sums"], "float32"),
        "memory": Choice("table: 45 nm, all in", tuple(MEMORIES), "SRAM 32 kB"),
        "adding": Choice("an event adds to", tuple(ADDING), "a register"),
        "shared": Slider("dense waits: 2 to the", 0, 8, 1, 0),
        "width": Choice("inputs skipped together", WIDTHS, 1),
    }
    small = {"weights": "int8", "state": "int16", "sums": "int32"}
    presets = {
        "products alone": {"boundary": "products"},
        "state and gates remain": {"boundary": "+ state and gates", "rate": 0.02},
        "narrow numbers": small,
        "sums in memory": small | {"adding": "memory"},
        "and S4D waits for 64": small | {"adding": "memory", "shared": 6},
        "16 skipped together": {"width": 16, "adding": "memory"},
        "a millisecond a token": small | {"boundary": "+ static power"},
        "LIF": {"name": "LIF", "boundary": "+ state and gates"},
        "Transformer, 16,384 tokens": {"name": "Transformer", "doublings": DOUBLINGS},
    }  # fmt: skip
    reading = (
        "Left: the energy of the next token after so many tokens. Middle: what this token's energy "
        "consists of, thick for the chosen network and thin for S4D. Right: the energy of a token "
        "over S4D's against the share of inputs that spike; where the curve crosses 1 is the "
        "break-even rate. Counted operations times published prices, no measurement."
    )
    return Explorer(
        ledger_view, draw_ledger, controls, presets=presets, reading=reading, size=(10, 3.6)
    )
