"""Trained networks outside the notebook: integers, NIR, C and a page for any browser.

fixed: rounding and decays in few bits.   pole: one pole in integers, with a bound.
nir_pair: a pole as two leaky neurons.   nir_write, nir_read, nir_files: NIR graphs and their files.
page: a network as one HTML file.
quantise: a trained classifier as an IntegerNetwork (integer), by the functions of arithmetic.
aware: fine-tuning that feels the integers.   audit, budget: that no floating operation runs; bytes
and operations.   c: the same network as one file of C99.
"""

from sslearn.deploy.audit import IntegerAudit
from sslearn.deploy.aware import aware, settled, tops_of
from sslearn.deploy.budget import Bytes, Operations, count_bytes, count_operations
from sslearn.deploy.c import to_c
from sslearn.deploy.fixed import DECAYS, ROUNDINGS, Decay, Rounded, fixed_decay, round_to
from sslearn.deploy.integer import IntegerNetwork
from sslearn.deploy.nir_files import read_nir, write_nir
from sslearn.deploy.nir_pair import (
    LeakyPair,
    pair_for_euler,
    pair_of_pole,
    run_pair,
    solve_pair,
    step_pair,
)
from sslearn.deploy.nir_read import NIRNetwork, NIRState, from_nir
from sslearn.deploy.nir_write import to_nir
from sslearn.deploy.page import to_html
from sslearn.deploy.pole import PoleRun, pole_steps
from sslearn.deploy.quantise import quantise

__all__ = [
    "LeakyPair", "NIRNetwork", "NIRState", "from_nir", "pair_for_euler", "pair_of_pole", "read_nir",
    "run_pair", "solve_pair", "step_pair", "to_html", "to_nir", "write_nir",
    "DECAYS", "ROUNDINGS", "Decay", "IntegerNetwork", "PoleRun", "Rounded", "fixed_decay",
    "pole_steps", "quantise", "round_to", "to_c", "IntegerAudit", "aware", "settled", "Bytes",
    "Operations", "count_bytes", "count_operations", "tops_of",
]  # fmt: skip
