"""Check of notebook 13: rounding that lets the gradient straight through."""

import torch

from sslearn.course.check import CheckResult, Property, check, gradients, near, own_work, unlike
from sslearn.deploy import round_to


def _case(seed=0, rows=4, columns=6, dtype=torch.float64):
    g = torch.Generator().manual_seed(seed)
    w = torch.randn(rows, columns, generator=g, dtype=dtype)
    return w * torch.logspace(-1, 1, rows, dtype=dtype)[:, None]


def _rounded(w, bits, *, top=None, by_row=True, half=0.5, size=None, scaled=True):
    """The value of w (rows, columns) in so many bits, or that of a typical mistake."""
    top = 2 ** (bits - 1) - 1 if top is None else top
    size = w.abs() if size is None else size
    size = size.amax(-1, keepdim=True) if by_row else size.amax()
    scale = torch.where(size > 0, size, torch.ones_like(size)) / top
    q = (w / scale + half).floor().clamp(-top, top)
    return q * scale if scaled else q


def check_straight_through(straight_through) -> CheckResult:
    """The learner gives w in so many bits, a scale a row, and the gradient of the identity."""
    w, bits = _case(), 4

    def run(f, w=w, bits=bits):
        return f(w, bits)

    def not_like(**mistake):
        return unlike(_rounded(w, bits, **mistake), run=run)

    def gradient(f):
        return gradients(f, w, bits)[0]

    g = torch.Generator().manual_seed(0)  # `gradients` weighs the outputs so
    ones = torch.randn(w.shape, generator=g, dtype=w.dtype)

    def everywhere(f):
        cases = [(_case(1, 3, 5), 2), (_case(2, 1, 9), 8), (_case(3, 5, 2, torch.float32), 6)]
        return all(
            f(z, b).dtype == z.dtype and near(f(z, b), _rounded(z, b)) for z, b in cases
        )  # fmt: skip

    def silent_row(f):
        z = w.clone()
        z[1] = 0
        return near(f(z, bits), _rounded(z, bits))

    through = "w + (rounded - w).detach() has the value of rounded and the gradient of w"
    return check("straight_through", straight_through, [
        Property(lambda f: torch.is_tensor(run(f)) and run(f).shape == w.shape,
                 "return one tensor of w's shape", "scale * q, not q and scale"),
        Property(not_like(scaled=False), "these are the integers q; the weights are scale * q",
                 "multiply by the scale"),
        Property(not_like(by_row=False),
                 "one scale for the whole matrix: a row of small weights is rounded to nothing",
                 "w.abs().amax(-1, keepdim=True)"),
        Property(unlike(_rounded(w.T, bits).T, run=run),
                 "one scale for each column: a row is an output, and each output has its own",
                 "w.abs().amax(-1, keepdim=True)"),
        Property(not_like(size=w), "the scale misses the largest negative weight of a row",
                 "the largest absolute value"),
        Property(unlike(*(_rounded(w, bits, top=n) for n in (2 ** (bits - 1), 2**bits - 1)),
                        run=run),
                 "so many bits have 2^(b-1) - 1 as their largest integer, because one is the sign",
                 "top = 2 ** (bits - 1) - 1"),
        Property(not_like(half=0.0), "this rounds down: the nearest is asked",
                 "add a half before floor, or use round"),
        Property(unlike(w.sign() * _rounded(w.abs(), bits, half=0.0), run=run),
                 "this cuts off towards zero: the nearest is asked",
                 "add a half before floor, or use round"),
        Property(lambda f: near(run(f), _rounded(w, bits)), "the values differ from the equation",
                 "floor(w / scale + 1/2) * scale, a scale for each row"),
        Property(lambda f: run(f, w.clone().requires_grad_()).requires_grad,
                 "no gradient comes back: the whole result is detached", through),
        Property(lambda f: gradient(f).abs().max() > 0,
                 "the gradient is 0: floor is flat wherever it has a slope", through),
        Property(lambda f: not near(gradient(f), -ones),
                 "the gradient has the wrong sign: only the w that is subtracted carries it",
                 through),
        Property(lambda f: near(gradient(f), ones),
                 "the gradient is not that of the identity: part of it runs through the scale",
                 through),
        Property(silent_row, "a row of zeros gives NaN: its scale is 0",
                 "where the largest is 0, take any scale, such as 1"),
        Property(everywhere, "right for one size, number of bits or dtype only",
                 "use w and bits alone"),
        own_work(w, bits, without=[round_to], hint="w.abs().amax(-1, keepdim=True) / top"),
    ])  # fmt: skip
