"""Speed against the peers: python benchmarks/bench.py [--smoke] [--only TEXT] [--threads N].

All forms of a case run interleaved in one process, after they were found equal; the table gives
medians of at least 7 calls. The peak of memory is measured in a process of its own for each form.
The command prints a Markdown table and appends one JSON line to benchmarks/bench.jsonl. --smoke
checks equality alone, on one thread.
"""

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from cases import cases  # noqa: E402
from s4d_cases import classifier_rate  # noqa: E402


def medians(forms, least=7, budget=10.0):
    """Median milliseconds of each form, interleaved, of `least` rounds or more if time allows.

    The call that is timed follows one of the same form that is not timed: it then finds caches and
    heap as in training, where one network is called again and again, and not as a peer left them.
    The gigabytes that a peer leaves go back to the system first, so that no form pays for another.
    """
    spans, start = {name: [] for name in forms}, time.perf_counter()
    while len(next(iter(spans.values()))) < least or (
        time.perf_counter() - start < budget and len(next(iter(spans.values()))) < 50
    ):
        for name, form in forms.items():
            release_memory()
            form()
            begin = time.perf_counter()
            form()
            spans[name].append(1000 * (time.perf_counter() - begin))
    return {name: statistics.median(x) for name, x in spans.items()}


def release_memory():
    """Give memory that nobody uses back to the system, under glibc; elsewhere nothing happens."""
    if sys.platform == "linux":
        getattr(ctypes.CDLL(None), "malloc_trim", int)(0)


def peak(case, form):
    """The MiB that one call adds to a fresh process."""
    command = [sys.executable, __file__, "--peak", case, form]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def print_peak(name, form):
    """Print the MiB that one call adds to this process, which `peak` starts for it."""
    case = next(c for c in cases() if c.name == name)
    run = case.ours if form == "ours" else case.peers[form]
    release_memory()
    Path("/proc/self/clear_refs").write_text("5")  # this forgets the peak that the imports left
    before = high_water()
    run()
    print(high_water() - before)


def high_water():
    """The largest resident memory in MiB since it was last forgotten; Linux alone tells it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--peak", nargs=2)
    args = parser.parse_args()
    torch.set_num_threads(1 if args.smoke else args.threads)
    if args.peak:
        return print_peak(*args.peak)
    chosen = [c for c in cases(args.smoke) if args.only in c.name]
    for case in chosen:
        error = case.error()
        if not error <= case.allowed:
            sys.exit(f"{case.name}: the forms differ by {error:.2g}, allowed {case.allowed:g}")
    print(f"{len(chosen)} cases, all forms equal")
    if args.smoke:
        return None
    where = f"{os.cpu_count()} cores, {torch.get_num_threads()} threads, torch {version('torch')}"
    print(f"{time.strftime('%Y-%m-%d')}, {where}, load {os.getloadavg()[0]:.1f}\n")
    print("| case | ours, ms | peers, ms | ratio | goal | peak MiB, ours | first peer |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for case in chosen:
        peers = medians({"ours": case.ours} | case.peers)
        ours, first = peers.pop("ours"), next(iter(case.peers))
        memory = [peak(case.name, form) for form in ("ours", first)]
        ratio = peers[first] / ours
        times = ", ".join(f"{name} {ms:.3g}" for name, ms in peers.items())
        print(f"| {case.name} | {ours:.3g} | {times} | {ratio:.1f} | {case.goal} "
              f"| {memory[0]:.0f} | {memory[1]:.0f} |", flush=True)  # fmt: skip
        rows.append({"case": case.name, "ours": ours, "peers": peers, "ratio": ratio,
                     "goal": case.goal, "peak": memory})  # fmt: skip
    if args.only in "stream":
        ms = medians({"run": classifier_rate()})["run"]
        rate = 1000 * 400 / ms
        print(f"\nBinary S4D classifier, 4 layers, H = 128, B = 1: {rate:.0f} steps a second")
        rows.append({"case": "classifier steps a second", "ours": rate})
    when = {"date": time.strftime("%Y-%m-%d"), "where": where, "load": os.getloadavg()}
    line = when | {"rows": rows}
    with (HERE / "bench.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    return None


if __name__ == "__main__":
    main()
