"""The picture of a Binary S4D block, with the work of one step in each of its parts."""

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import COLOURS

BOXES = (  # centre, name and kind of each part of a block
    (0.15, "x ← Ā x + u\ny = 2 Re C B̄ x + D u", "real"),
    (0.375, "s = [y > θ]", "spike"),
    (0.57, "W s + b", "spike"),
    (0.76, "GLU gate", "real"),
    (0.93, "+ u, norm", "real"),
)


def block_picture(additions: float, *, H: int, N: int) -> Picture:
    """The Binary S4D block, with the work of one step; additions is that of W s, measured.

    One pair takes 4 multiplications for A_bar x and 2 for the real part of its output.
    """
    work = {
        "state": f"{H * (3 * N + 1):,} ×",
        "mixing": f"0 ×, {additions:.0f} +",
        "gate": f"{H} ×, {H} σ",
    }

    def draw(fig) -> dict:
        ax = fig.subplots()
        ax.set(xlim=(-0.02, 1.02), ylim=(-0.6, 0.5))
        ax.axis("off")
        for x, name, kind in BOXES:
            look = {"boxstyle": "round", "fc": "white", "ec": COLOURS[kind == "spike"]}
            look["ls"] = "--" if kind == "spike" else "-"
            ax.text(x, 0, name, ha="center", va="center", fontsize=10, bbox=look)
        for x, name in ((0.295, "y real"), (0.475, "s: 0 or 1"), (0.667, "2H real")):
            ax.annotate("", (x + 0.02, 0), (x - 0.02, 0), arrowprops={"arrowstyle": "->"})
            ax.text(x, 0.2, name, ha="center", fontsize=8)
        for x in (0.025, 0.855):
            ax.annotate("", (x + 0.02, 0), (x - 0.02, 0), arrowprops={"arrowstyle": "->"})
        ax.text(0.0, 0.2, "u", ha="center", fontsize=9)
        places = {"state": 0.15, "mixing": 0.57, "gate": 0.76}
        return {n: ax.text(x, -0.48, "", ha="center", fontsize=9) for n, x in places.items()}

    caption = (
        f"One step of a block with H = {H}, N = {N}. State: {work['state']}. Between the spike "
        f"and the gate: {work['mixing']}. Gate: {work['gate']}."
    )
    return Picture(draw, work, caption, size=(9.5, 1.3))
