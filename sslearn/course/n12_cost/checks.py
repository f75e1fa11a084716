"""Checks of notebook 12: a counter by hooks, and the break-even rate."""

import torch
from torch import nn

from sslearn.course.check import CheckResult, Property, check, is_number, is_whole, near, unlike
from sslearn.models import LIFNetwork, SequenceClassifier, recipe


def _rng(seed=0):
    return torch.Generator().manual_seed(seed)


def networks() -> dict[str, tuple[nn.Module, torch.Tensor]]:
    """Small untrained networks, and x (B, L, d_input) for each; the last one's x is 0 and 1."""
    x = torch.randn(2, 6, 3, generator=_rng(1))

    def deep(name, H, depth):
        sizes = {"H": H, "depth": depth, "generator": _rng()}
        return SequenceClassifier(3, 4, **recipe(name, N=4), **sizes)

    return {
        "binary": (deep("binary-s4d", 8, 2), x),
        "s4d": (deep("s4d", 5, 1), x),
        "lif": (LIFNetwork(3, 4, H=7, depth=2, generator=_rng()), 3 * x),
        "last": (LIFNetwork(3, 4, H=7, pool="last", generator=_rng()), 3 * x),
        "events in": (LIFNetwork(3, 5, H=9, depth=1, generator=_rng()), (x > 0).float()),
    }


def layer_calls(model: nn.Module, x: torch.Tensor) -> list[tuple[torch.Tensor, int]]:
    """The input of every linear layer in one run, and its number of outputs, without a hook."""
    with torch.no_grad():
        if isinstance(model, LIFNetwork):
            trains = model.spikes(x)
            inputs = [x, *trains]
            calls = [
                (z, layer.out_features) for z, layer in zip(inputs, model.hidden, strict=False)
            ]
            return [*calls, (model.pool(trains[-1]), model.head.out_features)]
        z = model.features(x)
        calls = [(x, model.encode.out_features)]
        for block, read in zip(model.blocks, z, strict=False):
            mixed = block.act(block.ssm(block.before(read)))
            calls.append((mixed, block.mix.both.out_features))
        return [*calls, (model.pool(z[-1]), model.head.out_features)]


def operations(
    model, x, *, events=True, bias=0, event_bias=0, tokens=True, fan=True, all_spike=False,
    layers=slice(None), positive=False, zeros=True,
):  # fmt: skip
    """(multiplications, additions) of the linear layers, or a typical mistake."""
    times = plus = 0
    for z, out in layer_calls(model, x)[layers]:
        n = z.numel() if tokens else z.shape[-1]
        if events and bool((z >= 0).all() if positive else ((z == 0) | (z == 1)).all()):
            spikes = n if all_spike else int(z.sum() if zeros else z.count_nonzero())
            plus += spikes * out if fan else spikes
            plus += event_bias * out * n // z.shape[-1]
        else:
            n = n if zeros else int(z.count_nonzero())
            times += n * out
            plus += n * out + bias * out * n // z.shape[-1]
    return times, plus


def check_count_linear(count_linear) -> CheckResult:
    """The learner gives the multiplications and additions of all nn.Linear while model(x) runs.

    A call whose input holds only 0 and 1 adds one row for each spike and multiplies nothing.
    """
    made = networks()
    binary = made["binary"]

    def run(f):
        return [int(n) for n in f(*binary)]

    def two(f):
        out = f(*binary)
        return isinstance(out, tuple | list) and len(out) == 2 and all(map(is_whole, out))

    def not_like(*mistakes, of="binary"):
        wrong = [operations(*made[of], **mistake) for mistake in mistakes]
        return unlike(*wrong, run=lambda f: [int(n) for n in f(*made[of])])

    def clean(f):
        model, x = networks()["s4d"]
        f(model, x)
        return not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())

    def again(f):
        return list(f(*binary)) == list(f(*binary))

    def elsewhere(*names):
        return lambda f: all(list(f(*made[n])) == list(operations(*made[n])) for n in names)

    hook = "layer.register_forward_hook(note), note(layer, inputs, out), inputs[0] is (..., in)"
    return check("count_linear", count_linear, [
        Property(two, "return two whole numbers: multiplications, additions", "int(...)"),
        Property(again, "a second call gives other numbers", "remove the hooks: handle.remove()"),
        Property(not_like({"events": False}), "the spikes are multiplied as well: an input of 0 "
                 "and 1 needs additions only", "is every entry of inputs[0] 0 or 1?"),
        Property(not_like({"tokens": False}), "this counts each layer for one token",
                 "a layer runs for every token: inputs[0].numel() holds them all"),
        Property(not_like({"bias": 1}, {"bias": 2}), "too many additions an output: n products "
                 "and a bias make n additions", "n - 1 sums of n products, and 1 for the bias"),
        Property(not_like({"event_bias": 1}, {"event_bias": 1, "bias": 1}), "the bias is counted "
                 "for itself: here a spike costs one addition at each output, and nothing else "
                 "does", "int(z.sum()) * layer.out_features"),
        Property(not_like({"bias": -1}), "one addition too few an output: the bias is added too",
                 "n - 1 sums of n products, and 1 for the bias"),
        Property(not_like({"fan": False}), "this counts the spikes, and each of them is added at "
                 "every output", "spikes times layer.out_features"),
        Property(not_like({"all_spike": True}), "a silent input is added as well",
                 "count the ones, not the entries"),
        Property(not_like({"layers": slice(0, -1)}), "the head is missing, and it multiplies too",
                 "model.modules() holds every layer"),
        Property(not_like({"layers": slice(0, None, 3)}), "the layers within the blocks are "
                 "missing", "model.modules() goes all the way down, model.children() one step"),
        Property(lambda f: run(f)[::-1] != list(operations(*binary)),
                 "the two numbers are swapped: multiplications come first", "return times, plus"),
        Property(lambda f: run(f) == list(operations(*binary)),
                 "the numbers differ from the closed form", hook),
        Property(clean, "your hooks stay on the model", "keep each handle, then handle.remove()"),
        Property(not_like({"zeros": False}, of="lif"), "zeros of a dense input are skipped; only "
                 "an input of nothing but 0 and 1 is fed by events", "dense: z.numel()"),
        Property(not_like({"positive": True}, {"positive": True, "zeros": False}, of="lif"),
                 "an input that is not negative need not be spikes: each entry must be 0 or 1",
                 "((z == 0) | (z == 1)).all()"),
        Property(elsewhere("s4d", "lif"), "right for one network only",
                 "take every nn.Linear of model.modules(), whatever the model is"),
        Property(elsewhere("last", "events in"), "the input decides what is an event, not the "
                 "layer's place: a head may read spikes, and an encoder too", hook),
    ])  # fmt: skip


def check_break_even(break_even) -> CheckResult:
    """The learner gives the highest rate in [0, 1] at which spiking(rate) <= dense; 0 for none.

    spiking is a straight line.
    """

    def flat(f):
        try:
            return near(float(at(f, 5.0, line(4.0, 0.0))), 1.0) and near(
                float(at(f, 3.0, line(4.0, 0.0))), 0.0)  # fmt: skip
        except ZeroDivisionError:
            return False

    line = lambda fixed, slope: lambda r: fixed + slope * r  # noqa: E731
    usual = (10.0, line(4.0, 20.0))  # 0.3
    cases = [
        (10.0, line(4.0, 20.0), 0.3),
        (8.0, line(0.5, 150.0), 0.05),
        (3.0, line(2.0, 2.0), 0.5),
        (7.0, line(2.0, 15.0), 1 / 3),
    ]

    def at(f, dense=10.0, spiking=usual[1]):
        return f(dense, spiking)

    def is_(value, *case):
        return lambda f: near(float(at(f, *case)), value)

    return check("break_even", break_even, [
        Property(lambda f: is_number(at(f)), "return one number: a rate", "a float"),
        Property(unlike(10 / 20, run=at), "what the spiking network costs at rate 0 is left out",
                 "spiking(0) is paid before the first spike"),
        Property(unlike(6 / 24, run=at), "the slope is wrong: spiking(1) holds the fixed cost too",
                 "spiking(1) - spiking(0)"),
        Property(unlike(30.0, run=at), "this is in per cent; a rate lies between 0 and 1",
                 "leave out the 100"),
        Property(unlike(20 / 6, run=at), "this is upside down", "what is left, over the slope"),
        Property(unlike(14 / 20, run=at), "this is the share of silent inputs, not of those that "
                 "spike", "what is left for spikes, over what a rate of 1 costs"),
        Property(is_(1.0, 30.0), "at this price the spiking network is cheaper at every rate, and "
                 "no rate is above 1", "at most 1.0"),
        Property(is_(0.0, 2.0), "here it costs more even without a spike: the answer is 0",
                 "at least 0.0"),
        Property(flat, "if the rate costs nothing, compare spiking(0) with dense",
                 "the slope may be 0: look at that first"),
        Property(lambda f: all(near(float(f(d, s)), r) for d, s, r in cases),
                 "spiking(your rate) is not dense: solve for the rate, do not search",
                 "(dense - spiking(0)) / slope"),
    ])  # fmt: skip
