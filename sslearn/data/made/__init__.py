"""Data made by a rule: LRA's ListOps and Pathfinder, any size, the same for any number of workers.

Both take a seed: example k depends on (seed, k) alone. With workers > 1, call them below
`if __name__ == "__main__":` in a script, because each worker imports the script again.
"""

from sslearn.data.made.listops import SYMBOLS, ListOps, listops, listops_text, root_baseline
from sslearn.data.made.pathfinder import PATHFINDER32, PATHX, Canvas, Pathfinder, pathfinder

__all__ = [
    "PATHFINDER32",
    "PATHX",
    "SYMBOLS",
    "Canvas",
    "ListOps",
    "Pathfinder",
    "listops",
    "listops_text",
    "pathfinder",
    "root_baseline",
]
