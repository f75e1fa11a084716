"""A small network that guesses what a reset leaves of the membrane, for all steps at once."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, pad, smooth_l1_loss

from sslearn.layers.settings import require_sizes
from sslearn.lif import lif_by_steps
from sslearn.spikes import Surrogate, arctan, spike


def remembered(i: Tensor, *, beta: float) -> Tensor:
    """m_t = beta (1 - s_(t-1)) v_(t-1), the part of v_t = m_t + i_t that came before; (B, L, H).

    i is (B, L, H) in units of theta; v and s are those of `lif_by_steps` with reset zero.
    """
    return lif_by_steps(i, beta=beta, reset="zero").v - i


class ResetNetwork(nn.Module):
    """m = w relu(h + W h) + c, h = relu(K * i): a guess of `remembered` from the k steps before.

    i (B, L, H) gives m (B, L, H), each channel by the same d kernels of k lags from 1 to k, which
    see nothing of the step itself. A spike is then [m + i > 1]. SpikingSSM's surrogate dynamic
    network (Shen et al. 2024, arXiv 2408.14909) as its public code has it (shenshuaijie/SDN,
    model.py, d = k = 8, one layer), without its batch norms; of the paper the abstract was read.
    Raises ValueError for d or k below 1.

    >>> guess = ResetNetwork(generator=torch.Generator().manual_seed(0))
    >>> guess(torch.ones(2, 20, 4)).shape
    torch.Size([2, 20, 4])
    """

    def __init__(self, d: int = 8, k: int = 8, *, generator: torch.Generator):
        super().__init__()
        require_sizes(d=d, k=k)

        def uniform(*shape, fan):
            return nn.Parameter((2 * torch.rand(*shape, generator=generator) - 1) * fan**-0.5)

        self.K, self.K_bias = uniform(d, 1, k, fan=k), uniform(d, fan=k)
        self.W, self.W_bias = uniform(d, d, 1, fan=d), uniform(d, fan=d)
        self.w, self.c = uniform(1, d, 1, fan=d), uniform(1, fan=d)

    def forward(self, i: Tensor) -> Tensor:
        """i (B, L, H) to m (B, L, H)."""
        B, L, H = i.shape
        before = pad(i.mT.reshape(B * H, 1, L), (self.K.shape[-1], -1))  # one step late
        h = conv1d(before, self.K, self.K_bias).relu()  # (B H, d, L)
        h = (h + conv1d(h, self.W, self.W_bias)).relu()
        return conv1d(h, self.w, self.c).view(B, H, L).mT

    def fire(self, i: Tensor, surrogate: Surrogate = arctan) -> Tensor:
        """The spikes [m + i > 1] (B, L, H); as in that code, no gradient goes through the guess."""
        with torch.no_grad():
            m = self(i)
        return spike(m + i - 1, surrogate)


def learn_reset(
    guess: ResetNetwork,
    *,
    beta: float = 0.125,
    batches: int = 200,
    lr: float = 0.02,
    generator: torch.Generator,
) -> list[float]:
    """Teach guess to be `remembered` on white noise of variance 1; returns the loss of each batch.

    A batch is 64 sequences of 128 steps; 200 take a few seconds and leave one spike in 200 wrong,
    where one in 60 is wrong without any memory (beta = 0.125, i of variance 1). Smooth L1 loss,
    AdamW and a cosine schedule on such noise are those of the public code (shenshuaijie/SDN,
    train.py and generate.py), which takes far more of it. Raises ValueError unless batches is a
    whole number of at least 1.
    """
    require_sizes(batches=batches)
    optimizer = torch.optim.AdamW(guess.parameters(), lr=lr, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, batches)
    losses = []
    for _ in range(batches):
        i = torch.randn(1, 128, 64, generator=generator)  # a channel is a sequence
        loss = smooth_l1_loss(guess(i), remembered(i, beta=beta))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses
