"""Projections of a past on Legendre polynomials: their error, and a drawing of the two windows."""

import math

import numpy as np
import torch
from torch import Tensor

from sslearn.course.figure.plots import BLACK, COLOURS, draw_line, style_axes
from sslearn.hippo import legendre_basis

EARLY, LATE, THETA, END = 3.0, 4.5, 2.0, 6.0  # s: two moments, the window, the end of the input
ROWS = {EARLY: -2.0, LATE: -3.4}  # P_3 is drawn at these heights.


def relative_error(u: Tensor, N: int) -> float:
    """rms(u - sum_(n<N) c_n R_n P_n) / rms(u), with c_n = mean(u R_n P_n); u is (L,).

    The samples lie in the middle of L equal steps of the window. The error of silence is 0.
    """
    L = len(u)
    P = legendre_basis(N, (torch.arange(L, dtype=torch.float64) + 0.5) * 2 / L - 1)
    rest, size = (u - (P @ u / L) @ P).norm(), u.norm()
    return float(rest / size) if size > 0 else 0.0


def states_needed(u: Tensor, tol: float = 0.05) -> int:
    """The smallest N with `relative_error`(u, N) <= tol.

    The function raises ValueError unless 0 < tol, and where 500 states are too few.
    """
    if not tol > 0:
        raise ValueError(f"tol must be positive, got {tol}")
    for N in range(1, 501):
        if relative_error(u, N) <= tol:
            return N
    raise ValueError(f"tol must be within the reach of 500 states, got {tol}")


def windows_data() -> dict:
    """An input u and P_3 over two windows at two moments: LegT's, of length 2 s, and LegS's."""
    t = np.linspace(0, END, 301)
    u = (t, 0.8 * np.sin(2 * t) + 0.4 * np.sin(5 * t + 1))
    data = {"u slides": u, "u stretches": u}
    for now, height in ROWS.items():
        for kind, start in (("slides", now - THETA), ("stretches", 0.0)):
            x = torch.linspace(-1, 1, 101, dtype=torch.float64)
            P_3 = legendre_basis(4, x)[3] / math.sqrt(7)
            s = start + (x.numpy() + 1) * (now - start) / 2
            data[f"{kind} {now}"] = (s, height + 0.5 * P_3.numpy())
    return data


def draw_windows(fig) -> dict:
    """Left: LegT's window slides. Right: LegS's stretches. Both carry P_3 with them."""
    artists, titles = {}, {"slides": "LegT: the window slides", "stretches": "LegS: it stretches"}
    axes = fig.subplots(1, 2, sharey=True)
    for ax, (kind, title) in zip(axes, titles.items(), strict=True):
        style_axes(ax, x="time s of the input (s)", title=title)
        ax.set(xlim=(-0.15, END), ylim=(-4.3, 2.1))
        ax.set_yticks([0, *ROWS.values()], ["input u", "$P_3$ at t = 3", "$P_3$ at t = 4.5"])
        artists[f"u {kind}"] = draw_line(ax, color=BLACK, linewidth=1.2)
        for n, (now, height) in enumerate(ROWS.items()):
            start = now - THETA if kind == "slides" else 0.0
            ax.fill_between([start, now], height - 0.6, height + 0.6, facecolor="none",
                            edgecolor=COLOURS[n])  # fmt: skip
            ax.axvline(now, ymax=0.86, color=COLOURS[n], linestyle=":", linewidth=1.2)
            ax.text(now, 1.5, f"now {now:g}", ha="center", fontsize=9)
            artists[f"{kind} {now}"] = draw_line(ax, n=n, linestyle="-")
            ax.text(now + 0.08, height - 0.1, "x = 1", fontsize=9)
            if kind == "slides":
                ax.text(start - 0.08, height - 0.1, "x = −1", fontsize=9, ha="right")
    return artists
