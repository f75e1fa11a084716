"""Explorer of notebook 06: the pole map, from a pole of continuous time to one of the steps."""

import cmath
import math

import numpy as np
import torch

from sslearn.convergence import euler_limit, step_errors
from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Drag, Explorer
from sslearn.course.figure.plots import BLACK, GREY, RED, draw_line, draw_points, style_axes
from sslearn.ssm import METHODS, discretize

T = 4.0  # The step response is shown up to here.
HALVINGS = 2 ** np.arange(11)  # dt = 1, 1/2, ... 1/1024
FLOOR = 1e-10  # Smaller errors are drawn here, because they are rounding and not the method.
ANGLE = np.linspace(-np.pi, np.pi, 181)
S_BOX = ((-12, 4), (-13, 13))  # limits of the s-plane, real and imaginary
Z_EDGE = 1.4  # limit of the z-plane in all four directions


def _steps(pole, dt, method):
    """A_bar and B_bar of x' = pole x - pole u for each of an array of dt."""
    A = torch.full(dt.shape, pole, dtype=torch.complex128)
    return (out.numpy() for out in discretize(A, -A, torch.as_tensor(dt), method))


def convergence_order(pole: complex, method: str) -> float:
    """log2 of what the finest halving of dt above rounding gains; nan if there is none."""
    error = step_errors(pole, 1 / HALVINGS, method)
    good = np.flatnonzero(error[1:] > 1e-9)
    return float(np.log2(error[good[-1]] / error[good[-1] + 1])) if len(good) else math.nan


def _boundary(dt, method):
    """The points of the s-plane with |A_bar| = 1 that lie in the picture."""
    edge = np.array([0, 13j]) - np.array([13j, 0])
    if method in ("euler", "backward_euler"):
        sign = 1 if method == "euler" else -1
        edge = sign * (np.exp(1j * ANGLE) - 1) / dt
        edge = edge[(edge.real >= S_BOX[0][0]) & (edge.real <= S_BOX[0][1])
                    & (abs(edge.imag) <= S_BOX[1][1])]  # fmt: skip
    return edge.real, edge.imag


def _within_frame(z):
    """Pull points that lie beyond the z-plane's frame back to it, along their ray."""
    z = np.atleast_1d(z)
    far = np.maximum(abs(z.real), abs(z.imag)) / (0.97 * Z_EDGE)
    z = z / np.maximum(far, 1)
    return z.real, z.imag


def _complex(z) -> str:
    return f"{z.real:.2f} {'-' if z.imag < 0 else '+'} {abs(z.imag):.2f}i"


def pole_map_view(*, re=-1.0, im=10.0, log_dt=-1.4, method="euler") -> tuple[dict, str]:
    """One pole re + i im under one method with dt = 10^log_dt, for the input u = 1 from t = 0.

    The view returns (data, caption). Its read-outs are radius |A_bar|, exact |e^(dt pole)|, angle
    (of A_bar, in radians), level (where the steps settle, while the equation settles at 1), limit
    (Euler's largest dt), order and error.
    """
    pole, dt = complex(re, im), 10.0**log_dt
    trail, B = _steps(pole, dt * np.arange(1, 101) / 100, method)
    A, B = trail[-1], B[-1]
    every = max(1, math.ceil(T / dt / 150))
    k = np.arange(0, T / dt + 1e-9, every)
    x = B * np.cumsum(A ** np.arange(k[-1] + 1)) if A != 1 else B * np.arange(1, k[-1] + 2)
    x = np.concatenate(([0], x))[k.astype(int)].real
    t = np.linspace(0, T, 241)
    error = step_errors(pole, [dt], method)[0]
    data = {
        "pole": ([re, re], [im, -im]),
        "edge": _boundary(dt, method),
        "trail": _within_frame(np.concatenate(([1], trail))),
        "z": _within_frame([A, A.conjugate()]),
        "z_exact": _within_frame([cmath.exp(dt * pole), cmath.exp(dt * pole).conjugate()]),
        "off": ([abs(A) - 1], [0]),
        "off exact": ([math.exp(re * dt) - 1], [0]),
        "x_exact": (t, 1 - np.exp(pole * t).real),
        "x": (k * dt, np.clip(x, -1.4, 3.4)),
        "now": ([log_dt], [math.log10(max(error, FLOOR))]),
        "radius": abs(A),
        "exact": math.exp(re * dt),
        "angle": cmath.phase(A),
        "level": B / (1 - A) if A != 1 else math.nan,
        "limit": euler_limit(pole),
        "order": convergence_order(pole, method),
        "error": error,
    }
    for name in METHODS:
        errors = step_errors(pole, 1 / HALVINGS, name)
        data[name] = (-np.log10(HALVINGS), np.log10(np.clip(errors, FLOOR, 1e4)))
    return data, _caption(pole, dt, method, data, A)


def _caption(pole, dt, method, data, A):
    where = "outside" if data["radius"] > 1 + 1e-9 else "inside"
    where = "on" if abs(data["radius"] - 1) <= 1e-9 else where
    order, error = data["order"], data["error"]
    slope_text = "exact here" if math.isnan(order) else f"slope {order:.1f}"
    error_text = "is below 1e-9"
    if error > 1e-9:
        error_text = f"is {error:.2g}" if error > 1e-3 else f"is {error:.0e}"
    euler = f"Euler needs Δ < {data['limit']:.4f}" if data["limit"] else "Euler diverges at any Δ"
    return (
        f"{method}, λ = {_complex(pole)}, Δ = {dt:.3f}: Ā = {_complex(A)}, |Ā| = "
        f"{data['radius']:.3f}, {where} the unit circle (e^(λΔ): {data['exact']:.3f}); error near "
        f"t = 1 {error_text}, {slope_text}; {euler}."
    )


def draw_pole_map(fig) -> dict:
    """Five panels: s-plane, z-plane, its edge magnified, step response, error against dt."""
    panels = [["s", "z", "x"], ["s", "z", "e"], ["r", "r", "e"]]
    grid = fig.subplot_mosaic(panels, width_ratios=(2.5, 4, 4.2), height_ratios=(5.2, 2.4, 0.7))
    s, z, edge, left, right = (grid[name] for name in "szrxe")
    style_axes(s, x="Re s", y="Im s", title="s-plane: × λ, -- |Ā| = 1")
    s.set(xlim=S_BOX[0], ylim=S_BOX[1], aspect="equal")
    style_axes(z, x="Re z", y="Im z", title="z-plane: ● Ā, ○ e^(λΔ)")
    z.set(xlim=(-Z_EDGE, Z_EDGE), ylim=(-Z_EDGE, Z_EDGE), aspect="equal")
    style_axes(left, x="time t", y="Re x", title="answer to u = 1: — exact, ● steps")
    left.set(xlim=(0, 1.02 * T), ylim=(-1.5, 3.5))
    style_axes(right, x="log10 Δ", y="log10 error", title="error near t = 1, ● now")
    right.set(xlim=(-3.15, 0.15), ylim=(-10.6, 4.2), yticks=(-10, -5, 0))
    style_axes(edge, x="|Ā| − 1 (logarithmic on both sides): inside | outside the circle")
    edge.set_xscale("symlog", linthresh=0.01, linscale=1.0)
    edge.set(xlim=(-1.2, 1.2), ylim=(-1, 1), yticks=[], xticks=(-1, -0.1, -0.01, 0, 0.01, 0.1, 1))
    edge.set_xticklabels(("−1", "−0.1", "−0.01", "0", "0.01", "0.1", "1"))
    edge.minorticks_off()
    edge.axvline(0, color=RED, linestyle="--", linewidth=1.2)
    for ax in (s, z):
        ax.axhline(0, color=GREY, linewidth=0.6)
        ax.axvline(0, color=GREY, linewidth=0.6)
    draw_line(z, np.cos(ANGLE), np.sin(ANGLE), n=1, linewidth=1.0)
    artists = {
        "edge": draw_line(s, n=1),
        "pole": draw_points(s, marker="x", markersize=8, markeredgewidth=2, n=0),
        "trail": draw_line(z, color=GREY, linewidth=1.0),
        "z_exact": draw_points(z, n=2, markersize=10, markerfacecolor="none", marker="o"),
        "z": draw_points(z, n=0, markersize=6),
        "off exact": draw_points(edge, n=2, markersize=10, markerfacecolor="none", marker="o"),
        "off": draw_points(edge, n=0, markersize=6),
        "x_exact": draw_line(left, n=2, linestyle="-"),
        "x": draw_line(left, n=0, linewidth=0.7, marker="o", markersize=3),
    }
    for n, name in enumerate(METHODS):
        artists[name] = draw_line(right, n=n, label=name)
    artists["now"] = draw_points(right, n=0, color=BLACK, markersize=7)
    right.legend(loc="lower right", ncols=2, fontsize=7, framealpha=0.9, bbox_to_anchor=(1, 0.07),
                 handlelength=1.8, columnspacing=1, labelspacing=0.25)  # fmt: skip
    return artists


def pole_map() -> Explorer:
    """Pole map: where a method puts a pole, and what the steps then do."""
    controls = {
        "re": Slider("Re λ", -10.0, 0.0, 0.5, -1.0),
        "im": Slider("Im λ", 0.0, 12.0, 0.5, 10.0),
        "log_dt": Slider("log10 of the step Δ", -3.0, 0.0, 0.05, -1.4),
        "method": Choice("method", METHODS, "euler"),
    }
    presets = {
        "Euler leaves the disc": {"log_dt": -1.6},
        "Euler rings": {"re": -4.0, "im": 0.0, "log_dt": -0.4},
        "backward Euler damps": {"re": 0.0, "log_dt": -1.0, "method": "backward_euler"},
        "bilinear keeps the circle": {"re": 0.0, "log_dt": -1.0, "method": "bilinear"},
        "ZOH is exact": {"log_dt": -0.7, "method": "zoh"},
        "Mamba's mix: wrong level": {"re": -4.0, "im": 0.0, "log_dt": -0.4, "method": "dirac"},
    }
    reading = (
        "The system is x' = λ (x - u), so u = 1 brings it to 1. "
        "Left: the pole λ and its conjugate in the s-plane; poles on the dashed line get |Ā| = 1. "
        "Middle: Ā in the z-plane with the unit circle dashed and, in grey, its way from Δ = 0. "
        "Points beyond the frame are drawn on it. Below: how far |Ā| and |e^(λΔ)| are from 1, "
        "magnified. Right: the answer to u = 1, and below it the "
        "error against Δ."
    )
    drags = {"pole": {"x": Drag("re"), "y": Drag("im", mirrored=True)}}
    return Explorer(
        pole_map_view,
        draw_pole_map,
        controls,
        presets=presets,
        reading=reading,
        size=(9.8, 4.4),
        drags=drags,
    )
