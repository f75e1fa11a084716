"""What a step of a network costs: counted operations and memory, times published energies."""

from sslearn.energy.events import event_product
from sslearn.energy.tables import HOROWITZ, NEUROMORPHIC, access_pJ, add_pJ, multiply_pJ

__all__ = ["HOROWITZ", "NEUROMORPHIC", "access_pJ", "add_pJ", "event_product", "multiply_pJ"]
