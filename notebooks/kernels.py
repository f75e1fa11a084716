"""How the tests start a notebook's kernel: by socket files, and once more after silence.

By TCP, Jupyter picks five free ports, and the kernel takes them a second later. If another kernel
was quicker, this one never answers, because it waits for its own end (ipykernel 7.4).
"""

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from functools import partial

LONGEST = 90  # bytes of a socket's path; Linux allows 107 and macOS 103, with the port's digits
NO_FILE = "--HistoryManager.hist_file=:memory:"  # One file would be shared by all kernels.
PATIENCE = 120  # seconds in which a busy machine hands over what a cell printed; nbval waits 5 s


def address(folder: str) -> dict[str, str]:
    """The options of a kernel's manager: its sockets are files in `folder`, where there are such.

    Windows has none, and a path can be too long for one. Then there are no options: ports of TCP.
    """
    stem = os.path.join(folder, "k")
    if os.name != "posix" or len(os.fsencode(stem)) > LONGEST:
        return {}
    return {"transport": "ipc", "ip": stem}


def twice(start: Callable):
    """What start() returns, at the second time if the first raises Jupyter's RuntimeError.

    Jupyter raises it for a kernel that died or did not answer in time, and has then ended it.
    """
    try:
        return start()
    except RuntimeError:
        return start()


def started(specs: type, kernel_name: str, startup_timeout: float, **options):
    """nbval's start_new_kernel: a kernel that answers, its manager and its client.

    `specs` finds the kernel of that name, and `options` are those of the manager's start_kernel.
    Raises RuntimeError if two kernels in a row do not answer within `startup_timeout` seconds.
    """
    from jupyter_client.manager import KernelManager

    def once():
        folder = tempfile.mkdtemp(prefix="k")
        manager = KernelManager(
            kernel_name=kernel_name, kernel_spec_manager=specs(), **address(folder)
        )
        weakref.finalize(manager, shutil.rmtree, folder, ignore_errors=True)
        manager.start_kernel(extra_arguments=[NO_FILE], **options)
        client = manager.client()
        # nbval reads what a cell says after the cell has ended. ZeroMQ keeps 1,000 messages and
        # drops the others, the last one too, which says that the cell has ended.
        client.context.rcvhwm = 0
        client.start_channels()
        try:
            client.wait_for_ready(timeout=startup_timeout)
        except RuntimeError:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            raise
        return manager, client

    return twice(once)


def be_patient(items: list) -> None:
    """Let nbval start its kernels as here, and wait two minutes for what a cell printed.

    nbval has no option for either.
    """
    cells = [item for item in items if hasattr(item, "output_timeout")]
    if cells:
        import nbval.kernel

        specs = nbval.kernel.NbvalKernelspecManager
        nbval.kernel.start_new_kernel = partial(started, specs)
    for cell in cells:
        cell.output_timeout = PATIENCE
