"""A layer of LIF neurons as one autograd function that works in place.

The definition is `lif_by_steps` in sslearn/lif.py. The two are held equal, gradients included, by
`test_fast_form_equals_steps_with_gradients` in tests/library/test_fast_lif.py.
"""

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from sslearn.fast.door import one_thread, readable, single
from sslearn.lif import LIFState, LIFTrace, lif_by_steps, require_lif_arguments
from sslearn.spikes import Surrogate, arctan


def lif(
    i: Tensor,
    *,
    beta: float | Tensor,
    theta: float | Tensor = 1.0,
    reset: str = "subtract",
    refractory: int = 0,
    surrogate: Surrogate = arctan,
    state: LIFState | None = None,
) -> LIFTrace | tuple[LIFTrace, LIFState]:
    """A layer of LIF neurons: v[t] = beta v[t-1] + i[t] - theta s[t-1], s[t] = [v[t] > theta].

    The input i (B, L, H) is in units of v; beta, in [0, 1], and theta are numbers or (H,). For
    `refractory` steps after a spike the neuron ignores its input and does not fire. The function
    returns LIFTrace(v, s), both (B, L, H), as `lif_by_steps` does. With a state, at first that of
    `sslearn.lif.resting`, it begins there and returns the trace and the state after the last step,
    so that a sequence can be read chunk by chunk; the gradient goes through the state's v.
    As in `spike`, what surrogate itself holds, such as a slope in a Parameter, gets no gradient.
    Float16 and bfloat16 are lifted to float32. The result can be differentiated once; under
    torch.func and torch.export the definition runs, which knows no such limit.
    It raises ValueError for a wrong shape, beta, theta, reset, refractory or state, and for an i
    that is not finite.

    >>> v, s = lif(torch.full((1, 4, 1), 0.6), beta=0.5)  # it tends to 0.6 / (1 - 0.5) = 1.2
    >>> s.flatten().tolist()
    [0.0, 0.0, 1.0, 0.0]
    >>> [round(x, 3) for x in v.flatten().tolist()]  # the spike costs theta one step later
    [0.6, 0.9, 1.05, 0.125]
    """
    i = single(i)
    if readable():
        settings = {"beta": beta, "theta": theta, "reset": reset, "refractory": refractory}
        return lif_by_steps(i, **settings, surrogate=surrogate, state=state)
    require_lif_arguments(i, beta, theta, reset, refractory, state)
    theta = theta.to(i) if isinstance(theta, Tensor) else float(theta)
    beta, run = torch.as_tensor(beta, dtype=i.dtype, device=i.device), _LIF.apply
    if torch.compiler.is_compiling():  # because a compiler would write out all of the L steps
        run = torch.compiler.disable(run)
    start = (None, None, None) if state is None else (x.to(i.dtype) for x in state)
    with one_thread(i):
        v, s, rest = run(i, beta, theta, reset, refractory, surrogate, *start)
    trace = LIFTrace(v.transpose(0, 1), s.transpose(0, 1))  # (B, L, H)
    return trace if state is None else (trace, LIFState(v[-1], s[-1], rest))


class _LIF(torch.autograd.Function):
    """The loop over time and its gradient, dv[t] = gv[t] + gs[t] d_spike[t] + beta k[t] dv[t+1].

    Here dv = dLoss/dv, gv and gs are the gradients that arrive, and d_spike = surrogate(v - theta).
    k is 1 - s[t] for the reset to zero and 1 otherwise, because the reset carries no gradient.
    Everything is time-major, (L, B, H), so that each step is one block of memory.
    """

    @staticmethod
    def forward(ctx, i, beta, theta, reset, refractory, surrogate, v_start, s_start, rest):
        v = i.transpose(0, 1).clone(memory_format=torch.contiguous_format)  # (L, B, H)
        s = torch.empty_like(v)
        awake = torch.empty_like(v) if refractory or rest is not None else None
        rest = None if rest is None else rest.clone()
        start = [_array(x) for x in (v_start, s_start, rest)]
        arrays = [_array(x) for x in (v, s, awake, beta, theta)]
        _run(*arrays, reset, refractory, *start)
        learned = isinstance(theta, Tensor)
        ctx.save_for_backward(v, s, beta, awake, theta if learned else None, v_start, s_start)
        ctx.theta, ctx.reset, ctx.surrogate = None if learned else theta, reset, surrogate
        ctx.set_materialize_grads(False)  # then an output that nobody used sends None, not zeros
        if rest is not None:
            rest.clamp_(min=0)
            ctx.mark_non_differentiable(rest)
        return v, s, rest

    @staticmethod
    @once_differentiable
    def backward(ctx, gv, gs, _):
        with one_thread(ctx.saved_tensors[0]):
            return _LIF.gradients(ctx, gv, gs)

    @staticmethod
    def gradients(ctx, gv, gs):
        """The gradients of i, beta, theta and the state's v, and None for the other arguments."""
        v, s, beta, awake, theta, v_start, s_start = ctx.saved_tensors
        theta = ctx.theta if theta is None else theta
        d_theta = torch.zeros_like(theta) if ctx.needs_input_grad[2] else None
        dv = torch.empty_like(v) if gv is None else gv.clone(memory_format=torch.contiguous_format)
        if gs is not None:
            for part in _parts(v):
                d_spike = ctx.surrogate(v[part] - theta)
                d_spike = d_spike if awake is None else d_spike * awake[part]
                if d_theta is not None:
                    d_theta -= (gs[part] * d_spike).sum_to_size(theta.shape)
                if gv is None:
                    torch.mul(gs[part], d_spike, out=dv[part])
                else:
                    dv[part].addcmul_(gs[part], d_spike)
        _run_back(_array(dv), _array(s), _array(beta), ctx.reset)
        d_beta = None
        if ctx.needs_input_grad[1]:
            past = v[:-1] * (1 - s[:-1]) if ctx.reset == "zero" else v[:-1]
            d_beta = (dv[1:] * past).sum_to_size(beta.shape)
        if d_theta is not None and ctx.reset == "subtract":
            d_theta -= (dv[1:] * s[:-1]).sum_to_size(theta.shape)
        d_start = None
        if v_start is not None:
            keep = 1 - s_start if ctx.reset == "zero" else torch.ones_like(s_start)
            d_start = dv[0] * keep * beta
            if d_beta is not None:
                d_beta += (dv[0] * keep * v_start).sum_to_size(beta.shape)
            if d_theta is not None and ctx.reset == "subtract":
                d_theta -= (dv[0] * s_start).sum_to_size(theta.shape)
        di = dv if awake is None else dv * awake
        return di.transpose(0, 1), d_beta, d_theta, None, None, None, d_start, None, None


def _array(x):
    """The memory of x as a numpy array where numpy can hold it, else x itself.

    In a loop of small steps the call costs more than the arithmetic, and a call of numpy takes a
    third of the time of a call of torch.
    """
    plain = (
        isinstance(x, Tensor)
        and x.device.type == "cpu"
        and x.dtype in (torch.float32, torch.float64)
    )
    return x.detach().numpy() if plain else x


def _parts(x, size=32768):
    """Slices over time of about `size` entries each, so that temporaries stay in the cache.

    Torch leaves an operation on so many entries to one thread.
    """
    n = max(1, size // max(1, x[0].numel()))
    return [slice(t, t + n) for t in range(0, len(x), n)]


def _run(i, s, awake, beta, theta, reset, refractory, v_start, s_start, rest):
    """`lif_by_steps` in place: it writes the membrane over the input i and fills s, awake and rest.

    The first three are (L, B, H), and s and awake may hold anything at first, even NaN. The loop
    uses only functions that numpy's arrays and torch's tensors share, and makes no temporaries.
    """
    m = np if isinstance(i, np.ndarray) else torch
    leak = i[0] * 0
    past, fired, rest = (leak * 0 if x is None else x for x in (v_start, s_start, rest))
    for t, (v_t, s_t) in enumerate(zip(i, s, strict=True)):  # v_t still holds the input of step t
        if awake is not None:
            awake[t] = rest <= 0
            v_t *= awake[t]
        m.multiply(past, beta, out=leak)
        if reset == "zero":
            leak *= 1 - fired
        v_t += leak
        if reset == "subtract":
            v_t -= (
                fired
                if isinstance(theta, float) and theta == 1
                else m.multiply(fired, theta, out=leak)
            )
        m.greater(v_t, theta, out=s_t)
        if awake is not None:
            s_t *= awake[t]
            rest -= 1
            rest[s_t > 0] = refractory
        past, fired = v_t, s_t


def _run_back(dv, s, beta, reset):
    """dv[t] += beta k[t] dv[t+1] in place, from the last step to the first; dv, s (L, B, H)."""
    m = np if isinstance(dv, np.ndarray) else torch
    leak = dv[0] * 0
    for t in range(len(dv) - 2, -1, -1):
        m.multiply(dv[t + 1], beta, out=leak)
        if reset == "zero":
            leak *= 1 - s[t]
        dv[t] += leak
