"""A server on 127.0.0.1 that gives files, and behaves on request as badly as servers do."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class Files(ThreadingHTTPServer):
    """files: path to bytes. faults: path to what each next request meets, before all is well.

    A fault is a status, "mute" (no answer), "cut" (half of what is asked for), "silent" (half, and
    then nothing), "drip" (a byte at a time), "no range" (all of the file, whatever is asked for),
    "no length", or the address that the request is sent to. asked lists (path, Range) of each.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.faults, self.asked = {}, {}, []
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.closing = threading.Event()


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def do_GET(self):
        server, path = self.server, self.path.removeprefix(self.server.url)
        server.asked.append((self.path, self.headers["Range"]))
        left = server.faults.get(path, [])
        fault = left.pop(0) if left else None
        if fault == "mute":
            server.closing.wait(5)
            return
        if isinstance(fault, int):
            return self.send_error(fault)
        if fault and fault.startswith("http"):
            self.send_response(302)
            self.send_header("Location", fault)
            return self.end_headers()
        raw, start = server.files.get(path), 0
        if raw is None:
            return self.send_error(404)
        if (asked := self.headers["Range"]) and fault != "no range":
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
            if start >= len(raw):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(raw) - 1}/{len(raw)}")
        else:
            self.send_response(200)
        raw = raw[start:]
        if fault != "no length":
            self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if fault == "drip":
            for k in range(len(raw)):
                self.wfile.write(raw[k : k + 1])
                if server.closing.wait(0.02):
                    return
        self.wfile.write(raw[: len(raw) // 2] if fault in ("cut", "silent") else raw)
        self.wfile.flush()
        if fault == "silent":
            server.closing.wait(5)


@contextmanager
def serving(monkeypatch):
    """A running server; the proxies of the machine are left out."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Files() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
