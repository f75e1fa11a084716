"""Loop, scan and FFT against the length, timed on the reader's machine.

A notebook saves none of these times. A reader without a kernel sees those of `studies/race.py`.
"""

import json
import math
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from sslearn import hippo, ssm
from sslearn.course.figure.controls import Choice
from sslearn.course.figure.panel import LivePanel, button
from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import BLACK, draw_line, draw_points, legend, style_axes
from sslearn.fast import fft_conv, scan, vandermonde
from sslearn.runs import ASSETS
from sslearn.scan import scan_by_doubling

WIDTHS = {"narrow": (1, 1, 32), "wide": (1, 64, 64)}  # (B, H, N) of 16 and of 2,048 complex states
MOST = 2**21  # A run of more states times steps is not timed.
LENGTHS = tuple(2**k for k in range(2, 13))
LOW, HIGH = -2.5, 4.0  # The picture shows log10 of ms from LOW to HIGH.
SAVED = (
    "Measured once, on one thread of a machine of {} cores, in processor time; run this cell, and "
    "your own machine's times appear in its place. "
)


def lengths_of(width: str, lengths: Sequence[int] = LENGTHS) -> list[int]:
    """Those of the lengths at which a race of this width is timed."""
    B, H, N = WIDTHS[width]
    return [L for L in lengths if B * H * N // 2 * L <= MOST]


def faces(B: int, H: int, N: int, L: int) -> dict[str, Callable[[], torch.Tensor]]:
    """Four ways to the same y (B, L, H) of one S4D-Lin model on one noise, float32, by name."""
    g = torch.Generator().manual_seed(0)
    A = hippo.s4d_lin(N).to(torch.complex64).expand(H, -1)
    dt = torch.logspace(-3, -1, H)[:, None]
    C = torch.randn(H, N // 2, generator=g, dtype=torch.complex64)
    u = torch.randn(B, L, H, generator=g)
    A_bar, B_bar = ssm.discretize(A, torch.ones_like(A), dt)
    read = lambda x: 2 * (C * x).sum(-1).real  # noqa: E731
    inputs = lambda: B_bar * u[..., None]  # noqa: E731
    every = A_bar.expand(B, L, H, N // 2)
    return {
        "loop": lambda: ssm.recur(u, A_bar, B_bar, C)[0],
        "scan by doubling": lambda: read(scan_by_doubling(every, inputs())),
        "scan in chunks": lambda: read(scan(A_bar[None, None], inputs())),
        "FFT": lambda: fft_conv(u, vandermonde(dt * A, C * B_bar, L)),
    }


def best_ms(
    f: Callable, *, repeats: int = 3, enough: float = 0.2, clock: Callable = time.perf_counter
) -> float:
    """The shortest of up to `repeats` calls of f in ms of the clock, after one that is not counted.

    After `enough` seconds no further call begins.
    """
    spans, begin = [], time.perf_counter()
    f()
    while len(spans) < repeats and (not spans or time.perf_counter() - begin < enough):
        start = clock()
        f()
        spans.append(1000 * (clock() - start))
    return min(spans)


def time_faces(
    B: int, H: int, N: int, lengths: Sequence[int], *, threads: int = 1, **timing
) -> dict:
    """Times in ms of the four faces, {name: array over lengths}; the thread count is put back.

    timing holds keywords of `best_ms`.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.no_grad():
            rows = [
                {n: best_ms(f, **timing) for n, f in faces(B, H, N, L).items()} for L in lengths
            ]
    finally:
        torch.set_num_threads(before)
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def crossing(lengths: Sequence[int], mine, other) -> float:
    """The length from which mine < other up to the longest, between lengths on a log scale.

    It is the first length if mine is ahead everywhere, and nan if it is not ahead at the longest.
    """
    gap = np.log(np.asarray(mine) / np.asarray(other))
    if gap[-1] >= 0:
        return math.nan
    behind = np.flatnonzero(gap >= 0)
    if not len(behind):
        return float(lengths[0])
    k = behind[-1]
    share = gap[k] / (gap[k] - gap[k + 1])
    return float(lengths[k] * (lengths[k + 1] / lengths[k]) ** share)


def name_crossings(lengths: Sequence[int], times: dict) -> str:
    """One sentence on where each other face overtakes the loop, up to the longest length."""
    parts = []
    for name in list(times)[1:]:
        at = crossing(lengths, times[name], times["loop"])
        where = f"from about L = {at:.0f} on" if at > lengths[0] else "at every length"
        parts.append(f"{name} {'not at L = ' + str(lengths[-1]) if math.isnan(at) else where}")
    return "Faster than the loop: " + "; ".join(parts) + "."


def race_view(times: dict, lengths: dict) -> tuple[dict, str]:
    """Data and caption of `draw_race` from times[width][face] in ms and lengths[width]."""
    data, sentences = {}, []
    for width, rows in times.items():
        x, loop = np.log2(lengths[width]), np.log10(rows["loop"])
        for name, ms in rows.items():
            data[f"{width} {name}"] = (x, np.log10(ms).clip(LOW, HIGH))
        cross = [crossing(lengths[width], rows[n], rows["loop"]) for n in list(rows)[1:]]
        here = np.log2([at for at in cross if lengths[width][0] < at])
        data[f"{width} crossing"] = (here, np.interp(here, x, loop).clip(LOW, HIGH))
        longest = ", ".join(f"{name} {float(f'{ms[-1]:.2g}'):g}" for name, ms in rows.items())
        B, H, N = WIDTHS[width]
        sentences.append(
            f"{width}, {B * H * N // 2} states: {name_crossings(lengths[width], rows)} "
            f"At L = {lengths[width][-1]}, in ms: {longest}."
        )
    return data, " ".join(sentences)


def draw_race(fig) -> dict:
    """A panel for each width: time against length, both on a log scale, crossings as rings."""
    artists = {}
    for ax, (width, (B, H, N)) in zip(fig.subplots(1, 2, sharey=True), WIDTHS.items(), strict=True):
        style_axes(ax, x="length L", title=f"{width}: {B * H * N // 2} complex states")
        ax.set(xlim=(1.8, 12.2), ylim=(LOW - 0.1, HIGH + 0.1))
        ax.set_xticks(range(2, 13, 2), [2**k for k in range(2, 13, 2)])
        ax.set_yticks(range(-2, 5), ["0.01", "0.1", "1", "10", "100", "1e3", "1e4"])
        for n, name in enumerate(("loop", "scan by doubling", "scan in chunks", "FFT")):
            look = {"marker": "os^D"[n], "markersize": 3}
            artists[f"{width} {name}"] = draw_line(ax, n=n, label=name, **look)
        ring = {"markersize": 9, "markerfacecolor": "none", "marker": "o", "color": BLACK}
        artists[f"{width} crossing"] = draw_points(ax, label="overtakes the loop", **ring)
    fig.axes[0].set_ylabel("time (ms)")
    legend(fig.axes[0], loc="upper left")
    return artists


class Race(LivePanel):
    """Times the four faces when it is made, and again at each press of its button."""

    def __init__(self, lengths: Sequence[int] = LENGTHS):
        self.lengths = {width: lengths_of(width, lengths) for width in WIDTHS}
        every = tuple(sorted({1, torch.get_num_threads()}))
        self.threads = Choice("threads", every, 1).widget()
        super().__init__([self.threads, button("Measure again", self.run)], saved="")
        self.run()

    def run(self) -> None:
        """Measure every face at every length, then redraw."""
        self.times = {
            width: time_faces(*WIDTHS[width], lengths, threads=self.threads.value)
            for width, lengths in self.lengths.items()
        }
        self.picture = Picture(draw_race, *race_view(self.times, self.lengths), size=(8, 3.8))
        self.show(self.picture)

    def _repr_mimebundle_(self, include=None, exclude=None, **kwargs):
        live = super()._repr_mimebundle_(include=include, exclude=exclude, **kwargs)
        return live | stored_race()._repr_mimebundle_()


def stored_race() -> Picture:
    """The race of `studies/race.py`, which the notebook saves in place of the reader's own."""
    record = json.loads((ASSETS / "race.json").read_text(encoding="utf-8"))
    times = {width: {face: np.array(ms) for face, ms in rows.items()}
             for width, rows in record["ms"].items()}  # fmt: skip
    data, caption = race_view(times, record["lengths"])
    return Picture(draw_race, data, SAVED.format(record["cores"]) + caption, size=(8, 3.8))


def race() -> Race:
    """The race of the three faces on this machine."""
    return Race()
