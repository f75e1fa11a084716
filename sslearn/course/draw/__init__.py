"""*Draw a digit*: a network of the course reads a drawing, in a notebook and on a plain page."""

from sslearn.course.draw.pack import packed
from sslearn.course.draw.page import embed, write_site
from sslearn.course.draw.panel import draw_a_digit
from sslearn.course.draw.picture import draw_picture
from sslearn.course.draw.strokes import drawings, pixels

__all__ = [
    "draw_a_digit",
    "draw_picture",
    "drawings",
    "embed",
    "packed",
    "pixels",
    "write_site",
]
