"""A NIR graph as a network that runs step by step: ours, and LIF networks of other frameworks."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from sslearn.deploy.nir_files import read_nir
from sslearn.deploy.nir_graph import FORMAT
from sslearn.deploy.nir_host import HOST, host_step
from sslearn.deploy.nir_nodes import Neuron, State, read_node

if TYPE_CHECKING:
    import nir


class NIRState(NamedTuple):
    """What a step leaves to the next: the neurons' states, what late edges carry, and the mean's.

    total is the sum of the outputs so far, count their number.
    """

    neurons: dict[str, State]
    late: dict[str, Tensor]
    total: Tensor | None
    count: int


class NIRNetwork:
    """A NIR graph in steps of dt by Euler's rule; `step` as the model that was written.

    Every edge carries the value of this step, except those into a neuron that close a cycle
    through it: they carry the value of the step before, at first that of silent neurons, because
    else a neuron would need its own result. That is what a step of the coupled equations by Euler
    does, and what nirtorch does for a neuron and one node beside it. `from_nir` makes it, and says
    what is refused.
    """

    def __init__(self, graph: "nir.NIRGraph", dt: float, dtype: torch.dtype):
        self.dt, self.dtype = dt, dtype
        self.pool = str(graph.metadata.get("pool", "each"))
        if self.pool not in ("mean", "last", "each"):
            raise ValueError(f"pool must be mean, last or each, got {self.pool!r}")
        self.nodes, self.sources, self.calls, inputs, outputs = {}, {}, {}, [], []
        edges = [(str(a), str(b)) for a, b in graph.edges]
        for name, node in graph.nodes.items():
            kind, about = type(node).__name__, getattr(node, "metadata", None) or {}
            if kind == "Input" and "does" in about:
                self.calls[name] = _call(name, about, graph, dtype)
                continue
            if kind not in ("Input", "Output"):
                self.nodes[name] = read_node(name, node, dt, dtype)
            inputs += [name] * (kind == "Input")
            outputs += [name] * (kind == "Output")
        given = {port for _, ports, _ in self.calls.values() for port in ports}
        outputs = [name for name in outputs if name not in given]
        if len(inputs) != 1 or len(outputs) != 1:
            raise ValueError(f"a graph must have one Input and one Output, got {inputs}, {outputs}")
        (self.input,), (self.output,) = inputs, outputs
        self._wire(graph, edges)
        self.d_input = next((self.nodes[b].takes for a, b in edges
                             if a == self.input and b in self.nodes), None)  # fmt: skip

    def _wire(self, graph, edges):
        """Each node's sources of this step and of the step before, and an order to compute in."""
        for edge in edges:
            for end in edge:
                if end not in graph.nodes:
                    raise ValueError(f"an edge must join nodes of the graph, got {edge}")
            a, b = (self.nodes.get(end) for end in edge)
            if a and b and None not in (a.gives, b.takes) and a.gives != b.takes:
                raise ValueError(f"{edge[1]!r} must read {b.takes} numbers, got {a.gives}")
        after = {name: [b for a, b in edges if a == name] for name in graph.nodes}
        for name, (_, ports, _) in self.calls.items():
            for port in ports:
                after[port].append(name)
        self.late = {name: [] for name in graph.nodes}
        self.sources = {name: [] for name in graph.nodes}
        for name, node in self.nodes.items():
            if isinstance(node, Neuron):
                reached = _reached(name, after)
                self.late[name] = [a for a, b in edges if b == name and a in reached]
        for a, b in edges:
            if a not in self.late[b]:
                self.sources[b].append(a)
        for name in {*graph.nodes} - {self.input, *self.calls}:
            if not self.sources[name] + self.late[name]:
                raise ValueError(f"every node but the Input must have a source, {name!r} has none")
        self.order = _order(self.sources | {n: list(c[1]) for n, c in self.calls.items()})

    def initial_state(self, batch: int) -> NIRState:
        """Every neuron at v = 0 and silent, and what the nodes behind it make of silence."""
        rest, value = {}, {self.input: torch.zeros(batch, self.d_input or 1, dtype=self.dtype)}
        for name in self.order:
            if isinstance(node := self.nodes.get(name), Neuron):
                value[name] = torch.zeros(batch, node.gives or 1, dtype=self.dtype)
                rest[name] = (value[name],) * node.size
            else:
                value[name] = self._plain(name, value)
        return NIRState(rest, {a: value[a] for names in self.late.values() for a in names}, None, 0)

    @torch.no_grad()
    def values(self, x_t: Tensor, state: NIRState) -> tuple[dict[str, Tensor], NIRState]:
        """The value of every node at one step of x_t (B, d_input), and the new state."""
        value, neurons = {self.input: x_t.to(self.dtype)}, {}
        for name in self.order:
            if isinstance(node := self.nodes.get(name), Neuron):
                parts = [value[a] for a in self.sources[name]]
                parts += [state.late[a] for a in self.late[name]]
                value[name], neurons[name] = node.step(
                    sum(parts[1:], parts[0]), state.neurons[name]
                )
            else:
                value[name] = self._plain(name, value)
        late = {a: value[a] for names in self.late.values() for a in names}
        out = value[self.output]
        total = out if state.total is None else state.total + out
        return value, NIRState(neurons, late, total, state.count + 1)

    def _plain(self, name, value):
        """The value of a node without a state, from those of its sources."""
        if name == self.input:
            return value[name]
        if name in self.calls:
            does, ports, numbers = self.calls[name]
            return host_step(does, [value[port] for port in ports], numbers)
        parts = [value[a] for a in self.sources[name]]
        total = sum(parts[1:], parts[0])
        return self.nodes[name].f(total) if name in self.nodes else total

    def step(self, x_t: Tensor, state: NIRState) -> tuple[Tensor, NIRState]:
        """One step: the output (B, classes), or its mean so far if the graph's pool is mean."""
        value, state = self.values(x_t, state)
        return self._pooled(value, state), state

    def _pooled(self, value, state):
        return state.total / state.count if self.pool == "mean" else value[self.output]

    def run(self, x: Tensor, *names: str) -> dict[str, Tensor]:
        """What `step` gives after each step of x (B, L, d_input), at the key "scores" (B, L, n).

        names are nodes, and each becomes a key of its own, the value of that node (B, L, m).
        Raises ValueError for another shape of x and a name that is no node.
        """
        if x.ndim != 3 or x.shape[1] < 1 or self.d_input not in (None, x.shape[-1]):
            raise ValueError(f"x must be (B, L, {self.d_input}), L >= 1, got {tuple(x.shape)}")
        unknown = [name for name in names if name not in self.sources]
        if unknown:
            raise ValueError(f"names must be nodes, one of {list(self.sources)}, got {unknown}")
        state, trace = self.initial_state(len(x)), {name: [] for name in ("scores", *names)}
        for x_t in x.unbind(1):
            value, state = self.values(x_t, state)
            value["scores"] = self._pooled(value, state)
            for name, steps in trace.items():
                steps.append(value[name])
        return {name: torch.stack(steps, 1) for name, steps in trace.items()}


def from_nir(
    graph: "nir.NIRGraph | Path | str",
    *,
    dt: float | None = None,
    dtype: torch.dtype = torch.float64,
) -> NIRNetwork:
    """The network of a NIR graph, or of the file that holds it, ready to run.

    A graph of ours names its step; of another one dt must be given, in the unit of its tau, because
    NIR has no word for it (snnTorch writes for 1e-4 s). Reset is to v_reset, as NIR says,
    unless a LIF node's metadata say reset: subtract, as ours do. Raises ImportError without the
    package nir, and ValueError for a file that is missing, cut off or of another kind, a format of
    another sslearn, a node that is not in `nir_nodes.KINDS`, numbers that are not finite, a tau
    that is not positive, widths that do not fit, a cycle without a neuron, and a dt that is missing
    or not positive.

    >>> from sslearn.deploy import to_nir
    >>> from sslearn.models import LIFNetwork
    >>> net = LIFNetwork(3, 2, H=4, generator=torch.Generator().manual_seed(0))
    >>> twin = from_nir(to_nir(net))
    >>> twin.run(torch.ones(1, 50, 3))["scores"].shape
    torch.Size([1, 50, 2])
    """
    graph = read_nir(Path(graph)) if isinstance(graph, Path | str) else graph
    if type(graph).__name__ != "NIRGraph":
        raise ValueError(f"graph must be a NIRGraph or its file, got {type(graph).__name__}")
    if (form := graph.metadata.get("format", FORMAT)) != FORMAT:
        raise ValueError(f"format must be {FORMAT!r}, or none, got {form!r}")
    dt = graph.metadata.get("dt") if dt is None else dt
    if dt is None:
        raise ValueError("dt must be given, because this graph does not name its step")
    if not (isinstance(dt, float | int | np.number) and 0 < dt < float("inf")):
        raise ValueError(f"dt must be a positive number, got {dt!r}")
    return NIRNetwork(graph, float(dt), dtype)


def _call(name, about, graph, dtype):
    """What the host does for an Input: the function, the Outputs it takes, and its numbers."""
    numbers = {key: a for key, a in about.items() if key not in ("does", "of")}
    does, ports = str(about["does"]), str(about.get("of", "")).split()
    if does not in HOST:
        raise ValueError(f"{name!r} must ask the host for one of {sorted(HOST)}, got {does!r}")
    missing = [port for port in ports if port not in graph.nodes]
    if missing or not ports:
        raise ValueError(f"{name!r} must name Outputs of the graph, got {about.get('of')!r}")
    return (
        does,
        ports,
        {key: torch.as_tensor(np.asarray(a), dtype=dtype) for key, a in numbers.items()},
    )


def _reached(start, after):
    """The nodes that some path leads to from start."""
    reached, todo = set(), [start]
    while todo:
        new = [b for b in after[todo.pop()] if b not in reached]
        reached.update(new)
        todo += new
    return reached


def _order(sources):
    """The nodes, each after its sources. Raises ValueError for a cycle without a neuron."""
    order, waiting = [], dict(sources)
    done = set()
    while waiting:
        ready = [name for name, needs in waiting.items() if done.issuperset(needs)]
        if not ready:
            raise ValueError(f"a cycle must pass a neuron, got one through {sorted(waiting)[:4]}")
        order += ready
        done.update(ready)
        for name in ready:
            del waiting[name]
    return order
