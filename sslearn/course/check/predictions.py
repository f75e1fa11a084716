"""Predict before you look: answers are stored in a local file and compared with the truth."""

import contextlib
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

from sslearn.course.check.compare import is_number, number

PRETEST = dict(zip("12345678", "cbaabbca", strict=True))  # The questions stand in notebook 00.
ASKED: dict[str, dict] = {}  # This kernel's predictions, which reveal compares with the truth.


class Line(NamedTuple):
    """One line of text, which a notebook shows as it is."""

    text: str

    def __repr__(self) -> str:
        """The text, with ? for each character that this terminal does not know."""
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        return self.text.encode(encoding, "replace").decode(encoding)


def store_path() -> Path:
    """The file of all answers: in $SSLEARN_HOME, or in .sslearn of the home folder."""
    return Path(os.environ.get("SSLEARN_HOME", Path.home() / ".sslearn")) / "predictions.json"


def _load() -> tuple[dict, bool]:
    """The stored entries, {key: entry}, and whether the file is damaged."""
    try:
        text = store_path().read_text(encoding="utf-8")
        finite = dict.fromkeys(("parse_int", "parse_float", "parse_constant"), _finite)
        stored = json.loads(text, **finite)
    except (ValueError, RecursionError):  # It holds no JSON, no text at all, or no end of brackets.
        return {}, True
    except OSError:
        return {}, False
    return (stored, False) if isinstance(stored, dict) else ({}, True)


@contextlib.contextmanager
def _alone():
    """Keep other kernels from the store within, by a file that only one of them can make.

    A lock of over two seconds is taken away, because storing takes milliseconds and a kernel that
    was killed never gives its lock back.
    """
    lock, start = store_path().with_suffix(".lock"), time.monotonic()
    while time.monotonic() < start + 5:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
            break
        except FileExistsError:
            with contextlib.suppress(OSError):  # Its owner may give it back at this moment.
                if time.time() - lock.stat().st_mtime > 2:
                    lock.unlink()
            time.sleep(0.002)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _save(key: str, entry: dict) -> str:
    """Store one entry; returns '' or a remark, if something is to be told.

    A prediction that has met its truth stays as it is.
    """
    path = store_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone():
            remark, (entries, damaged) = "", _load()
            if damaged:
                aside, k = path.with_suffix(".damaged"), 1
                while aside.exists():
                    k, aside = k + 1, path.with_suffix(f".damaged{k + 1}")
                path.replace(aside)
                remark = f" (the old {path.name} could not be read and is kept as {aside.name})"
            if _revealed(first := entries.get(key)):
                if first.get("answer") == entry.get("answer"):
                    return ""
                return f" Your first answer, {first.get('answer')}, stays; it has met the truth."
            part = path.with_suffix(f".{os.getpid()}.part")
            part.write_text(json.dumps(entries | {key: entry}, indent=1), encoding="utf-8")
            part.replace(path)
        return remark
    except (OSError, TypeError, RecursionError) as error:
        return f" (not kept for later: {error.__class__.__name__}; the notebook goes on)"


def _revealed(entry) -> bool:
    """Whether a stored entry is a prediction that has met its truth."""
    return isinstance(entry, dict) and isinstance(entry.get("right"), bool)


def _is_finite(x) -> bool:
    """Whether x is a number that a float can hold."""
    return is_number(x) and -sys.float_info.max <= x <= sys.float_info.max


def _finite(text: str) -> int | float:
    """The number in a stored text. Raises ValueError if no float can hold it."""
    if not _is_finite(float(text)):
        raise ValueError(f"stored numbers must be finite, got {text}")
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _refusal(answer, choices: tuple, skip: bool) -> str:
    """What to write instead of an answer that cannot be kept, or '' for one that can."""
    if skip:
        return f"give an answer or skip=True, not both; you gave {answer!r}."
    if choices:
        among = f"choose one of {', '.join(map(repr, choices))}; you gave {answer!r}."
        return "" if answer in choices else among
    one = "one number without quotes" if isinstance(answer, str) else "one finite number"
    return "" if _is_finite(answer) else f"give {one}; you gave {answer!r}."


def predict(
    key: str, answer=None, *, choices: tuple = (), unit: str = "", skip: bool = False
) -> Line:
    """Store your answer under `key` before the reveal: a number, or one of `choices`.

    With None nothing is stored, the notebook goes on, and the reveal keeps its truth; with
    skip=True it tells it. An answer that is not among the choices, not a finite number, or skipped
    too is refused in one line that says what to write; it changes nothing. Raises ValueError for a
    key that is empty or no text.
    """
    if not (isinstance(key, str) and key):
        raise ValueError(f"key must be a text and not empty, got {key!r}")
    answer = number(answer)
    ASKED.setdefault(key, {"answer": None, "unit": unit, "skipped": False})
    if answer is not None and (wrong := _refusal(answer, choices, skip)):
        return Line(f"○ {key}: {wrong} Nothing is stored.")
    ASKED[key] = {"answer": answer, "unit": unit, "skipped": skip}
    if skip:
        return Line(f"○ {key}: skipped.")
    if answer is None:
        among = f" Choices: {', '.join(map(str, choices))}." if choices else ""
        return Line(f"○ {key}: no prediction yet; replace None by yours.{among}")
    remark = _save(key, {"answer": answer})
    return Line(f"● {key}: you predict {answer}{' ' + unit if unit else ''}.{remark}")


def reveal(key: str, truth, *, tolerance: float = 0.1) -> Line:
    """Compare the prediction under `key` with the truth; a number is right within `tolerance`.

    The tolerance is relative. The first answer that meets the truth is stored for good. Without
    a prediction in this kernel the truth is not told, unless `predict` was called with skip=True.
    Raises ValueError for a truth that is not finite or not of the answer's kind, and for a negative
    tolerance.
    """
    if key not in ASKED:
        return Line(f'○ {key}: first run the cell with predict("{key}", ...)')
    answer, unit, skipped = (ASKED[key][name] for name in ("answer", "unit", "skipped"))
    truth = number(truth)
    numeric = is_number(truth)
    if numeric and not _is_finite(truth):
        raise ValueError(f"truth must be finite, got {truth}")
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be at least 0, got {tolerance}")
    if answer is not None and numeric != is_number(answer):
        raise ValueError(f"truth must be of the answer's kind ({answer!r}), got {truth!r}")
    shown = f"{truth:.3g}" if numeric else str(truth)
    shown += f" {unit}" if unit else ""
    if skipped:
        return Line(f"○ {key}: it is {shown}; you skipped it.")
    if answer is None:
        return Line(f'○ {key}: predict first, or skip: predict("{key}", skip=True)')
    off = min(abs(float(answer) - truth) / max(abs(truth), 1e-12), 1e6) if numeric else None
    right = off <= tolerance if numeric else answer == truth
    remark = _save(key, {"answer": answer, "truth": truth, "right": right, "off": off})
    verdict = "right" if right else "not this time"
    if numeric:
        verdict += f", off by {100 * off:.0f} %"
        verdict += "" if right else f", and right means within {100 * tolerance:.3g} %"
    mark = "✓" if right else "✗"
    return Line(f"{mark} {key}: you said {answer}, it is {shown}: {verdict}.{remark}")


def calibration() -> Line:
    """Count your right predictions so far, and take the median of the relative errors."""
    entries, damaged = _load()
    if damaged:
        return Line(f"○ {store_path().name} cannot be read; the next prediction sets it aside.")
    revealed = [e for e in entries.values() if _revealed(e)]
    if not revealed:
        return Line("○ No prediction has met its answer yet.")
    text = f"{sum(e['right'] for e in revealed)} of {len(revealed)} predictions right"
    errors = [e["off"] for e in revealed if is_number(e.get("off"))]
    if errors:
        text += f"; the numbers were off by {100 * statistics.median(errors):.0f} % in the median"
    return Line(text + ".")


def pretest(answers: dict, key: dict = PRETEST, *, name: str = "pretest") -> Line:
    """Mark a test of choices and store the score under `name`; None counts as not answered.

    Nothing is stored unless every question is answered. Raises ValueError if answers and key do
    not name the same questions.
    """
    if answers.keys() != key.keys():
        raise ValueError(f"answers must name {list(key)}, got {list(answers)}")
    given = sum(a is not None for a in answers.values())
    if given < len(key):
        return Line(f"○ {name}: {given} of {len(key)} answered, nothing stored.")
    score = sum(answers[q] == key[q] for q in key)
    remark = _save(name, {"score": score, "of": len(key)})
    return Line(f"● {name}: {score} of {len(key)}; you meet it again in notebook 14.{remark}")


def quiz_score(name: str = "pretest") -> tuple[int, int] | None:
    """The stored score of a test and its number of questions, (score, of), or None."""
    entry = _load()[0].get(name)
    complete = isinstance(entry, dict) and all(is_number(entry.get(k)) for k in ("score", "of"))
    return (entry["score"], entry["of"]) if complete else None
