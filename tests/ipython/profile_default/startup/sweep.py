"""Run by IPython before a notebook's first cell: an explorer is swept as soon as it is made.

`tests/run_all.py` sets IPYTHONDIR so that strict nbval's kernels find this file. A view that
raises at a control's end or at a preset then fails the cell that makes the explorer.
"""

import functools

from sslearn.course.figure.explorer import Explorer


def swept(init):
    """The constructor `init`, followed by a sweep."""

    @functools.wraps(init)
    def init_and_sweep(explorer, *args, **kwargs):
        init(explorer, *args, **kwargs)
        explorer.sweep()

    return init_and_sweep


Explorer.__init__ = swept(Explorer.__init__)
