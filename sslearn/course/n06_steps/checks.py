"""Checks of notebook 06: Euler's limit and four recipes, with SciPy as the oracle."""

import math

import torch
from scipy.signal import cont2discrete

from sslearn import ssm
from sslearn.course.check import (
    CheckResult,
    Property,
    calls,
    check,
    in_double,
    is_number,
    near,
    unlike,
)

SCIPY = {"euler": "euler", "backward_euler": "backward_diff", "bilinear": "bilinear", "zoh": "zoh"}


def stable_system(n, seed):
    """A random stable A (n, n) and B (n,) in double precision."""
    g = torch.Generator().manual_seed(seed)
    A = torch.randn(n, n, generator=g, dtype=torch.float64) - 2 * torch.eye(n)
    return A, torch.randn(n, generator=g, dtype=torch.float64)


def _scipy(A, B, dt, method):
    """A_bar (N, N) and B_bar (N,) by SciPy."""
    system = (A.numpy(), B.numpy()[:, None], A.numpy()[:1], [[0.0]])
    A_bar, B_bar = cont2discrete(system, dt, SCIPY[method])[:2]
    return torch.tensor(A_bar), torch.tensor(B_bar)[:, 0]


def check_discretize(discretize) -> CheckResult:
    """The learner gives A_bar (N, N) and B_bar (N,) by four methods, as SciPy's cont2discrete."""
    A, B = stable_system(3, 0)
    dt, one = 0.3, torch.eye(3, dtype=torch.float64)

    def bars(f, method):
        return f(A, B, dt, method)

    def gives(method, which, wrong):
        return unlike(wrong, run=lambda f: bars(f, method)[which])

    def right(method, which):
        return lambda f: near(bars(f, method)[which], _scipy(A, B, dt, method)[which])

    def shapes(f):
        out = bars(f, "euler")
        return isinstance(out, tuple) and [x.shape for x in out] == [A.shape, B.shape]

    def everywhere(f):
        for n, step in ((1, 0.05), (2, 1.0), (5, 0.2), (4, 0.003), (7, 0.6)):
            a, b = stable_system(n, n)
            for method in SCIPY:
                pairs = zip(f(a, b, step, method), _scipy(a, b, step, method), strict=True)
                if not all(near(x, y) for x, y in pairs):
                    return False
        return True

    half = one - dt / 2 * A
    return check("discretize", discretize, [
        Property(shapes, "return two tensors, A_bar (N, N) and B_bar (N,)", "return A_bar, B_bar"),
        Property(gives("euler", 0, 1 + dt * A), "1 + dt * A adds 1 to every entry",
                 "the 1 is the identity matrix: torch.eye(len(B), dtype=A.dtype)"),
        Property(lambda f: right("euler", 0)(f) or not near(bars(f, "euler")[0], one + dt * A,
                                                            tolerance=1e-6),
                 "right to seven digits only: somewhere you computed in float32", "keep A's dtype"),
        Property(right("euler", 0), "Euler's A_bar is I + dt A", "torch.eye(...) + dt * A"),
        Property(gives("euler", 1, B), "Δ is missing in B_bar",
                 "an input that lasts dt adds dt times B u, not B u"),
        Property(right("euler", 1), "Euler's B_bar is dt B", "return ..., dt * B"),
        Property(gives("backward_euler", 0, torch.linalg.inv(one + dt * A)),
                 "backward Euler's sign is wrong: (I - dt A)^-1", "x_k = x_(k-1) + dt A x_k"),
        Property(right("backward_euler", 0), "backward Euler's A_bar is (I - dt A)^-1",
                 "solve x_k = x_(k-1) + dt (A x_k + B u_k) for x_k"),
        Property(gives("backward_euler", 1, dt * B),
                 "backward Euler's B_bar is without the inverse",
                 "the inverse acts on the whole right side, on dt B too"),
        Property(right("backward_euler", 1), "backward Euler's B_bar is (I - dt A)^-1 dt B",
                 "torch.linalg.solve(left, dt * B)"),
        Property(gives("bilinear", 0, torch.linalg.solve(one - dt * A, one + dt * A)),
                 "bilinear takes half a step on either side", "dt / 2 in both factors"),
        Property(right("bilinear", 0), "bilinear's A_bar is (I - dt A/2)^-1 (I + dt A/2)",
                 "torch.linalg.solve(one - dt / 2 * A, one + dt / 2 * A)"),
        Property(gives("bilinear", 1, torch.linalg.solve(half, dt / 2 * B)),
                 "bilinear's B_bar has the whole dt, not half", "(I - dt A/2)^-1 dt B"),
        Property(right("bilinear", 1), "bilinear's B_bar is (I - dt A/2)^-1 dt B",
                 "torch.linalg.solve(left, dt * B)"),
        Property(gives("zoh", 0, (dt * A).exp()), "this is the exponential of each entry",
                 "e^(dt A) of a matrix is torch.linalg.matrix_exp"),
        Property(right("zoh", 0), "zero-order hold's A_bar is e^(dt A)", "matrix_exp(dt * A)"),
        Property(gives("zoh", 1, dt * B), "this is the mixed form of Mamba: B_bar is Euler's",
                 "A^-1 (e^(dt A) - I) B"),
        Property(right("zoh", 1), "zero-order hold's B_bar is A^-1 (e^(dt A) - I) B",
                 "torch.linalg.solve(A, (A_bar - one) @ B)"),
        *(in_double(A, B, dt, method) for method in ("euler", "zoh")),
        Property(everywhere, "right for one system and not for another", "use A, B and dt"),
        Property(lambda f: not any(
                     calls(f, A, B, dt, m, of=[ssm.discretize, cont2discrete]) for m in SCIPY),
                 "this hands the work to a finished function: write it yourself",
                 "matrix_exp and solve of torch.linalg"),
    ])  # fmt: skip


def check_dt_max(dt_max) -> CheckResult:
    """The learner gives the smallest of 2 |Re pole| / |pole|^2 over the poles."""
    P = lambda *x: torch.tensor(x, dtype=torch.complex128)  # noqa: E731
    real, spin = P(-4), P(-1 + 10j)

    def number(f):
        return is_number(f(real)) and math.isfinite(f(real))

    def gives(wrong):
        return unlike(wrong, run=lambda f: f(spin))

    def everywhere(f):
        for seed in range(5):
            g = torch.Generator().manual_seed(seed)
            a, b = torch.rand(2, 6, generator=g, dtype=torch.float64)
            poles = torch.complex(-5 * a, 20 * b - 10)
            limit = (10 * a / (25 * a**2 + (20 * b - 10) ** 2)).min()
            for kind in (poles, poles.flip(0), poles.to(torch.complex64)):
                if not near(f(kind) / limit, 1.0, tolerance=1e-6):
                    return False
        return True

    return check("dt_max", dt_max, [
        Property(number, "return one number", "float(...), or a tensor without dimensions"),
        Property(lambda f: f(real) > 0, "a step is positive: the sign is wrong",
                 "Re of a stable pole is negative: take its absolute value"),
        Property(unlike(0.25, run=lambda f: f(real)),
                 "half of it: up to there Euler does not even ring",
                 "|1 + dt A| < 1 allows values down to -1"),
        Property(lambda f: near(f(real), 0.5), "pole -4 must give 0.5",
                 "|1 - 4 dt| < 1"),
        Property(gives(2.0), "you left the imaginary part out",
                 "|1 + dt λ|^2 = (1 + dt Re λ)^2 + (dt Im λ)^2"),
        Property(gives(2 / math.sqrt(101)), "2 / |λ| is right for real poles only",
                 "solve 2 dt Re λ + dt^2 |λ|^2 < 0 for dt"),
        Property(lambda f: near(f(spin), 2 / 101), "pole -1 + 10i must give 2/101",
                 "2 |Re λ| / |λ|^2"),
        Property(unlike(0.5, run=lambda f: f(P(-4, -1 + 10j))),
                 "the largest limit lets the other poles explode", "every pole must stay inside"),
        Property(lambda f: near(f(P(-5, -0.01 + 1j, -1)), 0.02 / 1.0001),
                 "the pole with the largest |λ| is not always the critical one",
                 "work out all limits, then take the smallest"),
        Property(everywhere, "right for some poles and not for others", "2 |Re λ| / |λ|^2"),
        Property(lambda f: all(near(f(P(x, x)) * abs(x), 2.0, tolerance=1e-6)
                               for x in (-1e-3, -0.7, -2e4)),
                 "right for some scales only: a slow pole allows a long step",
                 "no limit of your own on the step"),
    ])  # fmt: skip
