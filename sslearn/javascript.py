"""Files of JavaScript as one module, for a page or a widget that takes just one."""

import json
import re
from collections.abc import Iterable
from importlib.resources.abc import Traversable


def joined(folder: Traversable, names: Iterable[str], constants: dict) -> str:
    """Files of JavaScript as one ES module, because anywidget takes just one.

    Their own imports are left out, and constants come first, each as JSON. No two files may have
    one name for two things, save what stands in a function.
    """
    first = [f"export const {name} = {json.dumps(value)};" for name, value in constants.items()]
    parts = [folder.joinpath(name).read_text(encoding="utf-8") for name in names]
    return "\n".join([*first, *(re.sub(r"^import .*\n", "", part, flags=re.M) for part in parts)])
