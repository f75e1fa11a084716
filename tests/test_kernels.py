"""A kernel that never answers is followed by one that does, and no kernel takes a port."""

import gc
import os
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

from notebooks import kernels
from tests.run_all import NBVAL, PYTEST, ROOT

sys.path.insert(0, str(ROOT / "notebooks"))
import build  # noqa: E402

POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows has no socket files in zmq")


def silent() -> tuple[socket.socket, dict]:
    """A port that is taken, and the options of a kernel that therefore never answers."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    return taken, {"cache_ports": False, "iopub_port": taken.getsockname()[1]}


def start(seconds: float):
    return kernels.started(NbvalKernelspecManager, CURRENT_ENV_KERNEL_NAME, seconds)


def stop(manager, client) -> None:
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def says(client, code: str) -> str:
    """What the kernel prints."""
    printed = []
    reply = client.execute_interactive(
        code, timeout=60, output_hook=lambda m: printed.append(m["content"].get("text", ""))
    )
    assert reply["content"]["status"] == "ok"
    return "".join(printed).strip()


def test_a_kernel_that_never_answers_is_followed_by_one_that_does(monkeypatch):
    taken, first = silent()
    by_file, asked = kernels.address, []

    def address(folder):
        asked.append(folder)
        return first if len(asked) == 1 else by_file(folder)

    monkeypatch.setattr(kernels, "address", address)
    with taken:
        running = start(3.0)
        try:
            assert len(asked) == 2 and says(running[1], "print(6 * 7)") == "42"
        finally:
            stop(*running)


def test_two_silent_kernels_are_an_error(monkeypatch):
    taken, options = silent()
    monkeypatch.setattr(kernels, "address", lambda folder: options)
    with taken, pytest.raises(RuntimeError, match="didn't respond in 1 seconds"):
        start(1.0)


@POSIX
def test_a_kernel_listens_at_files_that_end_with_it_and_keeps_no_history():
    manager, client = start(60.0)
    folder = Path(manager.ip).parent
    try:
        assert manager.transport == "ipc" and len(list(folder.iterdir())) == 5
        assert folder.stat().st_mode & 0o077 == 0  # Other users cannot read what is printed.
        assert says(client, "print(get_ipython().history_manager.hist_file)") == ":memory:"
    finally:
        stop(manager, client)
    assert not list(folder.iterdir())
    del manager, client
    gc.collect()
    assert not folder.exists()


@POSIX
def test_the_path_of_a_socket_is_short_enough():
    assert kernels.address("/" + "x" * 85) == {"transport": "ipc", "ip": "/" + "x" * 85 + "/k"}
    assert kernels.address("/" + "x" * 95) == {}  # TCP


SHOW = "from ipykernel import get_connection_info as told; print(told(unpack=True)['transport'])"
WAYS = {"-p tests.patient": NBVAL, "conftest": ["--nbval"]}


@POSIX
@pytest.mark.parametrize("way", WAYS)
def test_nbval_starts_its_kernels_so(way, tmp_path):
    """By the plugin anywhere, and beside notebooks/conftest.py without an option."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SHOW, execution_count=1)])
    nb.cells[0].outputs = [nbformat.v4.new_output("stream", text="ipc\n")]
    nbformat.write(nb, tmp_path / "one.ipynb")
    if way == "conftest":
        for name in ("conftest.py", "kernels.py"):
            (tmp_path / name).write_text((ROOT / "notebooks" / name).read_text("utf-8"), "utf-8")
        (tmp_path.parent / "tests").mkdir(exist_ok=True)
        (tmp_path.parent / "tests/nbval.cfg").write_bytes((ROOT / "tests/nbval.cfg").read_bytes())
    command = [*PYTEST, *WAYS[way], str(tmp_path / "one.ipynb")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_build_whose_first_kernel_is_silent_goes_on(monkeypatch):
    real, calls = build.NotebookClient.start_new_kernel_client, []

    def first_is_silent(client):
        calls.append(client)
        if len(calls) == 1:
            client._cleanup_kernel()
            raise RuntimeError("Kernel didn't respond in 60 seconds")
        return real(client)

    monkeypatch.setattr(build.NotebookClient, "start_new_kernel_client", first_is_silent)
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SHOW)])
    text = build.execute(nb).cells[0].outputs[0].text
    assert len(calls) == 2 and text == ("ipc\n" if os.name == "posix" else "tcp\n")


LOUD = """
from IPython.display import display
for k in range(4000):
    display({"text/plain": "x" * 500}, raw=True)
"""


def test_nothing_that_a_loud_cell_says_is_lost():
    running = start(60.0)
    client = running[1]
    try:
        asked = client.execute(LOUD)
        while client.get_shell_msg(timeout=120)["parent_header"].get("msg_id") != asked:
            pass  # The cell has ended, and nothing of what it said has been read.
        shown, states = 0, []
        while "idle" not in states:
            message = client.get_iopub_msg(timeout=20)
            if message["parent_header"].get("msg_id") == asked:
                shown += message["msg_type"] == "display_data"
                states.append(message["content"].get("execution_state"))
        assert shown == 4000
    finally:
        stop(*running)
