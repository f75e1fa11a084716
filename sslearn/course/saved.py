"""A saved notebook opens with its pictures: the server drops views whose kernel is gone.

A cell's output holds a picture and, beside it, the view of a live widget, which the front end
prefers. The widget dies with its kernel, and JupyterLab then says *model not found* in the place
of the picture. This extension of Jupyter's server hands a notebook to the front end without such
views. The file stays as it is, and a page that is loaded again beside its kernel stays alive.
"""

import inspect

VIEW = "application/vnd.jupyter.widget-view+json"


def without_views(notebook: dict) -> int:
    """Drop, in place, each view of a widget that has something beside it; returns how many.

    notebook is nbformat 4. One that holds its widgets' state is left alone, because its views
    need no kernel.
    """
    if notebook.get("metadata", {}).get("widgets"):
        return 0
    dropped = 0
    for cell in notebook.get("cells", []):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if VIEW in data and len(data) > 1:
                del data[VIEW]
                dropped += 1
    return dropped


class Pictures:
    """Hands out notebooks; those without a running kernel come without views.

    get is the method of the server's contents manager, sessions returns the running sessions.
    Opening a notebook starts a kernel, to which the views in the file are as unknown: they stay
    away until the notebook has been saved again.
    """

    def __init__(self, get, sessions):
        self._get, self._sessions = get, sessions
        self._opened: dict[str, object] = {}  # When each file opened without kernel was saved.

    async def get(self, path, *args, **kwargs):
        """The model of `path`, as the contents manager gives it, but for dead views."""
        model = await self._get(path, *args, **kwargs)
        if model.get("type") != "notebook" or not model.get("content"):
            return model
        running = {s["path"].strip("/") for s in await self._sessions() if s.get("path")}
        name, saved = path.strip("/"), model.get("last_modified")
        if name not in running:
            self._opened[name] = saved
        if self._opened.get(name) == saved:
            without_views(model["content"])
        return model


def _jupyter_server_extension_points() -> list[dict]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app) -> None:
    """Jupyter's server calls this at its start. A manager that is not async is left alone."""
    manager = app.contents_manager
    if inspect.iscoroutinefunction(manager.get):
        pictures = Pictures(manager.get, app.session_manager.list_sessions)
        manager.get = pictures.get
