"""Three forms of the GSU before and after a norm, and under the paper's presets: gsu_scale.jsonl.

python studies/gsu_scale.py forms     two tasks, two places of the norm, two seeds; half an hour
python studies/gsu_scale.py presets   the paper's presets for 60 steps of 64 tokens; ten minutes

Tasks: the next character of Python's own help texts, in bits, and scikit-learn's digits, in bits
and in % of the test. Forms: unscaled is GELU(GSU(x)), scaled the recipe's default, and norm has a
LayerNorm between GSU and GELU. Kernels over both directions, which most of the paper's presets
have, see the next character: there the bits say whether a network trains. One JSON line a run;
runs that the file has are not repeated. Last digits depend on the processor.
"""

import json
import math
import sys
import time
from functools import partial
from pydoc_data.topics import topics

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from sslearn.layers import GatedSpikingUnit, param_groups
from sslearn.models import SequenceClassifier, recipe
from sslearn.runs import ASSETS, PRESETS, load_task
from sslearn.training import accuracy, schedule

OUT = ASSETS / "gsu_scale.jsonl"
SMALL = {"depth": 4, "norm": "layer", "layer": {"N": 16, "dt_min": 1e-3}}
TASKS = {  # network and training; the rate is that of a language model of this size, or of digits
    "text": SMALL | {"H": 64, "lr": 0.004, "batch": 16, "steps": 450},
    "digits": SMALL | {"H": 32, "lr": 0.01, "batch": 32, "steps": 450},
}


def gsu_norm_gelu(H: int, *, generator: torch.Generator) -> nn.Sequential:
    """GELU(LayerNorm(GSU(x))), as later code has it."""
    return nn.Sequential(GatedSpikingUnit(H, generator=generator), nn.LayerNorm(H), nn.GELU())


FORMS = {
    "unscaled": partial(recipe, "gsu", scaled=False),
    "scaled": partial(recipe, "gsu", scaled=True),
    "norm": lambda **layer: recipe("gsu", **layer) | {"mix": gsu_norm_gelu},
}


def text() -> Tensor:
    """Python's help texts as numbers of their symbols (n,); the last tenth is held out."""
    whole = "\n".join(topics[name] for name in sorted(topics))
    symbols = {symbol: k for k, symbol in enumerate(sorted(set(whole)))}
    return torch.tensor([symbols[symbol] for symbol in whole])


def windows(x: Tensor, batch: int, generator: torch.Generator, L: int = 64) -> Tensor:
    """Stretches (batch, L + 1) of x (n,) that begin anywhere."""
    starts = torch.randint(len(x) - L, (batch, 1), generator=generator)
    return x[starts + torch.arange(L + 1)]


def bits(net: SequenceClassifier, x: Tensor, y: Tensor) -> Tensor:
    """The cross-entropy in bits of y: the classes (B,), or the next symbol at each step (B, L)."""
    scores = net(x) if y.ndim == 1 else net.head(net.features(x)[-1]).flatten(0, 1)
    return cross_entropy(scores, y.flatten()) / math.log(2)


def batches(task: str, batch: int, generator: torch.Generator):
    """Endless (x, y) of the task."""
    if task == "text":
        x = text()
        while True:
            window = windows(x[: len(x) * 9 // 10], batch, generator)
            yield window[:, :-1], window[:, 1:]
    x, y = load_task("digits").train
    while True:
        rows = torch.randint(len(y), (batch,), generator=generator)
        yield x[rows], y[rows]


def network(task: str, form: str, seed: int, *, H, depth, norm, prenorm, layer):
    """The untrained network of a form, for one of the two tasks."""
    d_input, classes = (1, 10) if task == "digits" else (int(text().max()) + 1,) * 2
    return SequenceClassifier(
        d_input, classes, **FORMS[form](**layer), H=H, depth=depth, norm=norm, prenorm=prenorm,
        tokens=task == "text", generator=torch.Generator().manual_seed(seed),
    )  # fmt: skip


@torch.no_grad()
def tested(net: SequenceClassifier, task: str) -> float:
    """Bits a held-out character, or the accuracy on the test digits in %."""
    net.eval()
    if task == "digits":
        return 100 * accuracy(net, load_task("digits").test)
    x = text()
    window = windows(x[len(x) * 9 // 10 :], 128, torch.Generator().manual_seed(9))
    return bits(net, window[:, :-1], window[:, 1:]).item()


def train(net: SequenceClassifier, task: str, seed: int, *, lr, batch, steps, every) -> dict:
    """AdamW, cosine schedule: the stream's spread by block before, and losses, each a mean."""
    g = torch.Generator().manual_seed(100 + seed)
    draw = batches(task, batch, g)
    with torch.no_grad():
        spread = [z.std().item() for z in net.features(next(draw)[0])]
    optimiser = torch.optim.AdamW(param_groups(net, lr, 0.01), lr=lr)
    plan = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: schedule(step, steps, 0.1))
    losses, norms = [], []
    for _ in range(steps):
        loss = bits(net, *next(draw))
        optimiser.zero_grad()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(net.parameters(), math.inf).item())
        optimiser.step()
        plan.step()
        losses.append(loss.item())
    means = torch.tensor(losses).split(every)
    return {
        "first": losses[0], "losses": [round(part.mean().item(), 3) for part in means],
        "largest_gradient": max(norms), "spread": [round(s, 3) for s in spread],
    }  # fmt: skip


NETWORK = ("H", "depth", "norm", "prenorm", "layer")


def plan(part: str):
    """The lines of one part without their results: all that names and repeats a run."""
    if part == "forms":
        for seed in (0, 1):
            for task, s in TASKS.items():
                for prenorm in (True, False):
                    for form in FORMS:
                        yield {"task": task, "form": form, "seed": seed, "prenorm": prenorm, **s}
        return
    for preset, s in PRESETS["paper"].items():
        task = "text" if preset in ("listops", "text", "retrieval") else "digits"
        sizes = {name: getattr(s, name) for name in NETWORK} | {"lr": s.lr}
        for form in ("unscaled", "scaled"):
            row = {"preset": preset, "task": task, "form": form, "seed": 0}
            yield row | sizes | {"batch": 8, "steps": 60}


def main() -> None:
    """Run what is missing, append each line as it comes."""
    torch.set_num_threads(1)
    part = sys.argv[1]
    rows = [json.loads(line) for line in OUT.read_text().splitlines()] if OUT.exists() else []
    for row in plan(part):
        if any({**row, "part": part}.items() <= old.items() for old in rows):
            continue
        start, task, seed = time.monotonic(), row["task"], row["seed"]
        net = network(task, row["form"], seed, **{name: row[name] for name in NETWORK})
        how = {name: row[name] for name in ("lr", "batch", "steps")}
        found = train(net, task, seed, **how, every=row["steps"] // (15 if part == "forms" else 6))
        found |= {"tested": round(tested(net, task), 3), "seconds": time.monotonic() - start}
        with OUT.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"part": part, **row, **found}) + "\n")
        print({**row, **found}, flush=True)


if __name__ == "__main__":
    main()
