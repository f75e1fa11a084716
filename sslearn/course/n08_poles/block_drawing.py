"""The picture of an S4D block: what mixes the steps, what mixes the channels, and the residual."""

from sslearn.course.figure.chain import Part, chain_panel
from sslearn.course.figure.picture import Picture

PARTS = (
    Part("S4D\ny = K ∗ u + D u", "mixes the steps,\neach channel alone"),
    Part("GELU", "each number\nalone", 2),
    Part("GLU\n(W₁y + b₁) σ(W₂y + b₂)", "mixes the channels,\neach step alone", 1),
    Part("+", n=2, round=True),
    Part("norm", "over the H of\neach step", 2),
)


def s4d_block_picture() -> Picture:
    """norm(u + GLU(GELU(S4D(u)))), every wire of (B, L, H)."""
    caption = (
        "A block, from u to norm(u + GLU(GELU(S4D(u)))): S4D mixes the steps of each channel, "
        "GLU the channels of each step, and u itself runs around both to the sum."
    )
    draw = chain_panel(PARTS, ("u", "y", "", "", "", ""), around=(0, 3))
    return Picture(draw, {}, caption, size=(9.5, 2.2))
