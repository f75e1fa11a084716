"""Batch norm whose statistics are those of the whole batch, also where processes share it."""

import torch
from torch import Tensor, distributed, nn
from torch.distributed.nn.functional import all_reduce


def processes() -> int:
    """How many processes train together: those of torch.distributed, or this one alone."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def batch_moments(x: Tensor, inside: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """The mean and variance (H,) of x (n, H) over the tokens of all processes, and their number.

    inside (n,) says which tokens count; all do by default. The variance is the mean square of
    x - mean, and both carry the gradient of every process. All processes must call this alike.
    """
    count = x.new_ones(len(x), 1) if inside is None else inside[:, None].to(x.dtype)  # (n, 1)
    total = torch.cat([(x * count).sum(0), count.sum(0)])  # (H + 1,)
    total = all_reduce(total) if processes() > 1 else total
    n = total[-1].detach()
    mean = total[:-1] / n
    squares = ((x - mean).square() * count).sum(0)
    squares = all_reduce(squares) if processes() > 1 else squares
    return mean, squares / n, n


class BatchNorm(nn.BatchNorm1d):
    """(x - mean) / sqrt(var + eps) * weight + bias over all tokens of (n, H), as torch has it.

    In training the moments are those of the batch; several processes take those of all their
    tokens together, as torch.nn.SyncBatchNorm does on GPUs, because else each would train another
    network. Ioffe & Szegedy 2015. Raises ValueError for a single token in training.
    """

    def forward(self, x: Tensor, inside: Tensor | None = None) -> Tensor:
        """(n, H) to (n, H); the moments are those of the tokens inside (n,), of all by default."""
        if self.training and (inside is not None or processes() > 1):
            return self.normalise(x, *batch_moments(x, inside))
        if self.training and len(x) < 2:
            raise ValueError(f"batch norm takes at least 2 tokens in training, got {len(x)}")
        return super().forward(x)

    def normalise(self, x: Tensor, mean: Tensor, var: Tensor, n: Tensor) -> Tensor:
        """x (n, H) by these moments of n tokens, which the running ones then follow."""
        if n < 2:
            raise ValueError(f"batch norm takes at least 2 tokens in training, got {n:.0f}")
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var * n / (n - 1), self.momentum)
            self.num_batches_tracked += 1
        return (x - mean) * torch.rsqrt(var + self.eps) * self.weight + self.bias
