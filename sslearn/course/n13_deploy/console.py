"""Explorer of notebook 13: the stream console, a decision that forms pixel by pixel."""

import functools
import math

import numpy as np
import torch

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Drag, Explorer, torch_defaults
from sslearn.course.figure.plots import (
    BLACK,
    RED,
    draw_level,
    draw_line,
    draw_points,
    draw_raster,
    style_axes,
)
from sslearn.course.n13_deploy.stopping import (
    MODELS,
    by_the_clock,
    held_out,
    measure,
    running,
    runs,
    stops,
    trained,
)
from sslearn.layers import BinaryS4D

SURE = {"50 %": 0.5, "90 %": 0.1, "99 %": 0.01, "99.9 %": 1e-3, "99.99 %": 1e-4}  # largest doubt
FLOOR = 1e-6  # A smaller doubt is drawn here.
DOUBTS = (FLOOR / 2, 2.0)  # limits of the axis


@functools.lru_cache(64)
@torch.no_grad()
def events(model: str, digit: int, task: str = "digits") -> list[np.ndarray]:
    """What each block sends while it reads a digit: a (L, H) of 0, 1 or of -1, 0, 1 a block."""
    net, out = trained(model, task), []
    for block, z in zip(net.blocks, net.features(held_out(task)[0][digit][None]), strict=False):
        y = block.ssm(block.before(z))
        if not isinstance(block.ssm, BinaryS4D):
            y = block.mix[0].ternary_inputs(block.act(y))[0]
        out.append(y[0].numpy())
    return out


@functools.lru_cache(64)
@torch.no_grad()
def forming(model: str, digit: int, task: str = "digits") -> np.ndarray:
    """The probabilities (10, L) of the classes after each pixel."""
    x = held_out(task)[0][digit][None]
    return trained(model, task).running_scores(x).softmax(-1)[0].T.numpy()


def console_view(
    *, model="Binary S4D", digit=0, now=None, sure="99 %", patience=8, earliest=1, task="digits"
) -> tuple[dict, str]:
    """One digit read up to pixel now, counted from 1, and the rule of when to stop.

    The view returns (data, caption). Its read-outs are stop (the pixel where this digit is
    decided), early (the answer there), end (the answer after the last pixel), truth, pixels (the
    mean of all held-out digits), right (their share that is right) and clock (the share if all of
    them stop at that mean pixel).
    """
    seen, u = running(model, task), held_out(task)[0][digit][:, 0].numpy()
    L = len(u)
    now, limit, t = L if now is None else now, SURE[sure], np.arange(1, L + 1)
    run, clock = runs(seen, limit), by_the_clock(seen)
    ways = np.unique(np.linspace(1, L // 2, 32).astype(int))
    curve = np.array([measure(seen, stops(run, k, earliest)) for k in ways])
    stop = stops(run, patience, earliest)
    pixels, right = measure(seen, stop)
    at, answers, truth = int(stop[digit]), seen.answer[digit], int(seen.truth[digit])
    sent = [np.nonzero(block[:now]) for block in events(model, digit, task)]
    read = np.where(t <= now, u, 0.12 * u).reshape(math.isqrt(L), -1)
    data = {
        "digit": 1 - read,
        "forming": forming(model, digit, task),
        "doubt": (t, np.maximum(seen.doubt[digit], FLOOR)),
        "limit": ([0, 1], [limit, limit]),
        "curve": (curve[:, 0], 100 * curve[:, 1]),
        "clock": (t, 100 * clock),
        "here": ([pixels], [100 * right]),
        "true": ([0.5, L + 0.5], [truth, truth]),
        "stop": at,
        "early": int(answers[at - 1]),
        "end": int(answers[-1]),
        "truth": truth,
        "pixels": pixels,
        "right": right,
        "clock at that pixel": float(clock[round(pixels) - 1]),
    }
    data |= {f"block {k + 1}": (place + 1, channel) for k, (place, channel) in enumerate(sent)}
    H = trained(model, task).head.in_features
    for k, ends in enumerate(((-1, H), (-1, H), (-0.5, 9.5), DOUBTS)):
        data[f"now{k}"] = ([now, now], ends)
    data["stopped"] = ([at, at], DOUBTS)
    caption = (
        f"{model}: after {now} of {L} pixels of a {truth} it says {answers[now - 1]}. Stopped when "
        f"{sure} sure for {patience} in a row, not before pixel {earliest}: at pixel {at} it says "
        f"{data['early']}. All held-out digits: ≈ {pixels:.1f} pixels in the mean, "
        f"≈ {100 * right:.1f} % right; a clock that stops all there: "
        f"≈ {100 * data['clock at that pixel']:.1f} %."
    )
    return data, caption


def draw_console(fig, *, L=64, H=32) -> dict:
    """Digit and two rasters above; class probabilities, doubt, and accuracy by latency below."""
    (a, b, c), (d, e, f) = fig.subplots(2, 3, width_ratios=(2.2, 3, 3))
    style_axes(a, title="what it has read").set(xticks=[], yticks=[])
    style_axes(d, x="pixel", y="class", title="its answer forms").set(yticks=range(10))
    for ax in (a, d):
        ax.grid(False)
    a.spines[:].set_visible(False)
    for k, ax in enumerate((b, c)):
        style_axes(ax, x="pixel", y="channel", title=f"what block {k + 1} sends")
        ax.set(xlim=(0, L + 1), ylim=(-1, H))
    style_axes(e, x="pixel", y="doubt 1 − p", title="doubt: -- limit, — stopped here")
    e.set(xlim=(0, L + 1), ylim=DOUBTS, yscale="log")
    style_axes(f, x="mean pixel at which it stops", y="right (%)", title="all held-out digits")
    f.set(xlim=(0, L + 1), ylim=(0, 102))
    side = math.isqrt(L)
    ticks = {"markersize": 128 / H, "markeredgewidth": 1.2 if L == 64 else 0.5}
    image = {"cmap": "gray_r", "vmin": 0, "vmax": 1, "aspect": "auto", "origin": "lower"}
    now = {"linestyle": ":", "linewidth": 1.4, "color": RED}
    artists = {
        "digit": a.imshow(np.ones((side, side)), cmap="gray", vmin=0, vmax=1),
        "forming": d.imshow(np.zeros((10, L)), extent=(0.5, L + 0.5, -0.5, 9.5), **image),
        "true": draw_line(d, n=1, linestyle="--", linewidth=1),
        "block 1": draw_raster(b, **ticks),
        "block 2": draw_raster(c, **ticks),
        "doubt": draw_line(e, n=0),
        "limit": draw_level(e, 0.01, label="limit"),
        "stopped": draw_line(e, color=BLACK, linewidth=1.4),
        "clock": draw_line(f, n=1, label="a clock stops all"),
        "curve": draw_line(f, n=0, label="this rule, 1 ... in a row"),
        "here": draw_points(f, n=0, markersize=9, label="as it is set"),
    }
    f.legend(loc="lower right", fontsize=8, framealpha=0.9)
    return artists | {f"now{k}": draw_line(ax, **now) for k, ax in enumerate((b, c, d, e))}


@functools.cache
def presets(task: str = "digits") -> dict[str, dict]:
    """Rules of note, each with a digit on which it shows."""
    half = held_out(task)[0].shape[1] // 2 + 1

    def decided(model, patience, earliest=1):
        """Where each digit stops, and whether it is right there."""
        seen = running(model, task)
        at = stops(runs(seen, SURE["99 %"]), patience, earliest)
        return at, np.take_along_axis(seen.answer, at[:, None] - 1, 1)[:, 0] == seen.truth

    def soonest(at, shows):
        return int(np.where(shows, at, np.inf).argmin())

    hasty, waited, gsu, clear = (
        decided(*how) for how in (("Binary S4D", 8), ("Binary S4D", 24), ("GSU", 8),
                                  ("GSU", 1, half))
    )  # fmt: skip
    seen = running("GSU", task)
    wrong = ~gsu[1] & (seen.answer[:, -1] == seen.truth)  # None need be, among a hundred digits.
    chosen = {
        "sure before it has read": {"sure": "90 %", "patience": 1},
        "the answer has to stand": {
            "patience": 24, "digit": soonest(hasty[0], ~hasty[1] & waited[1]),
        },
        "sure and wrong": {"model": "GSU", "digit": soonest(gsu[0], wrong)},
        "the GSU": {"model": "GSU"},
        "not before half": {
            "model": "GSU", "patience": 1, "earliest": half, "digit": soonest(*clear),
        },
    }  # fmt: skip
    return {name: v for name, v in chosen.items() if wrong.any() or name != "sure and wrong"}


@torch_defaults()
def stream_console(task: str = "digits") -> Explorer:
    """Stream console: a digit pixel by pixel, the spikes of each block, and a rule to stop early.

    task smnist is MNIST's first 100 test digits, 784 steps; it raises DataError without them.
    """
    (n, L), H = held_out(task)[0].shape[:2], trained("GSU", task).head.in_features
    controls = {
        "model": Choice("network", tuple(MODELS), "Binary S4D"),
        "digit": Slider("held-out digit", 0, n - 1, 1, 0),
        "now": Slider("pixel", 1, L, 1, L, play=True),
        "sure": Choice("sure means above", tuple(SURE), "99 %"),
        "patience": Slider("pixels in a row", 1, L // 2, 1, 8),
        "earliest": Slider("not before pixel", 1, L, 1, 1),
    }
    reading = (
        "Above: the pixels read so far, and what each block sends: spikes, or for the GSU Ter(y). "
        "Below: the probabilities of the ten classes after each pixel, dark is probable, dashed is "
        "the true one; the doubt 1 − p of the running answer, on a logarithmic scale, with the "
        "limit that the rule sets; and for all held-out digits the mean pixel at which they are "
        "stopped against the share that is right, for this rule with every number of pixels in a "
        "row, and for a clock that stops all digits at one pixel. Dotted is the pixel of now."
    )
    return Explorer(
        functools.partial(console_view, task=task),
        functools.partial(draw_console, L=L, H=H),
        controls,
        presets=presets(task),
        reading=reading,
        size=(9.8, 5.0),
        drags={f"now{k}": {"x": Drag("now")} for k in range(4)},
    )
