"""A language model that reads one symbol after another, in arrays that are made once.

The definition is `SequenceClassifier.step` in sslearn/models/sequence.py. The two are held equal by
`test_the_fast_stream_equals_step` in tests/library/test_fast_stream.py. A step of one sequence is
some hundred small operations, of which the calls cost more than the arithmetic; so everything is in
place, numpy does what is elementwise, because its call takes a third of torch's, and torch takes
the products of matrices, because it keeps to the threads it is given. `sslearn.models.FastStream`
hands a model's weights over and notices when they change.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import gelu

from sslearn.fast.door import one_thread


def array(x: Tensor) -> np.ndarray:
    """A copy of x in memory of its own, in the order of its axes."""
    return x.detach().clone(memory_format=torch.contiguous_format).numpy()


class S4DStep:
    """x' = A_bar x + u, y = Re sum_n W_n x'_n + D u, and spikes [y > theta] with a theta.

    A_bar and W are (H, N/2) and D is (H,), those of `S4D.recurrence`.
    """

    def __init__(self, A_bar: Tensor, W: Tensor, D: Tensor, *, theta: float | None = None):
        # (N/2, H), because the sum over n then adds whole rows.
        self.A_bar, self.W, self.D, self.theta = array(A_bar.mT), array(W.mT), array(D), theta
        self.x, self.Wx = np.zeros_like(self.A_bar), np.zeros_like(self.W)  # (N/2, H)
        self.Du = np.zeros_like(self.D)

    def step(self, u: np.ndarray, y: np.ndarray) -> None:
        """Read u (H,) and write the output, or the spikes, into y (H,)."""
        self.x *= self.A_bar
        self.x += u
        np.multiply(self.W, self.x, out=self.Wx)
        np.add.reduce(self.Wx.real, 0, out=y)
        y += np.multiply(self.D, u, out=self.Du)
        if self.theta is not None:
            y -= self.theta
            np.heaviside(y, 0, out=y)  # NaN stays NaN, as in `spike`.


class GLUStep:
    """z = (W1 y + b1) * sigmoid(W2 y + b2), with both in one matrix (2 H, H)."""

    def __init__(self, W: Tensor, b: Tensor):
        self.W, self.b = torch.from_numpy(array(W)), torch.from_numpy(array(b))
        both, H = torch.zeros_like(self.b), W.shape[1]
        self.y_tensor, self.both, self.gate = both.new_zeros(H), both, both[H:]
        self.y, self.z, self.opened = self.y_tensor.numpy(), both[:H].numpy(), self.gate.numpy()

    def step(self) -> np.ndarray:
        """The mixed z (H,) of y (H,)."""
        torch.addmv(self.b, self.W, self.y_tensor, out=self.both)
        torch.sigmoid(self.gate, out=self.gate)
        self.z *= self.opened
        return self.z


class GSUStep:
    """z = GELU(gain (Ter(y) W + b) * (y Ter(W) + c)), or without the GELU.

    W is (H, H), out by in, and T = Ter(W), which a step of the definition computes anew. The
    threshold of Ter(y) is alpha max |y|.
    """

    def __init__(
        self, W: Tensor, b: Tensor, T: Tensor, c: Tensor, *, alpha: float, gain: float, gelu: bool
    ):
        self.W, self.b, self.T, self.c = (torch.from_numpy(array(w)) for w in (W, b, T, c))
        self.alpha, self.gain, self.gelu = alpha, gain, gelu
        self.y_tensor, self.s_tensor, self.first, self.second = self.b.new_zeros(4, len(b))
        self.y, self.spikes = self.y_tensor.numpy(), self.s_tensor.numpy()
        self.z, self.factor = self.first.numpy(), self.second.numpy()
        self.size, self.fires = np.zeros_like(self.y), np.zeros(len(self.y), bool)

    def step(self) -> np.ndarray:
        """The mixed z (H,) of y (H,). Raises ValueError for y with NaN."""
        largest = np.abs(self.y, out=self.size).max()
        if np.isnan(largest):
            raise ValueError(f"x must be finite everywhere, got {largest}")
        np.greater_equal(self.size, self.alpha * largest, out=self.fires)
        np.multiply(np.sign(self.y, out=self.spikes), self.fires, out=self.spikes)
        torch.addmv(self.b, self.W, self.s_tensor, out=self.first)
        torch.addmv(self.c, self.T, self.y_tensor, out=self.second)
        self.z *= self.factor
        if self.gain != 1:
            self.z *= self.gain
        if self.gelu:
            gelu(self.first, out=self.first)
        return self.z


class LayerNormStep:
    """(x - mean x) / sqrt(var x + eps) * weight + bias, x (H,)."""

    def __init__(self, weight: Tensor, bias: Tensor, eps: float):
        self.weight, self.bias, self.eps = array(weight), array(bias), eps

    def step(self, x: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Write the normed x (H,) into out (H,), which may be x."""
        np.subtract(x, x.sum() / len(x), out=out)
        out *= 1 / np.sqrt(out.dot(out) / len(x) + self.eps)
        out *= self.weight
        out += self.bias
        return out


class BlockStep:
    """x + mix(act(ssm(norm(x)))) if prenorm, else norm(x + mix(act(ssm(x)))).

    act is GELU or, without `gelu`, nothing. `spikes` (H,), which each step overwrites, are 0 or 1
    behind a threshold and -1, 0 or 1 in a Gated Spiking Unit; it is None where there are none.
    """

    def __init__(
        self,
        ssm: S4DStep,
        mix: GLUStep | GSUStep,
        norm: LayerNormStep,
        *,
        prenorm: bool,
        gelu: bool,
    ):
        self.ssm, self.mix, self.norm, self.prenorm, self.gelu = ssm, mix, norm, prenorm, gelu
        self.u = np.zeros_like(ssm.D)
        binary = None if ssm.theta is None else mix.y
        self.spikes = mix.spikes if isinstance(mix, GSUStep) else binary

    def step(self, x: np.ndarray) -> None:
        """Write the block's output over its input x (H,)."""
        self.ssm.step(self.norm.step(x, self.u) if self.prenorm else x, self.mix.y)
        if self.gelu:
            gelu(self.mix.y_tensor, out=self.mix.y_tensor)
        x += self.mix.step()
        if not self.prenorm:
            self.norm.step(x, x)


class TokenStream:
    """Scores = W block_depth(... block_1(embedding[symbol])) + b (classes,), for one sequence.

    embedding is (symbols, H), W (classes, H) and b (classes,). The stream owns copies of all
    weights and the state: x of each block's ssm, the sum `total` (H,) of the outputs and their
    `count`.

    >>> stream = TokenStream(torch.eye(3), [], torch.eye(3), torch.zeros(3))  # without a block
    >>> stream.step(1)
    tensor([0., 1., 0.])
    """

    def __init__(self, embedding: Tensor, blocks: list[BlockStep], W: Tensor, b: Tensor):
        self.embedding, self.blocks = array(embedding), blocks
        self.W, self.b = torch.from_numpy(array(W)), torch.from_numpy(array(b))
        self.x_tensor = self.W.new_zeros(W.shape[1])  # (H,)
        self.x, self.total, self.count = self.x_tensor.numpy(), np.zeros_like(self.embedding[0]), 0

    def step(self, symbol: int) -> Tensor:
        """Read a symbol, a place in embedding; returns the scores (classes,)."""
        self.x[...] = self.embedding[symbol]
        with one_thread(self.W):
            for block in self.blocks:
                block.step(self.x)
            scores = torch.addmv(self.b, self.W, self.x_tensor)
        self.total += self.x
        self.count += 1
        return scores
