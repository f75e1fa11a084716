"""Fine-tuning that feels the integers: rounding passes the gradient straight through."""

import copy
import math

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, pad

from sslearn.deploy.fixed import fixed_decay, round_to
from sslearn.deploy.known import require_all_bits, require_calibration, require_model
from sslearn.deploy.scales import channel_scale, largest_states, state_units, value_of
from sslearn.fast import fft_conv, vandermonde
from sslearn.layers import GLU, S4D
from sslearn.models import SequenceClassifier


def straight(x: Tensor, rounded: Tensor) -> Tensor:
    """The value of `rounded` with the gradient of x, as if the rounding were the identity."""
    return x + (rounded - x).detach()


def rounded_rows(W: Tensor, bits: int) -> Tensor:
    """W (M, H) as `quantise` rounds it, by channel, with a straight gradient."""
    plain = W.detach()
    return straight(W, round_to(plain, bits, scale=channel_scale(plain, bits)).value)


class RoundedLinear(nn.Linear):
    """W x + b of a linear layer with W as `rounded_rows`; it holds the parameters of that layer."""

    def __init__(self, layer: nn.Linear, bits: int):
        nn.Module.__init__(self)
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.weight, self.bias, self.bits = layer.weight, layer.bias, bits

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) to (..., out)."""
        return linear(x, rounded_rows(self.weight, self.bits), self.bias)

    def plain(self) -> nn.Linear:
        """A linear layer with these parameters."""
        layer = nn.Linear(self.in_features, self.out_features, device="meta")
        layer.weight, layer.bias = self.weight, self.bias
        return layer


class RoundedS4D(nn.Module):
    """An S4D, or Binary S4D, whose C and A_bar are those of the integers, with their state's noise.

    unit q (H, N/2): a part of the state is a multiple of q. In training each step rounds both parts
    by coins, which adds noise of variance q^2 / 6 to each, on average over what is dropped. The
    poles colour it: with the power P(w) = |1 - A_bar e^(-iw)|^-2 of a pole, y gets noise of the
    spectrum sum_n q_n^2 / 6 |W_n|^2 (P_n(w) + P_n(-w)) / 2, W = 2 C B_bar, drawn as a whole,
    because the state of a convolution is nowhere to be rounded. Its size carries a gradient to C.
    """

    def __init__(self, inner: S4D, unit: Tensor, *, weight_bits: int, decay_bits: int,
                 decay: str):  # fmt: skip
        super().__init__()
        self.inner, self.weight_bits = inner, weight_bits
        self.decay_bits, self.decay = decay_bits, decay
        self.register_buffer("unit", unit.to(inner.D.dtype))

    def numbers(self) -> tuple[Tensor, Tensor]:
        """dt A and W = C B_bar (H, N/2) as the integers hold them, with straight gradients."""
        dtA, A_bar, _, W = self.inner._discrete()
        held = fixed_decay(A_bar.detach(), self.decay_bits, self.decay).value
        log = held.to(A_bar.dtype).log()
        turns = ((dtA.imag - log.imag) / (2 * math.pi)).round()  # because log has one of many
        parts = torch.view_as_real(W[0]) * self.unit[..., None]
        W_held = rounded_rows(parts.flatten(1), self.weight_bits).view_as(parts)
        W_held = torch.view_as_complex(W_held / self.unit[..., None])
        return straight(dtA, log + 2j * math.pi * turns), W_held

    def membrane(self, u: Tensor) -> Tensor:
        """y (B, L, H) of u (B, L, H), with the noise in training."""
        dtA, W = self.numbers()
        L = u.shape[1]
        K = vandermonde(dtA, W, L) + pad(self.inner.D[:, None], (0, L - 1))
        y = fft_conv(u, K)
        return y + self.noise(u, dtA, W) if self.training else y

    def noise(self, u: Tensor, dtA: Tensor, W: Tensor) -> Tensor:
        """What the coins add to y (B, L, H)."""
        L = u.shape[1]
        w = 2 * math.pi * torch.fft.rfftfreq(2 * L)
        A_bar = dtA.detach().exp()[..., None]
        sides = [(1 - A_bar * torch.exp(-1j * s * w)).abs().square() for s in (1, -1)]
        power = (1 / sides[0] + 1 / sides[1]) / 2  # (H, N/2, L + 1)
        size = (2 * self.unit * W.abs()).square() / 6  # y is twice the real part
        spectrum = (size[:, None] @ power)[:, 0].sqrt().mT  # (L + 1, H)
        white = torch.fft.rfft(torch.randn(len(u), 2 * L, u.shape[2]), dim=1)
        return torch.fft.irfft(white * spectrum, 2 * L, dim=1)[:, :L]

    def forward(self, u: Tensor) -> Tensor:
        """u (B, L, H) to y, or to the spikes of Binary S4D, (B, L, H)."""
        y = self.membrane(u)
        return self.inner.fire(y) if hasattr(self.inner, "fire") else y


def aware(
    model: SequenceClassifier,
    x: Tensor,
    *,
    weight_bits: int = 4,
    state_bits: int = 8,
    decay_bits: int = 12,
    decay: str = "complement",
    units: str = "powers",
) -> SequenceClassifier:
    """A copy of the classifier that computes with the rounded weights and decays of `quantise`.

    `training.fit` trains it as any model; `settled` gives back a plain classifier, of which
    `quantise` makes the integers that this one has learned to live with. x are the inputs
    (n, L, 1) from which the units of the state come. The matrices of the GLU and the head are
    rounded by channel, C and the decays as `RoundedS4D` says; the rest has bits enough.
    Raises ValueError as `quantise` does, and for a network with a GSU, which loses half a point.
    """
    require_all_bits(weight_bits, state_bits, decay_bits)
    require_model(model)
    require_calibration(x)
    if not all(isinstance(block.mix, GLU) for block in model.blocks):
        raise ValueError("model must mix by GLU, because a GSU's W is two matrices, got a GSU")
    made = copy.deepcopy(model)
    with torch.no_grad():
        u = made.eval().features(x)
        for block, z in zip(made.blocks, u, strict=False):
            top = largest_states(block.ssm, z)[0]
            unit = value_of(state_units(top, state_bits, units))
            block.ssm = RoundedS4D(
                block.ssm, unit, weight_bits=weight_bits, decay_bits=decay_bits, decay=decay
            )
            block.ssm.register_buffer("top", top)
    made.head = RoundedLinear(made.head, weight_bits)
    for block in made.blocks:
        block.mix.both = RoundedLinear(block.mix.both, weight_bits)
    return made.train(model.training)


def settled(model: SequenceClassifier) -> SequenceClassifier:
    """The plain classifier inside a model of `aware`, with the weights as they are now: a copy."""
    made = copy.deepcopy(model)
    made.head = made.head.plain()
    for block in made.blocks:
        block.ssm, block.mix.both = block.ssm.inner, block.mix.both.plain()
    return made


def tops_of(model: SequenceClassifier) -> list[Tensor]:
    """The largest states (H, N/2) of each block that `aware` has seen, for `quantise`."""
    return [block.ssm.top for block in model.blocks]
