"""The fast twin of `sslearn.lif.lif_by_steps`: one autograd function that works in place."""

import numpy as np
import torch
from torch import Tensor

from sslearn.lif import LIFTrace, _require
from sslearn.spikes import Surrogate, arctan


def lif(
    i: Tensor,
    *,
    beta: float | Tensor,
    theta: float = 1.0,
    reset: str = "subtract",
    refractory: int = 0,
    surrogate: Surrogate = arctan,
) -> LIFTrace:
    """A layer of LIF neurons over a sequence: `lif_by_steps`, in a loop that works in place.

    i (B, L, H) in units of v; beta a number or (H,), in [0, 1]. For `refractory` steps after a
    spike the neuron ignores its input and does not fire. Returns LIFTrace(v, s), both (B, L, H).
    Raises ValueError for a wrong shape, beta, theta, reset or refractory, and for i not finite.
    """
    _require(i, beta, theta, reset, refractory)
    beta, run = torch.as_tensor(beta, dtype=i.dtype, device=i.device), _LIF.apply
    if torch.compiler.is_compiling():  # a compiler would write out every one of the L steps
        run = torch.compiler.disable(run)
    v, s = run(i, beta, float(theta), reset, refractory, surrogate)
    return LIFTrace(v.transpose(0, 1), s.transpose(0, 1))  # (B, L, H)


class _LIF(torch.autograd.Function):
    """Time-major; the backward pass is the recurrence of dv = dLoss/dv[t], run from the end.

    With d_spike = surrogate(v - theta): dv[t] = gv[t] + gs[t] d_spike[t] + beta k[t] dv[t+1],
    k = 1 - s[t] for reset to zero, else 1: the reset itself carries no gradient.
    """

    @staticmethod
    def forward(ctx, i, beta, theta, reset, refractory, surrogate):
        v = i.transpose(0, 1).clone(memory_format=torch.contiguous_format)  # (L, B, H)
        s = torch.empty_like(v)
        awake = torch.empty_like(v) if refractory else None
        _run(_light(v), _light(s), _light(awake), _light(beta), theta, reset, refractory)
        ctx.save_for_backward(v, s, beta, awake)
        ctx.how = theta, reset, surrogate
        ctx.set_materialize_grads(False)  # no zeros for an output that nobody used
        return v, s

    @staticmethod
    def backward(ctx, gv, gs):
        v, s, beta, awake = ctx.saved_tensors
        theta, reset, surrogate = ctx.how
        dv = torch.empty_like(v) if gv is None else gv.clone(memory_format=torch.contiguous_format)
        if gs is not None:
            for part in _parts(v):
                d_spike = surrogate(v[part] - theta)
                d_spike = d_spike if awake is None else d_spike * awake[part]
                if gv is None:
                    torch.mul(gs[part], d_spike, out=dv[part])
                else:
                    dv[part].addcmul_(gs[part], d_spike)
        _run_back(_light(dv), _light(s), _light(beta), reset)
        d_beta = None
        if ctx.needs_input_grad[1]:
            past = v[:-1] * (1 - s[:-1]) if reset == "zero" else v[:-1]
            d_beta = (dv[1:] * past).sum_to_size(beta.shape)
        di = dv if awake is None else dv * awake
        return di.transpose(0, 1), d_beta, None, None, None, None


def _light(x):
    """The same memory as a numpy array where that is possible: its calls cost a third."""
    plain = x is not None and x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)
    return x.detach().numpy() if plain else x


def _parts(x, size=65536):
    """Slices over time of about `size` entries, so that temporaries stay in the cache."""
    n = max(1, size // max(1, x[0].numel()))
    return [slice(t, t + n) for t in range(0, len(x), n)]


def _run(v, s, awake, beta, theta, reset, refractory):
    """`lif_by_steps` in place: v holds the input before and the membrane after. All (L, B, H).

    Written in functions that numpy's arrays and torch's tensors share, without temporaries.
    """
    m = np if isinstance(v, np.ndarray) else torch
    past, fired, rest, leak = (v[0] * 0 for _ in range(4))  # s holds anything so far, even NaN
    for t, (v_t, s_t) in enumerate(zip(v, s, strict=True)):
        if refractory:
            awake[t] = rest <= 0
            v_t *= awake[t]
        m.multiply(past, beta, out=leak)
        if reset == "zero":
            leak *= 1 - fired
        v_t += leak
        if reset == "subtract":
            v_t -= fired if theta == 1 else m.multiply(fired, theta, out=leak)
        m.greater(v_t, theta, out=s_t)
        if refractory:
            s_t *= awake[t]
            rest -= 1
            rest[s_t > 0] = refractory
        past, fired = v_t, s_t


def _run_back(dv, s, beta, reset):
    """dv[t] += beta k[t] dv[t+1] in place, from the end. All (L, B, H)."""
    m = np if isinstance(dv, np.ndarray) else torch
    leak = dv[0] * 0
    for t in range(len(dv) - 2, -1, -1):
        m.multiply(dv[t + 1], beta, out=leak)
        if reset == "zero":
            leak *= 1 - s[t]
        dv[t] += leak
