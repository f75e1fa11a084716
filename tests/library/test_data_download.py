import errno
import gzip
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from sslearn.data import DataError, download
from tests.library.file_server import serving
from tests.library.tiny_mnist import flip, md5

RAW = np.random.default_rng(0).bytes(1000)


@pytest.fixture
def server(monkeypatch):
    with serving(monkeypatch) as running:
        running.files["/a.bin"] = RAW
        yield running


@pytest.fixture
def get(server, tmp_path):
    """get(*faults): a.bin downloaded from a server that has these faults; returns the reports."""

    def run(*faults, expected=RAW, **options):
        server.faults["/a.bin"], reports = list(faults), []
        path = tmp_path / "a.bin"
        download.download(f"{server.url}/a.bin", path, md5(expected), reports.append, **options)
        assert path.read_bytes() == RAW and os.listdir(tmp_path) == ["a.bin"]
        return reports

    return run


def ranges(server):
    return [asked for _, asked in server.asked]


def dead():
    """The number of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_file_comes_whole_and_its_progress_is_told(server, get, monkeypatch):
    monkeypatch.setattr(download, "BLOCK", 70)
    reports = get()
    assert reports[0] == f"downloading {server.url}/a.bin"
    assert len(reports) == 11 and reports[-1] == "a.bin: 0.0 of 0.0 MB"
    assert ranges(server) == [None]
    monkeypatch.setattr(download, "BLOCK", 1000)
    assert len(get()) == 1


def test_a_server_that_does_not_tell_the_size(get):
    assert len(get("no length")) == 1


def test_a_cut_download_goes_on_where_it_stopped(server, get):
    get("cut", "cut", "cut")
    assert ranges(server) == [None, "bytes=500-", "bytes=750-", "bytes=875-"]


def test_a_server_without_ranges_gives_all_of_it_again(server, get):
    get("cut", "no range")
    assert ranges(server) == [None, "bytes=500-"]


def test_what_came_is_kept_for_the_next_time(server, get, tmp_path):
    with pytest.raises(DataError, match=r"a.bin: it answered 503 .*500 bytes of it are kept\.$"):
        get("cut", 503)
    part = tmp_path / f".a.bin.{os.getpid()}.part"
    assert part.read_bytes() == RAW[:500] and len(os.listdir(tmp_path)) == 1
    get()
    assert ranges(server)[-1] == "bytes=500-"


def test_the_part_of_a_killed_process_is_taken_over(server, get, tmp_path):
    for pid, size in ((dead(), 300), (dead(), 600)):
        (tmp_path / f".a.bin.{pid}.part").write_bytes(RAW[:size])
    get()
    assert ranges(server) == ["bytes=600-"]


def test_the_part_of_a_running_process_is_left_alone(server, tmp_path):
    other = tmp_path / f".a.bin.{os.getppid()}.part"
    other.write_bytes(RAW[:300])
    download.download(f"{server.url}/a.bin", tmp_path / "a.bin", md5(RAW))
    assert ranges(server) == [None] and other.read_bytes() == RAW[:300]


@pytest.mark.parametrize(
    ("left", "asked"),
    [
        (RAW, ["bytes=1000-"]),  # A process was killed just before it gave the file its name.
        (flip(RAW), ["bytes=1000-", None]),
        (RAW + b"more", ["bytes=1004-", None]),
        (b"another file"[:9], ["bytes=9-", None]),
    ],
)
def test_a_part_is_used_if_it_is_right_and_replaced_if_not(server, get, tmp_path, left, asked):
    (tmp_path / f".a.bin.{dead()}.part").write_bytes(left)
    get()
    assert ranges(server) == asked


def test_wrong_bytes_are_not_kept(get, tmp_path, server):
    with pytest.raises(DataError, match="The file of http.*a.bin is altered: md5 .*not kept"):
        get(expected=flip(RAW))
    assert not os.listdir(tmp_path) and len(server.asked) == 1
    with pytest.raises(DataError, match="is altered"):
        get("cut", expected=flip(RAW))
    assert not os.listdir(tmp_path) and ranges(server) == [None, None, "bytes=500-", None]
    with pytest.raises(DataError, match="is altered"):
        get(*["cut", None] * 9, expected=flip(RAW))
    assert ranges(server)[4:] == [None, "bytes=500-"] * 2


def test_a_page_in_place_of_a_gz(get, tmp_path, server):
    with pytest.raises(DataError, match="gave another file .*not kept"):
        get(unpack=gzip.decompress)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refusal_is_told(get, tmp_path, status):
    with pytest.raises(DataError, match=rf"a.bin: it answered {status} .*[a-z]\.$"):
        get(status)
    assert not os.listdir(tmp_path)


def test_a_silent_server_is_given_up(get, monkeypatch, tmp_path):
    monkeypatch.setattr(download, "PATIENCE", 0.2)
    with pytest.raises(DataError, match=r"a.bin: .*timed out, 500 bytes of it are kept\.$"):
        get("silent", "mute")


def test_a_slow_server_is_given_up_in_the_end(get, monkeypatch, tmp_path):
    monkeypatch.setattr(download, "LIMIT", 0.2)
    with pytest.raises(DataError, match=r"a.bin: 0 seconds are over, \d+ bytes of it are kept"):
        get("drip", "drip")
    (part,) = tmp_path.iterdir()
    assert part.read_bytes() == RAW[: part.stat().st_size]


def test_no_server(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DataError, match=r"/a: .*refused\.$"):
        download.download(f"http://127.0.0.1:{port}/a", tmp_path / "a", md5(RAW))
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    "url",
    ["http://example.org/a", "file:///etc/hosts", "ftp://127.0.0.1/a", "http://127.0.0.1.example"],
)
def test_only_https(url, tmp_path):
    with pytest.raises(ValueError, match="url must be https, got"):
        download.download(url, tmp_path / "a", md5(RAW))


def test_redirects_lead_to_https_only(server, get):
    with pytest.raises(DataError, match=r"a.bin leads to http://127.*/b, which is not https"):
        get(f"{server.url}/b")
    assert [path for path, _ in server.asked] == ["/a.bin"]
    with pytest.raises(DataError, match=r"a.bin: (?i:.*ssl)"):
        get(f"{server.url.replace('http', 'https')}/b")  # It is followed, and speaks no TLS.


def test_the_proxy_of_the_environment_is_asked(server, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    server.files["http://127.0.0.1:9/b.bin"] = RAW
    download.download("http://127.0.0.1:9/b.bin", tmp_path / "b.bin", md5(RAW))
    assert server.asked == [("http://127.0.0.1:9/b.bin", None)]


def test_a_full_disk_is_no_fault_of_the_server(get, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        get()
