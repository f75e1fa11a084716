"""A NIR graph while it is drawn: nodes, edges, and the places where the host takes over."""

import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

if TYPE_CHECKING:
    import nir

DT = 1e-4  # s: the step that snnTorch's reader takes, and so the one that is written
FORMAT = "sslearn 1"


def nir_package() -> Any:
    """The package nir. Raises ImportError, which says how to get it, where it is missing.

    It is asked for where it is used, because integers and C need no NIR.
    """
    if importlib.util.find_spec("nir") is None:
        raise ImportError('nir is not installed, get it by python -m pip install "nir>=1,<2"')
    import nir

    return nir


def array(name: str, x: Any) -> np.ndarray:
    """A weight as NIR holds it. Raises ValueError for NaN and infinity."""
    a = x.detach().cpu().numpy() if isinstance(x, Tensor) else np.asarray(x)
    if not np.isfinite(a).all():
        raise ValueError(f"{name} must be finite, and holds NaN or infinity")
    return np.ascontiguousarray(a)


class Draft:
    """Nodes and edges that are added one by one; a method returns the name of what it added.

    A node reads the sum of its sources, because that is what several edges into one mean in NIR.
    Names have no point, because torch.fx, on which other readers build, allows none.
    """

    def __init__(self, width: int):
        self.nir = nir_package()
        self.nodes, self.edges = {}, []
        self._add("input", self.nir.Input({"input": np.array([width])}))

    def _add(self, name, node, *sources):
        self.nodes[name] = node
        self.edges += [(source, name) for source in sources]
        return name

    def affine(self, name: str, weight: Any, bias: Any, *sources: str) -> str:
        """W x + b."""
        W, b = array(f"{name}'s weight", weight), array(f"{name}'s bias", bias)
        return self._add(name, self.nir.Affine(W, b), *sources)

    def linear(self, name: str, weight: Any, *sources: str) -> str:
        """W x."""
        return self._add(name, self.nir.Linear(array(f"{name}'s weight", weight)), *sources)

    def scale(self, name: str, s: Any, *sources: str) -> str:
        """s x, entry by entry."""
        return self._add(name, self.nir.Scale(array(f"{name}'s factor", s)), *sources)

    def threshold(self, name: str, theta: Any, *sources: str) -> str:
        """[x > theta]."""
        return self._add(name, self.nir.Threshold(array(f"{name}'s theta", theta)), *sources)

    def leaky(self, name: str, tau: Any, r: Any, *sources: str) -> str:
        """A leaky integrator, tau dv/dt = -v + R I, whose value is v."""
        tau, r = array(f"{name}'s tau", tau), array(f"{name}'s R", r)
        return self._add(name, self.nir.LI(tau, r, np.zeros_like(tau)), *sources)

    def fires(self, name: str, tau: Any, r: Any, reset: str, *sources: str) -> str:
        """The same with threshold 1 and reset, whose value is the spike.

        NIR has the reset to a value alone; reset stands in the node's metadata, too.
        """
        tau, r = array(f"{name}'s tau", tau), array(f"{name}'s R", r)
        zero = np.zeros_like(tau)
        node = self.nir.LIF(tau, r, zero, np.ones_like(tau), zero, metadata={"reset": reset})
        return self._add(name, node, *sources)

    def host(self, name: str, does: str, width: int, *sources: list[str], **numbers: Any) -> str:
        """What NIR cannot say: the graph gives the sums of `sources` away and takes a result back.

        Each of sources is a list of names, whose sum leaves through an Output node; the result,
        of so many numbers, comes back through an Input node whose metadata name the Outputs, what
        the host does, an entry of `nir_host.HOST`, and its numbers.
        """
        ports = []
        for n, parts in enumerate(sources):
            node = self.nir.Output({"output": np.array([self.width(parts[0])])})
            ports.append(self._add(f"{name}_takes_{n}", node, *parts))
        arrays = {key: array(f"{name}'s {key}", x) for key, x in numbers.items()}
        metadata = {"does": does, "of": " ".join(ports), **arrays}
        node = self.nir.Input({"input": np.array([width])}, metadata=metadata)
        return self._add(f"{name}_gives", node)

    def width(self, name: str) -> int:
        """How many numbers a node gives."""
        return int(next(iter(self.nodes[name].output_type.values()))[0])

    def graph(self, *sources: str, dt: float, pool: str) -> "nir.NIRGraph":
        """The whole, whose output is the sum of sources.

        A node adds them, because nirtorch gives what enters an Output away one by one. pool says
        what the host makes of the outputs of all steps: their mean, the last, or each.
        """
        H = self.width(sources[0])
        out = sources[0] if len(sources) == 1 else self.scale("sum", np.ones(H), *sources)
        self._add("output", self.nir.Output({"output": np.array([H])}), out)
        about = {"format": FORMAT, "dt": dt, "rule": "euler", "pool": pool}
        return self.nir.NIRGraph(self.nodes, self.edges, metadata=about)
