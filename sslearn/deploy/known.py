"""Which networks `quantise` can make integers of, and what it says of the others."""

from torch import Tensor, nn
from torch.nn.functional import gelu

from sslearn.deploy.fixed import WORD, largest, require_bits, require_finite
from sslearn.deploy.integer import Poles
from sslearn.layers import GLU, S4D, BinaryS4D, Gain, GatedSpikingUnit
from sslearn.models import SequenceClassifier
from sslearn.models.sequence import identity


def require_model(model: nn.Module) -> None:
    """Raises ValueError, with what is in the way, unless `quantise` can make integers of model."""
    if not isinstance(model, SequenceClassifier):
        raise ValueError(f"model must be a SequenceClassifier, got {type(model).__name__}")
    if model.tokens or model.d_input != 1:
        kind = "tokens" if model.tokens else f"{model.d_input} numbers"
        raise ValueError(f"model must read one number a step, got one that reads {kind}")
    for name, w in model.named_parameters():
        require_finite(name, w)
    for i, block in enumerate(model.blocks):
        why = _unknown(block)
        if why:
            raise ValueError(f"block {i} cannot be made of integers: {why}")


def _unknown(block):
    """What of a block `quantise` does not know, or None."""
    ssm, mix = block.ssm, block.mix
    layers = [*mix] if isinstance(mix, nn.Sequential) else [mix]
    if type(ssm) not in (S4D, BinaryS4D):
        return f"its state space layer is {type(ssm).__name__}, and must be S4D or BinaryS4D"
    if len(ssm.C) == 2:
        return "its S4D is bidirectional, so it cannot be streamed"
    if getattr(ssm, "width", None) is not None:
        return "its spikes are drawn, and must be y > theta"
    if block.prenorm or not isinstance(block.norm.inner, nn.LayerNorm):
        return "its norm must be a layer norm behind the sum"
    if block.act not in (identity, gelu) or (block.act is gelu and isinstance(ssm, BinaryS4D)):
        return f"its activation is {getattr(block.act, '__name__', block.act)}"
    gsu = isinstance(layers[0], GatedSpikingUnit)
    known = [Gain, nn.GELU] if gsu and isinstance(mix, nn.Sequential) else []
    rest = [type(layer) for layer in layers[1:]]
    if not (gsu or isinstance(mix, GLU)) or rest not in (known, known[1:]):
        return f"its mixing is {', '.join(type(layer).__name__ for layer in layers)}"
    if gsu and isinstance(ssm, BinaryS4D):
        return "its GSU must read S4D, and reads spikes"
    return None


def require_all_bits(weight_bits: int, state_bits: int, decay_bits: int) -> None:
    """Raises ValueError unless each is in its range, in which the sums fit into 64 bits."""
    require_bits("weight_bits", weight_bits, high=16)
    require_bits("state_bits", state_bits, high=24)
    require_bits("decay_bits", decay_bits, high=20)


def require_room(poles: Poles) -> None:
    """Raises ValueError if A_bar X + z could leave 64 bits, as slow poles in many bits do."""
    a, top = poles.decay, largest(poles.state_bits)
    reach = top * 2 ** (a.shift + 1) + (largest(16) * 127 << int(poles.into.max()))
    if reach >= 2**62:
        raise ValueError(
            f"state_bits and decay_bits must fit into 64 bits together, got {poles.state_bits} and "
            f"{a.shift} bits behind the point of the decay"
        )


def require_calibration(x: Tensor) -> None:
    """Raises ValueError unless x is (n, L, 1) of finite numbers."""
    if not isinstance(x, Tensor) or x.ndim != 3 or x.shape[-1] != 1 or x.numel() == 0:
        got = tuple(x.shape) if isinstance(x, Tensor) else type(x).__name__
        raise ValueError(f"x must be inputs (n, L, 1), at least one, got {got}")
    require_finite("x", x)


def require_levels(levels: int, seed: int) -> None:
    """Raises ValueError unless levels and seed are whole numbers in their ranges."""
    for name, value, high in (("levels", levels, 2**15 - 1), ("seed", seed, WORD)):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= high:
            raise ValueError(f"{name} must be a whole number from 1 to {high}, got {value!r}")
