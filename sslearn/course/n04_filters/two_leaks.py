"""Check of notebook 04: two leaks in a row as one state space model with two states."""

import torch

from sslearn.course.check import CheckResult, Property, check, near, unlike


def _kernel(model, L: int) -> torch.Tensor:
    """K_k = C A_bar^k B_bar (L,): what the model answers to an impulse."""
    A, x, C = (part.double() for part in model)
    K = []
    for _ in range(L):
        K.append(C @ x)
        x = A @ x
    return torch.stack(K)


def _cascade(beta_1: float, beta_2: float, L: int) -> torch.Tensor:
    """The answer h (L,) of the two leaks to an impulse, step by step."""
    current, v, h = 0.0, 0.0, []
    for k in range(L):
        current = beta_1 * current + (1 - beta_1) * (k == 0)
        v = beta_2 * v + (1 - beta_2) * current
        h.append(v)
    return torch.tensor(h, dtype=torch.float64)


def check_two_states(two_states) -> CheckResult:
    """The learner gives A_bar (2, 2), B_bar and C (2,) with the kernel of two leaks in a row."""
    b1, b2, L = 0.8, 0.5, 12
    k = torch.arange(L, dtype=torch.float64)
    goal, one, other = _cascade(b1, b2, L), (1 - b1) * b1**k, (1 - b2) * b2**k
    late = torch.cat([goal[:1] * 0, goal[:-1]])

    def shapes(f):
        parts = f(b1, b2)
        tensors = len(parts) == 3 and all(map(torch.is_tensor, parts))
        return tensors and [tuple(part.shape) for part in parts] == [(2, 2), (2,), (2,)]

    def mine(f):
        return _kernel(f(b1, b2), L)

    def up_to_a_factor(f):
        K = mine(f)
        return near(K, goal) or not near(K * (goal[0] / K[0]), goal)

    def stable(f):
        return torch.linalg.eigvals(f(b1, b2)[0].double()).abs().max() < 1

    def everywhere(f):
        pairs = ((0.5, 0.8), (0.95, 0.9), (0.0, 0.7), (0.7, 0.0), (0.99, 0.3))
        return all(near(_kernel(f(*pair), 60), _cascade(*pair, 60), tolerance=1e-5)
                   for pair in pairs)  # fmt: skip

    def equal(f):
        """A division by zero is this mistake too, because beta_1 - beta_2 is 0 here."""
        try:
            return all(near(_kernel(f(b, b), 60), _cascade(b, b, 60), tolerance=1e-5)
                       for b in (0.5, 0.9))  # fmt: skip
        except ZeroDivisionError:
            return False

    return check("two_states", two_states, [
        Property(shapes, "return three tensors: A_bar (2, 2), B_bar (2,) and C (2,)",
                 "torch.tensor([[..., ...], [..., ...]]), then two of two entries"),
        Property(stable, "the state grows for ever: both poles must lie below 1",
                 "the eigenvalues of A_bar are beta_1 and beta_2"),
        Property(unlike(one, run=mine), "you read the synapse, and not the membrane",
                 "C picks the second state"),
        Property(unlike(one + other, (one + other) / 2, run=mine),
                 "the two leaks stand side by side here: the second one must be fed by the first",
                 "the second row of A_bar couples v to the current"),
        Property(unlike(late, run=mine),
                 "the membrane gets the current of the step before: it must get the new one",
                 "put the first equation into the second, and collect what belongs to u_k"),
        Property(unlike(b1 * late, run=mine),
                 "an input must reach v in its own step, through the current",
                 "B_bar has two entries that are not 0"),
        Property(lambda f: bool(mine(f).abs().max() > 1e-9), "the answer to an impulse is 0",
                 "C must read a state that the input reaches"),
        Property(up_to_a_factor, "the shape is right and the size is not: the area of K must be 1",
                 "the factors 1 - beta_1 and 1 - beta_2, once each"),
        Property(lambda f: near(mine(f)[0], goal[0]),
                 "K_0 must be (1 - beta_1)(1 - beta_2): u_0 passes both leaks at once",
                 "C B_bar"),
        Property(lambda f: near(mine(f), goal), "K_0 is right and the steps after it are not",
                 "v_k = beta_2 v_(k-1) + (1 - beta_2) (beta_1 i_(k-1) + (1 - beta_1) u_k)"),
        Property(everywhere, "right for one pair only", "use both arguments"),
        Property(equal, "two equal leaks have an answer too: never divide by their difference",
                 "keep the states i and v; A_bar need not be diagonal"),
    ])  # fmt: skip
