"""A layer that the library does not know goes through all of it, without a line changed there."""

import pytest
import torch
from torch import nn
from torch.nn.functional import gelu, softplus

from sslearn.course.n11_network import look_inside
from sslearn.fast import scan
from sslearn.layers import GLU, make_linear
from sslearn.layers.additions import Audit
from sslearn.models import RECIPES, SequenceClassifier, recipe
from sslearn.runs import build_model, open_model, plan_run, retest, train_run
from sslearn.scan import scan_by_doubling


class Selective(nn.Module):
    """x_t = exp(dt_t A) x_(t-1) + dt_t B_t u_t, y_t = C_t x_t + D u_t: dt, B and C follow u.

    dt_t = softplus(W u_t + b), and B_t and C_t are linear in u_t; A = -exp(log_A) is (H, N), real.
    Gu & Dao 2023 (Mamba), algorithm 2, without its convolution and gate.
    """

    slow = ("log_A",)

    def __init__(self, H: int, N: int = 4, *, skip: float = 1.0, generator: torch.Generator):
        super().__init__()
        self.log_A = nn.Parameter(torch.arange(1.0, N + 1).log().repeat(H, 1))
        self.D = nn.Parameter(torch.full((H,), skip))
        self.pace = make_linear(H, H, generator)
        self.ways = make_linear(H, 2 * N, generator)

    def parts(self, u):
        """a, b (..., H, N) and C (..., 1, N) of u (..., H)."""
        dt = softplus(self.pace(u))[..., None]  # (..., H, 1)
        B, C = self.ways(u)[..., None, :].chunk(2, -1)  # (..., 1, N)
        return torch.exp(dt * -self.log_A.exp()), dt * B * u[..., None], C

    def states(self, u):
        """x (B, L, H, N)."""
        return scan(*self.parts(u)[:2])

    def forward(self, u):
        """u (B, L, H) to y (B, L, H)."""
        a, b, C = self.parts(u)
        return (scan(a, b) * C).sum(-1) + self.D * u

    def initial_state(self, batch):
        """Zeros."""
        return self.log_A.new_zeros(batch, *self.log_A.shape)

    def step(self, u_t, x):
        """One step of u_t (B, H); returns (y_t, x)."""
        a, b, C = self.parts(u_t)
        x = a * x + b
        return (x * C).sum(-1) + self.D * u_t, x


def seed(n=0):
    return torch.Generator().manual_seed(n)


@pytest.fixture
def selective(monkeypatch):
    monkeypatch.setitem(RECIPES, "selective", {"layer": Selective, "act": gelu, "mix": GLU})


def network(**how):
    return SequenceClassifier(1, 10, **recipe("selective", **how), H=8, generator=seed())


def test_the_layer_is_its_definition():
    layer, u = Selective(5, generator=seed()).double(), torch.randn(2, 30, 5, generator=seed(1))
    a, b, C = layer.parts(u.double())
    want = (scan_by_doubling(a, b) * C).sum(-1) + layer.D * u
    torch.testing.assert_close(layer(u.double()), want)


def test_it_streams_and_is_causal_in_a_classifier(selective):
    net = network().double().eval()
    x = torch.randn(2, 30, 1, dtype=torch.float64, generator=seed(1))
    state, streamed = net.initial_state(2), []
    for x_t in x.unbind(1):
        scores, state = net.step(x_t, state)
        streamed.append(scores)
    running = net.running_scores(x)
    torch.testing.assert_close(torch.stack(streamed, 1), running, rtol=1e-9, atol=1e-9)
    later = x.clone()
    later[:, 20:] += 1
    same = torch.isclose(running, net.running_scores(later), atol=1e-9)
    assert same[:, :20].all() and not same[:, 20:].all()


def test_its_poles_learn_slowly_and_without_decay(selective):
    net = network()
    fast, slow = net.param_groups(0.01, 0.05)
    assert [id(p) for p in slow["params"]] == [id(block.ssm.log_A) for block in net.blocks]
    assert (slow["lr"], slow["weight_decay"]) == (1e-3, 0.0)
    assert len(fast["params"]) + len(slow["params"]) == len(list(net.parameters()))


def test_it_trains_is_recorded_and_opens_again(selective, tmp_path):
    run = plan_run("digits", "selective", H=12, N=2, skip=0.5, batch=100, epochs=2)
    assert run.setting.layer == {"N": 2, "skip": 0.5}  # the preset's dt_min is none of its own
    record = train_run(run, tmp_path)
    assert record["losses"][1] < record["losses"][0] and record["setting"]["skip"] == 0.5
    path = tmp_path / f"{run.name}.safetensors"
    assert retest(path)[0] == pytest.approx(record["accuracy"], abs=0.003)
    assert open_model(path)[0].blocks[0].ssm.log_A.shape == (12, 2)


def test_what_it_lacks_is_told_before_anything_is_made(selective):
    with pytest.raises(ValueError, match="a setting of selective must be one of .*'theta'"):
        plan_run("digits", "selective", theta=0.5)
    with pytest.raises(ValueError, match="bidirectional, which the layer of selective is not"):
        plan_run("pathfinder-short", "selective")
    with pytest.raises(ValueError, match="Selective has no unit of time"):
        network().rescale_time(2)


def test_look_inside_shows_its_states_and_outputs(selective):
    run = plan_run("digits", "selective", N=3)
    net = build_model(run, 1, 10).eval()
    lab = look_inside(networks={"selective": net})
    data, caption = lab.view(**lab.defaults | {"layer": 2, "channel": 5})
    assert "channel 5 has no fixed kernel" in caption and not data["kernel"][1].any()
    assert data["states"].shape == (3, 64) and data["states"].amax() == 1
    assert 0 < data["rate"] < 1 and 0 < data["p"] < 1
    lab.sweep()


def test_the_audit_counts_its_step():
    H, N = 6, 4
    layer = Selective(H, N, generator=seed())
    with torch.no_grad(), Audit() as audit:
        layer.step(torch.ones(1, H), layer.initial_state(1))
    projections = H * H + 2 * N * H
    elementwise = {"mul": 4 * H * N + N * H + H, "exp": 2 * H * N, "softplus": H}
    assert dict(audit.multiplications) == {"addmm": projections} | elementwise
