"""python -m sslearn COMMAND: doctor looks at this machine, fetch gets data, train trains.

Each command imports what it needs when it is chosen, because `doctor` must run where torch is
missing, and because the help should appear at once.
"""

import argparse
import io
import sys
from pathlib import Path

from sslearn.commands import export, train
from sslearn.commands.refusal import refuse


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 all is well, 1 something is not, 2 bad input."""
    argv = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):  # A terminal of Windows may know no check mark.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    parser = argparse.ArgumentParser(
        prog="python -m sslearn", description=__doc__.splitlines()[0].rstrip(".")
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    try:
        for name, (purpose, add_arguments, run) in COMMANDS.items():
            command = commands.add_parser(name, help=purpose, description=purpose)
            command.set_defaults(run=run)
            if argv[:1] == [name]:
                add_arguments(command)
        args = parser.parse_args(argv)
        return args.run(args)
    except ImportError as error:
        print(f"This command cannot run: {error}. python -m sslearn doctor says what to do.",
              file=sys.stderr)  # fmt: skip
        return 2


def add_doctor_arguments(command: argparse.ArgumentParser) -> None:
    """`doctor` takes no argument."""


def add_fetch_arguments(command: argparse.ArgumentParser) -> None:
    """`fetch` takes the name of a data set."""
    from sslearn.data.fetch import SETS

    command.add_argument("name", metavar="NAME", help=", ".join(SETS))


def add_test_arguments(command: argparse.ArgumentParser) -> None:
    """`test` takes the file of a trained model."""
    command.add_argument("path", type=Path, metavar="FILE", help="a .safetensors file of train")


def run_doctor(args: argparse.Namespace) -> int:
    """Print each finding; 1 if one is not fine."""
    from sslearn.doctor import examine

    findings = examine()
    for finding in findings:
        print(finding)
    return 0 if all(finding.ok for finding in findings) else 1


def run_fetch(args: argparse.Namespace) -> int:
    """Print each step and where the data lies; 2 and one sentence if it cannot be had."""
    from sslearn.data import DataError
    from sslearn.data.fetch import fetch

    try:
        print(f"{args.name} is ready. {fetch(args.name, report=print)}")
    except (DataError, ValueError) as error:
        return refuse(error)
    except OSError as error:
        return refuse_data_folder(error)
    return 0


def run_test(args: argparse.Namespace) -> int:
    """Print the accuracy beside the recorded one; 1 if they differ by over 0.02 points."""
    from sslearn.data import DataError
    from sslearn.runs import retest

    try:
        accuracy, record = retest(args.path)
    except (DataError, ValueError) as error:
        return refuse(error)
    except OSError as error:
        return refuse_data_folder(error)
    recorded = f"recorded {record['accuracy']:.2%}"
    print(f"{args.path.stem}: {accuracy:.2%} of {record['test']}, {recorded}")
    return 0 if abs(accuracy - record["accuracy"]) <= 0.0002 else 1


COMMANDS = {
    "doctor": (
        "look at this machine and say what to do about what is wrong",
        add_doctor_arguments,
        run_doctor,
    ),
    "fetch": (
        "see that a data set is in the data folder; download it if it can be",
        add_fetch_arguments,
        run_fetch,
    ),
    "train": (
        "train a model on a task; goes on where a killed run stopped",
        train.add_arguments,
        train.run,
    ),
    "test": (
        "test a trained model on all test examples of its task",
        add_test_arguments,
        run_test,
    ),
    "export": (
        "write a trained model as a NIR graph, as C without floating point, or as a page",
        export.add_arguments,
        export.run,
    ),
}


def refuse_data_folder(error: OSError) -> int:
    """Say that the data folder cannot be written, and what to do."""
    from sslearn.data import data_folder

    return refuse(f"{data_folder()} cannot be written ({error}); set SSLEARN_DATA.")


if __name__ == "__main__":
    sys.exit(main())
