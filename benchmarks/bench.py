"""Speed against the peers: python benchmarks/bench.py [--smoke] [--only TEXT] [--threads N].

All forms of a case run interleaved in one process, medians of at least 7, after they were found
equal. Peak memory is measured in a process of its own for each form. Prints a Markdown table and
appends one JSON line to benchmarks/bench.jsonl. --smoke checks equality alone, on one thread.
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
    """Milliseconds of each form, interleaved; at least `least` rounds, more if time allows.

    The call that is timed follows one of the same form that is not: it finds caches and heap as
    in training, where one network is called again and again, and not as its peer left them. What
    the peer leaves (gigabytes) goes back to the system before, so that no form pays for another.
    """
    spans, start = {name: [] for name in forms}, time.perf_counter()
    while len(next(iter(spans.values()))) < least or (
        time.perf_counter() - start < budget and len(next(iter(spans.values()))) < 50
    ):
        for name, form in forms.items():
            give_back()
            form()
            begin = time.perf_counter()
            form()
            spans[name].append(1000 * (time.perf_counter() - begin))
    return {name: statistics.median(x) for name, x in spans.items()}


def give_back():
    """Memory that nobody uses goes back to the system. glibc; elsewhere nothing happens."""
    if sys.platform == "linux":
        getattr(ctypes.CDLL(None), "malloc_trim", int)(0)


def peak(case, form):
    """MiB that one call adds to the process, in a fresh one."""
    how = [sys.executable, __file__, "--peak", case, form]
    return float(subprocess.run(how, capture_output=True, text=True, check=True).stdout)


def print_peak(case, form):
    """The child of `peak`."""
    found = next(c for c in cases() if c.name == case)
    run = found.ours if form == "ours" else found.peers[form]
    give_back()
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far, from imports, is forgotten
    before = high_water()
    run()
    print(high_water() - before)


def high_water():
    """The largest resident memory since it was last forgotten, MiB. Linux."""
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
        if not error <= case.near:
            sys.exit(f"{case.name}: the forms differ by {error:.2g}, allowed {case.near:g}")
    print(f"{len(chosen)} cases, all forms equal")
    if args.smoke:
        return None
    where = f"{os.cpu_count()} cores, {torch.get_num_threads()} threads, torch {version('torch')}"
    print(f"{time.strftime('%Y-%m-%d')}, {where}, load {os.getloadavg()[0]:.1f}\n")
    print("| case | ours, ms | peers, ms | ratio | goal | peak MiB, ours | first peer |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for case in chosen:
        found = medians({"ours": case.ours} | case.peers)
        mine, first = found.pop("ours"), next(iter(case.peers))
        memory = [peak(case.name, form) for form in ("ours", first)]
        ratio = found[first] / mine
        told = ", ".join(f"{name} {ms:.3g}" for name, ms in found.items())
        print(f"| {case.name} | {mine:.3g} | {told} | {ratio:.1f} | {case.goal} "
              f"| {memory[0]:.0f} | {memory[1]:.0f} |", flush=True)  # fmt: skip
        rows.append({"case": case.name, "ours": mine, "peers": found, "ratio": ratio,
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
