"""Explorer of notebook 07: the scan stepper, which draws every combine of a parallel scan."""

from typing import NamedTuple

import numpy as np
import torch

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.plots import BLACK, GREY, draw_line, draw_points, style_axes
from sslearn.scan import combine

WAYS = ("up and down", "doubling")
ROWS = 11  # The longest plan, up and down for L = 32, has so many sweeps.
NAN = float("nan")  # As an x it lifts the pen, so that one line draws many edges.


class Join(NamedTuple):
    """The pair in column `to` becomes combine(column earlier, column later); see `plan`."""

    earlier: int
    later: int
    to: int


def plan(L: int, way: str = "up and down") -> list[tuple[str, list[Join]]]:
    """The sweeps of a scan of length L: each a name and the combines that can run side by side.

    "doubling" has log2 L sweeps that join entry t with entry t - d (Hillis & Steele 1986). "up and
    down" builds a tree of totals, takes prefixes down it (Blelloch 1990, section 1.2), and joins
    each prefix with its own entry last. ValueError is raised unless L is a power of two from 2 on
    and way is known.
    """
    if L < 2 or L & (L - 1):
        raise ValueError(f"L must be a power of two from 2 on, got {L}")
    if way not in WAYS:
        raise ValueError(f"way must be one of {WAYS}, got {way!r}")
    spans = [2**k for k in range(L.bit_length() - 1)]  # 1, 2, ... L/2
    if way == "doubling":
        return [("doubling", [Join(t - d, t, t) for t in range(d, L)]) for d in spans]
    up = [("up", [Join(t - d, t, t) for t in range(2 * d - 1, L, 2 * d)]) for d in spans]
    down = [("down", [Join(t, t - d, t) for t in range(2 * d - 1, L, 2 * d)]) for d in spans[::-1]]
    return [*up, *down, ("last", [Join(t, t, t) for t in range(L)])]


def run_plan(a, b, way: str = "up and down", sweeps: int | None = None) -> tuple[list, list]:
    """Do the first `sweeps` sweeps (all if None) on a, b (L,), and tell what each column holds.

    The result is pairs [(a, b)] and spans [(first, last + 1)], the steps that a pair covers.
    """
    inputs, L = list(zip(a, b, strict=True)), len(b)
    pairs, spans = list(inputs), [(t, t + 1) for t in range(L)]
    todo = plan(L, way)
    for k, (name, joins) in enumerate(todo[: len(todo) if sweeps is None else sweeps]):
        if name == "down" and todo[k - 1][0] == "up":
            pairs[-1], spans[-1] = (torch.ones_like(a[0]), torch.zeros_like(b[0])), (0, 0)
        old, span = list(pairs), list(spans)
        for i, j, t in joins:
            second, end = (inputs[t], t + 1) if name == "last" else (old[j], span[j][1])
            pairs[t], spans[t] = combine(old[i], second), (span[i][0], end)
            if name == "down":
                pairs[j], spans[j] = old[i], span[i]  # The prefix goes left as it is.
    return pairs, spans


def _signal(L: int) -> torch.Tensor:
    """A pulse of 1 every fifth step."""
    return (torch.arange(L) % 5 == 0).double()


def _edges(joins, name, place, start_y, stop_y):
    """Both edges of each combine of one sweep, and in a down sweep the copy to the left."""
    x, y = [], []
    for i, j, t in joins:
        ends = {(i, t), (j, t)} | ({(i, j)} if name == "down" else set())
        for start, stop in sorted(ends):
            x += [place(start), place(stop), NAN]
            y += [start_y, stop_y, stop_y]
    return x, y


def stepper_view(*, way="up and down", L=8, sweep=1, a=0.8) -> tuple[dict, str]:
    """A scan of x_t = a x_(t-1) + b_t after `sweep` sweeps; b is 1 at every fifth step.

    The view returns (data, caption). Its read-outs are depth (sweeps in all), work (combines in
    all), combines (in this sweep), finished (columns that hold their x_t) and b (what they hold).
    """
    todo, b = plan(L, way), _signal(L)
    sweep = min(sweep, len(todo))
    pairs, spans = run_plan(torch.full((L,), a, dtype=torch.float64), b, way, sweep)
    place = lambda t: (t + 0.5) / L  # noqa: E731
    level = lambda row: -row / len(todo)  # noqa: E731  (The sweeps go down, and fill the panel.)
    line = {"done": ([], []), "now": ([], []), "todo": ([], [])}
    for t in range(L):  # A column is a line from its input to the last sweep.
        line["todo"][0].extend([place(t), place(t), NAN])
        line["todo"][1].extend([0, -1, 0])
    for row, (name, joins) in enumerate(todo, 1):
        which = "done" if row < sweep else "now" if row == sweep else "todo"
        edges = _edges(joins, name, place, level(row - 1), level(row))
        for out, value in zip(line[which], edges, strict=True):
            out.extend(value)
    counts = [len(joins) for _, joins in todo]
    nodes = [(place(j.to), level(r)) for r, (_, js) in enumerate(todo[:sweep], 1) for j in js]
    old = sum(counts[: max(sweep - 1, 0)])  # The dots of this sweep come behind those.
    held = [float(pair[1]) for pair in pairs]
    ready = [t for t in range(L) if spans[t] == (0, t + 1)]
    x = [0.0]
    for b_t in b.tolist():
        x.append(a * x[-1] + b_t)
    data = line | {
        "title": f"sweep {sweep} of {len(todo)}: ● done, ■ now, thin lines to come",
        "nodes": tuple(np.array(nodes[:old]).reshape(-1, 2).T),
        "new nodes": tuple(np.array(nodes[old:]).reshape(-1, 2).T),
        "inputs": ([place(t) for t in range(L)], [0] * L),
        "busy": ([n / L for n in counts], [level(row) for row in range(1, len(todo) + 1)]),
        "busy now": ([counts[sweep - 1] / L], [level(sweep)]) if sweep else ([], []),
        "true": ([place(t) for t in range(L)], x[1:]),
        "held": ([place(t) for t in range(L)], held),
        "ready": ([place(t) for t in ready], [held[t] for t in ready]),
        "depth": len(todo),
        "work": sum(counts),
        "combines": counts[sweep - 1] if sweep else 0,
        "finished": len(ready),
        "b": held,
    }
    return data, _caption(data, way, L, sweep, todo, spans)


def _caption(data, way, L, sweep, todo, spans):
    text = f"{way}, L = {L}: sweep {sweep} of {data['depth']}"
    if sweep:
        name, joins = todo[sweep - 1]
        first, end = spans[joins[-1].to]
        covers = f"steps {first} to {end - 1}"
        text += f" ({name}), {len(joins)} combine{'s' * (len(joins) > 1)} at once, the last "
        text += f"result covers {covers if end > first else 'nothing'}"
    return (
        f"{text}; {data['finished']} of {L} states finished; {data['work']} combines in all, "
        f"where a loop takes {L - 1} sweeps of one."
    )


def draw_stepper(fig) -> dict:
    """The network of combines, the share of workers that it keeps busy, what each column holds."""
    (net, side), (low, corner) = fig.subplots(2, 2, width_ratios=(4, 1), height_ratios=(3, 1.2))
    style_axes(net, y="sweeps, first to last", title=" ")
    net.set(xlim=(0, 1), ylim=(-1.04, 0.04), xticks=[], yticks=[])
    style_axes(side, x="of L workers busy", title="combines at once")
    side.set(xlim=(0, 1.06), ylim=(-1.04, 0.04), yticks=[])
    side.set_xticks([0, 0.5, 1], ["none", "half", "all"])
    style_axes(low, x="step, first to last", y="b", title="b of the pair that each column holds")
    low.set(xlim=(0, 1), ylim=(-0.4, 5), xticks=[])
    net.grid(False)
    corner.set_axis_off()
    grey = {"color": GREY, "linestyle": "-", "linewidth": 0.5}
    artists = {
        "title": net.set_title(" ", loc="left", fontsize=10, color=BLACK),
        "todo": draw_line(net, **grey),
        "done": draw_line(net, n=0, linewidth=1.0),
        "now": draw_line(net, n=1, linestyle="-", linewidth=1.0),
        "inputs": draw_points(net, n=1, color=GREY, markersize=4),
        "nodes": draw_points(net, n=0, markersize=5),
        "new nodes": draw_points(net, n=1, markersize=6),
        "busy": draw_line(side, n=0, marker="o", markersize=3),
        "busy now": draw_points(side, n=1, markersize=8),
        "true": draw_line(low, n=2, linestyle="-", label="x of the loop"),
        "held": draw_points(low, n=1, markersize=4, label="b, not yet x"),
        "ready": draw_points(low, n=0, markersize=6, label="b is x: finished"),
    }
    handles = [artists[name] for name in ("true", "held", "ready")]
    corner.legend(handles=handles, loc="center", fontsize=8, frameon=False)
    return artists


def scan_stepper() -> Explorer:
    """Scan stepper: every combine of a parallel scan, sweep by sweep."""
    controls = {
        "sweep": Slider("sweeps done", 0, ROWS, 1, 1, play=True),
        "L": Choice("length L (steps)", (2, 4, 8, 16, 32), 8),
        "way": Choice("way", WAYS, WAYS[0]),
        "a": Slider("decay a in one step", 0.0, 0.95, 0.05, 0.8),
    }
    presets = {
        "up: the total": {"L": 16, "sweep": 4},
        "down: a prefix for each": {"L": 16, "sweep": 8},
        "last: all states at once": {"L": 16, "sweep": 9},
        "doubling: half the sweeps": {"L": 16, "sweep": 4, "way": "doubling"},
        "twice the length, one sweep more": {"L": 32, "sweep": 5, "way": "doubling"},
    }
    reading = (
        "Top: time goes right, sweeps go down; each dot below the inputs is one combine, its two "
        "edges come from the earlier and the later pair. Right: how many of L workers have work "
        "in each sweep. The last sweep joins each prefix with its own input. Bottom: the b "
        "of the pair that each column holds; where the pair covers all steps up to its own, b is "
        "the state x of the loop."
    )
    return Explorer(
        stepper_view, draw_stepper, controls, presets=presets, reading=reading, size=(9.8, 5.0)
    )
