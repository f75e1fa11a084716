"""Binary S4D on events and silence: its convolution fires where its stream does.

In silence the stream's membrane is exactly 0 or what is left of the state, and the FFT's is that
plus rounding of either sign.
"""

import pytest
import torch
from torch.nn.functional import pad

from sslearn.layers import BinaryS4D
from sslearn.layers.state_space import THETA

KINDS = [torch.float32, torch.float64]


def make(dtype, H=16, **settings):
    return BinaryS4D(H, 32, **settings, generator=torch.Generator().manual_seed(0)).to(dtype)


def events(steps, *, L, H=16, size=1.0, share=0.05, seed=1):
    """Events (2, L, H) of one size in a share of the slots from steps[0] to steps[1], else 0."""
    u = torch.zeros(2, L, H)
    g = torch.Generator().manual_seed(seed)
    u[:, slice(*steps)] = (torch.rand(2, steps[1] - steps[0], H, generator=g) < share) * size
    return u


@torch.no_grad()
def streamed(layer, u):
    state, out = layer.initial_state(len(u)), []
    for u_t in u.unbind(1):
        s_t, state = layer.step(u_t, state)
        out.append(s_t)
    return torch.stack(out, 1)


@torch.no_grad()
def at_once(layer, u):
    return layer(u)


@pytest.mark.parametrize("dtype", KINDS)
def test_at_theta_0_half_of_the_silence_fires_in_the_convolution_and_nothing_in_the_stream(dtype):
    layer, u = make(dtype, theta=0.0), events((100, 200), L=200).to(dtype)
    assert 0.4 < at_once(layer, u)[:, :100].mean() < 0.6
    assert streamed(layer, u)[:, :100].sum() == 0


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("size", [0.1, 1.0, 20.0])
@pytest.mark.parametrize("share", [0.001, 0.05, 1.0])
def test_nothing_fires_before_the_first_event(dtype, size, share):
    u = events((500, 1000), L=1000, size=size, share=share).to(dtype)
    s = at_once(make(dtype), u)
    assert s[:, :500].sum() == 0 and s[:, 500:].sum() > 0


@pytest.mark.parametrize("dtype", KINDS)
def test_both_forms_fire_alike_between_events_and_long_after_them(dtype):
    u = events((50, 150), L=3000) + events((2000, 2100), L=3000, seed=2)
    layer, u = make(dtype, dt_min=0.02), u.to(dtype)
    whole, steps = at_once(layer, u), streamed(layer, u)
    silent = slice(1700, 2000)  # exp(-0.02 / 2 * 1550) = 2e-7 is left of the slowest state
    assert whole[:, :50].sum() == whole[:, silent].sum() == steps[:, silent].sum() == 0
    assert whole[:, 200:600].sum() > 100  # because the state of the slow channels still speaks
    assert (whole != steps).sum() <= (3 if dtype is torch.float32 else 0)  # of 96,000 slots
    below = at_once(make(dtype, dt_min=0.02, theta=0.0), u) != streamed(
        make(dtype, dt_min=0.02, theta=0.0), u
    )
    assert below.sum() > 3000


def test_both_precisions_fire_alike():
    u = events((50, 150), L=3000)
    single, double = (at_once(make(kind), u.to(kind)) for kind in KINDS)
    assert (single != double).sum() <= 3


@pytest.mark.parametrize("dtype", KINDS)
def test_silence_around_a_shorter_sequence_changes_none_of_its_spikes(dtype):
    layer, u = make(dtype), events((0, 300), L=300).to(dtype)
    alone, few = at_once(layer, u), 3 if dtype is torch.float32 else 0
    behind = at_once(layer, torch.cat([pad(u, (0, 0, 0, 700)), u.new_ones(1, 1000, 16)]))
    assert (behind[:2, :300] != alone).sum() <= few
    ahead = at_once(layer, pad(u, (0, 0, 700, 0)))
    assert ahead[:, :700].sum() == 0 and (ahead[:, 700:] != alone).sum() <= few


@pytest.mark.parametrize("dtype", KINDS)
def test_a_bidirectional_layer_is_silent_far_from_events_on_both_sides(dtype):
    layer = make(dtype, dt_min=0.05, bidirectional=True)
    past, future = make(dtype, dt_min=0.05), make(dtype, dt_min=0.05)
    for one, k in ((past, 0), (future, 1)):
        weights = layer.state_dict() | {"C": layer.C[k : k + 1].detach()}
        one.load_state_dict(weights)
    u = events((1400, 1600), L=3000).to(dtype)
    with torch.no_grad():
        future.D.zero_()
        back = membrane_steps(future, u.flip(1)).flip(1)[:, 1:]  # of u from the next step on
        y = membrane_steps(past, u) + pad(back, (0, 0, 0, 1))
    s = at_once(layer, u)
    assert s[:, :500].sum() == s[:, 2500:].sum() == 0 and s[:, 1300:1400].sum() > 100
    assert (s != (y > THETA)).sum() <= (3 if dtype is torch.float32 else 0)


def membrane_steps(layer, u):
    state, out = layer.initial_state(len(u)), []
    for u_t in u.unbind(1):
        y_t, state = layer.membrane_step(u_t, state)
        out.append(y_t)
    return torch.stack(out, 1)


def test_theta_is_well_above_the_rounding_of_silence_and_below_what_matters():
    u = events((2000, 4000), L=4000, share=0.5)
    layer = make(torch.float32)
    with torch.no_grad():
        silent = layer.membrane(u)[:, :2000].abs().max()
        y = layer.membrane(torch.randn(8, 500, 16, generator=torch.Generator().manual_seed(3)))
    assert 0 < silent < THETA / 50
    assert ((y > 0) != (y > THETA)).float().mean() < 1e-3
