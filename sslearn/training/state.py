"""A training as an object that can be saved and resumed after each epoch."""

import copy
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

import torch
from torch import Tensor, distributed, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

from sslearn.training.arguments import (
    Stage,
    as_pair,
    check_settings,
    require_finite,
    warn_of_scale,
)
from sslearn.training.coarse import Resolutions
from sslearn.training.curves import (
    History,
    OnStep,
    Pair,
    Progress,
    accuracy,
    in_mode,
    parts_of,
    schedule,
)
from sslearn.training.draws import Draws
from sslearn.training.failure import divergence, not_finite

STATEFUL = ("model", "optimiser", "plan")
FIGURES = ("loss", "accuracy", "best", "best_state", "seconds")
ALONE = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)  # Each process would keep its own.


class Training:
    """A training between two epochs: model, optimiser, plan of the rates, generators, curves.

    Its arguments are those of `fit`, and share = (rank, world): this process takes every world-th
    row of each batch and of the test, and torch's DistributedDataParallel joins the gradients.
    torch.distributed is up then. Raises ValueError for bad arguments.
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
        coarse: Sequence[Stage] = (),
        generator: torch.Generator,
        share: tuple[int, int] = (0, 1),
    ):
        check_settings(
            epochs=epochs, batch=batch, lr=lr, weight_decay=weight_decay, warmup=warmup,
            coarse=coarse,
        )  # fmt: skip
        train, test = as_pair("train", train), as_pair("test", test)
        require_finite("train", train)
        require_finite("test", test)
        warn_of_scale(train[0])
        y, (rank, world) = train[1], share
        if min(batch, len(y)) < world:
            raise ValueError(f"batch must hold a row for each of {world} processes, got {batch}")
        if world > 1 and any(type(module) in ALONE for module in model.modules()):
            raise ValueError("several processes need sslearn.layers.Norm; torch's batch norm takes"
                             " the statistics of a part of the batch")  # fmt: skip
        self.model, self.train, self.test = model, train, test
        self.resolutions = Resolutions(model, train, test, coarse, epochs)
        self.epochs = epochs = len(self.resolutions.of)
        self.batch, self.generator, self.share = batch, generator, share
        self.highest = max(train[1].max().item(), test[1].max().item())
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
        self.draws = Draws(model, generator, rank, cuda=y.is_cuda)
        self.loss, self.accuracy, self.best, self.best_state = [], [], None, {}
        self.stopped, self.seconds = False, 0.0

    @property
    def complete(self) -> bool:
        """Whether all epochs are trained."""
        return self.step == self.steps

    @cached_property
    def network(self) -> nn.Module:
        """The model, which several processes reach through torch's DistributedDataParallel."""
        if self.share[1] == 1:
            return self.model
        return DistributedDataParallel(self.model)

    def epoch(self, progress: OnStep | None = None) -> None:
        """Train on every batch once, in a new order, then test.

        Raises KeyboardInterrupt if progress returns True before the last step of all, and
        FloatingPointError for a loss that is not finite: see `guard`.
        """
        y, k = self.train[1], len(self.loss)
        self._enter(k)
        total = torch.zeros((), dtype=torch.float64, device=y.device)
        start = time.monotonic() - self.seconds
        order = torch.randperm(len(y), generator=self.generator)
        with in_mode(self.model, training=True), self.draws.inside():
            for rows in order[: self.examples].split(self.batch):
                total += self._descend(rows)
                if self.step % self.steps_per_epoch == 0:
                    self._close_epoch(total)
                self.seconds = time.monotonic() - start
                now = Progress(
                    self.step, self.steps, k, self.epochs, self.loss, self.accuracy, self.seconds,
                    self.resolutions.share(self.step / self.steps_per_epoch),
                )  # fmt: skip
                if progress is not None and progress(now) and not self.complete:
                    raise KeyboardInterrupt

    def _enter(self, k: int) -> None:
        """Take the data of epoch k; the first weights of a new stage are its best so far."""
        if (pairs := self.resolutions.enter(k)) is not None:
            self.train, self.test = pairs
            if k > 0:
                self.best, self.best_state = k - 1, copy.deepcopy(self.model.state_dict())

    def _descend(self, rows: Tensor) -> float:
        """One step of AdamW on these rows; returns the sum of the losses of this process."""
        (x, y), (rank, world) = self.train, self.share
        mine = rows[rank::world].to(y.device)
        scores = self.network(*(part[mine] for part in parts_of(x)))
        if y.shape[1:] != scores.shape[1:-1]:
            shapes = f"{tuple(y.shape)} for scores of shape {tuple(scores.shape)}"
            raise ValueError(f"y must be (n,) whole numbers, one for each x, got shape {shapes}")
        if self.highest >= scores.shape[-1]:
            raise ValueError(
                f"y must be classes 0 ... {scores.shape[-1] - 1}, for the model has so many scores,"
                f" got {self.highest}; labels that start at 1 are given as y - 1"
            )
        right, of_row = y[mine].flatten(), y[0].numel()  # A row may hold a class for each step.
        loss = cross_entropy(scores.flatten(0, -2), right, reduction="sum") / (len(rows) * of_row)
        if not math.isfinite(loss.item()):
            raise FloatingPointError(f"the loss is {loss.item()}")
        self.optimiser.zero_grad()
        (loss * world).backward()  # because the processes' gradients are averaged, not added
        self.optimiser.step()
        self.plan.step()
        self.step += 1
        return loss.item() * len(rows)

    def _close_epoch(self, total: Tensor) -> None:
        if self.share[1] > 1:
            distributed.all_reduce(total)
        if name := not_finite(self.model):
            raise FloatingPointError(f"{name} is not finite")
        right = accuracy(self.model, self.test, share=self.share)
        self.loss.append(total.item() / self.examples)
        self.accuracy.append(right)
        of, k = self.resolutions.of, len(self.accuracy) - 1
        if self.best is None or of[self.best] != of[k] or right > self.accuracy[self.best]:
            self.best = k
            self.best_state = copy.deepcopy(self.model.state_dict())

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Go back to the best epoch's weights if the training inside is cut short.

        KeyboardInterrupt ends the block, and sets stopped. A loss, a weight or a number inside the
        model that is not finite raises RuntimeError, which names epoch, step and the likely cause.
        """
        try:
            yield
        except KeyboardInterrupt:
            self.stopped = True
            self._restore_best()
        except (FloatingPointError, ValueError) as error:
            reason = divergence(self, error)
            if reason is None:
                raise  # The model refuses its input, and says why itself.
            self._restore_best()
            raise RuntimeError(reason) from None

    def _restore_best(self) -> None:
        self.model.load_state_dict(self.best_state or self.model.state_dict())
        self.resolutions.rescale(1)
        self.best_state = copy.deepcopy(self.model.state_dict()) if self.best_state else {}

    def history(self) -> History:
        """The curves so far, and how the training ended."""
        return History(
            self.loss, self.accuracy, self.best, self.best_state, self.stopped, self.seconds
        )

    def state_dict(self) -> dict:
        """What a process needs after an epoch to end as this one would; see torch's state_dict.

        Its tensors are the model's own: save them, or copy them, before the next epoch. It holds
        the random numbers of all processes, so all must call it; any of them can save it for all.
        """
        world, draws = self.share[1], self.draws.state_dict()
        everyone = [draws] * world
        if world > 1:
            distributed.all_gather_object(everyone, draws)
        parts = {name: getattr(self, name).state_dict() for name in STATEFUL}
        figures = {name: getattr(self, name) for name in FIGURES}
        return {**parts, **figures, "generator": self.generator.get_state(), "draws": everyone}

    def load_state_dict(self, state: dict) -> None:
        """Go on from such a state, whatever the generators were.

        Raises ValueError for one that lacks a part, or is of another training.
        """
        missing = {*STATEFUL, *FIGURES, "generator", "draws"} - set(state)
        if missing:
            raise ValueError(f"the state lacks {', '.join(sorted(missing))}")
        rank, world = self.share
        if len(state["draws"]) != world:
            raise ValueError(f"the state is of {len(state['draws'])} processes, not of {world}")
        if not len(state["loss"]) == len(state["accuracy"]) <= self.epochs:
            raise ValueError(
                f"the state has {len(state['loss'])} losses, {self.epochs} at most fit"
            )
        for k in range(len(state["loss"])):
            self._enter(k)
        try:
            for name in STATEFUL:
                getattr(self, name).load_state_dict(state[name])
        except RuntimeError as error:
            reason = str(error).splitlines()[-1].strip()
            raise ValueError(f"the state is of another model ({reason})") from None
        for name in FIGURES:
            setattr(self, name, copy.copy(state[name]))
        self.generator.set_state(state["generator"])
        self.draws.load_state_dict(state["draws"][rank])
        self.step = len(self.loss) * self.steps_per_epoch
