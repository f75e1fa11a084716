"""State space models as sequences: convolution with a kernel."""

import torch
from torch import Tensor


def causal_conv(u: Tensor, K: Tensor) -> Tensor:
    """y_t = sum_(j=0)^t K_j u_(t-j), by FFT, zero-padded to 2L so that nothing wraps round.

    u (B, L, H); K (L, H) real. Returns (B, L, H) in u's dtype. Raises ValueError unless the
    lengths and the features agree.
    """
    if u.ndim != 3 or K.shape != u.shape[1:]:
        shapes = f"{tuple(K.shape)} and {tuple(u.shape)}"
        raise ValueError(f"K must be (L, H) for u (B, L, H), got {shapes}")
    L = u.shape[1]
    spectrum = torch.fft.rfft(u, n=2 * L, dim=1) * torch.fft.rfft(K, n=2 * L, dim=0)
    return torch.fft.irfft(spectrum, n=2 * L, dim=1)[:, :L]
