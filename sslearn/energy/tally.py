"""The tally of a step: a mode that sees each operation of torch, and counts what it costs."""

from collections import Counter

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary

from sslearn.energy.operations import (
    ACTIVATIONS,
    CHECKS,
    COMPARES,
    FRESH,
    MOVES,
    PRODUCTS,
    Operation,
    cost,
)
from sslearn.energy.places import WHOLE, Place
from sslearn.energy.products import Account, Factors
from sslearn.energy.sources import (
    SHARED,
    TOKENS,
    WEIGHTS,
    WIDER,
    Source,
    real_bits,
    tensors_in,
)


class Tally(TorchDispatchMode):
    """A context that counts what torch runs for `batch` tokens a step, row by row.

    An operation of which every tensor is a weight, or computed from weights alone, is noted in
    `once` and costs a token nothing. Any other must be known, or it raises ValueError.
    """

    def __init__(self, batch: int, fold_norm: bool):
        super().__init__()
        self.batch, self.fold_norm = batch, fold_norm
        self.rows: Counter = Counter()
        self.once: Counter = Counter()
        self.account = Account()
        self.places = [WHOLE]
        self.sources = WeakIdKeyDictionary()

    def clear(self) -> None:
        """Forget what was counted, and keep what is known of the tensors."""
        self.rows.clear()
        self.once.clear()
        self.account = Account()

    def source(self, tensor: Tensor) -> Source:
        """What is known of a tensor; one that no counted operation made is a weight."""
        known = self.sources.get(tensor)
        if known is None:
            known = self.sources[tensor] = Source(tensor, WEIGHTS, None)
        return known

    def add(self, place: Place, operation: str, bits: int, number: int) -> None:
        """Count `number` operations in a place."""
        self.rows[*place, operation, bits] += number

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Run the operation and count it."""
        out = func(*args, **(kwargs or {}))
        self.note(func, args, kwargs or {}, out)
        return out

    def note(self, func, args, kwargs, out) -> None:
        """Count one operation, and write down what its results are made of."""
        name = func.overloadpacket.__name__
        name = name if name.startswith("__") else name.rstrip("_")
        operands = tensors_in((*args, *kwargs.values()))
        results = tensors_in((out,))
        known = [self.source(x) for x in operands]
        random = torch.Tag.nondeterministic_seeded in func.tags
        level = max([TOKENS * random, *(s.level for s in known)])
        op = Operation(name, args, kwargs, out)
        if name in FRESH:
            self.make(results, WEIGHTS, self.places[-1], "real")
        elif level == WEIGHTS:
            self.once[name] += sum(x.numel() for x in results)
            self.make(results, level, self.places[-1], self.values(op, known))
        elif name in CHECKS:
            for s in known:
                s.check(self.rows)
            self.make(results, level, self.places[-1], "spikes")
        elif name in MOVES or (name == "native_batch_norm" and self.folds(known)):
            self.move(op, operands, known, results)
        else:
            self.count(op, operands, known, results, level)

    def folds(self, known) -> bool:
        """Whether a batch norm is part of the linear map before it."""
        return self.fold_norm and known[0].affine

    def move(self, op, operands, known, results) -> None:
        """A result of one tensor is that tensor; of several, it is made here of what was read."""
        if op.name == "_local_scalar_dense" and operands[0].dtype != torch.bool:
            raise ValueError("step must stay in torch to be counted, got Tensor.item")
        live = {id(s): s for s in known if s.level > WEIGHTS}
        if len(live) == 1:
            (source,) = live.values()
            if op.name in ("where", "masked_fill", "neg"):
                source.use(self.rows)
                self.make(results, source.level, source.place, self.values(op, known))
            else:
                for x in results:
                    self.sources[x] = source.part_of(x)
            return
        for s in live.values():
            s.use(self.rows)
            self.read(s, self.places[-1])
        level = max(s.level for s in known)
        self.make(results, level, self.places[-1], self.values(op, known))

    def count(self, op, operands, known, results, level) -> None:
        """An operation that computes: its cost, what it reads, and what it makes."""
        place, times = self.places[-1], self.batch if level == SHARED else 1
        values, affine = self.values(op, known), False
        if op.name in PRODUCTS:
            factors = Factors.of(op, self)
            costs, reads = None, {}
            if factors:
                affine = factors.weights
                products = affine and place.part not in ("encoder", "head")
                place = place._replace(part="products") if products else place
                costs, reads = factors.cost(), factors.weight_reads()
                self.account.note(place, factors)
        elif op.name == "embedding":
            costs, reads = {}, {op.out.element_size() * 8: op.entries()}
        else:
            spiky = any(s.values != "real" for s in self.factors_of(op))
            costs = cost(op, spiky, self.constant)
            bent = place.part == "residual" and op.name in ACTIVATIONS
            place = place._replace(part="activation") if bent else place
            reads = self.weight_reads(op, known)
        if costs is None:
            layer = place.layer or "the network itself"
            raise ValueError(
                f"every operation of step must have a known cost, got aten.{op.name} in {layer}"
            )
        bits = max(
            [real_bits(op.out), *(real_bits(x) for x in operands if x.dtype.is_floating_point)]
        )
        bits = real_bits(operands[0]) if op.name in COMPARES else bits
        for kind, number in costs.items():
            self.add(place, kind, bits, number * times)
        for width, number in reads.items():
            self.add(place, "read weight", width, number)
        for s in known:
            s.use(self.rows)
            self.read(s, place)
        self.make(results, level, place, values, affine)
        if op.name in COMPARES:
            made = self.source(op.out)
            made.compared = ((*place, "compare", bits), op.entries() * times)

    def factors_of(self, op) -> list[Source]:
        """The tensors whose product an operation takes, if any."""
        which = {"mul": op.args[:2], "addcmul": op.args[1:3]}.get(op.name, ())
        return [self.source(x) for x in which if isinstance(x, Tensor)]

    def constant(self, x) -> bool:
        """Whether x is a number, or a tensor computed from weights alone."""
        return not isinstance(x, Tensor) or self.source(x).level == WEIGHTS

    def weight_reads(self, op, known) -> dict[int, int]:
        """How many weights of how many bits an operation without a product reads for all tokens."""
        reads: Counter = Counter()
        for s in known:
            if s.level == WEIGHTS:
                reads[s.bits] += s.numbers * self.batch
        if op.name == "native_batch_norm":  # One scale and one shift are left of its four.
            return {s.bits: 2 * op.args[0].shape[1] * self.batch for s in known[:1]}
        return reads

    def read(self, source: Source, place: Place) -> None:
        """Count that a layer reads a tensor, once a step, if another layer or step has made it."""
        if source.level == WEIGHTS or place.layer in source.readers:
            return
        number = source.numbers * (self.batch if source.level == SHARED else 1)
        if source.state:
            if not source.readers:
                self.add(place, "read state", source.bits, number)
            source.readers.add(place.layer)
        elif source.place is None or source.place.layer != place.layer:
            source.readers.add(place.layer)
            self.add(place, "read activation", source.bits, number)
            self.write(source)

    def write(self, source: Source, operation: str = "write activation") -> None:
        """Count that the layer that made a tensor writes it out, once for others and for later."""
        if operation in source.written or source.place is None:
            return
        number = source.numbers * (self.batch if source.level == SHARED else 1)
        self.add(source.place, operation, source.bits, number)
        source.written.add(operation)

    def make(self, results, level, place, values, affine=False) -> None:
        """Write down what the results of an operation are."""
        for x in results:
            made = self.sources[x] = Source(x, level, place, values)
            made.affine = affine

    def values(self, op, known) -> str:
        """Which values a result can have: spikes, ternary or real."""
        boolean = isinstance(op.out, Tensor) and op.out.dtype == torch.bool
        if boolean or op.name in COMPARES or op.name == "bernoulli":
            return "spikes"
        if op.name == "sign" or (op.name == "neg" and known[0].values == "spikes"):
            return "ternary"
        if op.name == "rsub" and op.args[1] == 1 and known[0].values == "spikes":
            return "spikes"  # 1 - s
        if op.name in ("mul", "cat", "stack", "where", "masked_fill", "embedding", "index"):
            operands = [x for x in tree_leaves(op.args) if isinstance(x, Tensor | int | float)]
            if op.name in ("embedding", "index"):
                operands = operands[:1]
            return max((self.values_of(x) for x in operands), key=WIDER.index, default="real")
        same = op.name in MOVES and len(known) == 1
        return known[0].values if same else "real"

    def values_of(self, x) -> str:
        """The values of one operand; a constant's are looked up."""
        source = self.source(x) if isinstance(x, Tensor) else None
        if source is not None and (source.level > WEIGHTS or x.numel() > 1):
            return source.values
        number = float(x)
        return "spikes" if number in (0, 1) else "ternary" if number == -1 else "real"
