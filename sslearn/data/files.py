"""Files: the folder they lie in, checks that they are whole, and writing all of one or nothing."""

import glob
import gzip
import hashlib
import os
import pickle
import struct
import sys
import tarfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np

ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}


class DataError(RuntimeError):
    """A file is missing, cut off or altered; one sentence says which, and what to do."""


class MissingData(DataError):
    """A file is not there, and nothing is wrong with what is there."""


def data_folder() -> Path:
    """$SSLEARN_DATA, or `sslearn` in the user's cache folder; the folder need not exist yet."""
    if chosen := os.environ.get("SSLEARN_DATA"):
        return Path(chosen).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "sslearn"
    default = Path.home() / ".cache"
    cache = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    return Path(cache or default) / "sslearn"


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Call write(file) on a temporary file beside path, then rename it: all of path or nothing.

    The file is on the disk before it gets its name, because a name may outlive a power cut that its
    bytes do not. What a process that was killed left of path is removed. Raises what write raises;
    then the temporary file is removed, and path is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in abandoned(path):
        with suppress(OSError):  # Another process may have removed it.
            left.unlink()
    part = part_of(path)
    try:
        with open(part, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def part_of(path: Path) -> Path:
    """The temporary file .NAME.PID.part of this process beside path."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def abandoned(path: Path) -> list[Path]:
    """The temporary files of path that belong to processes which have ended."""
    parts = path.parent.glob(f".{glob.escape(path.name)}.*.part")
    return [part for part in parts if not _runs(part.name.split(".")[-2], part)]


def _runs(pid, part):
    if os.name == "nt":  # There os.kill would end the process, so that a still minute must tell.
        return time.time() - part.stat().st_mtime < 60
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except (OSError, ValueError):
        pass  # It runs and belongs to somebody else, or the name is not one of ours.
    return True


def read_raw(path: Path, advice: str) -> bytes:
    """The bytes of path, or of path.gz unpacked.

    Raises MissingData if neither exists, and DataError if it cannot be read; the message ends in
    advice, which says what to do.
    """
    packed = path.with_name(path.name + ".gz")
    if not path.exists() and not packed.exists():
        raise MissingData(f"{path} is missing (or {packed.name}); {advice}.")
    try:
        return path.read_bytes() if path.exists() else gzip.decompress(packed.read_bytes())
    except Exception as error:  # Broken bytes may raise anything.
        bad = path if path.exists() else packed
        raise DataError(f"{bad} cannot be read ({error}); delete it, then {advice}.") from error


def check_hash(raw: bytes, name: object, expected: str, advice: str) -> None:
    """Raise DataError unless raw has the expected md5 (32 digits) or sha256 (64 digits)."""
    kind = "md5" if len(expected) == 32 else "sha256"
    actual = hashlib.new(kind, raw, usedforsecurity=False).hexdigest()
    if actual != expected:
        raise DataError(f"{name} is altered: {kind} {actual}, expected {expected}; {advice}.")


def parse_idx(raw: bytes, name: object, advice: str) -> np.ndarray:
    """The uint8 array of an IDX file: two zero bytes, 8, the rank, sizes (4 bytes each), values.

    The format is described on the MNIST page of LeCun, Cortes and Burges. Raises DataError for
    bytes that are not such a file, or too few or too many of them.
    """
    rank = raw[3] if raw[:3] == b"\0\0\x08" and len(raw) > 3 else 0
    if not rank or len(raw) < 4 + 4 * rank:
        raise DataError(f"{name} is not an IDX file of bytes; {advice}.")
    sizes = struct.unpack(f">{rank}I", raw[4 : 4 + 4 * rank])
    expected = 4 + 4 * rank + int(np.prod(sizes, dtype=object))
    if len(raw) != expected:
        what = "cut off" if len(raw) < expected else "too long"
        raise DataError(f"{name} is {what}: {len(raw)} bytes, expected {expected}; {advice}.")
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(sizes)


def make_idx(values: np.ndarray) -> bytes:
    """The bytes of the IDX file of a uint8 array; `parse_idx` reads them back.

    Raises ValueError for another dtype, because a cast would make other numbers of it.
    """
    if values.dtype != np.uint8:
        raise ValueError(f"values must be uint8, got {values.dtype}")
    head = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    return head + values.tobytes()


def read_npz(path: Path, names: Sequence[str], advice: str) -> list[np.ndarray]:
    """The named arrays of an npz file; nothing is unpickled.

    Raises DataError if the file cannot be read or lacks one of them.
    """
    try:
        with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
            return [file[name] for name in names]
    except Exception as error:  # Broken bytes may raise anything, and so may another kind of file.
        reason = f"cannot be read, or has not the arrays {', '.join(names)}"
        raise DataError(f"{path} {reason}; delete it, then {advice}.") from error


def read_tar(
    source: Path | BinaryIO, wanted: Callable[[str], object], name: object, advice: str
) -> dict[str, bytes]:
    """The bytes of each file in a .tar.gz whose name is wanted; nothing is written.

    Raises DataError if the archive is broken or holds none of them.
    """
    try:
        with gzip.open(source) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as tar:
            files = (member for member in tar if member.isfile() and wanted(member.name))
            members = {member.name: tar.extractfile(member).read() for member in files}
    except Exception as error:  # Broken bytes may raise anything.
        raise DataError(f"{name} is not a whole .tar.gz ({error}); {advice}.") from error
    if not members:
        raise DataError(f"{name} holds none of the files that it should; {advice}.")
    return members


def _latin1(text, codec):
    if codec != "latin1":
        raise pickle.UnpicklingError(f"the codec {codec!r} is not allowed")
    return text.encode("latin1")


class _Unpickler(pickle.Unpickler):
    """An unpickler that builds numpy arrays and plain containers, and refuses every other name."""

    def find_class(self, module, name):
        if (module, name) == ("_codecs", "encode"):  # Python 3 writes bytes as this, of old kinds.
            return _latin1
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def unpickle(raw: bytes, name: object, advice: str) -> object:
    """The value of a pickle of numpy arrays, lists, dicts, strings and numbers only.

    Raises DataError if the pickle is broken or holds anything else; nothing of it is executed.
    """
    try:
        return _Unpickler(BytesIO(raw), encoding="latin1").load()
    except Exception as error:  # A broken pickle may raise anything.
        raise DataError(f"{name} is not a pickle of arrays ({error}); {advice}.") from error
