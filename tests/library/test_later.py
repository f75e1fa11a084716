"""The layers that came after the paper: streams, causality, limits, and what refuses them."""

import copy
import math

import pytest
import torch
from torch.func import functional_call, grad

from sslearn.deploy import quantise, to_html, to_nir
from sslearn.energy import count
from sslearn.layers import (
    DRF,
    PRF,
    S4D,
    AdaptiveLIF,
    ResonateFire,
    SelectiveSpikes,
    SiLIF,
    SpikingSSM,
)
from sslearn.lif import lif_by_steps
from sslearn.models import LATER, SequenceClassifier, recipe, rescaled
from sslearn.neurons.adaptive import adaptive_by_steps
from sslearn.neurons.dendrites import drf_by_steps
from sslearn.neurons.resonator import rf_by_steps
from sslearn.runs import open_model, plan_run, retest, train_run

H, L = 6, 50
every = pytest.mark.parametrize("name", LATER)


def seed(n=0):
    return torch.Generator().manual_seed(n)


def layer_of(name):
    """The layer in float64, driven so hard that it fires."""
    return LATER[name]["layer"](H, generator=seed()).double()


def signal(*shape, n=1):
    return 2 * torch.randn(*shape, dtype=torch.float64, generator=seed(n))


def network(name, d_input=1, **how):
    return SequenceClassifier(d_input, 3, **recipe(name), H=H, generator=seed(), **how)


def streamed(layer, u):
    state, steps = layer.initial_state(len(u)), []
    for u_t in u.unbind(1):
        s, state = layer.step(u_t, state)
        steps.append(s)
    return torch.stack(steps, 1), state


@every
def test_a_stream_is_the_sequence_and_its_spikes_are_0_and_1(name):
    layer, u = layer_of(name), signal(3, L, H)
    whole, (steps, state) = layer(u), streamed(layer, u)
    assert torch.equal(whole, steps)
    assert set(whole.unique().tolist()) == {0.0, 1.0} and 0.005 < whole.mean() < 0.6
    assert not any(x.requires_grad for x in state.detach())


@every
def test_no_spike_depends_on_what_comes_later(name):
    layer, u = layer_of(name), signal(2, L, H)
    later = u.clone()
    later[:, 30:] += 3
    same = layer(u) == layer(later)
    assert same[:, :30].all() and not same[:, 30:].all()
    assert torch.equal(layer(u)[:, :20], layer(u[:, :20]))


@pytest.mark.parametrize("name", [name for name in LATER if name != "selective-spikes"])
def test_channels_do_not_mix(name):
    layer, u = layer_of(name), signal(2, L, H).requires_grad_()
    layer(u)[..., 2].sum().backward()
    assert u.grad[..., 2].any() and not u.grad[..., [0, 1, 3, 4, 5]].any()


@every
def test_every_parameter_learns_and_none_can_become_illegal(name):
    layer, u = layer_of(name), signal(2, L, H)
    layer(u).square().sum().backward()
    assert all(p.grad.isfinite().all() and p.grad.any() for p in layer.parameters())
    with torch.no_grad():
        for p in layer.parameters():
            p.add_(5 * torch.randn(p.shape, dtype=p.dtype, generator=seed(2)))
    _, state = streamed(layer, signal(1, 300, H))
    assert all(x.isfinite().all() and x.abs().max() < 1e9 for x in state)
    assert all(x.isfinite().all() for x in layer(u))


@every
def test_the_slow_parameters_are_its_own(name):
    layer = layer_of(name)
    own = dict(layer.named_parameters())
    assert set(layer.slow) < set(own)
    slow = network(name).param_groups(0.01, 0.05)[1]
    assert len(slow["params"]) == 2 * len(layer.slow) and slow["weight_decay"] == 0


@every
def test_torch_func_export_and_an_empty_batch_say_the_same(name):
    net, x = network(name, H).eval(), signal(3, 9, H).float()
    net(x).square().sum().backward()
    weights = {key: p.detach() for key, p in net.named_parameters()}
    mine = grad(lambda w: functional_call(net, w, (x,)).square().sum())(weights)
    for key, p in net.named_parameters():
        torch.testing.assert_close(mine[key], p.grad, rtol=1e-4, atol=1e-4)
    batch = ({0: torch.export.Dim("batch")},)
    program = torch.export.export(net, (x,), dynamic_shapes=batch).module()
    torch.testing.assert_close(program(x[:2]), net(x[:2]))
    assert net(x[:0]).shape == (0, 3)
    with torch.autocast("cpu", torch.bfloat16):
        assert net(x).isfinite().all()


@every
def test_nan_is_not_silence(name):
    u = signal(2, 9, H)
    u[0, 4, 1] = math.nan
    s = layer_of(name)(u)
    assert s[0, 4:, 1].isnan().all() and not s[1].isnan().any()


@pytest.mark.parametrize("name", ["prf", "d-rf", "rf", "silif", "spiking-ssm"])
def test_rescaled_time_takes_p_steps_at_once(name):
    net = network(name)
    old = {k: p.clone() for k, p in net.blocks[0].ssm.named_parameters()}
    layer = rescaled(net, 2).blocks[0].ssm
    assert torch.allclose(layer.log_dt, old["log_dt"] + math.log(2))
    assert not torch.equal(
        layer(signal(1, L, H).float()), net.blocks[0].ssm(signal(1, L, H).float())
    )


@pytest.mark.parametrize("kind", [PRF, DRF])
def test_a_membrane_of_slow_dt_hardly_sees_the_rescaling_of_a_held_input(kind):
    old = kind(H, dt_min=1e-4, dt_max=1e-3, generator=seed()).double()
    new = copy.deepcopy(old)
    new.rescale_time(4)
    u = signal(2, 40, H)
    held = old.membrane(u.repeat_interleave(4, 1))[:, 3::4]
    gap = (new.membrane(u) - held).abs().max() / held.abs().max()
    assert gap < 0.05 < (old.membrane(u) - held).abs().max() / held.abs().max()


@pytest.mark.parametrize("name", ["ad-lif", "selective-spikes"])
def test_what_has_no_unit_of_time_says_so(name):
    with pytest.raises(ValueError, match=f"{LATER[name]['layer'].__name__} has no unit of time"):
        network(name).rescale_time(2)


def test_a_spiking_ssm_is_s4d_and_a_sequential_reset_to_zero():
    layer, u = layer_of("spiking-ssm"), signal(2, L, H)
    plain = S4D(H, generator=seed()).double()
    with torch.no_grad():
        layer.log_theta.fill_(-0.5)
    i = plain(u) / math.exp(-0.5)
    want = lif_by_steps(i, beta=0.125, reset="zero").s
    assert torch.equal(layer(u), want) and want.any()
    assert not torch.equal(want, (i > 1).double())  # Without memory the spikes are others.
    layer(u).square().sum().backward(), want.square().sum().backward()
    for name, p in plain.named_parameters():
        torch.testing.assert_close(layer.get_parameter(name).grad, p.grad, rtol=1e-8, atol=1e-8)


def test_a_spiking_ssm_of_two_ways_learns_and_does_not_stream():
    layer = SpikingSSM(H, 8, bidirectional=True, generator=seed())
    assert layer(signal(2, L, H).float()).shape == (2, L, H)
    with pytest.raises(ValueError, match="streamed"):
        layer.initial_state(1)


@pytest.mark.parametrize("name", [name for name in LATER if name != "selective-spikes"])
def test_the_energy_of_a_step_is_counted(name):
    rows = count(network(name).eval(), signal(3, 12, 1).float()).rows
    assert sum(row.number for row in rows if row.operation == "multiply") > 0


def test_the_energy_of_a_softplus_has_no_known_price():
    with pytest.raises(ValueError, match="must have a known cost, got aten.softplus"):
        count(network("selective-spikes").eval(), signal(3, 12, 1).float())


def test_an_adaptive_neuron_decays_only_for_a_above_beta_minus_1():
    for a, top in ((-0.12, True), (-0.08, False), (0.999, False)):
        alpha, beta = 0.9, 0.9  # w' = beta w + a v, v' = alpha v - (1 - alpha) w'
        step = [[alpha - (1 - alpha) * a, -(1 - alpha) * beta], [a, beta]]
        assert (torch.linalg.eigvals(torch.tensor(step)).abs().max() > 1) == top


def test_layers_are_their_definitions():
    u = signal(2, L, H)
    rf, drf, silif = layer_of("rf"), layer_of("d-rf"), layer_of("silif")
    dt = rf.log_dt.exp()
    A = torch.complex(-rf.log_A_real.exp(), rf.log_omega.exp())
    for layer, reset in ((rf, "subtract"), (layer_of("prf"), "none")):
        want = rf_by_steps(rf.B * u, A_bar=(dt * A).exp(), dt=dt, reset=reset)
        assert torch.equal(layer(u), want.s)
    A = torch.complex(-drf.log_A_real.exp(), drf.A_imag)
    how = {"gamma": drf.gamma, "C": drf.C, "alpha": drf.alpha_logit.sigmoid()}
    assert torch.equal(
        drf(u), drf_by_steps(u, A_bar=(drf.log_dt.exp()[:, None] * A).exp(), **how)[1]
    )
    dt = silif.log_dt.exp()
    alpha, beta = ((-dt * p.exp()).exp() for p in (silif.log_fast, silif.log_slow))
    a, b = silif.a_logit.sigmoid(), 2 * silif.b_logit.sigmoid()
    want = adaptive_by_steps(silif.B * u, alpha=alpha, beta=beta, a=a, b=b)
    assert torch.equal(silif(u), want.s)


def test_white_noise_starts_with_the_spread_of_the_threshold():
    u = torch.randn(1, 20000, 40, generator=seed(3))
    z = PRF(40, dt_min=1e-2, generator=seed()).membrane(u)[:, 1000:].std(1).detach()
    assert z.mean().item() == pytest.approx(
        math.sqrt(0.5), rel=0.15
    )  # Re z has half of |z|'s variance
    v = torch.stack(
        [DRF(40, dt_min=1e-2, generator=seed(n)).membrane(u)[:, 1000:] for n in range(5)]
    )
    assert 0.4 < v.std() < 1.2


@every
def test_the_command_s_training_learns_is_recorded_and_opens_again(name, tmp_path):
    run = plan_run("digits", name, H=12, epochs=2, batch=100)
    record = train_run(run, tmp_path)
    assert record["losses"][1] < record["losses"][0]
    path = tmp_path / f"{run.name}.safetensors"
    assert retest(path)[0] == pytest.approx(record["accuracy"], abs=0.003)
    assert type(open_model(path)[0].blocks[0].ssm) is LATER[name]["layer"]


@every
def test_what_cannot_take_the_layer_says_so_in_one_sentence(name, tmp_path):
    net, x = network(name).eval(), signal(4, 9, 1).float()
    kind = type(net.blocks[0].ssm).__name__
    for refuse in (
        lambda: to_nir(net),
        lambda: quantise(net, x),
        lambda: to_html(net, tmp_path / "page.html"),
    ):
        with pytest.raises(ValueError, match=kind) as error:
            refuse()
        assert "\n" not in str(error.value) and len(str(error.value)) < 250


@pytest.mark.parametrize(
    ("sentence", "make"),
    [
        ("H must be a whole number >= 1, got 0", lambda: ResonateFire(0, generator=seed())),
        ("H must be", lambda: AdaptiveLIF(2.5, generator=seed())),
        ("beta must be in", lambda: SpikingSSM(3, 4, beta=1.5, generator=seed())),
        ("dt_min <= dt_max", lambda: SelectiveSpikes(3, dt_min=0, generator=seed())),
        ("tau must be positive and finite, got 0", lambda: PRF(3, tau=0, generator=seed())),
        ("dt_min <= dt_max", lambda: PRF(3, dt_min=1.0, dt_max=0.1, generator=seed())),
        ("N must be even, got 3", lambda: DRF(3, 3, generator=seed())),
        ("lags must be", lambda: DRF(3, 4, lags=0, generator=seed())),
        (
            "dt must be positive and finite, got inf",
            lambda: SiLIF(3, dt=math.inf, generator=seed()),
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_value(sentence, make):
    with pytest.raises(ValueError, match=sentence):
        make()
