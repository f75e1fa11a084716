"""Pictures of notebook 01: the membrane as a bucket and as a circuit, and a row of a digit."""

from matplotlib.patches import Polygon, Rectangle

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import (
    BLACK,
    BLUE,
    RED,
    draw_level,
    draw_line,
    draw_raster,
    legend,
    style_axes,
)

ARROW = {"arrowstyle": "-|>", "color": BLACK, "linewidth": 1.4}
CAPTION = (
    "A bucket and a membrane obey one law. Left: a tap (current I) fills a bucket of level v, and "
    "a hole lets out more, the higher the level is. Right: the current I splits into I_C, which "
    "charges the capacitor C, and I_R = v / R, which leaks through the resistor R."
)


def draw_bucket(ax) -> None:
    """The bucket: a tap above, the level v, the mark θ, and a hole at the bottom."""
    ax.set(xlim=(-2.1, 2.6), ylim=(-1.5, 3.4), aspect="equal", title="a leaky bucket")
    ax.axis("off")
    ax.add_patch(Polygon([(-1, 0), (1, 0), (1, 1.2), (-1, 1.2)], color=BLUE))
    ax.plot([-1, -1, -0.15], [2.4, 0, 0], color=BLACK, linewidth=2)
    ax.plot([0.15, 1, 1], [0, 0, 2.4], color=BLACK, linewidth=2)
    ax.plot([-1, 1], [2, 2], color=RED, linestyle="--")
    ax.annotate("", (0, 1.3), (0, 3.2), arrowprops=ARROW)
    ax.annotate("", (0, -1.2), (0, -0.05), arrowprops=ARROW)
    ax.annotate("", (1.35, 1.2), (1.35, 0), arrowprops=ARROW | {"arrowstyle": "<->"})
    for x, y, text in ((0.15, 2.8, "inflow I"), (1.5, 0.5, "level v"), (0.15, -1.0, "leak v / R"),
                       (1.1, 1.93, "mark θ")):  # fmt: skip
        ax.text(x, y, text, fontsize=10)
    ax.text(-2.1, 0.5, "width C", fontsize=10)


def draw_circuit(ax) -> None:
    """The circuit: a current source, a capacitor and a resistor side by side."""
    ax.set(xlim=(-0.6, 6.4), ylim=(-1.5, 3.4), aspect="equal", title="a membrane")
    ax.axis("off")
    wire = {"color": BLACK, "linewidth": 1.6}
    ax.plot([0, 0, 5, 5], [1.75, 3, 3, 1.9], **wire)
    ax.plot([0, 0, 5, 5], [0.6, -0.8, -0.8, 0.3], **wire)
    ax.plot([2.5, 2.5], [3, 1.25], **wire)
    ax.plot([2.5, 2.5], [0.95, -0.8], **wire)
    for y in (0.95, 1.25):
        ax.plot([2, 3], [y, y], color=BLUE, linewidth=3)
    ax.add_patch(Rectangle((4.75, 0.3), 0.5, 1.6, fill=False, edgecolor=RED, linewidth=2))
    ax.annotate("", (0, 1.95), (0, 0.4), arrowprops=ARROW)
    for x in (2.5, 5):
        ax.annotate("", (x, 2.2), (x, 2.9), arrowprops=ARROW)
    for x, y, text in ((0.2, 1.1, "I"), (2.65, 2.35, "I_C = C dv/dt"), (3.15, 1.0, "C"),
                       (5.15, 2.35, "I_R = v/R"), (5.4, 1.0, "R")):  # fmt: skip
        ax.text(x, y, text, fontsize=10)
    ax.text(2.5, 3.12, "inside, v above rest", ha="center", fontsize=9)
    ax.text(2.5, -1.25, "outside", ha="center", fontsize=9)


def circuit_picture() -> Picture:
    """The bucket beside the circuit of a membrane: C dv/dt = I - v / R."""

    def draw(fig) -> dict:
        left, right = fig.subplots(1, 2, width_ratios=(3, 4))
        draw_bucket(left)
        draw_circuit(right)
        return {}

    return Picture(draw, {}, CAPTION, size=(8, 3.3))


def row_picture(image, row: int, current, v, s, *, dt: float, theta: float, caption: str):
    """A digit with one row marked, and that row as a current (L,) in nA with v (L,) and s (L,).

    image is (8, 8) in 0 ... 1, dt is in ms, and v and theta are in mV. v[0] and s[0] stand at the
    end of the first step.
    """
    t = [dt * (k + 1) for k in range(len(v))]
    spikes = [x for x, fired in zip(t, s.tolist(), strict=True) if fired]
    data = {"current": (t, current), "v": (t, v), "spikes": (spikes, [0] * len(spikes))}

    def draw(fig) -> dict:
        grid = fig.add_gridspec(3, 2, width_ratios=(1, 3), height_ratios=(2, 3, 1))
        left = fig.add_subplot(grid[:, 0])
        top, mid, low = (fig.add_subplot(grid[k, 1]) for k in range(3))
        style_axes(left, x="column", y="row", title="the digit").grid(False)
        left.imshow(image, cmap="Greys", interpolation="nearest")
        left.add_patch(Rectangle((-0.5, row - 0.5), 8, 1, fill=False, edgecolor=RED, linewidth=2))
        style_axes(top, y="I (nA)").set(ylim=(-0.2, 4.2))
        style_axes(mid, y="v (mV)").set(ylim=(-1, 1.7 * theta))
        style_axes(low, x="time (ms)", y="spikes").set(ylim=(-0.5, 0.5), yticks=[])
        for ax in (top, mid, low):
            ax.set(xlim=(0, t[-1]))
        for ax in (top, mid):
            ax.tick_params(labelbottom=False)
        artists = {
            "current": draw_line(top, n=2, drawstyle="steps-pre"),
            "v": draw_line(mid, n=0, label="membrane v"),
            "spikes": draw_raster(low),
        }
        draw_level(mid, theta, label="threshold θ")
        legend(mid, loc="upper right", ncols=2)
        return artists

    return Picture(draw, data, caption, size=(8, 3.6))
