"""The training loop. It knows no model: any module that maps x to class scores will do."""

import copy
import math
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor, distributed, nn
from torch.nn.functional import cross_entropy

Pair = tuple[Tensor | tuple[Tensor, ...], Tensor]


class History(NamedTuple):
    """One entry an epoch, and how it ended; best is the epoch of the highest test accuracy.

    loss: mean cross-entropy over the epoch's training batches; accuracy: on the test pair, in
    0 ... 1. best is None, and best_state empty, if no epoch was finished.
    """

    loss: list[float]
    accuracy: list[float]
    best: int | None
    best_state: dict[str, Tensor]
    stopped: bool
    seconds: float


class Progress(NamedTuple):
    """What `fit` tells after each step: step of steps, and the finished epochs' figures so far."""

    step: int
    steps: int
    epoch: int
    epochs: int
    loss: list[float]
    accuracy: list[float]
    seconds: float


def schedule(step: int, steps: int, warmup: float) -> float:
    """Factor of the learning rate: up linearly over warmup * steps, then half a cosine to zero.

    step counts from 0, warmup is a share in [0, 1).
    """
    up = warmup * steps
    if step < up:
        return (step + 1) / (math.floor(up) + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - up) / (steps - up)))


def _parts(x: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return x if isinstance(x, tuple) else (x,)


@torch.no_grad()
def accuracy(model: nn.Module, test: Pair, *, batch: int | None = None) -> float:
    """The share of test = (x, y) on which the highest score is the right class.

    x (n, ...), or a tuple of such tensors, the model's arguments. In batches of 32 unless told:
    on 784 steps that takes half the time of 256, whose tensors are too large to be reused. On a
    GPU 1,024.
    """
    was, (x, y) = model.training, test
    batch = batch or (32 if y.device.type == "cpu" else 1024)
    model.eval()
    try:
        pieces = zip(*(part.split(batch) for part in (*_parts(x), y)), strict=True)
        right = sum(int((model(*x).argmax(-1) == y).sum()) for *x, y in pieces)
    finally:
        model.train(was)
    return right / len(y)


def fit(
    model: nn.Module,
    train: Pair,
    test: Pair,
    *,
    epochs: int,
    batch: int,
    lr: float,
    weight_decay: float = 0.0,
    warmup: float = 0.1,
    param_groups: Iterable[dict] | None = None,
    generator: torch.Generator,
    progress: Callable[[Progress], bool | None] | None = None,
    keep: Callable[[dict], None] | None = None,
    resume: dict | None = None,
    share: tuple[int, int] = (0, 1),
) -> History:
    """Minimise the cross-entropy of model(x) with AdamW, in batches that `generator` shuffles.

    train and test are (x, y): x (n, ...) or a tuple of such tensors, y (n,) classes. param_groups
    as in torch.optim, else model.param_groups(lr, weight_decay) if there is one, else all
    parameters; every rate follows `schedule`. Dropout draws from generator's seed as well.
    keep(state) is called after each epoch; resume=state goes on from there to the same end.
    share = (rank, world): this process takes every world-th row of each batch, and the gradients
    of all processes are added (torch.distributed is up, and all start from equal weights).
    A full run keeps its last state. KeyboardInterrupt, or progress(...) returning True, ends it
    early and goes back to the best epoch's state. Raises ValueError for bad arguments and, with
    the best state restored, RuntimeError for a loss that is not finite.
    """
    _require(train, test, epochs, batch, lr, warmup)
    (x, y), groups, (rank, world) = train, param_groups, share
    if groups is None:
        known = hasattr(model, "param_groups")
        groups = model.param_groups(lr, weight_decay) if known else model.parameters()
    optimiser = torch.optim.AdamW(groups, lr=lr, weight_decay=weight_decay)
    batches = [n for n in (batch,) * (len(y) // batch) + (len(y) % batch,) if n >= world]
    per_epoch, start = len(batches), time.monotonic()
    steps = epochs * per_epoch
    plan = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda k: schedule(k, steps, warmup))
    losses, accuracies, best, best_state, stopped = [], [], None, {}, False
    outside, before = torch.get_rng_state(), 0.0
    torch.manual_seed(generator.initial_seed() + rank)
    if resume is not None:
        best, best_state, before = resume["best"], resume["best_state"], resume["seconds"]
        losses, accuracies = list(resume["loss"]), list(resume["accuracy"])
        for part, name in ((model, "model"), (optimiser, "optimiser"), (plan, "plan")):
            part.load_state_dict(resume[name])
        generator.set_state(resume["generator"])
        torch.set_rng_state(resume["dropout"])
    epoch = done = len(losses)
    step, start = done * per_epoch, start - before
    model.train()
    try:
        for epoch in range(done, epochs):
            total = torch.zeros((), dtype=torch.float64)
            for rows in torch.randperm(len(y), generator=generator).split(batch)[:per_epoch]:
                mine = rows[rank::world].to(y.device)
                scores = model(*(part[mine] for part in _parts(x)))
                loss = cross_entropy(scores, y[mine], reduction="sum") / len(rows)
                if not math.isfinite(loss.item()):
                    raise FloatingPointError(f"the loss is {loss.item()}")
                optimiser.zero_grad()
                loss.backward()
                if world > 1:
                    _add_gradients(model)
                optimiser.step()
                plan.step()
                total += loss.item() * len(rows)
                step += 1
                if step % per_epoch == 0:
                    if world > 1:
                        distributed.all_reduce(total)
                    losses.append(total.item() / sum(batches))
                    accuracies.append(accuracy(model, test))
                    if best is None or accuracies[-1] > accuracies[best]:
                        best, best_state = epoch, copy.deepcopy(model.state_dict())
                now = time.monotonic() - start
                if step % per_epoch == 0 and keep is not None:
                    keep({
                        "model": model.state_dict(), "optimiser": optimiser.state_dict(),
                        "plan": plan.state_dict(), "loss": losses, "accuracy": accuracies,
                        "best": best, "best_state": best_state, "seconds": now,
                        "generator": generator.get_state(), "dropout": torch.get_rng_state(),
                    })  # fmt: skip
                told = Progress(step, steps, epoch, epochs, losses, accuracies, now)
                if progress is not None and progress(told) and step < steps:
                    raise KeyboardInterrupt
    except KeyboardInterrupt:
        stopped = True
        model.load_state_dict(best_state or model.state_dict())
    except (FloatingPointError, ValueError) as error:
        whole = all(p.isfinite().all() for p in model.parameters())
        if whole and isinstance(error, ValueError):
            raise  # the model refuses its input; a weight that is not finite is told below
        model.load_state_dict(best_state or model.state_dict())
        raise RuntimeError(_cause(error, epoch, step - epoch * per_epoch, losses)) from None
    finally:
        torch.set_rng_state(outside)
    return History(losses, accuracies, best, best_state, stopped, time.monotonic() - start)


def _add_gradients(model: nn.Module) -> None:
    """The gradient of the whole batch on every process, in one message."""
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([g.flatten() for g in grads])
    distributed.all_reduce(flat)
    for g, part in zip(grads, flat.split([g.numel() for g in grads]), strict=True):
        g.copy_(part.view_as(g))


def _cause(error: Exception, epoch: int, step: int, losses: list[float]) -> str:
    guess = (
        "the input, or a weight at the start, is not finite"
        if epoch == 0 and step == 0
        else "the learning rate is too high, or a gradient exploded"
    )
    last = f" (the last whole epoch's loss was {losses[-1]:.3g})" if losses else ""
    return f"training failed in epoch {epoch}, step {step}: {error}{last}. Likely cause: {guess}."


def _require(train, test, epochs, batch, lr, warmup):
    for name, pair in (("train", train), ("test", test)):
        sizes = [len(part) for part in (*_parts(pair[0]), *pair[1:])]
        if len(pair) != 2 or len(set(sizes)) != 1 or sizes[0] == 0:
            raise ValueError(f"{name} must be (x, y) of equal length above 0, got lengths {sizes}")
    for name, value in (("epochs", epochs), ("batch", batch)):
        if not (isinstance(value, int) and value >= 1):
            raise ValueError(f"{name} must be a whole number >= 1, got {value!r}")
    if not (math.isfinite(lr) and lr > 0):
        raise ValueError(f"lr must be positive, got {lr}")
    if not 0 <= warmup < 1:
        raise ValueError(f"warmup must be a share of all steps in [0, 1), got {warmup}")
