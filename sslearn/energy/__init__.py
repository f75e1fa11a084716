"""What a step of a network costs: counted operations and memory, times published energies.

counting: count.   ledger: Ledger, Row, Product, FUNCTIONS.   streams: stream_of.
power: joules, Joules.   events: event_product.
tables: HOROWITZ, NEUROMORPHIC, access_pJ, add_pJ, multiply_pJ.
"""

from sslearn.energy.counting import count
from sslearn.energy.events import event_product
from sslearn.energy.ledger import FUNCTIONS, OPERATIONS, PARTS, Ledger, Product, Row
from sslearn.energy.power import Joules, joules
from sslearn.energy.streams import stream_of
from sslearn.energy.tables import HOROWITZ, NEUROMORPHIC, access_pJ, add_pJ, multiply_pJ

__all__ = [
    "FUNCTIONS", "HOROWITZ", "NEUROMORPHIC", "OPERATIONS", "PARTS", "Joules", "Ledger", "Product",
    "Row", "access_pJ", "add_pJ", "count", "event_product", "joules", "multiply_pJ", "stream_of",
]  # fmt: skip
