"""`pytest --nbval notebooks` compares what a figure says, and not its pixels."""


def pytest_collectstart(collector):
    """Leave the HTML of figures out, because their fonts are drawn by the machine's libraries."""
    if hasattr(collector, "skip_compare"):  # The collector is a notebook of nbval.
        collector.skip_compare += ("text/html",)
