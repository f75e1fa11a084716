"""Check of notebook 13: one decay in integers, and the bound on its error."""

import itertools

from sslearn.course.check import CheckResult, Property, check, is_whole, near, unlike

HALF = "floor((m X + 2^k u) / 2^k + 1/2) is (m * X + (u << k) + (1 << (k - 1))) >> k"


def _integers(m: int, k: int, U: list[int], *, half=1, scaled=True) -> list[int]:
    """X_t = floor((m X_(t-1) + 2^k U_t) / 2^k + half/2) from X = 0, or that of a mistake."""
    X, out = 0, []
    for u in U:
        X = (m * X + (u << k if scaled else u) + half * (1 << (k - 1))) >> k
        out.append(X)
    return out


def _bounds(a: float, L: int, r: float = 0.5) -> list[float]:
    """r (1 + a + ... + a^(t-1)) for t = 1 ... L."""
    return list(itertools.accumulate([r] * L, lambda e, r: a * e + r))


def _by_numbers(m, k, U, way) -> list[int]:
    """The same recurrence with its rounding done by way(number), on floating point numbers."""
    X, out = 0, []
    for u in U:
        X = way(m * X / 2**k + u)
        out.append(X)
    return out


def _swallowed(m, k, U) -> list[int]:
    """The recurrence in which the decay takes its share of the input as well."""
    return _by_numbers(m, k, [m / 2**k * u for u in U], lambda v: int((v + 0.5) // 1))


def _carried(m, k, U) -> list[int]:
    """Whole numbers of a state that itself is never rounded."""
    x, out = 0.0, []
    for u in U:
        x = m / 2**k * x + u
        out.append(int((x + 0.5) // 1))
    return out


def check_integer_run(integer_run) -> CheckResult:
    """The learner gives (X, bound): the integers X_t, and r (1 - a^t) / (1 - a) with r = 1/2."""
    m, k, U = 115, 7, [40, -3, 0, 17, -60, 0, 0, 5, 0, 0, 0, -1]
    a, L = m / 2**k, len(U)

    def states(f):
        return list(f(m, k, list(U))[0])

    def bounds(f):
        return f(m, k, list(U))[1]

    def two_lists(f):
        out = f(m, k, list(U))
        return isinstance(out, tuple) and len(out) == 2 and all(len(part) == L for part in out)

    def ties(f):
        case = 1, 1, [1, 0, 0, -2, 0, 0]  # where the steps are full of halves
        return list(f(*case)[0]) != _by_numbers(*case, round)

    def large(f):
        case = 2**40 - 1, 40, [2**60 + 1, 0, 0, 1, 0, -(2**20)]
        return list(f(*case)[0]) == _integers(*case)

    def everywhere(f):
        cases = [(3, 2, [9] * 40), (0, 3, [4, -4, 1]), (250, 8, [7]), (999, 10, [-50, 3] * 30)]
        return all(
            list(f(m, k, list(U))[0]) == _integers(m, k, U)
            and near(f(m, k, list(U))[1], _bounds(m / 2**k, len(U)))
            for m, k, U in cases
        )

    def same(wrong):
        return unlike(wrong, run=states, same=lambda x, y: list(x) == list(y))

    old = "e_t = a e_(t-1) + rho_t: what was wrong fades by a in every step"
    return check("integer_run", integer_run, [
        Property(two_lists, "return two lists of the length of U: the states and their bounds",
                 "return X, bound"),
        Property(lambda f: all(is_whole(v) for v in states(f)),
                 "the states must be whole numbers, because the chip has no other", HALF),
        Property(same(_integers(m, k, U, half=0)),
                 "this truncates: a shift to the right drops the low bits and so rounds down",
                 "add half of the unit that is dropped, 1 << (k - 1), before the shift"),
        Property(same(_integers(m, k, U, scaled=False)),
                 "u is too small by 2^k: m X has k bits behind the point, and u has none",
                 "u << k"),
        Property(same(_swallowed(m, k, U)),
                 "the input is multiplied by m as well; only the state fades", "m * X + (u << k)"),
        Property(same(_carried(m, k, U)),
                 "the state goes on unrounded, and only what you show is whole: this carries the "
                 "remainder, which is state as well",
                 "the next step starts from the rounded X"),
        Property(same(_by_numbers(m, k, U, lambda v: int(v + 0.5))),
                 "negative numbers are rounded towards zero: int cuts off", "// and >> round down"),
        Property(ties, "a half goes up here, and Python's round takes it to the even neighbour",
                 HALF),
        Property(lambda f: states(f) == _integers(m, k, U), "the states differ from the equation",
                 HALF),
        Property(large, "right for small numbers only: a floating point number holds 53 bits",
                 "use +, *, << and >> on whole numbers, and no division"),
        Property(unlike([0.5 * t for t in range(1, L + 1)], run=bounds),
                 "this adds up all roundings as if none of them ever faded", old),
        Property(unlike([0.5 / (1 - a)] * L, run=bounds),
                 "this is the limit of the bound; at step t it is smaller",
                 "r (1 - a^t) / (1 - a)"),
        Property(unlike(_bounds(a, L, 1.0), run=bounds),
                 "this is the bound for truncation: to the nearest, one rounding adds 1/2 at most",
                 "r = 1/2"),
        Property(unlike([0.0, *_bounds(a, L - 1)], run=bounds),
                 "this is the bound of one step earlier: the first step rounds too",
                 "bound_1 = 1/2"),
        Property(unlike(_bounds(m, L), run=bounds), "the bound grows by m; the decay is m / 2^k",
                 old),
        Property(lambda f: near(bounds(f), _bounds(a, L)),
                 "the bound differs from r (1 + a + ... + a^(t-1)) with r = 1/2", old),
        Property(everywhere, "right for one case only", "use m, k and U, whatever they are"),
    ])  # fmt: skip
