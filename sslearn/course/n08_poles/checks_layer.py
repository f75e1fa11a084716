"""Check of notebook 08: the step of a layer of one's own, against the library's convolution."""

from types import SimpleNamespace

import torch

from sslearn import ssm
from sslearn.course.check import CheckResult, Property, check, near, own_work, unlike
from sslearn.fast import scan
from sslearn.layers import S4D


def _library(H, N, seed, *, dtype=torch.float64):
    """The library's layer, with poles that differ between channels, and its five weights alone."""
    g = torch.Generator().manual_seed(seed)
    layer = S4D(H, N, dt_min=0.05, dt_max=0.5, generator=g).to(dtype)
    with torch.no_grad():
        for p in (layer.log_A_real, layer.A_imag):
            p += torch.rand(p.shape, generator=g)
    weights = {name: p.detach().clone() for name, p in layer.named_parameters()}
    return layer, SimpleNamespace(**weights | {"C": weights["C"][0]})


def check_s4d_step(s4d_step) -> CheckResult:
    """The learner gives y_t (B, H) and the state after it, from u_t (B, H) and x (B, H, N/2).

    The state may hold B_bar or leave it to the readout, because only the outputs are compared, with
    those of `sslearn.layers.S4D` by convolution.
    """
    B, L, H, N = 2, 6, 3, 4
    layer, mine = _library(H, N, 0)
    u = torch.randn(B, L, H, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    empty = torch.zeros(B, H, N // 2, dtype=torch.complex128)

    def outputs(f, layer=mine, u=u, x=empty):
        rows = []
        for u_t in u.unbind(1):
            y_t, x = f(layer, u_t, x)
            rows.append(y_t)
        return torch.stack(rows, 1)

    def truth(layer, u):
        with torch.no_grad():
            return layer(u)

    def wrong(*, sign=-1, dt=torch.exp, zoh=True, enter=lambda B_bar: B_bar, C=lambda C: C, D=1,
              read=lambda z: 2 * z.real, late=False, kept=lambda old, new: new):  # fmt: skip
        """The outputs of a step with one mistake in it."""
        A = torch.complex(sign * mine.log_A_real.exp(), mine.A_imag)
        step = dt(mine.log_dt)[:, None]
        A_bar, B_bar = torch.exp(step * A), torch.expm1(step * A) / A
        B_bar = B_bar if zoh else step + 0 * A

        def f(layer, u_t, x):
            new = A_bar * x + enter(B_bar) * u_t[..., None]
            seen = x if late else new
            y_t = read((C(torch.view_as_complex(mine.C)) * seen).sum(-1)) + D * mine.D * u_t
            return y_t, kept(x, new)

        return outputs(f)

    def not_like(*answers):
        return unlike(*answers, run=outputs)

    def pair(f):
        out = f(mine, u[:, 0], empty)
        return isinstance(out, tuple) and len(out) == 2 and all(map(torch.is_tensor, out))

    def everywhere(f):
        for H, N, B, L, seed in ((1, 2, 1, 9, 2), (5, 16, 3, 40, 3), (2, 6, 1, 1, 4)):
            layer, own = _library(H, N, seed)
            u = torch.randn(B, L, H, generator=torch.Generator().manual_seed(seed)).double()
            x = torch.zeros(B, H, N // 2, dtype=torch.complex128)
            if not near(outputs(f, own, u, x), truth(layer, u)):
                return False
        return True

    def single(f):
        layer, own = _library(H, N, 5, dtype=torch.float32)
        y = outputs(f, own, u.float(), empty.to(torch.complex64))
        return y.dtype == torch.float32 and near(y, truth(layer, u.float()))

    one = torch.ones_like
    return check("s4d_step", s4d_step, [
        Property(pair, "return two tensors: the output y_t and the new state", "return y_t, x"),
        Property(lambda f: f(mine, u[:, 0], empty)[1].shape == empty.shape,
                 "the new state must have the old one's shape (B, H, N/2)",
                 "u_t[..., None] is (B, H, 1), so that every pole of a channel gets its input"),
        Property(lambda f: not f(mine, u[:, 0], empty)[0].is_complex(), "y_t must be real",
                 "2 Re of the sum over the N/2 poles"),
        Property(lambda f: f(mine, u[:, 0], empty)[0].shape == (B, H),
                 "y_t must be (B, H): one number a channel", "sum over the last axis of C x"),
        Property(not_like(wrong(kept=lambda old, new: old)),
                 "the state that you return is the one that came in",
                 "the next step must go on from the new one"),
        Property(not_like(wrong(late=True)),
                 "y_t is read before u_t has come in: it comes one step late",
                 "first the new state, then y_t from it"),
        Property(not_like(wrong(D=0)), "the skip D u_t is missing",
                 "y_t is not read from x alone"),
        Property(not_like(wrong(read=lambda z: z.real)), "the state counts half as much as it must",
                 "the conjugate poles are not stored: 2 Re"),
        Property(not_like(wrong(sign=1)), "the state grows: Re A came out positive",
                 "log_A_real is the logarithm of -Re A"),
        Property(not_like(wrong(dt=lambda x: x), wrong(dt=torch.abs)),
                 "Δ is not log_dt: it is kept as a logarithm", "layer.log_dt.exp()"),
        Property(not_like(wrong(enter=one)), "B_bar is missing: u_t enters as it is",
                 "B = 1, but one step of length Δ still makes B_bar of it (notebook 06)"),
        Property(not_like(wrong(zoh=False)),
                 "this B_bar is Euler's, Δ B; the layer uses zero-order hold", "(A_bar - 1) / A"),
        Property(not_like(wrong(enter=lambda B_bar: B_bar**2)), "B_bar acts twice",
                 "either in the state or in the readout"),
        Property(not_like(wrong(C=lambda C: C.real + 0j), wrong(C=lambda C: C.conj())),
                 "C is not as it is kept: its last axis is real part, imaginary part",
                 "torch.view_as_complex(layer.C)"),
        Property(lambda f: near(outputs(f), truth(layer, u)),
                 "the outputs differ from the library's convolution",
                 "A_bar and B_bar as in the class, x' = A_bar x + B_bar u_t, then the readout"),
        Property(everywhere, "right for one layer and not for another", "use layer and its shapes"),
        Property(single, "float32 weights must give float32 outputs", "add no float64 of your own"),
        own_work(mine, u[:, 0], empty, hint="the recurrence of notebook 07, one line a part",
                 without=[ssm.recur, ssm.convolve, ssm.kernel, scan, S4D.step, S4D.membrane_step]),
    ])  # fmt: skip
