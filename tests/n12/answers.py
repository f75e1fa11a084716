"""Answers to the exercises of notebook 12, right and wrong. The wrong ones: {message part: f}."""

import torch
from torch import nn

from sslearn.course.n12_cost import checks, checks_claims

CHECKS = {
    "count_linear": checks.check_count_linear,
    "break_even": checks.check_break_even,
    "left_out": checks_claims.check_left_out,
    "boundary": checks_claims.check_boundary,
}


def by_hooks(model, x):
    total, handles = [0, 0], []

    def note(layer, inputs, out):
        z = inputs[0]
        if ((z == 0) | (z == 1)).all():
            total[1] += int(z.sum()) * layer.out_features
        else:
            total[0] += z.numel() * layer.out_features
            total[1] += z.numel() * layer.out_features

    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            handles.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(x)
    for handle in handles:
        handle.remove()
    return tuple(total)


def by_patching(model, x):
    """Another right way: each layer's own forward is wrapped, and put back afterwards."""
    seen, layers = [], [m for m in model.modules() if isinstance(m, nn.Linear)]
    for layer in layers:

        def forward(z, layer=layer):
            seen.append((z.detach(), layer.out_features))
            return nn.functional.linear(z, layer.weight, layer.bias)

        layer.forward = forward
    model(x)
    for layer in layers:
        del layer.forward
    events = [torch.equal(z, z.bool().to(z.dtype)) for z, _ in seen]
    each = [int(z.count_nonzero() if e else z.numel()) * out
            for (z, out), e in zip(seen, events, strict=True)]  # fmt: skip
    return sum(n for n, e in zip(each, events, strict=True) if not e), sum(each)


def mistaken(**mistake):
    return lambda model, x: checks.operations(model, x, **mistake)


def by_children(model, x):
    """Only the layers that the model itself holds are given hooks."""
    outer = nn.Sequential(*[m for m in model.children() if isinstance(m, nn.Linear)])
    if len(outer) < 2:
        return by_hooks(model, x)
    total = [0, 0]
    for z, out in (checks.layer_calls(model, x)[k] for k in (0, -1)):
        total = [n + z.numel() * out for n in total]
    return tuple(total)


def leaves_hooks(model, x):
    out = by_hooks(model, x)
    model.encode.register_forward_hook(lambda *_: None) if hasattr(model, "encode") else None
    return out


def counts_again(model, x):
    """Its hooks stay and add to one list, so that the next call counts twice."""
    model.calls = getattr(model, "calls", 0) + 1
    return tuple(model.calls * n for n in by_hooks(model, x))


def only_deep(model, x):
    return by_hooks(model, x) if hasattr(model, "blocks") and len(model.blocks) == 2 else (0, 0)


def by_place(model, x):
    """The first layer and the head are taken for dense, whatever they read."""
    calls, times, plus = checks.layer_calls(model, x), 0, 0
    for k, (z, out) in enumerate(calls):
        events = 0 < k < len(calls) - 1 and bool(((z == 0) | (z == 1)).all())
        times += 0 if events else z.numel() * out
        plus += (int(z.sum()) if events else z.numel()) * out
    return times, plus


def rate(dense, spiking):
    fixed, slope = spiking(0.0), spiking(1.0) - spiking(0.0)
    if slope == 0:
        return float(fixed <= dense)
    return min(max((dense - fixed) / slope, 0.0), 1.0)


def by_halves(dense, spiking):
    if spiking(0.0) > dense:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if spiking(middle) <= dense else (low, middle)
    return high


def free(dense, spiking):
    """(dense - fixed) / slope, wherever that lies."""
    return (dense - spiking(0.0)) / (spiking(1.0) - spiking(0.0) or 1e-9)


def first_of(names, ratio):
    def f(spiking, dense, claim):
        return next((n for n in names(spiking) if ratio(spiking, dense, n) == claim), "")

    return f


def by_loop(spiking, dense, claim):
    for name in ["", *spiking]:
        s = sum(spiking.values()) - spiking.get(name, 0)
        d = sum(dense.values()) - dense.get(name, 0)
        if abs(s / d - claim) <= 0.005:
            return name
    return ""


STATEMENT = {
    "what": "The multiplications and additions of the matrix products, counted and then priced",
    "per": "one token, a pixel of the digit",
    "on": "45 nm, 32-bit floats, prices after Horowitz",
    "left_out": "memory traffic, the state and the gate, static power, routing",
}


def states(**changes):
    return lambda: STATEMENT | changes


RIGHT = {
    "count_linear": [by_hooks, by_patching],
    "break_even": [rate, by_halves],
    "left_out": [checks_claims._left_out, by_loop],
    "boundary": [
        states(),
        states(what="An estimate, not a measurement: MACs and ACs in the linear layers",
               per="time step of the sequence", on="figures for 45-nm CMOS and float32",
               left_out="SRAM reads and writes; recurrence, norm and gate; leakage"),
        states(what="counted: multiplies and adds of the products", per="each digit's pixel",
               on="45 nanometre, single-precision floats"),
        states(per="per time step, not per digit", on="45 nm, fp32, not integers"),
    ],
}  # fmt: skip

WRONG = {
    "count_linear": {
        "two whole numbers": [lambda model, x: 7, lambda model, x: (0.5, 1)],
        "multiplied as well": mistaken(events=False),
        "for one token": mistaken(tokens=False),
        "too many": [mistaken(bias=1), mistaken(bias=2)],
        "too few": mistaken(bias=-1),
        "counts the spikes": mistaken(fan=False),
        "a silent input": mistaken(all_spike=True),
        "counted for itself": [mistaken(event_bias=1), mistaken(event_bias=1, bias=1)],
        "head is missing": mistaken(layers=slice(0, -1)),
        "within the blocks": by_children,
        "swapped": lambda model, x: by_hooks(model, x)[::-1],
        "zeros of a dense": mistaken(zeros=False),
        "not negative": [mistaken(positive=True), mistaken(positive=True, zeros=False)],
        "closed form": lambda model, x: tuple(n + 1 for n in by_hooks(model, x)),
        "second call": counts_again,
        "stay on the model": leaves_hooks,
        "one network only": only_deep,
        "not the layer's place": by_place,
    },
    "break_even": {
        "one number": lambda dense, spiking: [rate(dense, spiking)],
        "left out": lambda dense, spiking: dense / (spiking(1) - spiking(0)),
        "slope is wrong": lambda dense, spiking: (dense - spiking(0)) / spiking(1),
        "per cent": lambda dense, spiking: 100 * rate(dense, spiking),
        "upside down": lambda dense, spiking: (spiking(1) - spiking(0)) / (dense - spiking(0)),
        "no rate is above 1": free,
        "silent inputs": lambda dense, spiking: 1 - rate(dense, spiking),
        "without a spike": lambda dense, spiking: min(free(dense, spiking), 1.0),
        "costs nothing": [
            lambda dense, spiking: rate(dense, spiking) / (1 + (spiking(1) == spiking(0))),
            lambda dense, spiking: min(max(
                (dense - spiking(0)) / (spiking(1) - spiking(0)), 0.0), 1.0),
        ],
        "is not dense": [
            lambda dense, spiking: round(rate(dense, spiking), 1),
            lambda dense, spiking: max(
                (k / 1000 for k in range(1001) if spiking(k / 1000) <= dense), default=0.0),
        ],
    },
    "left_out": {
        "the name of a term": lambda s, d, claim: [by_loop(s, d, claim)],
        "no term of the two": lambda s, d, claim: "everything",
        "largest": lambda s, d, claim: max(s, key=s.get),
        "one side only": [
            first_of(list, lambda s, d, n: round((sum(s.values()) - s[n]) / sum(d.values()), 2)),
            first_of(list, lambda s, d, n: round(sum(s.values()) / (sum(d.values()) - d[n]), 2)),
            first_of(lambda s: ["", *s], lambda s, d, n: round(
                (sum(s.values()) - s.get(n, 0)) / sum(d.values()), 2)),
        ],
        "one term alone": first_of(list, lambda s, d, n: round(s[n] / d[n], 2)),
        "nothing is left out": lambda s, d, claim: next(
            (n for n in [*s, ""] if round(checks_claims._ratio(s, d, n), 2) == claim), ""),
        "round your ratio": first_of(lambda s: ["", *s], checks_claims._ratio),
        "leave out nothing": lambda s, d, claim: by_loop(s, d, claim) or "state",
        "one pair": lambda s, d, claim: by_loop(checks_claims.SPIKING, checks_claims.DENSE, claim),
    },
    "boundary": {
        "dict of four": [lambda: "0.07 of the energy", lambda: {"what": "products of it"},
                         states(per=1)],
        "more than one word": states(per="token"),
        "of which part": states(what="Multiplications and additions, counted"),
        "both operations": states(what="The additions of the products, counted"),
        "no measurement": [
            states(what="We measured the multiplications and additions of the products"),
            states(what="Multiplications and additions of the products, not counted"),
            states(what="Energy that the multiplications and additions of the products take"),
        ],
        "per: ": [states(per="one whole digit"), states(per="per digit of 64 pixels"),
                  states(per="a second of 64 steps")],
        "on: name the process": states(on="32-bit floats on a chip"),
        "kind of number": [states(on="45 nm, Horowitz"), states(on="45 nm, 32-bit integers"),
                           states(on="45 nm, int32 and not float32")],
        "largest cost": states(left_out="the state, the gate, static power"),
        "still multiplies": states(left_out="memory traffic and static power"),
        "while nothing happens": states(left_out="memory traffic and the state"),
    },
}  # fmt: skip
