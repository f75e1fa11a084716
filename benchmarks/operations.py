"""SpikingJelly's operation counters on a LIF network, as a file that our counter is tested against.

    PYTHONPATH=.:PEERS python benchmarks/operations.py

PEERS is the folder that `make bench` installs. The file, tests/library/spikingjelly.json, holds
what SpikingJelly counts for our network, step by step, by layer: spike-driven additions (SynOp),
multiply-accumulates (MAC) and additions (AC); and what it counts for a network of its own neurons
with the same weights. tests/library/test_energy_peer.py says where the two agree, and why they do
not elsewhere.
"""

import json
from importlib.metadata import version

import torch
from spikingjelly.activation_based import neuron
from spikingjelly.activation_based.op_counter import (
    ACCounter,
    DispatchCounterMode,
    MACCounter,
    NeuronStateCounter,
    SynOpCounter,
)
from torch import nn

from sslearn.energy import stream_of
from tests.library.peer_network import FILE, SIZES, TAU, grid_network

COMMAND = "PYTHONPATH=.:PEERS python benchmarks/operations.py"


class Ours(nn.Module):
    """Our network, step by step."""

    def __init__(self, net):
        super().__init__()
        self.net = stream_of(net)

    def forward(self, x):
        """The scores of x (B, L, d)."""
        state = self.net.initial_state(len(x))
        for x_t in x.unbind(1):
            scores, state = self.net.step(x_t, state)
        return scores


class Theirs(nn.Module):
    """The hidden layers of our network with SpikingJelly's neurons, soft reset, no head."""

    def __init__(self, net):
        super().__init__()
        self.hidden = net.hidden
        settings = {"tau": TAU, "decay_input": False, "v_threshold": 1.0, "v_reset": None}
        self.neurons = nn.ModuleList(neuron.LIFNode(**settings) for _ in net.hidden)
        self.spikes = [0 for _ in net.hidden]

    def forward(self, x):
        """Run x (B, L, d), and count the spikes of each layer."""
        for z in x.unbind(1):
            for n, (layer, node) in enumerate(zip(self.hidden, self.neurons, strict=True)):
                z = node(layer(z))
                self.spikes[n] += int(z.sum())


def by_layer(counts: dict[str, dict]) -> dict[str, int]:
    """The sum over operations in each layer with any, without the network's name in front."""
    sums = {name.partition(".")[2]: sum(found.values()) for name, found in counts.items()}
    return {name: n for name, n in sums.items() if name and n}


def counted(network: nn.Module, x) -> dict:
    """What each counter says of one pass, by layer."""
    state = NeuronStateCounter()
    counters = {"SynOp": SynOpCounter(), "MAC": MACCounter(), "AC": ACCounter()}
    with torch.no_grad(), DispatchCounterMode([*counters.values(), state]):
        network(x)
    kinds = {name: by_layer(counter.get_counts()) for name, counter in counters.items()}
    metrics = {name.partition(".")[2]: kinds for name, kinds in state.get_metric_counts().items()}
    kept = ("state_adds", "state_muls", "state_comps")
    kinds["state"] = {
        name: {kind: metrics[name][kind] for kind in kept}
        for name in metrics
        if name.startswith("neurons.") and name.count(".") == 1
    }
    return kinds


def main():
    net, x = grid_network()
    theirs = Theirs(net).double().eval()
    record = {
        "command": COMMAND,
        "spikingjelly": version("spikingjelly"),
        "torch": torch.__version__,
        "network": SIZES | {"tau": TAU, "x": list(x.shape)},
        "ours": counted(Ours(net), x),
        "theirs": counted(theirs, x) | {"spikes": theirs.spikes},
    }
    FILE.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
