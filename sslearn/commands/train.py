"""The command train: what it takes, what it prints while it trains, and its refusals."""

import argparse
import json
import os
import sys
from pathlib import Path

from sslearn.commands.refusal import refuse


def add_arguments(command: argparse.ArgumentParser) -> None:
    """`train` takes a task, and options that change the run."""
    from sslearn.runs import MODELS, PRESETS, TASKS, settings_of

    settings = "other settings in place of the preset's: " + ", ".join(settings_of("gsu"))
    command.add_argument("task", metavar="TASK", help=", ".join(TASKS))
    command.add_argument("--model", default="gsu", help=", ".join(MODELS))
    command.add_argument("--preset", default="small", help=", ".join(PRESETS))
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--epochs", type=int, help="in place of the preset's")
    command.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="NAME=VALUE", help=settings
    )
    command.add_argument("--coarse", nargs="+", type=read_stage, metavar="P:EPOCHS",
                         help="epochs that come first, on means over P steps")  # fmt: skip
    command.add_argument("--folder", type=Path, default=Path("runs"))
    command.add_argument("--threads", type=int, help="of the processor; all by default")


def run(args: argparse.Namespace) -> int:
    """Print the run's course and its record; 2 and one sentence if it cannot be done."""
    import torch

    from sslearn.data import DataError
    from sslearn.runs import plan_run, train_run

    try:
        if args.threads is not None:
            torch.set_num_threads(args.threads)
        changes = read_settings(args.set, args.model)
        if args.epochs is not None:
            changes["epochs"] = args.epochs
        if args.coarse is not None:
            changes["coarse"] = tuple(args.coarse)
        planned = plan_run(args.task, args.model, preset=args.preset, seed=args.seed, **changes)
        first = int(os.environ.get("RANK", 0)) == 0  # One of torchrun's processes prints.
        progress = TerminalProgress() if first else None
        record = train_run(planned, args.folder, progress, print_examples_made)
    except (DataError, ValueError, RuntimeError) as error:
        return refuse(error)
    except OSError as error:
        where, why = error.filename or args.folder, error.strerror or error
        return refuse(f"{where} cannot be written ({why}); what was saved before is whole. "
                      "Make room, or name another --folder.")  # fmt: skip
    if first:
        names = ("task", "model", "seed", "parameters", "accuracy", "bits", "seconds", "stopped")
        print(json.dumps({name: record[name] for name in names if name in record}))
    if first and record["stopped"]:
        print(f"Stopped. The same command goes on after epoch {len(record['losses'])}.",
              file=sys.stderr)  # fmt: skip
    return 0


def read_settings(pairs: list[str], model: str = "gsu") -> dict:
    """NAME=VALUE pairs as a dict of settings of the model's run or layer, each in its type.

    Raises ValueError for an unknown name and for a value of another type.
    """
    from sslearn.runs import settings_of

    changes = {}
    kinds = {name: kind for name, kind in settings_of(model).items() if kind is not object}
    for pair in pairs:
        name, _, text = pair.partition("=")
        if name not in kinds:
            raise ValueError(f"--set: the name must be one of {list(kinds)}, got {pair!r}")
        try:
            yes_or_no = {"true": True, "false": False}
            changes[name] = yes_or_no[text.lower()] if kinds[name] is bool else kinds[name](text)
        except (KeyError, ValueError):
            raise ValueError(f"--set: {name} must be of type {kinds[name].__name__}, "
                             f"got {text!r}") from None  # fmt: skip
    return changes


def read_stage(text: str) -> tuple[int, int]:
    """P:EPOCHS as a stage of `fit`; the parser says what is wrong with another text."""
    p, _, epochs = text.partition(":")
    if not (p.isdecimal() and epochs.isdecimal()):
        raise argparse.ArgumentTypeError(f"must be P:EPOCHS such as 4:4, got {text!r}")
    return int(p), int(epochs)


def print_examples_made(done: int, n: int) -> None:
    """Print one line that renews itself while a task's examples are made."""
    print(f"\rmade {done} of {n} examples  ", end="\n" if done == n else "", flush=True)


class TerminalProgress:
    """One line that renews itself: epoch, step, last accuracy, and the time left.

    The time left is the work left times the mean time for it after this process's first step,
    because a run that goes on was perhaps begun on another machine, and the first step is slow.
    """

    def __init__(self):
        self.first, self.printed = None, 0.0

    def __call__(self, now) -> None:
        """Print what the `Progress` of `fit` tells, at most twice a second."""
        if self.first is None:
            self.first = now
            if now.loss:
                print(f"goes on after epoch {len(now.loss)}")
        if now.seconds - self.printed < 0.5 and now.step < now.steps:
            return
        self.printed = now.seconds
        line = f"epoch {now.epoch + 1} of {now.epochs}, step {now.step} of {now.steps}"
        if now.accuracy:
            line += f", accuracy {now.accuracy[-1]:.2%}"
        if done := now.share - self.first.share:
            left = (1 - now.share) * (now.seconds - self.first.seconds) / done
            line += f", {left / 60:.1f} min left"
        print(f"\r{line}  ", end="\n" if now.step == now.steps else "", flush=True)
