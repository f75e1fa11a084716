"""Explorer of notebook 13: one complex pole as two leaky neurons that excite and inhibit."""

import math

import numpy as np
import torch
from matplotlib.patches import Circle

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.plots import BLACK, BLUE, GREY, RED, draw_line, draw_points, style_axes
from sslearn.deploy.nir_pair import pair_for_euler, pair_of_pole, run_pair, solve_pair
from sslearn.ssm import discretize, recur

L = 121  # steps of length 1
EDGE = 1.6  # Where a state runs away, it is drawn no further out.
INPUTS = ("a pulse", "a step", "its own rhythm")
WAYS = ("exported, by Euler", "the equation, solved", "the equation, by Euler")


def signal(kind: str, turn: float) -> torch.Tensor:
    """The input u (L,): one pulse, a constant, or a cosine that turns as the pole does."""
    k = torch.arange(L, dtype=torch.float64)
    if kind == "a pulse":
        return (k == 0).double()
    return torch.ones_like(k) if kind == "a step" else torch.cos(turn * k)


def both(A: torch.Tensor, u: torch.Tensor, way: str) -> tuple:
    """The pair (tau, R, w), its two potentials (L, 2), and the complex state x (L,) beside them.

    A is the pole, complex, of no axis, and u (L,). The exported pair makes x' = A_bar x + u, the
    pair of the equation x' = A_bar x + B_bar u, with the A_bar and B_bar of ZOH.
    """
    A_bar, B_bar = discretize(A, torch.ones_like(A), 1.0)
    if way == WAYS[0]:
        pair, B_bar = pair_for_euler(A_bar, 1.0), torch.ones_like(A)
        v = run_pair(pair, u, 1.0)
    else:
        pair = pair_of_pole(A)
        v = (solve_pair if way == WAYS[1] else run_pair)(pair, u, 1.0)
    parts = torch.tensor([[0.5], [-0.5j]], dtype=A.dtype)  # With these C, 2 Re C x is Re and Im x.
    one, twice = torch.ones_like(parts), u[None, :, None].expand(1, -1, 2)
    x = recur(twice, A_bar * one, B_bar * one, parts)[0][0]  # (L, 2)
    return pair, v, torch.view_as_complex(x.contiguous())


def two_leaks_view(
    *, tau=24.0, turns=6.0, kind="a pulse", way="exported, by Euler"
) -> tuple[dict, str]:
    """One pole with a time constant of tau steps that turns so many times in 120 steps.

    The view returns (data, caption). Its read-outs are gap (the largest difference of the two
    neurons from the complex state, as a share of its peak), tau and w of the pair, and last (how
    large the two neurons are at the end, as a share of that peak).
    """
    turn = 2 * math.pi * turns / (L - 1)
    u, k = signal(kind, turn), np.arange(L)
    pair, v, x = both(torch.tensor(complex(-1 / tau, turn), dtype=torch.complex128), u, way)
    top = x.abs().max().item()
    v, x = v.numpy() / top, x.numpy() / top
    gap = float(abs(v[:, 0] + 1j * v[:, 1] - x).max())
    shown = np.clip(v, -EDGE, EDGE)[::2]
    tau_of, w = float(pair.tau), float(pair.w)
    data = {
        "Re x": (k, x.real),
        "Im x": (k, x.imag),
        "first": (k[::2], shown[:, 0]),
        "second": (k[::2], shown[:, 1]),
        "round": (x.real, x.imag),
        "both": (shown[:, 0], shown[:, 1]),
        "leaks": f"τ = {tau_of:.1f}",
        "leaks too": f"τ = {tau_of:.1f}",
        "excites": f"+{w:.3f}",
        "inhibits": f"−{w:.3f}",
        "gap": gap,
        "tau": tau_of,
        "w": w,
        "last": float(np.hypot(*v[-1])),
    }
    far = "below 1e-9" if gap < 1e-9 else f"{gap:.2g}"
    turning = f"turns in {120 / turns:.0f}" if turns else "does not turn"
    caption = (
        f"{way}: τ = {tau_of:.1f} steps, coupling ±{w:.3f}, for a pole that fades in {tau:.0f} "
        f"steps and {turning}. Largest difference from the complex state, of its peak: {far}."
    )
    return data, caption


def draw_two_leaks(fig) -> dict:
    """The wiring, the two potentials over time, and one against the other."""
    a, b, c = fig.subplots(1, 3, width_ratios=(2.6, 4, 2.8))
    artists = _draw_wiring(a)
    style_axes(b, x="step", y="state, of its peak", title="— -- the pole; ● ○ two neurons")
    b.set(xlim=(-1, L), ylim=(-1.65, 1.65))
    style_axes(c, x="first neuron, Re x", y="second neuron, Im x", title="one against the other")
    c.set(xlim=(-1.65, 1.65), ylim=(-1.65, 1.65), aspect="equal")
    hollow = {"markerfacecolor": "none", "markersize": 5}
    return artists | {
        "Re x": draw_line(b, n=0),
        "Im x": draw_line(b, n=1),
        "first": draw_points(b, color=BLUE),
        "second": draw_points(b, color=RED, **hollow),
        "round": draw_line(c, color=GREY, linewidth=1.0),
        "both": draw_points(c, color=BLACK, markersize=3),
    }


def _draw_wiring(ax) -> dict:
    """Two circles, an arrow each way, and the texts that hold leak and coupling."""
    ax.set(xlim=(-2.2, 2.2), ylim=(-3.3, 3.3), aspect="equal")
    ax.set_axis_off()
    arrow = {"arrowstyle": "-|>", "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
    for y, colour, name in ((1.3, BLUE, "Re x"), (-1.3, RED, "Im x")):
        ax.add_patch(Circle((0, y), 0.62, fill=False, edgecolor=colour, linewidth=2))
        ax.text(0, y, name, ha="center", va="center", fontsize=10)
    curve = "arc3,rad=-0.35"
    ax.annotate("", (0.45, -0.85), (0.45, 0.85),
                arrowprops=arrow | {"color": BLUE, "connectionstyle": curve})  # fmt: skip
    ax.annotate("", (-0.45, 0.85), (-0.45, -0.85),
                arrowprops=arrow | {"color": RED, "connectionstyle": curve})  # fmt: skip
    ax.annotate("", (0, 1.93), (0, 2.8), arrowprops=arrow | {"color": BLACK})
    ax.text(0.15, 2.5, "input u", fontsize=9)
    text = {"fontsize": 10, "va": "center"}
    return {
        "leaks": ax.text(0.8, 1.6, "", **text),
        "leaks too": ax.text(0.8, -1.6, "", **text),
        "excites": ax.text(0.95, 0, "", **text),
        "inhibits": ax.text(-0.95, 0, "", ha="right", **text),
    }


def two_leaky_neurons() -> Explorer:
    """Two leaky neurons make a pole: the same recurrence, written without a complex number."""
    controls = {
        "tau": Slider("τ of the pole (steps)", 2.0, 60.0, 1.0, 24.0),
        "turns": Slider("turns in 120 steps", 0.0, 60.0, 0.5, 6.0),
        "kind": Choice("input", INPUTS, "a pulse"),
        "way": Choice("two neurons", WAYS, "exported, by Euler"),
    }
    presets = {
        "no turning: two plain leaks": {"turns": 0.0},
        "its own rhythm": {"kind": "its own rhythm"},
        "it turns fast": {"turns": 24.0, "tau": 40.0},
        "Euler, slow: it rings on": {"turns": 3.5, "way": WAYS[2]},
        "Euler: it runs away": {"way": WAYS[2], "turns": 12.0},
    }
    reading = (
        "Left: two leaky neurons of one time constant τ; the first excites the second with +w and "
        "is inhibited by it with −w. Middle: the real and the imaginary part of one complex state, "
        "solid and dashed, and the potentials of the two neurons, full and hollow. Right: the "
        "second neuron against the first, over the way of the complex state. What leaves the frame "
        "is drawn on its edge. A pair is right for one rule of stepping: the one that is exported "
        "is right by Euler's steps of length 1, and the pole's own equation is right if it is "
        "solved."
    )
    return Explorer(
        two_leaks_view, draw_two_leaks, controls, presets=presets, reading=reading, size=(9.8, 3.7)
    )
