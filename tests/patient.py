"""A pytest plugin for nbval, which gives a cell five seconds to hand over what it printed.

That is too short for a training that shows its progress while both cores are busy, and nbval has
no option for it.
"""

from nbval.plugin import IPyNbCell


def pytest_collection_modifyitems(items):
    """Give every notebook's cell two minutes."""
    for item in items:
        if isinstance(item, IPyNbCell):
            item.output_timeout = 120
