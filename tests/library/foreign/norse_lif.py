"""Writes norse_lif.nir, a network by Norse, and norse_lif.json: its input and its spikes.

CI has no Norse, so both files are kept. They were made by

    python -m pip install norse==1.1.0 nir==1.0.8 nirtorch==2.6
    python -m tests.library.foreign.norse_lif

Norse's exporter writes tau_mem times its own dt = 1e-3 s, in place of tau_mem, and its own reader
does not undo it; so a step of the file is 1e-3 * 1e-3 s. The file's Input holds the batch beside
the width.
"""

import json
from pathlib import Path

import nir
import norse.torch as norse
import torch
from norse.torch.module.lif_box import LIFBoxCell, LIFBoxParameters

HERE = Path(__file__).parent


def neurons(n: int, tau: float, theta: float) -> LIFBoxCell:
    """n neurons that reset to 0; tau in seconds."""
    inverse, theta = torch.full((n,), 1 / tau), torch.full((n,), theta)
    return LIFBoxCell(LIFBoxParameters(tau_mem_inv=inverse, v_th=theta, v_leak=torch.zeros(n)))


def main() -> None:
    """Write both files."""
    torch.manual_seed(0)
    layers = torch.nn.Linear(3, 16), neurons(16, 0.01, 1.0), torch.nn.Linear(16, 4)
    net = norse.SequentialState(*layers, neurons(4, 0.005, 0.02))
    x, state, spikes = torch.randint(0, 30, (2, 80, 3)).float(), None, []
    nir.write(HERE / "norse_lif.nir", norse.to_nir(net, torch.ones(1, 3)))
    with torch.no_grad():
        for x_t in x.unbind(1):
            s, state = net(x_t, state)
            spikes.append(s)
    kept = {"x": x.int().tolist(), "spikes": torch.stack(spikes, 1).int().tolist()}
    (HERE / "norse_lif.json").write_text(json.dumps(kept) + "\n")


if __name__ == "__main__":
    main()
