"""What NIR cannot say, and the computer around the chip must do: each as a function of tensors.

NIR has linear maps, leaky neurons, thresholds, delays and pooling over pixels. It has no product
of two signals, no smooth activation, no norm of a token, no maximum, and no mean over time. A
graph of ours stops there: it gives its signal away through an Output node, and takes the host's
result back through an Input node, whose metadata say `does` and `of`. So the graph says nothing
that is not so: who does not know these names has inputs that nothing feeds, in place of a network
that runs and is another one. snnTorch's reader has neither Scale nor LI, and refuses such a graph.

  gelu        x Phi(x)
  glu         a sigmoid(b), a and b the halves of x
  layer_norm  (x - mean) / sqrt(var + eps) * weight + bias over the features of each token
  product     x * y, the two factors of a Gated Spiking Unit, both of which the graph computes
  ternary     Ter(x) with the threshold alpha max |x| of each token

Nothing of this is approximated. Four things more stand in metadata alone, because NIR has no word
for them: the step `dt` and the `rule` euler, which the graph's tau are for; the `pool`, what the
host makes of the outputs of all steps; and a LIF node's `reset`, where it subtracts the threshold
one step late. NIR's own reset goes to a value. In continuous time both are one, since v never
passes theta, but in steps they are not.
"""

import torch
from torch import Tensor
from torch.nn import functional

from sslearn.spikes import ternary


def _layer_norm(x, *, weight, bias, eps):
    return functional.layer_norm(x, weight.shape, weight, bias, float(eps))


def _ternary(x, *, alpha):
    return ternary(x, alpha * x.abs().amax(-1, keepdim=True))


HOST = {
    "gelu": functional.gelu,
    "glu": functional.glu,
    "layer_norm": _layer_norm,
    "product": torch.mul,
    "ternary": _ternary,
}


def host_step(does: str, values: list[Tensor], numbers: dict[str, Tensor]) -> Tensor:
    """The host's result (B, H) of the signals that the graph gives away, (B, ...) each."""
    return HOST[does](*values, **numbers)
