"""Checks of notebook 09: the spike after the state, two rasters, a rate penalty, additions."""

import torch

from sslearn.course.check import CheckResult, Property, check, near, unlike
from sslearn.layers import BinaryS4D
from sslearn.ssm import causal_conv


def _random(*shape, seed=0):
    """Normal numbers in double precision."""
    g = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=g, dtype=torch.float64)


def _is_raster(s) -> bool:
    """Whether s is a tensor of nothing but 0 and 1."""
    return torch.is_tensor(s) and bool(((s == 0) | (s == 1)).all())


def check_binary_s4d(binary_s4d) -> CheckResult:
    """The learner gives S = spike(K * u + D u - theta) for u (B, L, H), K (L, H) and D (H,)."""
    u, K, D = _random(2, 12, 3), _random(12, 3, seed=1), _random(3, seed=2)
    y, one = causal_conv(u, K) + D * u, torch.ones(1, 4, 1, dtype=torch.float64)
    first, none = torch.eye(4, 1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)

    def gives(f, theta, want):
        return torch.equal(f(u, K, D, theta), want.to(u.dtype))

    def wrong(make):
        return lambda f: not gives(f, 0.5, make())

    def shape(f):
        out = f(u, K, D, 0.5)
        return torch.is_tensor(out) and out.shape == u.shape

    def reset():
        extra, rows = torch.zeros(2, 3, dtype=torch.float64), []
        for y_t in y.unbind(1):
            rows.append((y_t - extra > 0.5).to(u.dtype))
            extra = extra + 0.5 * rows[-1]
        return torch.stack(rows, 1)

    def circular():
        return torch.fft.irfft(torch.fft.rfft(u, dim=1) * torch.fft.rfft(K, dim=0), 12, 1) + D * u

    def strict(f):
        return f(one, first, none, 1.0).sum() == 0

    def graded(f):
        x = u.clone().requires_grad_()
        out = f(x, K, D, 0.0)
        return out.requires_grad and torch.autograd.grad(out.sum(), x)[0].abs().sum() > 0

    return check("binary_s4d", binary_s4d, [
        Property(shape, "the spikes must have u's shape (B, L, H)", "work on whole tensors"),
        Property(wrong(lambda: causal_conv((u > 0.5).to(u.dtype), K) + D * u),
                 "the spike comes before the filter; it must come after", "y first, then spike"),
        Property(lambda f: _is_raster(f(u, K, D, 0.5)),
                 "return spikes: nothing but 0 and 1", "spike(y - theta)"),
        Property(wrong(lambda: u > 0.5), "this thresholds the input; the state is missing",
                 "y = causal_conv(u, K) + ..."),
        Property(wrong(lambda: y > -0.5), "the threshold has the wrong sign",
                 "a spike is y above theta, so y - theta above 0"),
        Property(wrong(lambda: y > 0), "theta is not used", "spike(y - theta)"),
        Property(wrong(lambda: y < 0.5), "spikes and silence are swapped", "y > theta is a spike"),
        Property(wrong(lambda: causal_conv(u, K) > 0.5), "the skip D u is missing",
                 "y = causal_conv(u, K) + D * u"),
        Property(wrong(reset), "the spike is inside the recurrence: it resets the state",
                 "nothing of s may come back to y"),
        Property(wrong(lambda: circular() > 0.5), "the end wraps round to the start",
                 "pad the FFT to 2L, or use causal_conv"),
        Property(lambda f: gives(f, 0.5, y > 0.5) and gives(f, -0.2, y > -0.2),
                 "the spikes differ from spike(K * u + D u - theta)", "y, then spike(y - theta)"),
        Property(strict, "y equal to theta is no spike: the comparison is strict", "spike, or >"),
        Property(graded, "no gradient comes back through the spike",
                 "use spike of sslearn.spikes, not a comparison"),
    ])  # fmt: skip


class _Watched(BinaryS4D):
    """A layer that writes down what is called, and with which state."""

    def __init__(self):
        super().__init__(3, 4, dt_min=0.05, generator=torch.Generator().manual_seed(3))
        self.double()
        self.whole, self.inputs, self.fresh = 0, [], 0

    def forward(self, u):
        self.whole += 1
        return super().forward(u)

    def step(self, u_t, state):
        self.inputs.append(u_t.detach())
        self.fresh += bool((state.x == 0).all())
        return super().step(u_t, state)


def check_two_rasters(two_rasters) -> CheckResult:
    """The learner gives layer(u), and the spikes of layer.step put together, both (B, L, H)."""
    u = _random(2, 9, 3, seed=4)

    def called(f):
        layer = _Watched()
        return f(layer, u), layer

    def pair(f):
        out = called(f)[0]
        return isinstance(out, tuple) and len(out) == 2 and all(map(torch.is_tensor, out))

    def right_whole(f):
        return torch.equal(called(f)[0][0], BinaryS4D.forward(_Watched(), u))

    def in_order(f):
        seen = called(f)[1].inputs
        return torch.equal(torch.stack(seen, 1), u) if len(seen) == 9 else True

    def fed_spikes(f):
        inputs = called(f)[1].inputs
        return not (len(inputs) > 1 and all(_is_raster(x) for x in inputs[1:]))

    return check("two_rasters", two_rasters, [
        Property(pair, "return two rasters: convolution, stream", "return whole, stream"),
        Property(right_whole, "the first raster is not layer(u)", "whole = layer(u)"),
        Property(lambda f: len(called(f)[1].inputs) > 0,
                 "the second raster does not come from layer.step: nothing was streamed",
                 "s_t, state = layer.step(u[:, t], state)"),
        Property(lambda f: called(f)[1].fresh == 1, "the state is made anew at every step",
                 "initial_state goes before the loop, and step returns the next state"),
        Property(fed_spikes, "the stream is fed its own spikes", "step takes u[:, t]"),
        Property(lambda f: len(called(f)[1].inputs) == 9, "one step for each of the L inputs",
                 "for t in range(u.shape[1])"),
        Property(in_order, "the inputs do not go in from first to last", "u[:, 0], u[:, 1], ..."),
        Property(lambda f: called(f)[0][1].shape == u.shape,
                 "the stream must be (B, L, H) like the other", "torch.stack(spikes, 1)"),
        Property(lambda f: torch.equal(*called(f)[0]), "the two rasters differ",
                 "collect s_t of every step, in order"),
    ])  # fmt: skip


def check_rate_penalty(rate_penalty) -> CheckResult:
    """The learner gives the mean over the channels of (rate_h - target)^2.

    rate_h is the mean over batch and time.
    """
    s = (torch.rand(4, 6, 5, generator=torch.Generator().manual_seed(5)) < 0.4).double()
    rates, target = s.mean((0, 1)), 0.2
    right = (rates - target).square().mean()

    def not_this(wrong):
        return unlike(wrong, run=lambda f: f(s, target))

    def number(f):
        out = f(s, target)
        return torch.is_tensor(out) and out.shape == ()

    def graded(f):
        x = s.clone().requires_grad_()
        out = f(x, target)
        return out.requires_grad and torch.autograd.grad(out, x)[0].abs().sum() > 0

    quiet = torch.zeros(2, 3, 4, dtype=torch.float64)
    return check("rate_penalty", rate_penalty, [
        Property(number, "return one number, as a tensor without axes", "end with .mean()"),
        Property(not_this((s - target).square().mean()),
                 "this compares every slot with the target, and a slot is 0 or 1",
                 "first the rate: s.mean((0, 1))"),
        Property(not_this((s.mean() - target).square()),
                 "loud and silent channels cancel: one rate for each channel is needed",
                 "s.mean((0, 1)) keeps the channels"),
        Property(not_this((s.mean((0, 2)) - target).square().mean()),
                 "this is a rate for each step; average over batch and time", "s.mean((0, 1))"),
        Property(not_this((rates - target).square().sum()),
                 "the sum grows with the number of channels", "the mean over the channels"),
        Property(not_this((rates - target).abs().mean()), "square the difference", ".square()"),
        Property(not_this(rates.square().mean()), "the target is not used", "rates - target"),
        Property(unlike(0.0, run=lambda f: f(quiet, 0.2)),
                 "a silent channel costs nothing, so nothing wakes it",
                 "no clamp: above and below the target both cost"),
        Property(lambda f: near(f(s, target), right), "the value is not the mean square",
                 "(s.mean((0, 1)) - target).square().mean()"),
        Property(graded, "no gradient: the penalty would train nothing", "no item, no detach"),
        Property(lambda f: near(f(s, 0.7), (rates - 0.7).square().mean()),
                 "right for one target only", "use the argument target"),
    ])  # fmt: skip


def check_spiking_linear(spiking_linear) -> CheckResult:
    """The learner gives W s + b by additions alone, and their number, for one step.

    s is (H,), W (M, H) and b (M,).
    """
    s = torch.tensor([1.0, 0, 1, 1, 0], dtype=torch.float64)
    W, b = _random(4, 5, seed=6), _random(4, seed=7)
    right = W @ s + b

    def out(f, s=s, W=W, b=b):
        return f(s, W, b)

    def pair(f):
        y, n = out(f)
        return torch.is_tensor(y) and y.shape == (4,) and float(n) == int(n)

    def not_this(wrong):
        return unlike(wrong, run=lambda f: out(f)[0])

    def count(wrong):
        return unlike(wrong, run=lambda f: out(f)[1])

    def untouched(f):
        holes = W.clone()
        holes[:, s == 0] = torch.inf
        return near(out(f, W=holes)[0], right)

    def silent(f):
        y, n = out(f, s=torch.zeros_like(s))
        return near(y, b) and int(n) == 0

    def other(f):
        t, V, c = torch.ones(3).double(), _random(2, 3, seed=8), _random(2, seed=9)
        y, n = out(f, t, V, c)
        return near(y, V.sum(1) + c) and int(n) == 6

    return check("spiking_linear", spiking_linear, [
        Property(pair, "return W s + b, of shape (M,), and a whole number", "return y, additions"),
        Property(not_this(right - b), "the bias is missing", "start the sum from b"),
        Property(not_this(W @ (1 - s) + b), "these are the columns of the silent channels",
                 "W[:, s > 0]"),
        Property(lambda f: near(out(f)[0], right), "the sum is not W s + b",
                 "b plus the columns W[:, h] of the channels that fire"),
        Property(untouched, "you multiply by zero: with a weight of infinity that is nan",
                 "leave the silent columns out, do not multiply"),
        Property(count(3), "one spike adds a whole column: M additions", "spikes times M"),
        Property(count(20), "this is the dense count, H M", "only channels that fire cost"),
        Property(count(15), "one spike adds a column of W, which has M entries, not H",
                 "W.shape is (M, H)"),
        Property(lambda f: int(out(f)[1]) == 12, "three spikes and M = 4 take 12 additions",
                 "each spike adds M weights to what is there already, b at first"),
        Property(silent, "no spike: the result is b, and nothing is added", "an empty sum is 0"),
        Property(other, "right for one layer only", "use the shapes of W"),
    ])  # fmt: skip
