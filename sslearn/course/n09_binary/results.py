"""How notebook 09 shows what it measures: about numbers, and accuracy against the threshold."""

from collections.abc import Mapping, Sequence

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import draw_line, legend, style_axes


def about(x: float, digits: int = 0) -> str:
    """x with the mark ≈ before it, because it may differ between machines."""
    return f"≈ {x:.{digits}f}"


def thresholds_picture(lines: Mapping[str, tuple[Sequence, Sequence]], caption: str) -> Picture:
    """Accuracy in % against the threshold, a marker for each measurement: {label: (theta, %)}."""

    def draw(fig) -> dict:
        ax = style_axes(fig.subplots(), x="threshold θ (units of y)", y="held-out accuracy (%)")
        last = max(max(thetas) for thetas, _ in lines.values())
        ax.set(xlim=(-0.05 * last, 1.05 * last), ylim=(0, 105))
        artists = {}
        for n, label in enumerate(lines):
            artists[label] = draw_line(ax, n=n, marker="os^Dv*"[n], label=label)
        legend(ax)
        return artists

    return Picture(draw, dict(lines), caption, size=(6.0, 3.0))
