"""python -m sslearn COMMAND: doctor looks at this machine, fetch gets a data set."""

import argparse
import sys

from sslearn.data import DataError
from sslearn.data.fetch import SETS, fetch
from sslearn.doctor import examine


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
        print(f"{args.name} is ready. {fetch(args.name, say=print)}")
    except (DataError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
