"""All cases of `make bench`, and those of the scan."""

import importlib.util

import torch
from case import Case, forward_only, relative_error, seed
from lif_cases import lif_cases
from s4d_cases import network_cases, s4d_cases, streaming_cases
from stream_cases import stream_cases
from torch._higher_order_ops.associative_scan import associative_scan

from sslearn.fast import scan
from sslearn.scan import combine


def s5_scan(a, b):
    from s5.jax_compat import associative_scan as theirs

    return theirs(combine, (a, b), axis=1)[1]


def scan_cases(small):
    sizes = [(40, 8)] if small else [(784, 64), (784, 2048), (16384, 64), (4096, 512)]
    for L, lanes in sizes:
        a = torch.rand(1, L, lanes, generator=seed()) * 0.99
        b = torch.randn(1, L, lanes, generator=seed(1))
        ours = forward_only(scan, a, b)

        def generic(a=a, b=b):
            return associative_scan(combine, (a, b), 1, combine_mode="generic")[1]

        peer = forward_only(generic)
        peers = {"associative_scan": peer}
        if importlib.util.find_spec("s5"):
            peers["s5-pytorch"] = forward_only(s5_scan, a, b)
        yield Case(f"scan, L = {L}, {lanes} lanes", ours, peers, 2,
                   lambda m=ours, p=peer: relative_error(m(), p()), 1e-4)  # fmt: skip


def cases(small=False):
    """Every case; the smoke run takes small sizes."""
    for make in (lif_cases, s4d_cases, network_cases, streaming_cases, stream_cases, scan_cases):
        yield from make(small)
