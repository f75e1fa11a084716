"""Published accountings of spiking networks' energy: what each counts, and what it leaves out."""

from typing import NamedTuple

TERMS = (
    "products",
    "state and neuron",
    "weight reads",
    "state reads and writes",
    "addressing and routing",
    "weights used again by the dense side",
    "static power",
)


class Accounting(NamedTuple):
    """One published accounting: the terms of TERMS that it counts, its claim, and its source.

    unknown holds the terms of which what could be read does not say whether they are counted. A
    term in neither is left out.
    """

    counts: frozenset
    unknown: frozenset
    claim: str
    per: str
    source: str
    read: str

    def says(self, term: str) -> str:
        """Yes, no, or ? where it is not known. Raises ValueError for a term not in TERMS."""
        if term not in TERMS:
            raise ValueError(f"term must be one of {list(TERMS)}, got {term!r}")
        return "yes" if term in self.counts else "?" if term in self.unknown else "no"


def _accounting(counts: set, unknown: set, **rest) -> Accounting:
    return Accounting(frozenset(counts), frozenset(unknown), **rest)


ACCOUNTINGS = {
    "4.6 and 0.9 pJ": _accounting(
        {"products"}, {"state and neuron"},
        claim="a spike costs 0.9 pJ where a multiply-accumulate costs 4.6",
        per="accumulate against multiply-accumulate, 32-bit float, 45 nm",
        source="convention after Horowitz 2014; so in arXiv 2110.07742, table IV",
        read="second-hand: constants of public programs that cite it",
    ),
    "Davidson & Furber 2021": _accounting(
        {"products", "weight reads", "state reads and writes"},
        {"state and neuron", "addressing and routing", "weights used again by the dense side",
         "static power"},
        claim="spikes win below 12/7 = 1.71 spikes an output (their 1.72)",
        per="output of a neuron in one inference, 22 nm, rate code",
        source="Front. Neurosci. 15:651141, doi 10.3389/fnins.2021.651141",
        read="abstract read; 12E/7E second-hand, quoted word for word",
    ),
    "Lemaire et al. 2022": _accounting(
        {"products", "state and neuron", "weight reads", "state reads and writes",
         "addressing and routing"}, set(),
        claim="6 to 8 times more efficient than the dense network",
        per="inference, 32-bit integers, 45 nm, each memory priced by its size",
        source="arXiv 2210.13107, doi 10.1007/978-3-031-30105-6_48",
        read="abstract read; terms from two public programs of its equations",
    ),
    "Dampfhoffer et al. 2023": _accounting(
        {"products", "state and neuron", "weight reads", "weights used again by the dense side"},
        {"state reads and writes", "addressing and routing", "static power"},
        claim="spikes compete at 0.15 to 1.38 spikes a synapse",
        per="synapse and inference, by the dense side's design",
        source="IEEE TETCI 7:731, doi 10.1109/TETCI.2022.3214509",
        read="abstract read",
    ),
    "Yan et al. 2024": _accounting(
        {"products", "weight reads", "addressing and routing"},
        {"state and neuron", "state reads and writes", "weights used again by the dense side",
         "static power"},
        claim="spikes win below a rate of 5.7 % at 5 steps",
        per="inference, against a network of as many levels in integers",
        source="arXiv 2409.08290, version 4",
        read="abstract read (versions 2 and 3 say 6.4 % at 5 to 10 steps)",
    ),
    "GSU against S4D": _accounting(
        {"products"}, set(TERMS) - {"products"},
        claim="0.52 of the energy of S4D",
        per="not known here",
        source="Stan & Rhodes 2024, doi 10.1038/s41598-024-71678-8, as later work repeats it",
        read="second-hand; its terms could not be read here",
    ),
}  # fmt: skip
YAN_RATE = 0.057  # The rate of Yan et al. 2024, version 4.
SPIKINGSSM_RATE = 0.10  # "on average 90% of network sparsity": the abstract of arXiv 2408.14909.
SPIKINGSSM_WIDTH = 400  # of its network for sequential MNIST, as this course's presets have it.
