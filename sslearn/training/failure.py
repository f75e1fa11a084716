"""What is said of a training that NaN or infinity has ended."""

import re
from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from sslearn.training.state import Training


def not_finite(model: nn.Module) -> str | None:
    """The name of a weight of the model that holds NaN or infinity, if there is one."""
    weights = model.state_dict().items()
    return next((name for name, value in weights if not value.isfinite().all()), None)


def divergence(training: "Training", error: Exception) -> str | None:
    """What happened, if the error comes of numbers that are not finite, else None.

    A layer that meets NaN says which of its rules it breaks; the first batch passed that rule.
    """
    reason, weight = str(error), not_finite(training.model)
    if isinstance(error, ValueError):
        named = training.step > 0 and re.search(r"\b(nan|inf|finite)\b", reason, re.IGNORECASE)
        if not (weight or named):
            return None
        rule = reason.splitlines()[0].split(", got")[0]
        reason = f"{weight or 'what a layer reads'} is not finite ({rule})"
    loss = training.loss
    epoch, step = len(loss), training.step - len(loss) * training.steps_per_epoch
    last = f" (the last whole epoch's loss was {loss[-1]:.3g})" if loss else ""
    cause = "the learning rate is too high, or a gradient exploded"
    if training.step == 0:
        cause = "a weight at the start is not finite, or the input is too large"
    return (
        f"training failed by NaN or infinity in epoch {epoch}, step {step}: {reason}{last}. "
        f"Likely cause: {cause}."
    )
