"""A training as an object that can be saved and resumed after each epoch."""

import copy
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, distributed, nn
from torch.nn.functional import cross_entropy

from sslearn.training.curves import History, OnStep, Pair, Progress, accuracy, parts_of, schedule

STATEFUL = ("model", "optimiser", "plan")
FIGURES = ("loss", "accuracy", "best", "best_state", "seconds", "dropout")


class Training:
    """A training between two epochs: model, optimiser, plan of the rates, generator, curves.

    Its arguments are those of `fit`, and share = (rank, world): this process takes every world-th
    row of each batch, and the gradients of all processes are added. torch.distributed is up then,
    and all start from equal weights. Raises ValueError for bad arguments.
    """

    def __init__(
        self,
        model: nn.Module,
        train: Pair,
        test: Pair,
        *,
        epochs: int,
        batch: int,
        lr: float,
        weight_decay: float = 0.0,
        warmup: float = 0.1,
        generator: torch.Generator,
        share: tuple[int, int] = (0, 1),
    ):
        check_settings(epochs=epochs, batch=batch, lr=lr, weight_decay=weight_decay, warmup=warmup)
        _check_pairs(train, test)
        y, (rank, world) = train[1], share
        if min(batch, len(y)) < world:
            raise ValueError(f"batch must hold a row for each of {world} processes, got {batch}")
        self.model, self.train, self.test = model, train, test
        self.epochs, self.batch, self.generator, self.share = epochs, batch, generator, share
        rest = len(y) % batch  # It is a batch of its own if every process gets a row of it.
        self.examples = len(y) if rest >= world else len(y) - rest
        self.steps_per_epoch = math.ceil(self.examples / batch)
        self.step, self.steps = 0, epochs * self.steps_per_epoch
        groups = model.parameters()
        if hasattr(model, "param_groups"):
            groups = model.param_groups(lr, weight_decay)
        self.optimiser = torch.optim.AdamW(groups, lr=lr, weight_decay=weight_decay)
        self.plan = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser, lambda step: schedule(step, self.steps, warmup)
        )
        device = "cuda" if y.is_cuda else "cpu"
        seed = generator.initial_seed() + rank
        self.dropout = torch.Generator(device).manual_seed(seed).get_state()
        self.loss, self.accuracy, self.best, self.best_state = [], [], None, {}
        self.stopped, self.seconds = False, 0.0

    @property
    def complete(self) -> bool:
        """Whether all epochs are trained."""
        return self.step == self.steps

    def epoch(self, progress: OnStep | None = None) -> None:
        """Train on every batch once, in a new order, then test.

        Raises KeyboardInterrupt if progress returns True before the last step of all, and
        FloatingPointError for a loss that is not finite: see `guard`.
        """
        y, k, total = self.train[1], len(self.loss), torch.zeros((), dtype=torch.float64)
        start = time.monotonic() - self.seconds
        order = torch.randperm(len(y), generator=self.generator)
        self.model.train()
        with self._dropout():
            for rows in order[: self.examples].split(self.batch):
                total += self._descend(rows)
                if self.step % self.steps_per_epoch == 0:
                    self._close_epoch(total)
                self.seconds = time.monotonic() - start
                now = Progress(
                    self.step, self.steps, k, self.epochs, self.loss, self.accuracy, self.seconds
                )
                if progress is not None and progress(now) and not self.complete:
                    raise KeyboardInterrupt

    def _descend(self, rows: Tensor) -> float:
        """One step of AdamW on these rows; returns the sum of the losses of this process."""
        (x, y), (rank, world) = self.train, self.share
        mine = rows[rank::world].to(y.device)
        scores = self.model(*(part[mine] for part in parts_of(x)))
        loss = cross_entropy(scores, y[mine], reduction="sum") / len(rows)
        if not math.isfinite(loss.item()):
            raise FloatingPointError(f"the loss is {loss.item()}")
        self.optimiser.zero_grad()
        loss.backward()
        if world > 1:
            _add_gradients(self.model)
        self.optimiser.step()
        self.plan.step()
        self.step += 1
        return loss.item() * len(rows)

    def _close_epoch(self, total: Tensor) -> None:
        if self.share[1] > 1:
            distributed.all_reduce(total)
        right = accuracy(self.model, self.test)
        self.loss.append(total.item() / self.examples)
        self.accuracy.append(right)
        if self.best is None or right > self.accuracy[self.best]:
            self.best = len(self.accuracy) - 1
            self.best_state = copy.deepcopy(self.model.state_dict())

    @contextmanager
    def _dropout(self) -> Iterator[None]:
        """Let torch's own generator, the only one that dropout knows, go on from our state."""
        own = torch.cuda if self.train[1].is_cuda else torch.random
        outside = own.get_rng_state()
        own.set_rng_state(self.dropout)
        try:
            yield
        finally:
            self.dropout = own.get_rng_state()
            own.set_rng_state(outside)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Go back to the best epoch's weights if the training inside is cut short.

        KeyboardInterrupt ends the block, and sets stopped. A loss or a weight that is not finite
        raises RuntimeError, which names epoch, step and the likely cause.
        """
        try:
            yield
        except KeyboardInterrupt:
            self.stopped = True
            self._restore_best()
        except (FloatingPointError, ValueError) as error:
            finite = all(p.isfinite().all() for p in self.model.parameters())
            if finite and isinstance(error, ValueError):
                raise  # The model refuses its input, and says why itself.
            self._restore_best()
            raise RuntimeError(self._cause(error)) from None

    def _restore_best(self) -> None:
        self.model.load_state_dict(self.best_state or self.model.state_dict())

    def _cause(self, error: Exception) -> str:
        epoch, step = len(self.loss), self.step - len(self.loss) * self.steps_per_epoch
        cause = "the learning rate is too high, or a gradient exploded"
        if self.step == 0:
            cause = "the input, or a weight at the start, is not finite"
        last = f" (the last whole epoch's loss was {self.loss[-1]:.3g})" if self.loss else ""
        return (
            f"training failed in epoch {epoch}, step {step}: {error}{last}. Likely cause: {cause}."
        )

    def history(self) -> History:
        """The curves so far, and how the training ended."""
        return History(
            self.loss, self.accuracy, self.best, self.best_state, self.stopped, self.seconds
        )

    def state_dict(self) -> dict:
        """What a process needs after an epoch to end as this one would; see torch's state_dict.

        Its tensors are the model's own: save them, or copy them, before the next epoch.
        """
        parts = {name: getattr(self, name).state_dict() for name in STATEFUL}
        figures = {name: getattr(self, name) for name in FIGURES}
        return {**parts, **figures, "generator": self.generator.get_state()}

    def load_state_dict(self, state: dict) -> None:
        """Go on from such a state, whatever the generator was."""
        for name in STATEFUL:
            getattr(self, name).load_state_dict(state[name])
        for name in FIGURES:
            setattr(self, name, copy.copy(state[name]))
        self.generator.set_state(state["generator"])
        self.step = len(self.loss) * self.steps_per_epoch


def _add_gradients(model: nn.Module) -> None:
    """Give every process the gradient of the whole batch, in one message."""
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([g.flatten() for g in grads])
    distributed.all_reduce(flat)
    for g, part in zip(grads, flat.split([g.numel() for g in grads]), strict=True):
        g.copy_(part.view_as(g))


def check_settings(
    *, epochs: int, batch: int, lr: float, weight_decay: float, warmup: float
) -> None:
    """Raise ValueError unless `fit` can train with these settings."""
    for name, value in (("epochs", epochs), ("batch", batch)):
        if not (isinstance(value, int) and value >= 1):
            raise ValueError(f"{name} must be a whole number >= 1, got {value!r}")
    if not (math.isfinite(lr) and lr > 0):
        raise ValueError(f"lr must be positive, got {lr}")
    if not (math.isfinite(weight_decay) and weight_decay >= 0):
        raise ValueError(f"weight_decay must be at least 0, got {weight_decay}")
    if not 0 <= warmup < 1:
        raise ValueError(f"warmup must be a share of all steps in [0, 1), got {warmup}")


def _check_pairs(train: Pair, test: Pair) -> None:
    for name, pair in (("train", train), ("test", test)):
        sizes = [len(part) for part in (*parts_of(pair[0]), *pair[1:])]
        if len(pair) != 2 or len(set(sizes)) != 1 or sizes[0] == 0:
            raise ValueError(f"{name} must be (x, y) of equal length above 0, got lengths {sizes}")
