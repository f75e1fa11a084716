"""What Jupyter's server hands out of a notebook that was saved with live widgets."""

import asyncio
import copy
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_server.services.contents.filemanager import (
    AsyncFileContentsManager,
    FileContentsManager,
)

from sslearn.course.saved import VIEW, _load_jupyter_server_extension, without_views

PICTURE = {"text/html": '<figure><img alt="six spikes" src="data:,"></figure>', "image/png": "aA=="}
LIVE = {VIEW: {"model_id": "1", "version_major": 2, "version_minor": 0}}


def notebook():
    """An explorer, a bare widget, and a printed line, as Lab saves them after a run."""
    outputs = [
        nbformat.v4.new_output("execute_result", LIVE | PICTURE | {"text/plain": "caption"},
                               execution_count=1),
        nbformat.v4.new_output("display_data", LIVE),
        nbformat.v4.new_output("stream", text="6 spikes"),
    ]  # fmt: skip
    cells = [nbformat.v4.new_markdown_cell("# Title")]
    cells += [nbformat.v4.new_code_cell("lab()", execution_count=1, outputs=outputs)]
    return nbformat.v4.new_notebook(cells=cells)


def views(nb) -> int:
    return sum(VIEW in o.get("data", {}) for c in nb["cells"] for o in c.get("outputs", []))


def test_a_view_goes_and_everything_else_stays():
    nb = notebook()
    expected = copy.deepcopy(nb)
    del expected.cells[1].outputs[0].data[VIEW]
    assert without_views(nb) == 1 and nb == expected
    assert without_views(nb) == 0, "a view alone has nothing that could stand in its place"
    nbformat.validate(nb)


def test_widgets_whose_state_is_saved_keep_their_views():
    nb = notebook()
    nb.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    assert without_views(nb) == 0 and views(nb) == 2


@pytest.fixture
def server(tmp_path):
    """A server's contents manager with the extension on it, and the list of its sessions."""
    sessions = []

    async def list_sessions():
        return sessions

    manager = AsyncFileContentsManager(root_dir=str(tmp_path))
    app = SimpleNamespace(
        contents_manager=manager, session_manager=SimpleNamespace(list_sessions=list_sessions)
    )
    _load_jupyter_server_extension(app)
    nbformat.write(notebook(), tmp_path / "a.ipynb")
    return manager, sessions


def opened(manager, **options):
    return asyncio.run(manager.get("a.ipynb", **options))


def test_without_a_kernel_a_notebook_opens_with_its_pictures(server, tmp_path):
    manager, _ = server
    file = (tmp_path / "a.ipynb").read_bytes()
    content = opened(manager)["content"]
    assert views(content) == 1 and content.cells[1].outputs[0].data["text/html"].startswith("<fig")
    assert (tmp_path / "a.ipynb").read_bytes() == file, "the file stays as it is"


def test_beside_its_kernel_a_notebook_stays_alive(server):
    manager, sessions = server
    sessions.append({"path": "a.ipynb"})
    assert views(opened(manager)["content"]) == 2


def test_a_new_kernel_does_not_know_the_views_until_cells_are_run_and_saved(server):
    manager, sessions = server
    assert views(opened(manager)["content"]) == 1
    sessions.append({"path": "a.ipynb"})  # Opening has started a kernel; the page is loaded again.
    assert views(opened(manager)["content"]) == 1
    model = {"type": "notebook", "format": "json", "content": notebook()}
    asyncio.run(manager.save(model, "a.ipynb"))
    assert views(opened(manager)["content"]) == 2


def test_whatever_is_no_notebook_passes(server, tmp_path):
    manager, _ = server
    (tmp_path / "a.txt").write_text(VIEW)
    assert asyncio.run(manager.get("a.txt"))["content"] == VIEW
    assert opened(manager, content=False)["content"] is None
    assert len(asyncio.run(manager.get(""))["content"]) == 2


def test_a_manager_that_is_not_async_is_left_alone(tmp_path):
    manager = FileContentsManager(root_dir=str(tmp_path))
    before = manager.get
    _load_jupyter_server_extension(SimpleNamespace(contents_manager=manager))
    assert manager.get == before
