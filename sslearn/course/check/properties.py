"""Checks of the exercises: properties from easy to hard, each with its mistake and its hint.

A check never raises, because whatever the learner's function does becomes one line that says what
to do. Every call of the learner's function gets copies of the arguments, which are compared with
the originals afterwards. Its answer may be a list where a tuple is asked, and a NumPy scalar where
a number is asked. The first failure of an exercise names the mistake, and from the second one on
the hint stands below it, because a hint is often the line that is missing.
"""

import sysconfig
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sslearn.course.check.compare import number, on_copies

MARKS = {"passed": "✓", "failed": "✗", "unwritten": "○"}
STRANGE = "the result has the wrong type or shape"
LATER = "look for it yourself; if this check fails again, it gives a hint"
FAILURES: Counter[str] = Counter()  # How often each check has failed in this kernel.
# Folders of code that no learner wrote: Python's, installed packages', and this course's.
FOREIGN = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
FOREIGN.append(str(Path(__file__).resolve().parents[2]))


class Property(NamedTuple):
    """holds(f) is true of a right answer; mistake says what is wrong if not; hint, what to try."""

    holds: Callable[[Callable], bool]
    mistake: str
    hint: str


class CheckResult(NamedTuple):
    """The result of a check: status is passed, failed or unwritten.

    where is the learner's own line that an exception came from. With held=True the hint is not
    shown, because this is the first failure of its exercise.
    """

    name: str
    status: str
    message: str
    hint: str = ""
    where: str = ""
    held: bool = False

    def __repr__(self) -> str:
        lines = [f"{MARKS[self.status]} {self.name}: {self.message}"]
        if self.where:
            lines.append(f"  {self.where}")
        if self.hint:
            lines.append(f"  {LATER}" if self.held else f"  hint: {self.hint}")
        return "\n".join(lines)


class _Changed(Exception):
    """The learner's function changed an argument, so that its answer says nothing."""


def check(name: str, f: Callable, properties: Sequence[Property]) -> CheckResult:
    """Try each property in turn; the first that does not hold is reported. Never raises.

    An answer that raises NotImplementedError or returns `...` or None counts as unwritten. An
    answer that changes an argument in place fails, whichever property made the call. The hint of
    a property is held back at the first failure under this name.
    """
    result = _tried(name, f, properties)
    if result.status == "failed":
        FAILURES[name] += 1
        of_property = any(result.hint == prop.hint for prop in properties)
        return result._replace(held=of_property and FAILURES[name] == 1)
    return result


def _tried(name: str, f: Callable, properties: Sequence[Property]) -> CheckResult:
    if not callable(f):
        message = f"this must be a function, got {type(f).__name__}"
        return CheckResult(name, "failed", message, "keep the line that starts with def")
    empty, stopped, changed = [], [], []

    def watched(*args, **kwargs):
        try:
            out, names = on_copies(f, *args, **kwargs)
        except BaseException as error:
            stopped.append((_one_line(error), _own_line(error)))
            raise
        if out is None or out is ...:
            empty.append(out)
            raise NotImplementedError
        if names:
            changed.extend(names)
            raise _Changed
        return _plain(out)

    for prop in properties:
        try:
            held = prop.holds(watched)
        except NotImplementedError:
            if not (empty or stopped):  # Torch refused the result, so there is one.
                return CheckResult(name, "failed", STRANGE, prop.hint)
            hint = "does it end with return?" if empty and empty[0] is None else ""
            return CheckResult(name, "unwritten", "not written yet", hint)
        except _Changed:
            held = False
        except (Exception, SystemExit):  # A learner's function may do anything.
            if stopped:
                error, where = stopped[0]
                message = f"your function stopped with {error}"
                hint = "call it yourself with a small input, and look at what enters that line"
                return CheckResult(name, "failed", message, hint, where)
            return CheckResult(name, "failed", STRANGE, prop.hint)
        if changed:
            hint = f"write {changed[0]} = ... with new values, or work on a copy"
            message = f"it changes its argument {changed[0]} in place"
            return CheckResult(name, "failed", message, hint)
        if not held:
            return CheckResult(name, "failed", prop.mistake, prop.hint)
    count = len(properties)
    return CheckResult(name, "passed", f"{'all ' if count > 1 else ''}{count} properties hold")


def _plain(out):
    """The answer with lists as tuples and NumPy scalars as Python's numbers."""
    if isinstance(out, list | tuple):
        return tuple(map(_plain, out))
    return number(out) if isinstance(out, np.generic | np.ndarray) else out


def _one_line(error: BaseException) -> str:
    try:
        text = (str(error).strip().splitlines() or [""])[0]
    except Exception:  # Even an exception's text may be the learner's.
        text = ""
    kind = type(error).__name__
    return f"{kind}: {text}" if text else kind


def _own_line(error: BaseException) -> str:
    """The last line of the learner's own code that the exception went through, or ''."""
    own = [entry for entry in traceback.extract_tb(error.__traceback__)
           if not entry.filename.startswith(("<frozen", *FOREIGN))]  # fmt: skip
    if not own:
        return ""
    text = f": {own[-1].line}" if own[-1].line else ""
    return f"in line {own[-1].lineno}{text}"
