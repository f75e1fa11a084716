"""The built site behind a plain file server with the network cut, for the tests that visit it."""

import contextlib
import functools
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

from filelock import FileLock

from tests.browser.lab import ROOT


@functools.cache
def built() -> Path:
    """The folder of the site, made as `make site` makes it, once for all tests.

    The processes of one run of the tests share it: the first one makes it, and the others wait.
    """
    out, run = ROOT / "docs" / "_build", os.environ.get("PYTEST_XDIST_TESTRUNUID", "alone")
    out.mkdir(exist_ok=True)
    stamp = out / "made_by_run"
    with FileLock(out / "making.lock"):
        if run == "alone" or not stamp.exists() or stamp.read_text() != run:
            stamp.unlink(missing_ok=True)
            command = [sys.executable, "docs/make_site.py"]
            made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True,
                                  encoding="utf-8")  # fmt: skip
            assert made.returncode == 0, made.stderr
            stamp.write_text(run)
    return out / "html"


@contextlib.contextmanager
def file_server(folder: Path):
    """A plain file server on `folder`; yields its address."""

    class Files(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextlib.contextmanager
def visits(html: Path, chrome):
    """A function that opens a page of the site; no request may leave, and no error be said.

    Its `broken` maps the end of an address to what is answered in its place: bytes, or None for a
    file that is missing. What the browser says about these is no fault.
    """
    with file_server(html) as url:

        @contextlib.contextmanager
        def visit(name, broken=None, **view):
            page, faults, broken = chrome.new_page(**view), [], broken or {}

            def answer(route):
                address = route.request.url
                for end, body in broken.items():
                    if address.endswith(end):
                        return route.fulfill(status=404 if body is None else 200, body=body or b"")
                if address.startswith((url, "data:", "blob:")):
                    return route.continue_()
                faults.append(f"left: {address}")
                return route.abort()

            def fault(text, address):
                if not any(address.endswith(end) for end in broken):
                    faults.append(text)

            page.route("**/*", answer)
            page.on("requestfailed", lambda r: fault(f"failed: {r.url}", r.url))
            page.on("response", lambda r: r.ok or fault(f"{r.status}: {r.url}", r.url))
            page.on("pageerror", lambda e: faults.append(str(e)))
            said = lambda m: m.type == "error" and fault(m.text, m.location["url"])  # noqa: E731
            page.on("console", said)
            page.goto(f"{url}/{name}")
            yield page
            page.wait_for_timeout(50)
            page.close()
            assert not faults, f"{name}: {faults}"

        yield visit
