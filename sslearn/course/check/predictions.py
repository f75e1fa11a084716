"""Predict before you look: answers stored in a small local file, compared after the reveal."""

import json
import math
import os
import statistics
from pathlib import Path
from typing import NamedTuple

PRETEST = dict(zip("12345678", "cbaabbca", strict=True))  # the questions stand in notebook 00
ASKED: dict[str, dict] = {}  # what this kernel was asked, so that reveal knows choices and unit


class Said(NamedTuple):
    """One line of text, shown as it is."""

    text: str

    def __repr__(self) -> str:
        return self.text


def store_path() -> Path:
    """Where answers are kept: $SSLEARN_HOME, or .sslearn in the home folder."""
    return Path(os.environ.get("SSLEARN_HOME", Path.home() / ".sslearn")) / "predictions.json"


def _load() -> tuple[dict, bool]:
    """What is stored, and whether the file is damaged."""
    try:
        stored = json.loads(store_path().read_text(encoding="utf-8"))
    except ValueError:  # no JSON, or no text at all
        return {}, True
    except OSError:
        return {}, False
    return (stored, False) if isinstance(stored, dict) else ({}, True)


def _plain(x):
    """The Python number or text in a NumPy or torch scalar."""
    return x.item() if getattr(x, "shape", None) == () else x


def _is_number(x) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool)


def _save(key: str, entry: dict) -> str:
    """Store one entry; returns '' or one sentence that says why it could not."""
    path = store_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        said, (whole, damaged) = "", _load()
        if damaged:
            aside, k = path.with_suffix(".damaged"), 1
            while aside.exists():
                k, aside = k + 1, path.with_suffix(f".damaged{k + 1}")
            path.replace(aside)
            said = f" (the old {path.name} could not be read and is kept as {aside.name})"
        whole |= {key: entry}
        part = path.with_suffix(".part")
        part.write_text(json.dumps(whole, indent=1), encoding="utf-8")
        part.replace(path)
        return said
    except (OSError, TypeError) as error:
        return f" (not kept for later: {error.__class__.__name__}; the notebook goes on)"


def predict(key: str, answer=None, *, choices: tuple = (), unit: str = "") -> Said:
    """Store your answer under `key` before the reveal: a number, or one of `choices`.

    None stores nothing and the notebook goes on. Raises ValueError for an empty key, an answer
    that is not among the choices, and a number that is not finite.
    """
    if not (isinstance(key, str) and key):
        raise ValueError(f"key must be a text and not empty, got {key!r}")
    answer = _plain(answer)
    ASKED[key] = {"answer": answer, "unit": unit}
    if answer is None:
        among = f" Choices: {', '.join(map(str, choices))}." if choices else ""
        return Said(f"○ {key}: no prediction yet; replace None by yours.{among}")
    if choices and answer not in choices:
        raise ValueError(f"answer must be one of {choices}, got {answer!r}")
    if not choices and not (_is_number(answer) and math.isfinite(answer)):
        raise ValueError(f"answer must be a finite number, got {answer!r}")
    note = _save(key, {"answer": answer})
    return Said(f"● {key}: you predict {answer}{' ' + unit if unit else ''}.{note}")


def reveal(key: str, truth, *, tolerance: float = 0.1) -> Said:
    """Compare the prediction under `key` with the truth; a number is right within `tolerance`.

    The tolerance is relative. Raises ValueError if `predict` was not called with this key, for a
    truth that is not finite or not of the answer's kind, and for a negative tolerance.
    """
    if key not in ASKED:
        raise ValueError(f"key must be one that predict was called with, got {key!r}")
    answer, unit = ASKED[key]["answer"], ASKED[key]["unit"]
    truth = _plain(truth)
    number = _is_number(truth)
    if number and not math.isfinite(truth):
        raise ValueError(f"truth must be finite, got {truth}")
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be at least 0, got {tolerance}")
    if answer is not None and number != _is_number(answer):
        raise ValueError(f"truth must be of the answer's kind ({answer!r}), got {truth!r}")
    shown = f"{truth:.3g}" if number else str(truth)
    shown += f" {unit}" if unit else ""
    if answer is None:
        return Said(f"○ {key}: it is {shown}; you made no prediction.")
    if not number:
        right, off = answer == truth, None
    else:
        off = abs(answer - truth) / max(abs(truth), 1e-12)
        right = off <= tolerance
    note = _save(key, {"answer": answer, "truth": truth, "right": right, "off": off})
    how = "right" if right else "not this time"
    if off is not None:
        how += f", off by {100 * off:.0f} %"
    return Said(f"{'✓' if right else '✗'} {key}: you said {answer}, it is {shown}: {how}.{note}")


def calibration() -> Said:
    """How good your predictions were so far: how many right, and the median relative error."""
    stored, damaged = _load()
    if damaged:
        return Said(f"○ {store_path().name} cannot be read; the next prediction sets it aside.")
    met = [e for e in stored.values() if isinstance(e, dict) and isinstance(e.get("right"), bool)]
    if not met:
        return Said("○ No prediction has met its answer yet.")
    text = f"{sum(e['right'] for e in met)} of {len(met)} predictions right"
    offs = [e["off"] for e in met if _is_number(e.get("off"))]
    if offs:
        text += f"; the numbers were off by {100 * statistics.median(offs):.0f} % in the median"
    return Said(text + ".")


def pretest(answers: dict, key: dict = PRETEST, *, name: str = "pretest") -> Said:
    """Mark a test of choices and keep the score under `name`; None counts as not answered.

    Nothing is stored unless every question is answered. Raises ValueError if answers and key do
    not name the same questions.
    """
    if answers.keys() != key.keys():
        raise ValueError(f"answers must name {list(key)}, got {list(answers)}")
    given = sum(a is not None for a in answers.values())
    if given < len(key):
        return Said(f"○ {name}: {given} of {len(key)} answered, nothing stored.")
    score = sum(answers[q] == key[q] for q in key)
    note = _save(name, {"score": score, "of": len(key)})
    return Said(f"● {name}: {score} of {len(key)}; you meet it again in notebook 14.{note}")


def quiz_score(name: str = "pretest") -> tuple[int, int] | None:
    """The stored (score, of) of a test, or None."""
    entry = _load()[0].get(name)
    whole = isinstance(entry, dict) and all(_is_number(entry.get(k)) for k in ("score", "of"))
    return (entry["score"], entry["of"]) if whole else None
