"""A LIF network whose numbers lie on a grid, so that every machine computes the same spikes."""

from pathlib import Path

import torch
from torch import Tensor

from sslearn.models import LIFNetwork

SIZES = {"d_input": 4, "classes": 3, "H": 6, "depth": 2}
TAU = 2.0  # steps of the peer's neuron, whose decay is 1 - 1 / TAU
FILE = Path(__file__).parent / "spikingjelly.json"


def grid_network() -> tuple[LIFNetwork, Tensor]:
    """The network and its input x (3, 10, 4): weights in 64ths, x in quarters, beta = 1/2.

    In float64 each sum is exact, because a membrane of 10 steps needs at most 20 bits of fraction.
    """
    g = torch.Generator().manual_seed(0)
    net = LIFNetwork(**SIZES, beta=1 - 1 / TAU, generator=g).double().eval()
    with torch.no_grad():
        for p in net.parameters():
            p.copy_((p * 192).round() / 64)  # three times as large, so that both layers fire
    return net, torch.randint(0, 17, (3, 10, 4), generator=g).double() / 4
