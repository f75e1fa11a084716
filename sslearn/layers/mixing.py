"""Mixing of features, position by position, (..., H) to (..., H): GLU and Gated Spiking Unit."""

import torch
from torch import Tensor, nn
from torch.nn.functional import glu, linear

from sslearn.layers.settings import Settings, require_sizes
from sslearn.spikes import Surrogate, straight_through, ternary


def make_linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """W x + b with entries uniform in +-1 / sqrt(inputs), torch's default, from `generator`.

    Raises ValueError unless both are whole numbers of at least 1.
    """
    require_sizes(inputs=inputs, outputs=outputs)
    layer = nn.utils.skip_init(nn.Linear, inputs, outputs)
    for p in layer.parameters():
        nn.init.uniform_(p, -(inputs**-0.5), inputs**-0.5, generator=generator)
    return layer


class GLU(nn.Module):
    """(W1 x + b1) * sigmoid(W2 x + b2), position by position: 2 H^2 + 2 H weights. Any (..., H).

    >>> GLU(4, generator=torch.Generator().manual_seed(0))(torch.ones(2, 100, 4)).shape
    torch.Size([2, 100, 4])
    """

    def __init__(self, H: int, *, generator: torch.Generator):
        super().__init__()
        require_sizes(H=H)
        self.both = make_linear(H, 2 * H, generator)

    def factors(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The value W1 x + b1 and the gate sigmoid(W2 x + b2), whose product is the output."""
        value, gate = self.both(x).chunk(2, -1)
        return value, gate.sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """(..., H) to (..., H)."""
        return glu(self.both(x), -1)  # the product of `factors`, fused


class GatedSpikingUnit(Settings):
    """GSU(x) = (Ter(x) W + b) * (x Ter(W) + c), with the threshold delta = alpha max |z| of Ter.

    Both products need additions only; H multiplications remain for *, and one for delta. The
    maximum is over H for each token of x, and over the matrix for W. There is one W, of H^2 + 2 H
    weights in all, or a second one if shared is False. x Ter(W) does not saturate, so x keeps a
    gradient there. The gradient of Ter is straight through unless a surrogate is given; later
    papers tabulate the published unit under arctan and fast sigmoid. relative=True divides it by
    max |z| where that is above 1: Ter depends on z / max |z| alone, so that a slope of 1 is too
    steep for a loud token. Stan & Rhodes 2024; relative is ours. Raises ValueError unless H >= 1
    and alpha is in [0, 1], and for an x or W with NaN.

    >>> unit = GatedSpikingUnit(4, generator=torch.Generator().manual_seed(0))
    >>> unit.ternary_inputs(torch.tensor([1.0, -0.5, 0.1, 0.0]))[0]
    tensor([ 1., -1.,  0.,  0.])
    """

    settings = ("alpha",)

    def __init__(
        self,
        H: int,
        *,
        alpha: float = 0.15,
        shared: bool = True,
        surrogate: Surrogate = straight_through,
        relative: bool = False,
        generator: torch.Generator,
    ):
        super().__init__()
        require_sizes(H=H)
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha must be in [0, 1], got {alpha}")
        first = make_linear(H, H, generator)
        self.W, self.b = first.weight, first.bias  # (out, in)
        self.W2 = None if shared else make_linear(H, H, generator).weight
        self.c = nn.Parameter(torch.zeros(H))
        self.alpha, self.surrogate, self.relative = alpha, surrogate, relative

    def ternary_inputs(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Ter(x) (..., H) and Ter(W) (H, H), the operands that need no multiplication."""
        W = self.W if self.W2 is None else self.W2
        largest = x.detach().abs().amax(-1, keepdim=True)  # (..., 1)
        return self._ternary("x", x, largest), self._ternary("W", W, W.detach().abs().max())

    def _ternary(self, name, z, largest):
        unit = largest.clamp(min=1) if self.relative else None  # A quiet token's may not explode.
        try:
            return ternary(z, self.alpha * largest, self.surrogate, unit=unit)
        except ValueError:  # The threshold is no number, because z is not.
            raise ValueError(f"{name} must be finite everywhere, got {largest.max()}") from None

    def factors(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The spike path Ter(x) W + b and the real path x Ter(W) + c, each (..., H)."""
        s, T = self.ternary_inputs(x)
        return linear(s, self.W, self.b), linear(x, T, self.c)

    def forward(self, x: Tensor) -> Tensor:
        """(..., H) to (..., H)."""
        first, second = self.factors(x)
        return first * second


class Gain(Settings):
    """gain * x for x of any shape, gain a number that no training changes."""

    settings = ("gain",)
    earlier = {"gain": 1.0}

    def __init__(self, gain: float):
        super().__init__()
        self.gain = gain

    def forward(self, x: Tensor) -> Tensor:
        """(...) to (...)."""
        return self.gain * x
