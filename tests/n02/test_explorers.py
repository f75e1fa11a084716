import pytest
import torch
from snntorch import spikegen

from sslearn.course.n02_codes import pixels
from sslearn.course.n02_codes import rasters as trains
from sslearn.course.n02_codes.pixels import digit_lab
from sslearn.course.n02_codes.rasters import raster_lab, raster_view
from sslearn.data import digits
from tests.figure.discoveries import discoveries

EXPLORERS = [raster_lab, digit_lab]


@pytest.fixture(scope="module")
def rasters():
    return discoveries(raster_lab)


@pytest.fixture(scope="module")
def images():
    return discoveries(digit_lab)


def rms(view, seeds=range(12)):
    squares = [view(s)[0]["error"] ** 2 for s in seeds]
    return (sum(squares) / len(squares)) ** 0.5


def test_400_neurons_err_a_twentieth_of_one(rasters):
    one, many = rasters["one neuron"], rasters["400 neurons"]
    assert one["expected"] == pytest.approx(20 * many["expected"])
    for d in (one, many):
        assert d["error"] == pytest.approx(d["expected"], rel=0.25)


@pytest.mark.parametrize("values", [{}, {"corr": 0.1}, {"n": 9, "kind": "ramp"}, {"window": 50}])
def test_error_follows_the_theory_over_many_draws(values):
    expected = raster_view(**values)[0]["expected"]
    assert rms(lambda s: raster_view(**values, seed=s)) == pytest.approx(expected, rel=0.12)


def test_a_wide_bin_blurs_more_than_it_averages(rasters):
    wide, fine = rasters["bin too wide"], raster_view(n=400)[0]
    assert wide["error"] > 2 * fine["error"]
    assert wide["expected"] == pytest.approx(wide["error"], rel=0.1)


def test_synchrony_hides_in_the_mean_and_shows_in_the_count(rasters):
    alone, together = rasters["independent"], rasters["synchronous"]
    assert together["mean"] == pytest.approx(alone["mean"], rel=0.2)
    assert alone["fano"] == pytest.approx(1, abs=0.4)
    assert together["fano"] > 15 * alone["fano"]
    assert together["fano_theory"] == pytest.approx(0.98 * (1 + 199 * 0.2))
    over_draws = [raster_view(n=200, hz=20, kind="constant", corr=0.2, seed=s)[0]["mean"]
                  for s in range(20)]  # fmt: skip
    assert sum(over_draws) / 20 == pytest.approx(20, rel=0.06)


def test_latency_tells_by_when_and_not_by_how_many(rasters):
    t, h = rasters["latency"]["some"]
    t, h = torch.as_tensor(t), torch.as_tensor(h)
    waits = [(t[(t >= k) & (t < k + 100)] - k).float().mean() for k in range(200, 1000, 100)]
    assert all(a > b for a, b in zip(waits, waits[1:], strict=False))  # the ramp climbs
    counts = [int(((t >= k) & (t < k + 100)).sum()) for k in range(200, 1000, 100)]
    assert counts == [100] * 8
    assert rasters["latency"]["error"] > 5 * rasters["latency"]["expected"]


def test_delta_tells_only_changes(rasters):
    t, h = (torch.as_tensor(x) for x in rasters["delta"]["some"])
    at_step = t == 500
    assert at_step.sum() == 50 and (h[at_step] < 0.5).all()  # every neuron for rises, no other
    assert (t == 0).sum() == 50  # the onset is a rise too
    assert (~at_step & (t > 0)).sum() < 0.5 * at_step.sum()


def test_raster_view_leaves_the_threads_as_they_were():
    before = torch.get_num_threads()
    raster_view()
    assert torch.get_num_threads() == before
    with pytest.raises(KeyError):
        raster_view(kind="square")
    assert torch.get_num_threads() == before


def test_sampled_latencies_are_spikegens():
    x = trains.stimulus("ramp")[::100]
    s = trains._sampled(trains.stimulus("ramp"), 1, 10, 0.0, "latency",
                        torch.Generator().manual_seed(0))  # fmt: skip
    noise = torch.randn(10, 1, generator=torch.Generator().manual_seed(0))
    heard = (x[:, None] + trains.JITTER * noise).clamp(0, 1)
    how = {"threshold": 0.05, "normalize": True, "linear": True, "clip": True}
    theirs = spikegen.latency(heard, num_steps=100, **how)  # (100, 10, 1)
    assert torch.equal(s, theirs.movedim(0, 1).reshape(1000, 1))


def test_more_steps_keep_more_bits_of_a_rate(images):
    few, many = images["rate, 8 steps"], images["rate, 64 steps"]
    assert few["bits"] < 1.6 < 2.2 < many["bits"] < 2.4
    assert many["spike_count"] == pytest.approx(8 * few["spike_count"], rel=0.1)


def test_seventeen_latencies_lose_nothing(images):
    exact = images["latency, 17 steps"]
    assert exact["error"] < 1e-5 and exact["bits"] == pytest.approx(pixels.level_entropy())
    assert exact["spike_count"] == int((digits().x[0] > 0).sum())
    assert torch.allclose(exact["decoded"].float(), exact["image"])


def test_log_latency_crowds_the_bright_pixels(images):
    log, exact = images["log latency, 17 steps"], images["latency, 17 steps"]
    assert log["bits"] < exact["bits"] - 1 and log["spike_count"] == exact["spike_count"]
    assert (torch.as_tensor(log["up"][0]) < 1 / 17).sum() > 10  # in step 0


def test_delta_drifts(images):
    delta = images["delta"]
    assert delta["bits"] < 1 and delta["error"] > 2
    assert len(delta["down"][0]) > 0


def test_rate_bits_equal_those_of_a_simulation():
    level = (16 * digits().x).round().long().flatten()
    counts = torch.binomial(torch.full(level.shape, 8.0), level / 16,
                            generator=torch.Generator().manual_seed(0)).long()  # fmt: skip
    drawn = pixels.shared_bits(pixels.pair_counts(level, counts))
    assert pixels.kept_bits("rate", 8, 0.1) == pytest.approx(drawn, abs=0.01)


def test_latency_bits_equal_those_of_all_pixels():
    level = (16 * digits().x).round().long().flatten()
    for code in ("latency", "log latency"):
        s = pixels.latency_spikes(digits().x.reshape(-1, 64), code, 9, 0.1)
        k = pixels.first_spike(s).flatten()
        counted = pixels.shared_bits(pixels.pair_counts(level, k))
        assert pixels.kept_bits(code, 9, 0.1) == pytest.approx(counted)
