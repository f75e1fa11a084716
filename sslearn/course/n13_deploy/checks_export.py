"""Check of notebook 13: a test that every exporter has to pass."""

import math
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from sslearn.course.check import CheckResult, Property, alike, check, is_number, is_whole, near
from sslearn.layers import S4D
from sslearn.models import SequenceClassifier

APART = 1e-6


def _net() -> SequenceClassifier:
    g = torch.Generator().manual_seed(0)
    layer = partial(S4D, N=4)
    return SequenceClassifier(1, 3, depth=1, H=4, layer=layer, generator=g).double().eval()


def _write(net: SequenceClassifier, file: Path) -> None:
    torch.save(net.state_dict(), file)


def _read(file: Path, spoil):
    """The running scores of the network in that file, spoiled as by a bad exporter."""
    twin = _net()
    twin.load_state_dict(torch.load(file))
    return lambda x: spoil(twin.running_scores(x))


def _only(steps: slice, by):
    """A twin whose scores are other ones in some steps: by(scores)."""

    def spoil(scores):
        out = scores.clone()
        out[:, steps] = by(out[:, steps])
        return out

    return spoil


def _drift(scores: Tensor) -> Tensor:
    """Scores too low by 1e-9, 4e-9, 16e-9 ...: by more than 1e-6 from step 5 on."""
    return scores - (1e-9 * 4.0 ** torch.arange(scores.shape[1]))[:, None]


TWINS = {
    "faithful": lambda scores: scores,
    "lost in between": _only(slice(3, 6), lambda s: s + 0.5),
    "drifting": _drift,
    "not a number": _only(slice(5, None), lambda s: s * math.nan),
    "turned round": lambda scores: -scores,
    "turned in between": _only(slice(3, 6), lambda s: -s),
    "turned at the end": _only(slice(-1, None), lambda s: -s),
}


def _compared(scores: Tensor, twin: Tensor) -> tuple[float, int, int]:
    gap = (twin - scores).abs().amax((0, 2))
    apart = [t for t, g in enumerate(gap.tolist()) if not g <= APART]
    differ = (twin[:, -1].argmax(-1) != scores[:, -1].argmax(-1)).sum()
    return gap.max().item(), apart[0] if apart else len(gap), int(differ)


@torch.no_grad()
def check_compare(compare) -> CheckResult:
    """The learner gives (largest difference, first step apart, classes that differ)."""
    net, x = _net(), torch.randn(6, 14, 1, generator=torch.Generator().manual_seed(1)).double()
    scores, read = net.running_scores(x), []

    def run(f, name):
        def reading(file):
            read.append(Path(file))
            return _read(file, TWINS[name])

        return f(net, x, _write, reading)

    def right(name):
        return _compared(scores, TWINS[name](scores))

    def three(f):
        out = run(f, "faithful")
        return isinstance(out, tuple) and len(out) == 3

    def numbers(f):
        gap, first, differ = run(f, "turned round")
        return is_number(gap) and is_whole(first) and is_whole(differ)

    def from_the_file(f):
        read.clear()
        run(f, "turned round")
        return bool(read)

    def part(name, k):
        return lambda f: near(run(f, name)[k], right(name)[k])

    def not_like(wrong, name, k):
        return lambda f: not near(run(f, name)[k], wrong)

    flipped = TWINS["turned round"](scores).argmax(-1) != scores.argmax(-1)
    between, end = (TWINS[f"turned {where}"](scores) for where in ("in between", "at the end"))
    ever = int((between.argmax(-1) != scores.argmax(-1)).any(1).sum())
    in_the_mean = int((end.mean(1).argmax(-1) != scores.mean(1).argmax(-1)).sum())
    drift = (TWINS["drifting"](scores) - scores).abs().amax((0, 2))
    return check("compare", compare, [
        Property(three, "return three numbers", "return gap, first, differ"),
        Property(numbers, "gap must be a number, first and differ whole numbers",
                 ".item(), or float and int"),
        Property(from_the_file, "nothing was read: you compare the network with itself",
                 "twin = read(file), after write(net, file)"),
        Property(not_like(right("faithful")[0], "lost in between", 0),
                 "only the last step is compared: a twin that is lost in between passes",
                 "net.running_scores(x) against twin(x), all steps"),
        Property(not_like(0.5 * 3 / 14, "lost in between", 0),
                 "this is the mean difference; one wrong step of a thousand would drown in it",
                 "the largest"),
        Property(not_like((TWINS["drifting"](scores) - scores).max().item(), "drifting", 0),
                 "scores that are too low count as no difference", "take the absolute value"),
        Property(part("lost in between", 0), "the largest difference is another one",
                 "(twin(x) - net.running_scores(x)).abs().max()"),
        Property(not_like(4, "lost in between", 1), "the steps are counted from 0", "no + 1"),
        Property(not_like(int((drift > 0).nonzero()[0]), "drifting", 1),
                 "any difference counts as apart here; rounding alone makes some",
                 "above 1e-6"),
        Property(lambda f: run(f, "faithful")[1] == 14,
                 "a twin that never parts has first = L, the number of steps",
                 "len(gap) where no step is apart"),
        Property(not_like(14, "not a number", 1),
                 "a twin of NaN passes: NaN > 1e-6 is false, and so is NaN <= 1e-6",
                 "ask for what is good, and take the steps where it is not: ~(gap <= 1e-6)"),
        Property(part("drifting", 1), "the first step that is apart is another one",
                 "the first t whose largest difference is above 1e-6"),
        Property(not_like(6 - int(flipped[:, -1].sum()), "turned round", 2),
                 "you count the classes that agree", "!="),
        Property(not_like(int(flipped.sum()), "turned round", 2),
                 "the classes of all steps are counted; what counts is the answer at the end",
                 "[:, -1].argmax(-1)"),
        Property(not_like(ever, "turned in between", 2),
                 "a sequence counts that has another class on its way and the right one at the end",
                 "[:, -1].argmax(-1)"),
        Property(not_like(in_the_mean, "turned at the end", 2),
                 "this is the class of the mean over the steps; running scores are that mean, so "
                 "the answer is that of the last step", "[:, -1].argmax(-1)"),
        Property(lambda f: all(alike(run(f, name), right(name))
                               for name in TWINS if name != "not a number"),
                 "right for one twin only", "use what write and read give you"),
    ])  # fmt: skip
