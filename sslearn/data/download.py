"""Downloads over https: a file comes whole and checked, or what came of it waits for the rest.

Proxies are those of the environment (https_proxy, no_proxy), as urllib reads them.
"""

import os
import re
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from sslearn.data.files import DataError, abandoned, check_hash, part_of

PATIENCE = 30.0  # A server that sends nothing for so many seconds is given up.
LIMIT = 3600.0  # An address may take so many seconds; what came is kept for the next time.
BLOCK = 1 << 16
AGENT = "sslearn (Python)"  # Some servers refuse the name that urllib gives by default.
RANGE_NOT_SATISFIABLE = 416
Report = Callable[[str], object]


class _Cut(Exception):
    """The server refused, ended the connection, or said nothing for too long."""


class _OnlyHttps(HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if urlsplit(newurl).scheme != "https":
            fp.close()
            raise DataError(f"{req.full_url} leads to {newurl}, which is not https.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(
    url: str,
    path: Path,
    md5: str,
    report: Report = lambda text: None,
    unpack: Callable[[bytes], bytes] = bytes,
) -> None:
    """Get url into path, and go on where an earlier download of path was cut off.

    The bytes are collected in .NAME.PID.part beside path, and md5 is that of unpack(bytes). Wrong
    bytes are not kept; if they came in several pieces, all are got once more. report(text) is
    called at the start and at each tenth of a file of over 65 kB. Raises DataError if the address
    does not give the file, ValueError for one that is not https (http is for 127.0.0.1 alone), and
    OSError where path cannot be written.
    """
    address = urlsplit(url)
    if address.scheme != "https" and (address.scheme, address.hostname) != ("http", "127.0.0.1"):
        raise ValueError(f"url must be https, got {url!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    part, end = part_of(path), time.monotonic() + LIMIT
    for left in abandoned(path):
        with suppress(OSError):  # Another process may have taken it.
            os.replace(left, part) if _size(left) > _size(part) else left.unlink()
    report(f"downloading {url}")
    for last in (False, True):
        in_pieces = _fill(url, part, report, end)
        try:
            _check(part, url, md5, unpack)
            break
        except DataError:
            part.unlink()
            if last or not in_pieces:
                raise
    os.replace(part, path)


def _check(part, url, md5, unpack):
    try:
        raw = unpack(part.read_bytes())
    except Exception as error:  # Broken bytes may raise anything.
        raise DataError(f"{url} gave another file ({error}); it is not kept.") from error
    check_hash(raw, f"The file of {url}", md5, "it is not kept")


def _fill(url: str, part: Path, report: Report, end: float) -> bool:
    """Get all of part, over as many connections as bring something; True if in several pieces."""
    in_pieces = _size(part) > 0
    while True:
        before = _size(part)
        try:
            _append(url, part, report, end)
            return in_pieces
        except _Cut as error:
            in_pieces, now = True, _size(part)
            if now <= before or time.monotonic() > end:
                kept = f", {now} bytes of it are kept" if now else ""
                raise DataError(f"{url}: {error}{kept}.") from error


def _append(url: str, part: Path, report: Report, end: float) -> None:
    """Get what part lacks, or all of it from a server that cannot give just that."""
    have = _size(part)
    headers = {"User-Agent": AGENT} | ({"Range": f"bytes={have}-"} if have else {})
    with _network():
        try:
            answer = build_opener(_OnlyHttps).open(Request(url, headers=headers), timeout=PATIENCE)
        except HTTPError as error:
            error.close()
            if have and error.code == RANGE_NOT_SATISFIABLE:
                return  # Nothing is lacking; whether it is the right file is the check's to say.
            raise _Cut(f"it answered {error.code} {error.reason}") from error
    part.touch()
    with answer, open(part, "r+b") as file:
        done, total = _span(answer)
        file.seek(done)
        while block := _block(answer):
            tenth = 10 * done // total if total else 0
            done += file.write(block)
            if total > BLOCK and 10 * done // total > tenth:
                report(f"{url.rpartition('/')[2]}: {done / 1e6:.1f} of {total / 1e6:.1f} MB")
            if time.monotonic() > end:
                raise _Cut(f"{LIMIT:.0f} seconds are over")
        if total and done < total:
            raise _Cut(f"the connection ended after {done} of {total} bytes")
        file.truncate()  # An earlier part may have been longer.
        file.flush()
        os.fsync(file.fileno())


def _span(answer: HTTPResponse) -> tuple[int, int]:
    """Where in the file the answer's bytes begin, and the size of the file, 0 if it is not told."""
    if found := re.match(r"bytes (\d+)-\d+/(\d+)", answer.headers.get("Content-Range", "")):
        return int(found[1]), int(found[2])
    return 0, answer.length or 0


def _block(answer):
    with _network():
        return answer.read1(BLOCK)


@contextmanager
def _network():
    """Whatever goes wrong between here and the server is a cut; a full disk is not."""
    try:
        yield
    except (OSError, HTTPException) as error:
        raise _Cut(getattr(error, "reason", None) or str(error) or type(error).__name__) from error


def _size(path):
    return path.stat().st_size if path.exists() else 0
