"""Each fast function under the transforms of torch, and in float64.

Autocast, torch.func, export, torch.compile and no sequences. None carries a state: `lif` takes and
returns one, which test_fast_lif.py cuts in two.
"""

import numpy as np
import pytest
import torch
from torch.func import grad, jacrev, vmap

from sslearn.fast import fft_conv, lif, scan, vandermonde
from sslearn.lif import lif_by_steps
from sslearn.spikes import spike, ternary
from sslearn.ssm import kernel
from tests.library.diagonal_model import seed

B, L, H = 2, 6, 3
K = torch.randn(H, L, generator=seed(1))
A = torch.complex(-torch.rand(H, 2, generator=seed(2)), torch.randn(H, 2, generator=seed(3)))
FUNCTIONS = {
    "fft_conv": lambda u: fft_conv(u, K.to(u.dtype)),
    "fft_conv both ways": lambda u: fft_conv(u, K.to(u.dtype), K.to(u.dtype)),
    "vandermonde": lambda u: u * vandermonde(A * (1 + u.sum()), A, L).T,
    "scan": lambda u: scan(0.5 + 0 * u, u),
    "lif": lambda u: lif(u, beta=0.9).v + lif(u, beta=0.9, refractory=2).s,
    "spike": spike,
    "ternary": lambda u: ternary(u, 0.3),
}
every = pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)


def signal(b=B):
    return torch.randn(b, L, H, generator=seed(0))


def loss(f):
    return lambda u: (f(u) * torch.arange(H)).sum()


def plain_gradient(f, u):
    u = u.clone().requires_grad_()
    return torch.autograd.grad(loss(f)(u), u)[0]


@every
def test_torch_func_gives_the_gradient_of_autograd(f):
    u = signal()
    torch.testing.assert_close(grad(loss(f))(u), plain_gradient(f, u))
    torch.testing.assert_close(jacrev(loss(f))(u), plain_gradient(f, u))
    each = vmap(grad(loss(f)))(torch.stack([u, -u]))
    torch.testing.assert_close(each[1], plain_gradient(f, -u))


@every
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_runs_both_ways_in_float32(f, dtype):
    u = signal()
    with torch.autocast("cpu", dtype):
        y, mine = f(u), plain_gradient(f, u)
    torch.testing.assert_close(y, f(u))
    torch.testing.assert_close(mine, plain_gradient(f, u))


@every
def test_an_empty_batch_gives_an_empty_batch_and_gradient(f):
    assert f(signal(0)).shape == plain_gradient(f, signal(0)).shape == (0, L, H)


@every
def test_export_with_any_number_of_sequences(f):
    class Module(torch.nn.Module):
        def forward(self, u):
            return f(u)

    batch = {"u": {0: torch.export.Dim("batch")}}
    program = torch.export.export(Module(), (signal(3),), dynamic_shapes=batch).module()
    torch.testing.assert_close(program(signal(5)), f(signal(5)))


@every
def test_float64_is_float32_with_more_digits(f):
    y, wide = f(signal()), f(signal().double())
    assert wide.dtype == torch.float64
    torch.testing.assert_close(wide.float(), y, rtol=1e-4, atol=1e-5)


@every
def test_compiled_with_the_same_gradient(f):
    """Without a break, but for lif: a compiler would write out all of its steps."""
    torch._dynamo.reset()
    whole = f is not FUNCTIONS["lif"]
    compiled = torch.compile(f, fullgraph=whole, backend="aot_eager")
    torch.testing.assert_close(compiled(signal()), f(signal()))
    torch.testing.assert_close(plain_gradient(compiled, signal()), plain_gradient(f, signal()))


@pytest.mark.parametrize("name", ["fft_conv", "vandermonde", "scan", "lif"])
def test_a_second_derivative_is_refused_in_a_sentence(name):
    u = signal().requires_grad_()
    (g,) = torch.autograd.grad(FUNCTIONS[name](u).square().sum(), u, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        g.sum().backward()


@pytest.mark.parametrize("refractory", [0, 2])
@pytest.mark.parametrize("reset", ["subtract", "zero", "none"])
@pytest.mark.parametrize("shape", [(), (H,)])
def test_the_threshold_has_the_gradient_of_the_definition(shape, reset, refractory):
    both = []
    for form in (lif, lif_by_steps):
        theta = torch.full(shape, 0.7, requires_grad=True)
        out = form(signal(), beta=0.9, theta=theta, reset=reset, refractory=refractory)
        (out.v * signal() + out.s).sum().backward()
        both.append(theta.grad)
    assert both[0].abs().sum() > 0
    torch.testing.assert_close(*both)


def test_kernel_has_a_finite_gradient_at_zero():
    a = torch.zeros(1, 1, dtype=torch.complex64, requires_grad=True)
    one = torch.ones(1, 1) + 0j
    k = kernel(a, one, one, 4)
    k.sum().backward()
    assert k.flatten().tolist() == [2, 0, 0, 0] and a.grad.item() == 2


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_halves_are_lifted_and_dtypes_mix(half):
    g = seed(0)
    u, K = torch.randn(2, 6, 3, generator=g).to(half), torch.randn(3, 6, generator=g).to(half)
    forms = {
        "fft_conv": (lambda u, K: fft_conv(u, K)),
        "scan": (lambda u, K: scan(K.mT[None].sigmoid(), u)),
        "lif": (lambda u, K: lif(u, beta=K[:, 0].sigmoid()).v),
    }
    for name, f in forms.items():
        mine, wanted = f(u, K), f(u.float(), K.float())
        assert mine.dtype == torch.float32, name
        torch.testing.assert_close(mine, wanted, rtol=2e-2, atol=2e-2)
        assert f(u.double(), K).dtype == torch.float64, name
        torch.testing.assert_close(f(u.double(), K.double()).float(), wanted)


@pytest.mark.parametrize("L", [2.5, 0, "4"])
def test_a_kernel_of_no_whole_length_is_refused(L):
    z = torch.ones(1, 2) * (0.5 + 0.1j)
    for call in (lambda: kernel(z, z, z, L), lambda: vandermonde(z.log(), z, L)):
        with pytest.raises(ValueError, match=f"L must be a whole number, at least 1, got {L}"):
            call()
    assert torch.equal(kernel(z, z, z, np.int64(3)), kernel(z, z, z, 3))
