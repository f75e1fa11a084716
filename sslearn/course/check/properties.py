"""Checks of the exercises: properties from easy to hard, each with its mistake and hints.

A check never raises: whatever the learner's function does becomes one line that says what to do.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

MARKS = {"passed": "✓", "failed": "✗", "unwritten": "○"}
STRANGE = "the result has the wrong type or shape"


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
    empty, stopped = [], []

    def watched(*args, **kwargs):
        try:
            out = f(*args, **kwargs)
        except BaseException as error:
            stopped.append(error)
            raise
        if out is None or out is ...:
            empty.append(out)
            raise NotImplementedError
        return out

    for prop in properties:
        try:
            if prop.holds(watched):
                continue
        except NotImplementedError:
            if not (empty or stopped):  # torch refused the result, the answer is there
                return CheckResult(name, "failed", STRANGE, prop.hint)
            hint = "does it end with return?" if empty and empty[0] is None else ""
            return CheckResult(name, "unwritten", "not written yet", hint)
        except (Exception, SystemExit):  # a learner's function may do anything
            message = STRANGE
            if stopped:
                message = f"your function stopped with {_one_line(stopped[0])}"
            return CheckResult(name, "failed", message, prop.hint)
        return CheckResult(name, "failed", prop.mistake, prop.hint)
    count = len(properties)
    return CheckResult(name, "passed", f"{'all ' if count > 1 else ''}{count} properties hold")


def _one_line(error: BaseException) -> str:
    try:
        text = (str(error).strip().splitlines() or [""])[0]
    except Exception:  # even an exception's text may be the learner's
        text = ""
    kind = type(error).__name__
    return f"{kind}: {text}" if text else kind
