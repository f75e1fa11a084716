"""Data made by a rule, of any size, from a seed or a generator: nothing is downloaded.

listops     LRA's ListOps, nested lists of digits with one digit as the answer
pathfinder  LRA's Pathfinder and Path-X, images of two dashed paths
recall      delayed recall, a task that only a memory solves
rhythms     heartbeats as a sensor would record them, in records of unequal length
signals     test currents for a neuron: step, pulse, sine, noise, poisson

Example k of `listops` and `pathfinder` depends on (seed, k) alone, so that any number of workers
makes the same data. With workers > 1, call them below `if __name__ == "__main__":` in a script,
because each worker imports the script again.
"""

from sslearn.data.made import signals
from sslearn.data.made.listops import SYMBOLS, ListOps, listops, listops_text, root_baseline
from sslearn.data.made.pathfinder import PATHFINDER32, PATHX, Canvas, Pathfinder, pathfinder
from sslearn.data.made.recall import Recall, delayed_recall, memoryless_accuracy
from sslearn.data.made.rhythms import Records, rhythms

__all__ = [
    "PATHFINDER32",
    "PATHX",
    "SYMBOLS",
    "Canvas",
    "ListOps",
    "Pathfinder",
    "Recall",
    "Records",
    "delayed_recall",
    "listops",
    "listops_text",
    "memoryless_accuracy",
    "pathfinder",
    "rhythms",
    "root_baseline",
    "signals",
]
