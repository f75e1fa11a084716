"""Checks of the exercises: properties from easy to hard, each with its mistake and hints.

A check never raises: whatever the learner's function does becomes one line that says what to do.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

MARKS = {"passed": "✓", "failed": "✗", "unwritten": "○"}


class Property(NamedTuple):
    """holds(f) is true of a right answer; mistake names what is wrong if not; hint, the way on."""

    holds: Callable[[Callable], bool]
    mistake: str
    hint: str


class CheckResult(NamedTuple):
    """What a check found: status is passed, failed or unwritten."""

    name: str
    status: str
    message: str
    hint: str = ""

    def __repr__(self) -> str:
        line = f"{MARKS[self.status]} {self.name}: {self.message}"
        return f"{line}\n  hint: {self.hint}" if self.hint else line


def check(name: str, f: Callable, properties: Sequence[Property]) -> CheckResult:
    """Try each property in turn; the first that fails is reported. Never raises.

    An answer that raises NotImplementedError or returns `...` or None counts as unwritten.
    """
    if not callable(f):
        message = f"this must be a function, got {type(f).__name__}"
        return CheckResult(name, "failed", message, "keep the line that starts with def")
    empty = []

    def watched(*args, **kwargs):
        out = f(*args, **kwargs)
        if out is None or out is ...:
            empty.append(out)
            raise NotImplementedError
        return out

    for prop in properties:
        try:
            if prop.holds(watched):
                continue
        except NotImplementedError:
            hint = "does it end with return?" if empty and empty[0] is None else ""
            return CheckResult(name, "unwritten", "not written yet", hint)
        except Exception as error:  # a learner's function may do anything
            message = f"your function stopped with {type(error).__name__}: {error}"
            return CheckResult(name, "failed", message, prop.hint)
        return CheckResult(name, "failed", prop.mistake, prop.hint)
    count = len(properties)
    return CheckResult(name, "passed", f"{'all ' if count > 1 else ''}{count} properties hold")
