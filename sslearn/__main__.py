"""python -m sslearn doctor: look at this machine and say what to do about what is wrong."""

import argparse
import sys

from sslearn.doctor import examine


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 if all is well, 1 if something is not."""
    parser = argparse.ArgumentParser(prog="python -m sslearn", description=__doc__)
    parser.add_argument("command", choices=["doctor"])
    parser.parse_args(argv)
    findings = examine()
    for finding in findings:
        print(finding)
    return 0 if all(f.ok for f in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
