import numpy as np
import pytest
import torch

from sslearn.course.check import in_double, mean_of, not_negative, own_routes

X = torch.randn(200, generator=torch.Generator().manual_seed(0))


def test_single_precision_is_refused_in_any_part():
    double = in_double(3)
    assert double.holds(lambda n: torch.ones(n, dtype=torch.float64))
    assert double.holds(lambda n: (np.ones(n), torch.ones(n, dtype=torch.complex128), 1.0))
    assert not double.holds(lambda n: torch.ones(n))
    assert not double.holds(lambda n: (np.ones(n), [torch.ones(n)]))
    assert not double.holds(lambda n: np.ones(n, dtype=np.float32))


def test_a_rate_below_zero_is_refused_in_any_case():
    rate = not_negative((torch.tensor([2.0, 1.0]),), (torch.tensor([-1.0]),))
    assert rate.holds(lambda i: i.clamp(min=0)) and rate.holds(lambda i: (0, i.abs()))
    assert not rate.holds(lambda i: i) and not rate.holds(lambda i: i.log())


def loop(x):
    v, out = torch.tensor(0.0), []
    for now in x:
        v = 0.9 * v + now
        out.append(v)
    return torch.stack(out)


def summed(x):
    k = 0.9 ** torch.arange(len(x))
    return torch.stack([(k[: t + 1].flip(0) * x[: t + 1]).sum() for t in range(len(x))])


def by_fft(x):
    n, k = 2 * len(x), 0.9 ** torch.arange(len(x))
    return torch.fft.irfft(torch.fft.rfft(x, n=n) * torch.fft.rfft(k, n=n), n=n)[: len(x)]


def test_one_route_given_twice_is_refused():
    apart = own_routes(X)
    assert apart.holds(lambda x: (loop(x), summed(x), by_fft(x)))
    assert not apart.holds(lambda x: (loop(x), summed(x), loop(x)))
    assert not apart.holds(lambda x: (by_fft(x), by_fft(x).clone()))


def test_another_average_is_refused():
    values = (0.2, 0.3, 0.9, 0.35)
    mean = mean_of(values, lambda f: f(torch.tensor(values)))
    assert mean.holds(lambda v: v.mean())
    for wrong in (torch.median, torch.max, torch.min, torch.sum, torch.std,
                  lambda v: v.quantile(0.5), lambda v: v.log().mean().exp(),
                  lambda v: (v.min() + v.max()) / 2, lambda v: v[-1]):  # fmt: skip
        assert not mean.holds(wrong)
    with pytest.raises(ValueError, match="values"):
        mean_of((0.96, 0.97, 0.98), lambda f: f())
