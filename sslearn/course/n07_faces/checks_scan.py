"""Checks of notebook 07: combine and scans, with the loop as the oracle."""

import torch

from sslearn import fast
from sslearn import scan as scans
from sslearn.course.check import (
    CheckResult,
    Property,
    agrees,
    alike,
    calls,
    check,
    near,
    own_work,
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


def check_combine(combine) -> CheckResult:
    """The learner gives (a2 a1, a2 b1 + b2) for the earlier pair first and the later one second."""
    g = torch.Generator().manual_seed(0)
    a1, b1, a2, b2 = 0.5 + torch.rand(4, 3, generator=g, dtype=torch.float64)
    pair = lambda f: f((a1, b1), (a2, b2))  # noqa: E731

    def two(f):
        out = pair(f)
        return isinstance(out, tuple) and [x.shape for x in out] == [a1.shape] * 2

    def not_at(which, wrong):
        return unlike(wrong, run=lambda f: pair(f)[which])

    def associative(f):
        p, q, r = ((_complex(g, 3), _complex(g, 3)) for _ in range(3))
        return all(map(near, f(f(p, q), r), f(p, f(q, r))))

    def fold(f):
        a, b = _complex(g, 10, 4), _complex(g, 10, 4)
        whole = (a[0], b[0])
        for t in range(1, 10):
            whole = f(whole, (a[t], b[t]))
        return near(whole[0], a.prod(0)) and near(whole[1], _loop(a, b, torch.zeros(4))[-1])

    def plain(first, second):
        return second[0] * first[0], second[0] * first[1] + second[1]

    def everywhere(f):
        for n, kind in (((), torch.float64), ((2, 3), torch.float32), ((1, 4, 2), torch.complex64)):
            a, b, c, d = (torch.randn(n, generator=g, dtype=kind) for _ in range(4))
            case = ((a, b), (c, 0 * d)), ((0 * a, b), (c, d)), ((a, 0 * b), (c, d))
            if not agrees(plain, case, dtype=True)(f):
                return False
        return True

    return check("combine", combine, [
        Property(two, "return one pair of tensors: the new a and the new b", "return a, b"),
        Property(not_at(0, a1 + a2), "two decays in a row multiply, they do not add", "a2 * a1"),
        Property(lambda f: near(pair(f)[0], a2 * a1), "the new a is a2 a1",
                 "x2 = a2 (a1 x0 + b1) + b2: what stands before x0?"),
        Property(not_at(1, a1 * b2 + b1), "the operands are swapped: the first pair is the earlier",
                 "b1 came first, so it decays by a2"),
        Property(not_at(1, b1 + b2), "the earlier b does not decay", "b1 has to live through a2"),
        Property(not_at(1, a1 * b1 + b2), "b1 decays by its own a1: that has happened already",
                 "b1 has to live through a2"),
        Property(not_at(1, a2 * b1), "the later b is lost", "+ b2"),
        Property(not_at(1, a2 * (b1 + b2)), "b2 decays too early: it has just come in",
                 "a2 acts on what was there before: a2 * b1 + b2"),
        Property(lambda f: near(pair(f)[1], a2 * b1 + b2), "the new b is a2 b1 + b2",
                 "x2 = a2 (a1 x0 + b1) + b2: what stands beside a2 a1 x0?"),
        Property(associative, "not associative for complex pairs", "no conjugate, no .real"),
        Property(fold, "ten combines in a row differ from ten steps of the loop",
                 "(a2 * a1, a2 * b1 + b2), elementwise"),
        Property(everywhere, "right for some shapes or values only", "(a2 * a1, a2 * b1 + b2)"),
        own_work((a1, b1), (a2, b2), without=[scans.combine], hint="(a2 * a1, a2 * b1 + b2)"),
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
