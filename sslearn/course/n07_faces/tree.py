"""The tree of an up-and-down scan with its numbers: what each column holds after each sweep."""

import torch

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import COLOURS, GREY
from sslearn.course.n07_faces.stepper import plan, run_plan

EIGHT = (3, 1, 4, 1, 5, 9, 2, 6)
NAMES = {
    "up": "up by {}: add the sum on the left",
    "down": "down by {}: prefix to the left, sum to the right",
}


def tree_rows(b=EIGHT) -> list[tuple[str, list[float], list]]:
    """The rows of the drawing for decays of 1, so that a pair is its b: (name, numbers, joins).

    numbers is what the columns hold after the sweep, joins the combines of it. The row that puts 0
    at the root stands between up and down. b has as many entries as a power of two, else
    ValueError is raised.
    """
    ones, b = torch.ones(len(b), dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
    rows, sweeps = [("inputs", b.tolist(), [])], plan(len(b), "up and down")
    for k, (name, joins) in enumerate(sweeps):
        if name == "down" and sweeps[k - 1][0] == "up":
            rows.append(("the root becomes 0", [*rows[-1][1][:-1], 0.0], []))
        held = [float(pair[1]) for pair in run_plan(ones, b, "up and down", k + 1)[0]]
        distance = abs(joins[0].later - joins[0].earlier)
        text = NAMES.get(name, "last: add the input").format(distance)
        rows.append((text, held, joins))
    return rows


def tree_picture(b=EIGHT) -> Picture:
    """An up-and-down scan of b with a = 1: sums of pairs, their total, and the prefixes down."""
    rows = tree_rows(b)
    total, prefixes = sum(b), [f"{x:.0f}" for x in rows[-1][1]]

    def draw(fig):
        ax = fig.subplots()
        ax.set(xlim=(-0.6, len(b) + 4.2), ylim=(0.6 - len(rows), 0.5))
        ax.set_axis_off()
        for r, (name, held, joins) in enumerate(rows):
            new = {j.to for j in joins} | ({len(b) - 1} if "root" in name else set())
            if "down" in name:
                new |= {j.later for j in joins}  # The prefix goes left as it is.
            for j in joins:
                ends = {(j.earlier, j.to), (j.later, j.to)}
                ends |= {(j.earlier, j.later)} if "down" in name else set()
                for start, stop in ends:
                    ax.plot([start, stop], [0.72 - r, 0.28 - r], color=COLOURS[0], linewidth=1.2)
            for t, x in enumerate(held):
                look = {"color": "black", "weight": "bold"} if t in new or r == 0 else {}
                ax.text(t, -r, f"{x:.0f}", ha="center", va="center", **{"color": GREY} | look)
            ax.text(len(b) + 0.1, -r, name, va="center", fontsize=9)
        return {}

    caption = (
        f"Up and down over {', '.join(map(str, b))} with a = 1. Up: sums over 2, 4 and 8 steps, "
        f"the total {total} last. Down: what stands before each branch. Last: the running sums "
        f"{', '.join(prefixes)}. Bold: changed in this sweep."
    )
    return Picture(draw, {}, caption, size=(9.5, 4.6))
