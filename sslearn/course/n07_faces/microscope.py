"""Explorer of notebook 07: the kernel microscope, from poles to a kernel to an output by FFT."""

import math

import numpy as np
import torch

from sslearn.course.figure.controls import Choice, Slider, Toggle
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.plots import GREY, draw_line, legend, style_axes
from sslearn.ssm import causal_conv, discretize, kernel

KINDS = {"float32": torch.complex64, "float64": torch.complex128}
FLOORS = {"float32": -9.0, "float64": -18.0}  # log10 of the smallest error that is drawn


def circular_conv(u: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """y_t = sum_j K_j u_((t-j) mod L): the product of two spectra without any padding.

    u is (B, L, H) and K (L, H) real; the result is `ssm.causal_conv` plus what wraps round.
    """
    spectrum = torch.fft.rfft(u, dim=1) * torch.fft.rfft(K, dim=0)
    return torch.fft.irfft(spectrum, n=u.shape[1], dim=1)


def _log(x, floor) -> np.ndarray:
    return np.clip(np.log10(np.maximum(np.asarray(x, float), 1e-30)), floor, 0.5)


def microscope_view(
    *, re=-0.5, im=6.0, modes=1, log_dt=-1.3, L=128, pad=False, precision="float64"
) -> tuple[dict, str]:
    """The kernel of the poles re + i n im, n = 1 ... modes, and its answer to a pulse at 3L/4.

    The steps are ZOH with dt = 10^log_dt and B = C = 1; kernel and output are over the largest
    abs(K_l). The view returns (data, caption). Its read-outs are wrap (the largest output before
    the pulse), "largest kernel_off" and "largest off" (the errors of kernel and output against
    float64 without FFT) and left = abs(A_bar)^L.
    """
    poles = re + 1j * im * np.arange(1, modes + 1)
    A, dt = torch.tensor(poles, dtype=torch.complex128)[None], 10.0**log_dt  # (1, modes)
    one = torch.ones_like(A)
    B_bar = discretize(A, one, dt).B[0].numpy()
    powers = np.exp(dt * poles[:, None] * np.arange(2 * L))  # (modes, 2L)
    true = torch.as_tensor(2 * (B_bar[:, None] * powers).sum(0).real)
    size = true.abs().max()
    true = true / size
    low = A.to(KINDS[precision])
    K = kernel(*discretize(low, one.to(low.dtype), dt), one.to(low.dtype), L) / size.to(low.real)
    start = 3 * L // 4
    u = torch.zeros(1, L, 1, dtype=K.dtype)
    u[0, start] = 1
    y = (causal_conv if pad else circular_conv)(u, K)[0, :, 0].double()
    right = torch.cat([torch.zeros(start, dtype=true.dtype), true[: L - start]])
    kernel_off, off = (K[:, 0].double() - true[:L]).abs(), (y - right).abs()
    t = np.arange(2 * L) / L
    data = {
        "K": (t[:L], K[:, 0].clip(-1.1, 1.1)),
        "beyond": (t[L:], true[L:]),
        "y": (t[:L], y.clip(-1.1, 1.1)),
        "right": (t[:L], right),
        "kernel_off": (t[:L], _log(kernel_off, FLOORS[precision])),
        "off": (t[:L], _log(off, FLOORS[precision])),
        "wrap": float(y[:start].abs().max()),
        "largest kernel_off": float(kernel_off.max()),
        "largest off": float(off.max()),
        "left": math.exp(re * dt * L),
    }
    model = f"{modes} mode{'s' * (modes > 1)}, λ = {re:.2f} + {im:.1f}i, Δ = {dt:.3f}, L = {L}"
    return data, _caption(data, model, pad)


def _size(x) -> str:
    return "below 1e-12" if x < 1e-12 else f"{x:.0e}" if x < 0.01 else f"{x:.2f}"


def _caption(data, model, pad):
    return (
        f"{model}, FFT of {'2L, padded' if pad else 'L, not padded'}: output before the pulse "
        f"{_size(data['wrap'])}; error of the kernel {_size(data['largest kernel_off'])}, of the "
        f"output {_size(data['largest off'])}; the kernel's envelope at L is "
        f"{100 * data['left']:.0f} % of its start."
    )


def draw_microscope(fig) -> dict:
    """Four panels: kernel, output, and the error of each below it."""
    (kernel_, output), (under, below) = fig.subplots(2, 2, height_ratios=(3, 2))
    style_axes(kernel_, y="K / max|K|", title="kernel; dashed: beyond the sequence")
    kernel_.set(xlim=(0, 2), ylim=(-1.15, 1.15))
    style_axes(output, y="output y", title="answer to a pulse at 3/4")
    output.set(xlim=(0, 1), ylim=(-1.15, 1.6))
    style_axes(under, x="l / L", y="log10 error of K").set(xlim=(0, 2), ylim=(-19, 1))
    style_axes(below, x="t / L", y="log10 error of y").set(xlim=(0, 1), ylim=(-19, 1))
    for ax, x in ((kernel_, 1), (under, 1), (output, 0.75), (below, 0.75)):
        ax.axvline(x, color=GREY, linestyle=":", linewidth=1.2)
    artists = {
        "K": draw_line(kernel_, n=0),
        "beyond": draw_line(kernel_, n=1, linewidth=1.2),
        "y": draw_line(output, n=0, label="by FFT"),
        "right": draw_line(output, n=1, linewidth=1.2, label="true"),
        "kernel_off": draw_line(under, n=0, linewidth=1.0),
        "off": draw_line(below, n=0, linewidth=1.0),
    }
    legend(output, loc="upper left", ncols=2)
    return artists


def kernel_microscope() -> Explorer:
    """Kernel microscope: what a kernel is made of, and what an FFT does to it."""
    controls = {
        "re": Slider("Re λ (1/time)", -5.0, 0.0, 0.05, -0.5),
        "im": Slider("first Im λ (1/time)", 0.0, 20.0, 0.5, 6.0),
        "modes": Slider("modes", 1, 16, 1, 1),
        "log_dt": Slider("log10 of the step Δ (time)", -3.0, -1.0, 0.1, -1.3),
        "L": Slider("length L (steps)", 16, 1024, 16, 128),
        "precision": Choice("precision", tuple(KINDS), "float64"),
        "pad": Toggle("pad with zeros to 2L"),
    }
    long = {"re": -0.05, "im": 20.0, "L": 1024, "pad": True}
    presets = {
        "padded to 2L": {"pad": True},
        "wraps unseen": {"re": -5.0, "L": 512},
        "cut off at L": {"re": -0.05, "pad": True},
        "many modes": {"modes": 16, "im": 3.0, "re": -0.3, "pad": True},
        "1024 steps in float32": long | {"precision": "float32"},
        "1024 steps in float64": long,
    }
    reading = (
        "Top left: the kernel, and dashed what lies beyond the sequence. Top right: the output by "
        "FFT over the true one, for a pulse at the dotted line. Below each: log10 of its error."
    )
    return Explorer(
        microscope_view,
        draw_microscope,
        controls,
        presets=presets,
        reading=reading,
        size=(9.8, 4.2),
    )
