"""Settings of a module that torch cannot see: they are shown, saved, and compared on loading."""

import json
import numbers
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn


class Settings(nn.Module):
    """A module whose output depends on the attributes named in `settings`, besides its weights.

    Its repr shows them, and its state_dict holds them as the bytes of a JSON text, because a file
    of tensors takes nothing else. A setting that is a function goes by its name. Loading weights
    that were saved with other settings raises ValueError. Weights without settings load, because
    files of earlier versions have none; those in `earlier`, name to value, are the settings that
    such weights had without saying so. Weights may also lack those in `later`, for the same reason;
    they had the value in `earlier`, or if it is not there, any.
    """

    settings: tuple[str, ...] = ()
    earlier: dict[str, Any] = {}
    later: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        """The settings, name by name."""
        return ", ".join(f"{name}={value}" for name, value in self._settings().items())

    def get_extra_state(self) -> Tensor:
        """The settings as bytes (n,)."""
        return _as_bytes(self._settings())

    def set_extra_state(self, state: Tensor) -> None:
        """Compare the settings that weights were saved with; raises ValueError if they differ."""
        mine = self._settings()
        theirs = json.loads(bytes(state.tolist()))
        for name in self.later:
            theirs.setdefault(name, self.earlier.get(name, mine[name]))
        if theirs != mine:
            name = type(self).__name__
            raise ValueError(f"weights of {name} must have its settings {mine}, got {theirs}")

    def _settings(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.settings}
        return {name: _plain(value) for name, value in values.items()}

    def _load_from_state_dict(self, state_dict, prefix, *args):
        state_dict.setdefault(f"{prefix}_extra_state", _as_bytes(self._settings() | self.earlier))
        super()._load_from_state_dict(state_dict, prefix, *args)


def _plain(value: Any) -> Any:
    """A setting as JSON takes it: an array as lists, a module as its repr, a function's name."""
    if isinstance(value, partial):
        options = [f"{name}={_plain(v)}" for name, v in value.keywords.items()]
        return f"{_plain(value.func)}({', '.join([*map(str, value.args), *options])})"
    if isinstance(value, nn.Module):
        return repr(value)
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    return value.tolist() if hasattr(value, "tolist") else value


def _as_bytes(values: dict[str, Any]) -> Tensor:
    return torch.tensor(list(json.dumps(values).encode()), dtype=torch.uint8)


def require_sizes(**sizes: int) -> None:
    """Raises ValueError, with the name, unless each is a whole number of at least 1."""
    for name, size in sizes.items():
        if not (isinstance(size, numbers.Integral) and size >= 1):
            raise ValueError(f"{name} must be a whole number >= 1, got {size!r}")
