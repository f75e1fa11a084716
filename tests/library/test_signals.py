import math

import pytest
import torch

from sslearn.data.made import signals


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_shapes_by_hand():
    assert signals.times(2, 0.5).tolist() == [0, 0.5, 1, 1.5]
    assert signals.step(2, 0.5, start=1).tolist() == [0, 0, 1, 1]
    assert signals.pulse(2, 0.5, start=0.5, width=1).tolist() == [0, 1, 1, 0]
    torch.testing.assert_close(signals.sine(4, 1, period=4), torch.tensor([0.5, 1, 0.5, 0]))


@pytest.mark.parametrize("dt", [0.1, 0.3, 0.7])
def test_step_edges_do_not_depend_on_rounding(dt):
    x = signals.step(100 * dt, dt, start=20 * dt)
    assert x.sum() == 80


def test_noise_statistics_do_not_depend_on_dt():
    for dt in (0.5, 2.0):
        x = signals.noise(100_000, dt, sd=0.5, corr=5.0, generator=rng())
        lag = round(5 / dt)
        y = x - 1
        assert x.mean().item() == pytest.approx(1, abs=0.03)
        assert x.std().item() == pytest.approx(0.5, abs=0.02)
        memory = ((y[lag:] * y[:-lag]).mean() / y.var()).item()
        assert memory == pytest.approx(math.exp(-lag * dt / 5), abs=0.05)


def test_poisson_mean_and_width():
    x = signals.poisson(100_000, 0.5, rate=20, width=5, generator=rng())
    assert x.mean().item() == pytest.approx(0.1, rel=0.05)
    thin = signals.poisson(100_000, 0.5, rate=20, generator=rng())
    torch.testing.assert_close(
        x,
        torch.nn.functional.conv1d(
            torch.cat([torch.zeros(9), thin])[None, None], torch.ones(1, 1, 10)
        )[0, 0],
    )


def test_bad_input_is_named():
    for call, name in (
        (lambda: signals.times(1, 0), "dt"),
        (lambda: signals.times(0.1, 1), "duration"),
        (lambda: signals.sine(1, 0.1, period=0), "period"),
        (lambda: signals.noise(1, 0.1, corr=0, generator=rng()), "corr"),
        (lambda: signals.noise(1, 0.1, sd=-0.1, generator=rng()), "sd"),
        (lambda: signals.poisson(1, 0.1, rate=-1, generator=rng()), "rate"),
        (lambda: signals.poisson(1, 0.1, rate=1, width=-1, generator=rng()), "width"),
        (lambda: signals.times(math.inf, 1), "duration"),
        (lambda: signals.times(1, math.inf), "dt"),
        (lambda: signals.times(math.nan, 1), "duration"),
        (lambda: signals.times(1, "0.1"), "dt"),
        (lambda: signals.step(1, 0.1, start=math.nan), "start"),
        (lambda: signals.pulse(1, 0.1, start=math.nan, width=1), "start"),
        (lambda: signals.pulse(1, 0.1, start=0, width=math.nan), "width"),
        (lambda: signals.pulse(1, 0.1, start=0, width=-1), "width"),
        (lambda: signals.sine(1, 0.1, period=math.nan), "period"),
        (lambda: signals.noise(1, 0.1, corr=math.inf, generator=rng()), "corr"),
        (lambda: signals.noise(1, 0.1, sd=math.inf, generator=rng()), "sd"),
        (lambda: signals.poisson(1, 0.1, rate=math.nan, generator=rng()), "rate"),
        (lambda: signals.poisson(1, 0.1, rate=1, width=math.inf, generator=rng()), "width"),
    ):
        with pytest.raises(ValueError, match=f"^{name} must be a finite .*number.*, got "):
            call()


def test_currents_are_float32_and_the_same_under_another_default_dtype():
    def currents():
        random = {"generator": rng()}
        return [
            signals.times(3, 0.5),
            signals.step(3, 0.5, start=1),
            signals.pulse(3, 0.5, start=1, width=1),
            signals.sine(3, 0.5, period=2),
            signals.noise(3, 0.5, **random),
            signals.poisson(3, 0.5, rate=400, width=1, **random),
        ]

    expected = currents()
    torch.set_default_dtype(torch.float64)
    try:
        for a, b in zip(currents(), expected, strict=True):
            assert a.dtype == torch.float32 and torch.equal(a, b)
    finally:
        torch.set_default_dtype(torch.float32)
