"""`pytest --nbval notebooks` compares what a figure says, not its pixels, and skips what is ≈."""

from pathlib import Path

from kernels import be_patient

RULES = Path(__file__).resolve().parent.parent / "tests" / "nbval.cfg"


def pytest_collectstart(collector):
    """Apply the rules of tests/nbval.cfg, and leave the HTML of figures out.

    A figure's fonts are drawn by the machine's libraries.
    """
    if hasattr(collector, "skip_compare"):  # The collector is a notebook of nbval.
        from nbval.plugin import get_sanitize_patterns

        collector.skip_compare += ("text/html",)
        collector.sanitize_patterns.update(get_sanitize_patterns(RULES.read_text("utf-8")))


def pytest_collection_modifyitems(items):
    """Start kernels as kernels.py says."""
    be_patient(items)
