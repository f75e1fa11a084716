"""The picture of the Gated Spiking Unit: two products by additions, and one multiplication."""

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import COLOURS

BOXES = (  # place, text, and the colour: 0 for real numbers, 1 where an operand is -1, 0 or 1
    (0.06, 0.0, "x", 0),
    (0.27, 0.3, "Ter(x)", 1),
    (0.52, 0.3, "· W + b", 1),
    (0.52, -0.3, "· Ter(W) + c", 1),
    (0.74, 0.0, "⊙", 0),
    (0.93, 0.0, "GSU(x)", 0),
)
ARROWS = (  # from, to, and which number of `gsu_picture` stands over it
    ((0.09, 0.06), (0.205, 0.27), None),
    ((0.335, 0.3), (0.45, 0.3), "events"),
    ((0.09, -0.06), (0.43, -0.28), "real"),
    ((0.59, 0.3), (0.715, 0.07), None),
    ((0.61, -0.28), (0.715, -0.07), None),
    ((0.765, 0.0), (0.865, 0.0), "out"),
)


def gsu_picture(events: float, *, H: int) -> Picture:
    """The unit with what travels in it for one token; events is how many of Ter(x) are not 0."""
    numbers = {
        "events": f"≈ {events:.0f} of {H} are ±1",
        "real": f"{H} real numbers",
        "out": f"{H} ×",
    }

    def draw(fig) -> dict:
        ax = fig.subplots()
        ax.set(xlim=(0, 1), ylim=(-0.55, 0.6))
        ax.axis("off")
        for x, y, name, colour in BOXES:
            look = {
                "boxstyle": "round",
                "fc": "white",
                "ec": COLOURS[colour],
                "lw": 1.6,
                "ls": "-" if colour == 0 else "--",
            }
            ax.text(x, y, name, ha="center", va="center", fontsize=12, bbox=look)
        for start, end, _ in ARROWS:
            ax.annotate("", end, start, arrowprops={"arrowstyle": "->"})
        ax.text(0.52, 0.52, "spike path: a signed sum of columns of W", ha="center", fontsize=9)
        ax.text(0.52, -0.52, "real path: a signed sum of x", ha="center", fontsize=9)
        places = {"events": (0.3925, 0.4), "real": (0.2, -0.34), "out": (0.815, 0.08)}
        return {n: ax.text(*at, "", ha="center", fontsize=9) for n, at in places.items()}

    caption = (
        f"The unit on one token of H = {H}. Upper path: Ter(x), of which about {events:.0f} are "
        "not zero, times W. Lower path: the real x times Ter(W). Both are sums; the product of "
        f"the two paths takes {H} multiplications."
    )
    return Picture(draw, numbers, caption, size=(9.0, 2.6))
