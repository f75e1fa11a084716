"""A trained network as a NIR graph: what NIR can say as nodes, the rest left to the host.

The graph is one step of the network in eval mode, in Euler's rule with the step dt, which stands
in its metadata because NIR has no word for it. See `nir_pair` for the poles and `nir_host` for
what is left out.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from sslearn.deploy.nir_graph import DT, Draft
from sslearn.deploy.nir_pair import pair_for_euler
from sslearn.layers import GLU, S4D, BinaryS4D, Block, Gain, GatedSpikingUnit, Norm
from sslearn.models import LIFNetwork, LinearSSM, SequenceClassifier
from sslearn.models.sequence import identity

if TYPE_CHECKING:
    import nir


@torch.no_grad()
def to_nir(model: nn.Module, *, dt: float = DT) -> "nir.NIRGraph":
    """The NIR graph whose step is the model's: a network of LIF neurons or of S4D, or a layer.

    A LIF layer is Affine and LIF, with the batch norm folded in. A pole of S4D is two LI neurons
    with a Linear node between them, `pair_for_euler`; Binary S4D's spike is a Threshold. The head
    stands in the graph, before the pooling, because the mean of W z + b is W mean(z) + b. dt is
    in the unit of tau; with snnTorch's 1e-4 s its reader finds beta again. The reset of a LIF
    network that subtracts stands in the metadata of its LIF nodes alone, because NIR's goes to a
    value: a reader that does not look there resets to 0, and its spikes are others.
    Raises ImportError without the package nir, and ValueError for another model, a layer, unit or
    activation that is not of this library, tokens, a bidirectional S4D, a drawn spike, a beta of
    1, weights that are not finite, and a dt that is not positive.

    >>> from sslearn.models import recipe
    >>> g = torch.Generator().manual_seed(0)
    >>> net = SequenceClassifier(1, 10, **recipe("binary-s4d", N=4), depth=1, H=8, generator=g)
    >>> [name for name in to_nir(net).nodes if "pair" in name or "takes" in name]
    ['block_0_ssm_pair_0', 'block_0_ssm_pair_1', 'block_0_mix_takes_0', 'block_0_norm_takes_0']
    """
    if not 0 < dt < float("inf"):
        raise ValueError(f"dt must be positive and finite, got {dt}")
    for kind, write in WRITERS.items():
        if isinstance(model, kind):
            return write(model, dt)
    names = [kind.__name__ for kind in WRITERS]
    raise ValueError(f"NIR holds models of {names}, got {type(model).__name__}")


def _lif_network(net, dt):
    _require_numbers(net)
    draft = Draft(net.hidden[0].in_features)
    z = "input"
    for n, (layer, norm) in enumerate(zip(net.hidden, net.norms, strict=True)):
        W, b = layer.weight, layer.bias
        if isinstance(norm, Norm):
            gain, shift = _folded(norm)
            W, b = gain[:, None] * W.double(), gain * b + shift
        i = draft.affine(f"hidden_{n}", W, b, z)
        beta = torch.as_tensor(net.decay(n), dtype=torch.float64).expand(len(b))
        if not (beta < 1).all():
            raise ValueError(
                f"beta must be below 1, because tau = dt / (1 - beta), got {beta.max()}"
            )
        tau = dt / (1 - beta)
        z = draft.fires(f"lif_{n}", tau, tau / dt, net.reset, i)
    out = draft.affine("head", net.head.weight, net.head.bias, z)
    return draft.graph(out, dt=dt, pool=net.pooling)


def _linear_ssm(net, dt):
    draft = Draft(net.encode.in_features)
    tau = dt / -torch.expm1(-torch.exp(-net.log_tau.double()))  # 1 - beta, beta = e^(-1 / tau)
    i = draft.affine("encode", net.encode.weight, net.encode.bias, "input")
    v = draft.leaky("membrane", tau, tau / dt, i)
    out = draft.affine("head", net.head.weight, net.head.bias, v)
    return draft.graph(out, dt=dt, pool="last")


def _sequence(net, dt):
    _require_numbers(net)
    draft = Draft(net.encode.in_features)
    z = [draft.affine("encode", net.encode.weight, net.encode.bias, "input")]
    for n, block in enumerate(net.blocks):
        z = _block(draft, f"block_{n}", block, z, dt)
    out = draft.affine("head", net.head.weight, net.head.bias, *z)
    return draft.graph(out, dt=dt, pool=net.pooling)


def _layer(layer, dt):
    draft = Draft(len(layer.D))
    return draft.graph(*_ssm(draft, "ssm", layer, ["input"], dt), dt=dt, pool="each")


WRITERS = {LIFNetwork: _lif_network, LinearSSM: _linear_ssm, SequenceClassifier: _sequence,
           S4D: _layer}  # fmt: skip


def _block(draft: Draft, name: str, block: Block, z: list[str], dt: float) -> list[str]:
    """after(z, ssm(before(z))) of `Block`; z and the result are nodes whose sum is meant."""
    u = _norm(draft, f"{name}_norm", block.norm, z) if block.prenorm else z
    y = _ssm(draft, f"{name}_ssm", block.ssm, u, dt)
    if block.act is gelu:
        y = [draft.host(f"{name}_gelu", "gelu", draft.width(y[0]), y)]
    elif block.act is not identity:
        raise ValueError(f"act must be identity or gelu to be written as NIR, got {block.act}")
    total = [*z, _mix(draft, f"{name}_mix", block.mix, y)]
    return total if block.prenorm else _norm(draft, f"{name}_norm", block.norm, total)


def _ssm(draft: Draft, name: str, layer: nn.Module, u: list[str], dt: float) -> list[str]:
    """x' = A_bar x + u, y = Re sum_n W_n x'_n + D u: one LI node for pole n of every channel."""
    if type(layer) not in (S4D, BinaryS4D):
        raise ValueError(f"a layer must be S4D or BinaryS4D to be NIR, got {type(layer).__name__}")
    if getattr(layer, "width", None) is not None:
        raise ValueError(f"width must be None, because no NIR node draws, got {layer.width}")
    A_bar, W, D = layer.recurrence()  # (H, N/2), (H, N/2), (H,)
    one, zero = torch.eye(len(D), dtype=D.dtype), torch.zeros(len(D), len(D), dtype=D.dtype)
    into = draft.linear(f"{name}_in", torch.cat([one, zero]), *u)  # u to Re x, 0 to Im x
    y = [draft.scale(f"{name}_skip", D, *u)]
    for n in range(A_bar.shape[1]):
        pair = pair_for_euler(A_bar[:, n].to(torch.complex128), dt)
        w = torch.diag(pair.w.to(D.dtype))
        v = f"{name}_pair_{n}"
        draft.leaky(v, pair.tau.repeat(2), pair.r.repeat(2), into, f"{name}_cross_{n}")
        draft.linear(f"{name}_cross_{n}", torch.cat([torch.cat([zero, -w], 1),
                                                     torch.cat([w, zero], 1)]), v)  # fmt: skip
        read = torch.cat([torch.diag(W[:, n].real), -torch.diag(W[:, n].imag)], 1)  # (H, 2H)
        y.append(draft.linear(f"{name}_read_{n}", read, v))
    if not isinstance(layer, BinaryS4D):
        return y
    return [draft.threshold(f"{name}_spike", torch.full_like(D, layer.theta), *y)]


def _mix(draft: Draft, name: str, mix: nn.Module, x: list[str]) -> str:
    """GLU, GSU, or the GSU with what follows it."""
    if isinstance(mix, nn.Sequential):
        for n, part in enumerate(mix):
            x = [_mix(draft, f"{name}_{n}", part, x)]
        return x[0]
    H = draft.width(x[0])
    if isinstance(mix, GLU):
        both = draft.affine(f"{name}_both", mix.both.weight, mix.both.bias, *x)
        return draft.host(name, "glu", H, [both])
    if isinstance(mix, nn.GELU) and mix.approximate == "none":
        return draft.host(name, "gelu", H, x)
    if isinstance(mix, Gain):
        return draft.scale(name, torch.full((H,), mix.gain, dtype=torch.float64), *x)
    if isinstance(mix, GatedSpikingUnit):
        T = mix.ternary_inputs(torch.zeros(H, dtype=mix.W.dtype))[1]  # Ter(W)
        s = draft.host(f"{name}_ter", "ternary", H, x, alpha=mix.alpha)
        spikes = draft.affine(f"{name}_spikes", mix.W, mix.b, s)
        values = draft.affine(f"{name}_values", T, mix.c, *x)
        return draft.host(name, "product", H, [spikes], [values])
    raise ValueError(f"mix must be a GLU or GSU of this library, got {type(mix).__name__}")


def _norm(draft: Draft, name: str, norm: Norm, x: list[str]) -> list[str]:
    inner = norm.inner
    if not isinstance(inner, nn.LayerNorm):
        gain, shift = _folded(norm)
        return [draft.affine(name, torch.diag(gain), shift, *x)]
    numbers = {"weight": inner.weight, "bias": inner.bias, "eps": inner.eps}
    return [draft.host(name, "layer_norm", draft.width(x[0]), x, **numbers)]


def _folded(norm: Norm) -> tuple[Tensor, Tensor]:
    """The gain and shift (H,) of a batch norm with the statistics that it keeps, in float64."""
    n = norm.inner
    gain = n.weight.double() / torch.sqrt(n.running_var.double() + n.eps)
    return gain, n.bias.double() - n.running_mean.double() * gain


def _require_numbers(net):
    if net.tokens:
        raise ValueError("a NIR graph reads numbers, and this model reads tokens (tokens=True)")
