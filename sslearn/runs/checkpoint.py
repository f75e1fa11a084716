"""The file in which an unfinished run waits: its training's state, under a check sum.

The outer dict holds the bytes of an inner file of torch and their sha256, because torch's reader
does not see a changed bit. A file that is whole is never called broken: where it does not go with
this run or this machine, the sentence says with what it does.
"""

import hashlib
import io
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from sslearn.data.files import write_whole

FORMAT = 2  # Format 1 had no sum, no versions, and the random numbers of one process alone.
ELSE = "or name another --folder to start anew"


def version_of(package: str) -> str:
    """The version of an installed package, or a word where a package runs from its folder."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def surroundings(device: str, processes: int) -> dict:
    """What a run's numbers depend on beside its settings; it ends the same only where these are.

    On a GPU the processor's threads do not matter, so that they are not named there.
    """
    threads = torch.get_num_threads() if device == "cpu" else None
    versions = {name: version_of(name) for name in ("sslearn", "torch")}
    return {"device": device, "processes": processes, "threads": threads, **versions}


def write_checkpoint(path: Path, run: dict, here: dict, state: dict) -> None:
    """Write a training's state, with its run's names and surroundings: all of it or nothing."""
    inner, outer = io.BytesIO(), {}
    torch.save({"format": FORMAT, "run": run, "surroundings": here, "state": state}, inner)
    raw = inner.getvalue()
    outer["sha256"] = hashlib.sha256(raw).hexdigest()
    outer["bytes"] = torch.frombuffer(bytearray(raw), dtype=torch.uint8)
    write_whole(path, lambda file: torch.save(outer, file))


def read_checkpoint(path: Path, run: dict, here: dict) -> dict | None:
    """The state that such a file holds, its tensors on the processor; None if there is no file.

    Raises ValueError for a file that may not be read or is damaged, of another version, of a run
    with other settings, and of other surroundings.
    """
    if not path.is_file():
        return None
    try:
        raw = path.read_bytes()
    except OSError as error:
        what = f"{path.name} is there and cannot be read ({error.strerror or error})"
        raise ValueError(f"{what}: mend that, {ELSE}") from None
    outer = _load(raw, path)
    if isinstance(outer, dict) and "run" in outer:
        raise ValueError(
            f"{path.name} is of an older sslearn, which alone can go on with it: do so, {ELSE}"
        )
    if not isinstance(outer, dict) or outer.keys() != {"sha256", "bytes"}:
        raise _damaged(path, "it is no checkpoint")
    if getattr(outer["bytes"], "dtype", None) != torch.uint8:
        raise _damaged(path, "it holds no bytes")
    raw = outer["bytes"].numpy().tobytes()
    if hashlib.sha256(raw).hexdigest() != outer["sha256"]:
        raise _damaged(path, "its check sum differs")
    inner = _load(raw, path)
    if inner["format"] != FORMAT:
        raise ValueError(
            f"{path.name} has format {inner['format']} of another sslearn, and this one reads "
            f"format {FORMAT}: go on with the other, {ELSE}"
        )
    _require_equal(path, inner["run"], run, "the same")
    _require_equal(path, inner["surroundings"], here, "the same, because it ends the same only so")
    return inner["state"]


def _load(raw: bytes, path: Path) -> object:
    try:
        return torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # Torch raises almost anything for broken bytes.
        raise _damaged(path, type(error).__name__) from None


def _damaged(path: Path, why: str) -> ValueError:
    return ValueError(f"{path.name} is damaged ({why}): remove it to start anew")


def _require_equal(path: Path, then: dict, now: dict, what: str) -> None:
    names = [n for n in {**then, **now} if then.get(n) != now.get(n)]
    if names:
        old, new = (", ".join(f"{n} {d.get(n)}" for n in names) for d in (then, now))
        raise ValueError(
            f"{path.name} was begun with {old}, and here it is {new}: go on with {what}, {ELSE}"
        )
