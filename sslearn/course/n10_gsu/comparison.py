"""Explorer of notebook 10: a mixing unit as it was trained, beside one that is changed."""

import functools

import torch

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer, torch_defaults
from sslearn.course.figure.plots import BLACK, draw_line, draw_points, style_axes
from sslearn.course.n10_gsu.dissection import UNITS, inside, operations_of, taken_apart
from sslearn.runs.activations import NETWORK

H = NETWORK["H"]
MOST = 1000.0  # the end of both axes; a larger value is drawn there


@functools.lru_cache(64)
def _measured(unit: str, alpha: float, scale: float, cut: str) -> dict:
    """The unit's numbers, and its factors and product for every token of the first digit."""
    _, _, y, classes = inside(UNITS[unit])
    with torch.no_grad():
        parts = taken_apart(unit, y, y, alpha=alpha, scale=scale, cut=cut)
    operations = operations_of(unit, parts.zeros)
    return {
        "right": int((parts.scores.argmax(-1) == classes).sum()),
        "products": operations["products"],
        "block": sum(times for times, _ in operations.values()),
        "zeros": parts.zeros,
        "factors": (parts.first[0], parts.second[0]),  # each (64, H)
        "product": parts.product[0],
    }


def _additions(found: dict) -> str:
    return f"{round(found['products'][1], -2):,.0f}"


def _changes(alpha, scale, cut) -> str:
    """What differs from the trained unit, in words."""
    told = [f"α {alpha:.2f}"] * (round(alpha, 2) != 0.15) + [f"weights × {scale:g}"] * (scale != 1)
    told += [f"{'spike' if cut == 'first' else 'real'} path cut"] * (cut != "none")
    return ", ".join(told) or "as trained"


def comparison_view(
    *, left="GLU", right="GSU", alpha=0.15, scale=1.0, cut="none", token=36
) -> tuple[dict, str]:
    """Two trained units on one token of a test digit: left as it is, right changed, not retrained.

    alpha (of Ter), scale (of the weights) and cut (the path whose factor becomes 1) change the
    right unit; token 0 ... 63 is a pixel of the first digit. Returns (data, caption); data["left"]
    and data["right"] hold right (digits of 64), products (multiplications, additions a token),
    block (its multiplications), zeros, factors and product.
    """
    sides = {"left": (left, 0.15, 1.0, "none"), "right": (right, alpha, scale, cut)}
    data, told, number = {}, [], range(H)
    for side, (unit, *changes) in sides.items():
        found = data[side] = _measured(unit, *changes)
        shown = [x[token].clamp(-MOST, MOST) for x in (*found["factors"], found["product"])]
        data |= {
            f"{side} {part}": (number, x)
            for part, x in zip(("first", "second", "product"), shown, strict=True)
        }
        times, _ = found["products"]
        name = f"{unit}, {_changes(*changes)}"
        data |= {
            f"{side} name": name,
            f"{side} digits": f"{found['right']} of 64",
            f"{side} times": f"{times:,}",
            f"{side} plus": _additions(found),
        }
        told.append(
            f"{name}: {found['right']} of 64 digits right, {times} multiplications and about "
            f"{_additions(found)} additions a token (its block {found['block']} multiplications)"
        )
    return data, ". ".join(told) + "."


def _head(ax, side: str) -> dict:
    """A unit's name and its three numbers, large, over what they count."""
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.axis("off")
    artists = {f"{side} name": ax.text(0, 1, "", va="top", fontsize=11)}
    columns = (("digits", 0.0, "digits right"), ("times", 0.38, "multiplications"),
               ("plus", 0.72, "additions a token"))  # fmt: skip
    for name, x, words in columns:
        artists[f"{side} {name}"] = ax.text(x, 0.32, "", va="bottom", fontsize=19)
        ax.text(x, 0.27, words, va="top", fontsize=9)
    return artists


def draw_comparison(fig) -> dict:
    """Left the trained unit, right the changed one: three numbers over the factors of a token."""
    names = [["left head", "right head"], ["left", "right"]]
    grid = fig.subplot_mosaic(names, height_ratios=(1.15, 3))
    artists = {}
    for side in ("left", "right"):
        artists |= _head(grid[f"{side} head"], side)
        ax = style_axes(grid[side], x="output channel", y="value (linear to ±1)")
        ax.set_yscale("symlog", linthresh=1, linscale=0.9)
        ax.set(xlim=(-1, H), ylim=(-1.3 * MOST, 1.3 * MOST))
        ax.set_yticks([-1000, -100, -10, -1, 0, 1, 10, 100, 1000],
                      ["−1000", "−100", "−10", "−1", "0", "1", "10", "100", "1000"])  # fmt: skip
        ax.minorticks_off()
        ax.axhline(0, color=BLACK, linewidth=0.8)
        stairs = {"drawstyle": "steps-mid", "linewidth": 1.6}
        artists |= {
            f"{side} product": draw_points(ax, color=BLACK, markersize=5, label="their product"),
            f"{side} first": draw_line(ax, n=0, label="spike path (GLU: value)", **stairs),
            f"{side} second": draw_line(ax, n=1, label="real path (GLU: gate)", **stairs),
        }
    handles = [artists[f"left {part}"] for part in ("first", "second", "product")]
    fig.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=8)
    return artists


@torch_defaults()
def gate_dissection() -> Explorer:
    """Gate dissection: two mixing units of trained networks on one token."""
    for name in UNITS.values():
        inside(name)  # kept, so that no move waits for a network
    controls = {
        "left": Choice("left, as trained", tuple(UNITS), "GLU"),
        "right": Choice("right", tuple(UNITS), "GSU"),
        "token": Slider("token (pixel of the digit)", 0, 63, 1, 36, play=True),
        "alpha": Slider("right: α of Ter (GSU)", 0.0, 0.6, 0.01, 0.15),
        "scale": Slider("right: weights times", 0.25, 8.0, 0.25, 1.0),
        "cut": Choice("right: path cut (factor 1)", ("none", "first", "second"), "none"),
    }
    presets = {
        "binary": {"right": "binary"},
        "GLU, weights × 8": {"right": "GLU", "scale": 8.0},
        "GSU, weights × 8": {"left": "GSU", "scale": 8.0},
        "spike path cut": {"left": "GSU", "cut": "first"},
        "real path cut": {"left": "GSU", "cut": "second"},
        "α = 0: no zeros": {"left": "GSU", "alpha": 0.0},
        "α = 0.5: mostly zeros": {"left": "GSU", "alpha": 0.5},
    }
    reading = (
        "Left a unit as it was trained, right one that the controls change, each in the last block "
        "of its own network. Large: how many of 64 test digits the network reads right, and what "
        "the unit's products take for one token. Below, for one token: both factors and their "
        "product in each of the 32 output channels, before the GELU behind a GSU."
    )
    return Explorer(
        comparison_view, draw_comparison, controls,
        presets=presets, reading=reading, size=(9.8, 4.2),
    )  # fmt: skip
