"""Groups of parameters that learn at rates of their own."""

from torch import nn


def param_groups(model: nn.Module, lr: float, weight_decay: float) -> list[dict]:
    """Two groups for AdamW: what each layer calls `slow`, at min(0.001, lr), and the rest.

    A layer names its own slow parameters in its attribute slow; they learn without weight decay,
    as dt and A do in the code of S4 (state-spaces/s4). model may be any module.
    """
    slow = [getattr(m, name) for m in model.modules() for name in getattr(m, "slow", ())]
    ids = {id(p) for p in slow}
    rest = [p for p in model.parameters() if id(p) not in ids]
    groups = [{"params": rest, "lr": lr, "weight_decay": weight_decay}]
    return groups + [{"params": slow, "lr": min(1e-3, lr), "weight_decay": 0.0}] * bool(slow)
