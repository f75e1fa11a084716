"""What an explorer's presets show, for the tests of every room."""

from collections.abc import Callable

from sslearn.course.figure.explorer import Explorer


def discoveries(make: Callable[[], Explorer]) -> dict[str, dict]:
    """The view's data at each preset of the explorer, by the preset's name."""
    explorer = make()
    return {
        name: explorer.view(**explorer.defaults | values)[0]
        for name, values in explorer.presets.items()
    }
