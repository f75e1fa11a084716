"""The C file of a network, compiled by the machine's own cc and called from Python."""

import ctypes
import shutil
import subprocess

import numpy as np
import pytest
import torch

from sslearn.deploy import to_c

STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2"]


def compiled(network, folder, *flags):
    """A function of integers (B, L): the scores (B, classes) and classes (B,) of the C file."""
    if shutil.which("cc") is None:
        pytest.skip("no cc on this machine, so the C file is not compiled")
    source, library = folder / "network.c", folder / "network.so"
    to_c(network, source)
    made = ["-fPIC", "-shared", "-o", str(library), str(source)]
    subprocess.run(["cc", *STRICT, *flags, *made], check=True)
    c, scores = ctypes.CDLL(str(library)), np.zeros(len(network.head.M), np.int32)
    pointer = scores.ctypes.data_as(ctypes.c_void_p)

    def run(x):
        all_scores, classes = [], []
        for sequence in x.tolist():
            c.reset()
            for number in sequence:
                found = c.step(number, pointer)
            all_scores.append(scores.tolist())
            classes.append(found)
        return torch.tensor(all_scores), torch.tensor(classes)

    return run
