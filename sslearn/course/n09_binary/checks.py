"""Checks of notebook 09: the spike after the state, and two rasters."""

import torch

from sslearn.course.check import (
    CheckResult,
    Property,
    alike,
    check,
    near,
)
from sslearn.layers import BinaryS4D
from sslearn.ssm import causal_conv


def random_normal(*shape, seed=0):
    """Normal numbers in double precision."""
    g = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=g, dtype=torch.float64)


def _is_raster(s) -> bool:
    """Whether s is a tensor of nothing but 0 and 1."""
    return torch.is_tensor(s) and bool(((s == 0) | (s == 1)).all())


def check_binary_s4d(binary_s4d) -> CheckResult:
    """The learner gives S = spike(K * u + D u - theta) for u (B, L, H), K (L, H) and D (H,)."""
    u, K, D = random_normal(2, 12, 3), random_normal(12, 3, seed=1), random_normal(3, seed=2)
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

    def linear(v):
        return causal_conv(v, K) + D * v

    def circular():
        return torch.fft.irfft(torch.fft.rfft(u, dim=1) * torch.fft.rfft(K, dim=0), 12, 1) + D * u

    def strict(f):
        return f(one, first, none, 1.0).sum() == 0

    def graded(f):
        x = u.clone().requires_grad_()
        out = f(x, K, D, 0.0)
        return out.requires_grad and torch.autograd.grad(out.sum(), x)[0].abs().sum() > 0

    def other_sizes(f):
        """Whether the spikes are right wherever y is not within rounding of theta."""
        for seed, (n, theta, kind) in enumerate((
            ((1, 1, 4), 0.0, torch.float64), ((3, 7, 1), 1.0, torch.float32),
            ((2, 31, 5), -0.3, torch.float64), ((1, 20, 2), 0.4, torch.float32),
        )):  # fmt: skip
            v = random_normal(*n, seed=20 + seed).to(kind)
            k, d = (
                random_normal(*n[1:], seed=30 + seed).to(kind),
                random_normal(n[2], seed=40 + seed).to(kind),
            )
            y = causal_conv(v.double(), k.double()) + d * v
            out = f(v, k, d, theta)
            if (
                out.dtype != kind
                or out.shape != v.shape
                or bool(((out != (y > theta)) & ((y - theta).abs() > 1e-4)).any())
            ):
                return False
        return True

    def chain(f):
        """Whether u, K and D get the slope at y times their share in y, whatever the slope is."""
        for theta in (0.0, 0.5):
            leaves = [t.clone().requires_grad_() for t in (u, K, D)]
            out = f(*leaves, theta)
            for h in range(3):
                t = int((y[1, :, h] - theta).abs().argmin())
                du, dK, dD = torch.autograd.grad(
                    out[1, t, h], leaves, retain_graph=True, materialize_grads=True
                )
                slope = dD[h] / u[1, t, h]
                past = K[: t + 1, h].flip(0).clone()
                past[t] += D[h]
                if not (slope > 0 and near(du[1, : t + 1, h], slope * past, tolerance=1e-6)
                        and near(dK[: t + 1, h], slope * u[1, : t + 1, h].flip(0), tolerance=1e-6)
                        and near(du.sum(), (slope * past).sum(), tolerance=1e-6)):  # fmt: skip
                    return False
        return True

    return check("binary_s4d", binary_s4d, [
        Property(shape, "the spikes must have u's shape (B, L, H)", "work on whole tensors"),
        Property(wrong(lambda: causal_conv((u > 0.5).to(u.dtype), K) + D * u),
                 "the spike comes before the filter; it must come after", "y first, then spike"),
        Property(lambda f: _is_raster(f(u, K, D, 0.5)),
                 "return spikes: nothing but 0 and 1", "spike(y - theta)"),
        Property(wrong(lambda: linear(u - 0.5) > 0),
                 "theta is taken off u, before the filter; it belongs to y", "spike(y - theta)"),
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
        Property(other_sizes, "right for one size or dtype only", "spike(y - theta)"),
        Property(chain, "the gradient of u, K or D lacks a path, or has the wrong sign",
                 "no detach: y = causal_conv(u, K) + D * u, then spike(y - theta)"),
    ])  # fmt: skip


class _Watched(BinaryS4D):
    """A layer that writes down what is called, and with which state."""

    def __init__(self):
        super().__init__(3, 4, dt_min=0.05, generator=torch.Generator().manual_seed(3))
        self.double()
        self.whole, self.inputs, self.fresh, self.swapped = 0, [], 0, False

    def forward(self, u):
        self.whole += 1
        return super().forward(u)

    def step(self, u_t, state):
        self.inputs.append(u_t.detach())
        self.fresh += bool((state.x == 0).all())
        s, state = super().step(u_t, state)
        return 1 - s if self.swapped else s, state


def _steps_fit(layer, shape):
    """Whether the layer took one step an input, for all sequences at once or one by one."""
    B, L, _ = shape
    return len(layer.inputs) in (L, B * L)


def check_two_rasters(two_rasters) -> CheckResult:
    """The learner gives layer(u), and the spikes of layer.step put together, both (B, L, H)."""
    u = random_normal(2, 9, 3, seed=4)

    def called(f):
        layer = _Watched()
        return f(layer, u), layer

    def pair(f):
        out = called(f)[0]
        return isinstance(out, tuple) and len(out) == 2 and all(map(torch.is_tensor, out))

    def right_whole(f):
        return torch.equal(called(f)[0][0], BinaryS4D.forward(_Watched(), u))

    def each_its_own(f):
        """What step and forward answer is changed, so that the two must differ."""
        for n in ((2, 9, 3), (1, 1, 3), (3, 5, 3), (1, 60, 3)):
            layer, v = _Watched(), random_normal(*n, seed=sum(n))
            right, whole = 1 - BinaryS4D.forward(layer, v), BinaryS4D.forward(layer, v)
            layer.swapped = True
            try:
                out = f(layer, v)
            except AssertionError:  # The learner compares them too.
                continue
            if not (alike(out, (whole, right)) and layer.whole and _steps_fit(layer, n)):
                return False
        return True

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
        Property(lambda f: called(f)[1].fresh <= 2, "the state is made anew at every step",
                 "initial_state goes before the loop, and step returns the next state"),
        Property(fed_spikes, "the stream is fed its own spikes", "step takes u[:, t]"),
        Property(lambda f: _steps_fit(called(f)[1], u.shape), "one step for each of the L inputs",
                 "for t in range(u.shape[1])"),
        Property(in_order, "the inputs do not go in from first to last", "u[:, 0], u[:, 1], ..."),
        Property(lambda f: called(f)[0][1].shape == u.shape,
                 "the stream must be (B, L, H) like the other", "torch.stack(spikes, 1)"),
        Property(lambda f: torch.equal(*called(f)[0]), "the two rasters differ",
                 "collect s_t of every step, in order"),
        Property(each_its_own, "one is not compared with the other: both come from the same way",
                 "layer(u) for the first, layer.step for the second"),
    ])  # fmt: skip
