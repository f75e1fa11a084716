"""What was counted: rows of operations a token, which can be summed, selected and priced."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

ARITHMETIC = ("multiply", "add", "compare", "exp", "erf", "divide", "root", "draw")
MEMORY = ("read weight", "read state", "write state", "read activation", "write activation")
OPERATIONS = ARITHMETIC + MEMORY
PARTS = (
    "encoder", "products", "attention", "state", "gate", "norm", "activation", "residual",
    "pooling", "head", "other",
)  # fmt: skip
FUNCTIONS = {
    # A comparison is a subtraction of which the sign is kept.
    "compare": {"add": 1},
    # Newton's y (2 - x y) from a table of 8 bits gives 16 bits, then 32, and a product with the
    # dividend follows: 2 (2 multiplications, 1 addition), then 1 multiplication.
    "divide": {"multiply": 5, "add": 2},
    # Newton's y (3/2 - x/2 y y) for 1 / sqrt(x), twice in the same way, after one for x / 2.
    "root": {"multiply": 7, "add": 2},
    # Cephes' expf: n = floor(x / ln 2 + 1/2), x less n ln 2 in two parts, a polynomial in x with
    # six coefficients times x^2, plus x, plus 1; the last addition is n to the exponent.
    "exp": {"multiply": 10, "add": 11},
    # Abramowitz & Stegun 7.1.26, 1 - e^(-x^2) (a1 t + ... + a5 t^5), t = 1 / (1 + p x).
    "erf": {"multiply": 8, "add": 6, "divide": 1, "exp": 1},
    # A xorshift generator of 32 bits: three exclusive ors of shifted words count as additions.
    "draw": {"add": 3},
}


class Row(NamedTuple):
    """So many operations of one kind a token, in one layer and part of the network."""

    layer: str
    part: str
    operation: str
    bits: int
    number: float


class Product(NamedTuple):
    """A product y = W x, or y = W x + b with bias, inputs to outputs, `times` a token.

    fed and weights are real, spikes (0, 1) or ternary (-1, 0, 1). rate and weight_rate are the
    shares of x and W that are not 0; a real x takes a multiplication for each entry of W all the
    same. bits are those of a sum.
    """

    layer: str
    part: str
    inputs: int
    outputs: int
    times: float
    bias: bool
    bits: int
    fed: str
    weights: str
    rate: float
    weight_rate: float


class Ledger(NamedTuple):
    """Rows of numbers a token, the matrix products, and how many tokens were counted.

    unit is operations, or pJ after `price`. once holds what was computed from weights alone, by
    the name of torch's operation: a program does it before the first token.
    """

    rows: tuple[Row, ...]
    products: tuple[Product, ...]
    tokens: int
    once: Mapping[str, int]
    unit: str = "operations"

    def total(self) -> float:
        """The sum over all rows; after `only` or `price`, where one unit makes a sum of sense."""
        return sum(row.number for row in self.rows)

    def by(self, *names: str) -> dict:
        """Sums over the rows that share these fields: {value: number}, or {(values): number}.

        Raises ValueError for a name that is no field of Row.
        """
        for name in names:
            if name not in Row._fields[:-1]:
                raise ValueError(f"a name must be one of {Row._fields[:-1]}, got {name!r}")
        sums: Counter = Counter()
        for row in self.rows:
            key = tuple(getattr(row, name) for name in names)
            sums[key[0] if len(names) == 1 else key] += row.number
        return dict(sums)

    def only(self, **fields: str | Collection[str]) -> "Ledger":
        """The rows whose fields have these values, as `only(part={"state", "norm"})`.

        Raises ValueError for a field that Row lacks, and for a part or operation that is none.
        """
        known = {"part": PARTS, "operation": OPERATIONS}
        sets = {name: {v} if isinstance(v, str) else set(v) for name, v in fields.items()}
        for name, values in sets.items():
            if name not in Row._fields[:-1]:
                raise ValueError(f"a field must be one of {Row._fields[:-1]}, got {name!r}")
            if name in known and values - set(known[name]):
                wrong = sorted(values - set(known[name]))
                raise ValueError(f"{name} must be among {known[name]}, got {wrong}")
        keep = [row for row in self.rows if all(getattr(row, n) in v for n, v in sets.items())]
        return self._replace(rows=tuple(keep))

    def with_bits(self, **bits: int) -> "Ledger":
        """The same rows at other bits, as `with_bits(read_weight=4, multiply=8)`.

        Rows of 1 and 2 bits, which are spikes and ternary numbers, stay. Raises ValueError for a
        name that is no operation, and unless bits are whole numbers of at least 1.
        """
        names = {name.replace("_", " "): b for name, b in bits.items()}
        for name, b in names.items():
            if name not in OPERATIONS or not (isinstance(b, int) and b >= 1):
                raise ValueError(
                    f"bits must be whole numbers >= 1 of {OPERATIONS}, got {name!r}: {b!r}"
                )
        rows = [
            row._replace(bits=names[row.operation])
            if row.operation in names and row.bits > 2
            else row
            for row in self.rows
        ]
        return self._replace(rows=_merged(rows))

    def at_rate(self, rate: float) -> "Ledger":
        """The ledger if a share `rate` of each spike-fed product's inputs were not 0.

        Its additions and its reads of weights follow; the spikes that fire cost the same. Raises
        ValueError unless rate is in [0, 1].
        """
        if not 0 <= rate <= 1:
            raise ValueError(f"rate must be in [0, 1], got {rate!r}")
        changes = []
        for p in self.products:
            if p.fed == "real":
                continue
            n = p.inputs * p.outputs * p.times * (rate - p.rate)
            adds = n * (p.weight_rate if p.weights != "real" else 1)
            bits = p.bits if p.weights == "real" else 2
            changes += [Row(p.layer, p.part, "add", p.bits, adds)]
            changes += [Row(p.layer, p.part, "read weight", bits, n)]
        present = {row[:-1] for row in self.rows}
        kept = [row for row in changes if row[:-1] in present]
        products = [p if p.fed == "real" else p._replace(rate=rate) for p in self.products]
        return self._replace(rows=_merged([*self.rows, *kept]), products=tuple(products))

    def price(self, pJ: Mapping) -> "Ledger":
        """The rows in pJ a token: number times pJ[operation, bits], or times pJ[operation].

        An operation that pJ lacks costs what FUNCTIONS says, in multiplications and additions of
        its bits. What is not to be counted is left out by `only`, or has a price of 0. Raises
        ValueError, with the keys, for one that is no operation, for an operation without a
        price, and for a price that is no number of at least 0.
        """
        for key, price in pJ.items():
            name = key[0] if isinstance(key, tuple) and len(key) == 2 else key
            if name not in OPERATIONS:
                raise ValueError(f"a key must be (operation, bits) of {OPERATIONS}, got {key!r}")
            if not (isinstance(price, int | float) and 0 <= price < float("inf")):
                raise ValueError(f"a price must be a number of pJ >= 0, got {key!r}: {price!r}")
        prices = {row[2:4]: price_of(*row[2:4], pJ) for row in self.rows}
        missing = sorted(key for key, price in prices.items() if price is None)
        if missing:
            raise ValueError(f"pJ must have a price of each operation, got none of {missing}")
        rows = [row._replace(number=row.number * prices[row[2:4]]) for row in self.rows]
        return self._replace(rows=tuple(rows), unit="pJ")


def price_of(operation: str, bits: int, pJ: Mapping) -> float | None:
    """The pJ of one operation: that of pJ, else the sum that FUNCTIONS says; None without any."""
    for key in ((operation, bits), operation):
        if key in pJ:
            return pJ[key]
    if operation not in FUNCTIONS:
        return None
    parts = {name: price_of(name, bits, pJ) for name in FUNCTIONS[operation]}
    if None in parts.values():
        return None
    return sum(n * parts[name] for name, n in FUNCTIONS[operation].items())


def _merged(rows: Iterable[Row]) -> tuple[Row, ...]:
    """One row for each layer, part, operation and bits."""
    sums: Counter = Counter()
    for row in rows:
        sums[row[:-1]] += row.number
    return tuple(Row(*key, number) for key, number in sums.items())
