"""How a command refuses: one sentence to the standard error, and the exit code of bad input."""

import sys


def refuse(reason: object) -> int:
    """Print one sentence to the standard error; returns the exit code of bad input."""
    print(reason, file=sys.stderr)
    return 2
