"""python -m sslearn COMMAND: doctor looks at this machine, fetch gets data, train trains."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import get_type_hints

import torch

from sslearn.data import DataError, data_folder
from sslearn.data.fetch import SETS, fetch
from sslearn.doctor import examine
from sslearn.runs import MODELS, PRESETS, TASKS, Setting, plan_run, retest, train_run
from sslearn.training import Progress


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 all is well, 1 something is not, 2 bad input."""
    parser = argparse.ArgumentParser(prog="python -m sslearn", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    said = "look at this machine and say what to do about what is wrong"
    commands.add_parser("doctor", help=said, description=said).set_defaults(run=run_doctor)
    said = "see that a data set is in the data folder; download it if it can be"
    fetching = commands.add_parser("fetch", help=said, description=said)
    fetching.add_argument("name", metavar="NAME", help=", ".join(SETS))
    fetching.set_defaults(run=run_fetch)
    said = "train a model on a task; goes on where a killed run stopped"
    training = commands.add_parser("train", help=said, description=said)
    training.add_argument("task", metavar="TASK", help=", ".join(TASKS))
    training.add_argument("--model", default="gsu", help=", ".join(MODELS))
    training.add_argument("--preset", default="small", help=", ".join(PRESETS))
    training.add_argument("--seed", type=int, default=0)
    training.add_argument("--epochs", type=int, help="in place of the preset's")
    said = "other settings in place of the preset's: " + ", ".join(Setting._fields)
    training.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help=said)
    training.add_argument("--folder", type=Path, default=Path("runs"))
    training.add_argument("--threads", type=int, help="of the processor; all by default")
    training.set_defaults(run=run_train)
    said = "test a trained model on all test examples of its task"
    testing = commands.add_parser("test", help=said, description=said)
    testing.add_argument("path", type=Path, metavar="FILE", help="a .safetensors file of train")
    testing.set_defaults(run=run_test)
    args = parser.parse_args(argv)
    return args.run(args)


def run_doctor(args: argparse.Namespace) -> int:
    """Print each finding; 1 if one is not fine."""
    findings = examine()
    for finding in findings:
        print(finding)
    return 0 if all(f.ok for f in findings) else 1


def run_fetch(args: argparse.Namespace) -> int:
    """Print each step and where the data lies; 2 and one sentence if it cannot be had."""
    try:
        print(f"{args.name} is ready. {fetch(args.name, report=print)}")
    except (DataError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{data_folder()} cannot be written ({error}); set SSLEARN_DATA.", file=sys.stderr)
        return 2
    return 0


def run_train(args: argparse.Namespace) -> int:
    """Print the run's course and its record; 2 and one sentence if it cannot be done."""
    try:
        if args.threads is not None:
            torch.set_num_threads(args.threads)
        changes = read_settings(args.set)
        if args.epochs is not None:
            changes["epochs"] = args.epochs
        run = plan_run(args.task, args.model, preset=args.preset, seed=args.seed, **changes)
        record = train_run(run, args.folder, TerminalProgress(), say_made)
    except (DataError, ValueError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        where, why = error.filename or args.folder, error.strerror or error
        print(f"{where} cannot be written ({why}); what was saved before is whole. "
              "Make room, or name another --folder.", file=sys.stderr)  # fmt: skip
        return 2
    if int(os.environ.get("RANK", 0)) == 0:
        names = ("task", "model", "seed", "parameters", "accuracy", "seconds", "stopped")
        print(json.dumps({name: record[name] for name in names}))
    return 0


def read_settings(pairs: list[str]) -> dict:
    """NAME=VALUE pairs as a dict of settings, each in the type of its default.

    Raises ValueError for an unknown name and for a value of another type.
    """
    changes, kinds = {}, get_type_hints(Setting)
    for pair in pairs:
        name, _, text = pair.partition("=")
        if name not in kinds:
            raise ValueError(f"--set: the name must be one of {list(kinds)}, got {pair!r}")
        try:
            yes_or_no = {"true": True, "false": False}
            changes[name] = yes_or_no[text] if kinds[name] is bool else kinds[name](text)
        except (KeyError, ValueError):
            raise ValueError(f"--set: {name} must be of type {kinds[name].__name__}, "
                             f"got {text!r}") from None  # fmt: skip
    return changes


def say_made(done: int, n: int) -> None:
    """One line that renews itself while a task's examples are made."""
    print(f"\rmade {done} of {n} examples  ", end="\n" if done == n else "", flush=True)


class TerminalProgress:
    """One line that renews itself: epoch, step, last accuracy, time left."""

    def __init__(self):
        self.first, self.said = None, 0.0

    def __call__(self, now: Progress) -> None:
        """Print, at most twice a second."""
        if self.first is None:
            self.first = (now.step - 1, now.seconds)
            if now.loss:
                print(f"goes on after epoch {len(now.loss)}")
        if now.seconds - self.said < 0.5 and now.step < now.steps:
            return
        self.said, (step, seconds) = now.seconds, self.first
        left = (now.steps - now.step) * (now.seconds - seconds) / (now.step - step)
        best = f", accuracy {now.accuracy[-1]:.2%}" if now.accuracy else ""
        line = f"epoch {now.epoch + 1} of {now.epochs}, step {now.step} of {now.steps}{best}"
        print(f"\r{line}, {left / 60:.1f} min left  ", end="", flush=True)
        if now.step == now.steps:
            print()


def run_test(args: argparse.Namespace) -> int:
    """Print the accuracy beside the recorded one; 1 if they differ by over 0.02 points."""
    try:
        found, record = retest(args.path)
    except (DataError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{data_folder()} cannot be written ({error}); set SSLEARN_DATA.", file=sys.stderr)
        return 2
    print(f"{args.path.stem}: {found:.2%} of {record['test']}, recorded {record['accuracy']:.2%}")
    return 0 if abs(found - record["accuracy"]) <= 0.0002 else 1


if __name__ == "__main__":
    sys.exit(main())
