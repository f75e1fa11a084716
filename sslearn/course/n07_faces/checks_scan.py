"""Checks of notebook 07: an operator to derive and a scan in chunks, with the loop as oracle."""

import torch

from sslearn import fast
from sslearn import scan as scans
from sslearn.course.check import (
    CheckResult,
    Property,
    alike,
    calls,
    check,
    near,
    unlike,
)


def _complex(g, *shape):
    return torch.randn(*shape, generator=g, dtype=torch.complex128)


def _loop(a, b, x):
    """All states x_t = a_t x_(t-1) + b_t (L, H) from x (H,)."""
    out = []
    for a_t, b_t in zip(a, b, strict=True):
        x = a_t * x + b_t
        out.append(x)
    return torch.stack(out)


def check_join_peaks(join_peaks) -> CheckResult:
    """The learner gives the pair (c1 + c2, max(u1 - c2, u2)) of x -> max(x - c, u) done twice.

    The earlier pair comes first. No library function does it, so that it has to be derived.
    """
    g = torch.Generator().manual_seed(0)
    c1, u1, c2, u2 = torch.rand(4, 9, generator=g, dtype=torch.float64)
    pair = lambda f: f((c1, u1), (c2, u2))  # noqa: E731
    larger = torch.maximum

    def two(f):
        out = pair(f)
        return isinstance(out, tuple) and [x.shape for x in out] == [c1.shape] * 2

    def not_at(which, wrong):
        return unlike(wrong, run=lambda f: pair(f)[which])

    def everywhere(f):
        for shape, dtype in (
            ((), torch.float64),
            ((2, 3), torch.float32),
            ((1, 4, 2), torch.float64),
        ):
            noise = torch.randn(9, *shape, generator=g, dtype=dtype)
            c, u, x = noise[:4].abs(), noise[4:8], noise[8]
            whole, loop = (c[0], u[0]), larger(x - c[0], u[0])
            for c_t, u_t in zip(c[1:], u[1:], strict=True):
                whole, loop = f(whole, (c_t, u_t)), larger(loop - c_t, u_t)
            if whole[1].dtype != dtype or not near(larger(x - whole[0], whole[1]), loop):
                return False
        return True

    return check("join_peaks", join_peaks, [
        Property(two, "return one pair of tensors: the new c and the new u", "return c, u"),
        Property(not_at(0, c1 * c2), "two falls in a row add, they do not multiply", "c1 + c2"),
        Property(lambda f: near(pair(f)[0], c1 + c2), "the new c is not what x0 falls in two steps",
                 "max(max(x0 - c1, u1) - c2, u2): what is taken from x0?"),
        Property(not_at(1, larger(u2 - c1, u1)),
                 "the operands are swapped: the first pair is the earlier",
                 "u1 came first, so it falls by c2"),
        Property(not_at(1, larger(u1, u2)), "the earlier peak does not fall",
                 "u1 has to live through the second step"),
        Property(not_at(1, larger(u1 - c1, u2)),
                 "u1 falls by its own c1, and that happened before it came in",
                 "u1 has to live through c2"),
        Property(not_at(1, larger(u1, u2) - c2), "u2 falls too early: it has just come in",
                 "c2 acts on what was there before"),
        Property(not_at(1, u1 - c2), "the later peak is lost", "the larger of two"),
        Property(not_at(1, u1 - c2 + u2), "the peaks add up; the meter shows the larger one",
                 "torch.maximum"),
        Property(not_at(1, torch.minimum(u1 - c2, u2)), "this is the smaller peak",
                 "torch.maximum"),
        Property(lambda f: near(pair(f)[1], larger(u1 - c2, u2)),
                 "the new u is not what two steps reach from far below",
                 "let x0 be very small in max(max(x0 - c1, u1) - c2, u2)"),
        Property(everywhere, "joins in a row differ from steps in a row for some shapes or values",
                 "(c1 + c2, torch.maximum(u1 - c2, u2)), elementwise"),
    ])  # fmt: skip


def check_chunked_scan(chunked_scan) -> CheckResult:
    """The learner gives x_t = a_t x_(t-1) + b_t, chunk by chunk from x, and the last state.

    All states are (L, H), the last one is (H,).
    """
    g = torch.Generator().manual_seed(0)
    a = 0.5 + 0.5 * torch.rand(12, 2, generator=g, dtype=torch.float64)
    b, x = torch.randn(12, 2, generator=g, dtype=torch.float64), torch.ones(2).double()
    zero = torch.zeros(2, dtype=torch.float64)

    def mine(f, x=x, size=4):
        return f(a, b, x, size)

    def wrong(join, hand_on=lambda inside, out: out[-1]):
        """Chunks of 4 with a wrong use of the state or a wrong state handed on."""
        out, state = [], x
        for a_c, b_c in zip(a.split(4), b.split(4), strict=True):
            inside = _loop(a_c, b_c, zero)
            out.append(join(inside, a_c, state))
            state = hand_on(inside, out[-1])
        return torch.cat(out)

    def not_like(*states):
        return unlike(*states, run=lambda f: mine(f)[0])

    def two(f):
        out = mine(f)
        return isinstance(out, tuple) and len(out) == 2 and all(map(torch.is_tensor, out))

    def shapes(f):
        return mine(f)[0].shape == (12, 2) and mine(f)[1].shape == (2,)

    def cut(f):
        out = f(a[:10], b[:10], x, 4)[0]
        return out.shape == (10, 2) and near(out, _loop(a, b, x)[:10])

    def stream(f):
        first, state = f(a[:5], b[:5], x, 3)
        second, state = f(a[5:], b[5:], state, 3)
        whole = _loop(a, b, x)
        return near(torch.cat([first, second]), whole) and near(state, whole[-1])

    def everywhere(f):
        for L, H, size, kind in ((1, 3, 4, torch.float64), (13, 1, 1, torch.float32),
                                 (13, 5, 5, torch.complex128),
                                 (7, 2, 30, torch.float64)):  # fmt: skip
            c, d = torch.randn(2, L, H, generator=g, dtype=kind) / 2
            start = torch.randn(H, generator=g, dtype=kind)
            whole = _loop(c, d, start)
            if not alike(f(c, d, start, size), (whole, whole[-1])):
                return False
        return True

    def in_chunks(f):
        """Every piece that is scanned has `size` steps at most."""
        scanned = calls(f, a, b, x, 5, of=[fast.scan, scans.scan_by_doubling])
        lengths = [s["b"].shape[1] for s in scanned]
        return bool(lengths) and max(lengths) <= 5

    one = torch.ones_like(x)[None]
    apart = wrong(lambda i, a_c, s: i)
    dropped = torch.cat([_loop(a[:4], b[:4], x), apart[4:]])
    first_only = wrong(lambda i, a_c, s: torch.cat([i[:1] + a_c[:1] * s, i[1:]]))
    late = wrong(lambda i, a_c, s: i + torch.cat([one, a_c[:-1]]).cumprod(0) * s)
    same_a = wrong(lambda i, a_c, s: i + a_c[0] ** torch.arange(1, 5)[:, None] * s)
    stale = wrong(lambda i, a_c, s: i + a_c.cumprod(0) * s, lambda i, out: x)
    partial = wrong(lambda i, a_c, s: i + a_c.cumprod(0) * s, lambda i, out: i[-1])
    return check("chunked_scan", chunked_scan, [
        Property(two, "return two tensors: all states (L, H) and the last one (H,)",
                 "return torch.cat(out), x"),
        Property(shapes, "the states are (L, H), the last state is (H,)", "x = out[-1][-1]"),
        Property(lambda f: near(mine(f, zero, 12)[0], _loop(a, b, zero)),
                 "one chunk from a zero state is a plain scan, and yours differs",
                 "fast.scan(a[None], b[None])[0]"),
        Property(not_like(apart), "each chunk starts from zero: no state is carried",
                 "add what the state brings in: the product of a so far, times x"),
        Property(not_like(dropped), "x reaches the first chunk only: hand the state on",
                 "after each chunk x is that chunk's last state"),
        Property(not_like(_loop(a, b, zero)),
                 "the first chunk ignores x", "the first chunk starts from the argument x"),
        Property(not_like(first_only),
                 "the carried state reaches the first step of each chunk only",
                 "x lives on through the chunk: a_c.cumprod(0) * x"),
        Property(not_like(wrong(lambda i, a_c, s: i + s)), "the carried state does not decay",
                 "a_c.cumprod(0) * x"),
        Property(not_like(wrong(lambda i, a_c, s: i + a_c * s)),
                 "the carried state decays by one step's a only, not by all since the chunk began",
                 "the product of a so far: a_c.cumprod(0) * x"),
        Property(not_like(stale), "every chunk starts from the first x: x is never updated",
                 "after each chunk x is that chunk's last state"),
        Property(not_like(late), "the carried state decays one step late",
                 "at the chunk's first step x has decayed by a once: cumprod includes it"),
        Property(not_like(same_a), "a changes from step to step: a power of one a is not enough",
                 "a_c.cumprod(0)"),
        Property(not_like(partial), "you hand on the chunk's own sum, without what came before it",
                 "the new x is the last row of inside + cumprod * x"),
        Property(lambda f: near(mine(f)[0], _loop(a, b, x)), "the states differ from the loop's",
                 "inside + a_c.cumprod(0) * x, chunk by chunk"),
        Property(lambda f: near(mine(f)[1], _loop(a, b, x)[-1]), "the last state is not x_(L-1)",
                 "return the last row, so that the next call goes on from it"),
        Property(cut, "a last chunk that is shorter is lost or wrong",
                 "a.split(size) keeps the short rest"),
        Property(stream, "two calls, the second from the first's state, differ from one call",
                 "use the argument x, and return the last state"),
        Property(everywhere, "right for some sizes or dtypes only",
                 "a.split(size), and x as given"),
        Property(in_chunks, "size is not used: no chunk of `size` steps is scanned",
                 "fast.scan(a_c[None], b_c[None])[0] for each chunk"),
    ])  # fmt: skip
