"""A real JupyterLab on a copy of the notebooks, and a real Chromium that looks at it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "screenshots"
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell stays in the page
}
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
RUN_ALL = """async () => {
  const app = window.jupyterapp, panel = app.shell.currentWidget;
  await app.commands.execute('notebook:run-all-cells');
  return panel.content.model.toJSON().cells.flatMap(
    cell => (cell.outputs || []).filter(o => o.output_type === 'error').map(o => o.evalue));
}"""


def chromium() -> str | None:
    """Where Chromium is, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@contextlib.contextmanager
def lab(source: Path = ROOT / "notebooks"):
    """Start JupyterLab on a copy of `source`; yields its address, and stops it in the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        home = Path(name)
        shutil.copytree(source, home / "notebooks")
        for plugin, values in SETTINGS.items():
            path = home / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        env = os.environ | {"IPYTHONDIR": str(home / "ipython")}
        for variable in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
            env[f"JUPYTER_{variable}"] = str(home / variable.lower())
        env |= {
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "SSLEARN_HOME": str(home / "sslearn"),
        }
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
            f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
            "--ServerApp.password=", f"--ServerApp.root_dir={home / 'notebooks'}",
            "--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]  # fmt: skip
        with open(home / "log", "w") as log:
            server = subprocess.Popen(
                command, env=env, stdout=log, stderr=log, start_new_session=True
            )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(server, f"{url}/api/status", home / "log")
            yield url
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


def _wait(server, url, log):
    for _ in range(480):
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=2).close()
            return
        time.sleep(0.25)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@contextlib.contextmanager
def browser():
    """A headless Chromium of Playwright's; yields the browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        chrome = p.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield chrome
        finally:
            chrome.close()


def open_notebook(page, url: str, name: str) -> None:
    """Open a notebook in simple mode and wait until its kernel is idle."""
    page.goto(f"{url}/doc/tree/{name}")
    page.wait_for_function("window.jupyterapp?.shell.currentWidget", timeout=180e3)
    page.evaluate("""async () => {
      await window.jupyterapp.restored;
      const context = window.jupyterapp.shell.currentWidget.context;
      await context.ready;
      await context.sessionContext.ready;
    }""")
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'",
        timeout=180e3,
    )


def run_all(page) -> list[str]:
    """Run every cell; returns the errors that the notebook's model then holds."""
    return page.evaluate(RUN_ALL)


def close_notebook(page) -> None:
    """Shut the notebook's kernel down, which would hold memory till the end, and close the page."""
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.close()
