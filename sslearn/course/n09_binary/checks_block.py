"""Check of notebook 09: one step of the whole block, whose matrix takes additions alone."""

import torch
from torch import nn

from sslearn.course.check import CheckResult, Property, check, is_whole, near, own_work, unlike
from sslearn.course.n09_binary.checks import random_normal
from sslearn.layers import GLU, BinaryS4D, Block, S4DState
from sslearn.layers.additions import Audit


def make_block(H: int = 5, *, theta: float = 0.0, seed: int = 0) -> Block:
    """A block in double precision, whose biases, gains and weights are all at work."""
    g = torch.Generator().manual_seed(seed)
    ssm = BinaryS4D(H, 4, theta=theta, dt_min=0.05, generator=g)
    block = Block(ssm, nn.Identity(), GLU(H, generator=g), H=H).double()
    with torch.no_grad():
        for p in (*block.norm.parameters(), block.mix.both.bias):
            p.copy_(torch.rand(p.shape, generator=g) + 0.5)
    return block


def check_block_step(block_step) -> CheckResult:
    """The learner gives the output (1, H), the state and the additions of a step (1, H)."""
    block, inputs = make_block(), random_normal(4, 1, 5, seed=1)
    H, u_t = 5, inputs[3]
    before = block.initial_state(1)
    with torch.no_grad():
        for u in inputs[:3]:
            before = block.step(u, before)[1]
        right, after = block.step(u_t, before)
        s, y = block.ssm.step(u_t, before)[0], block.ssm.membrane_step(u_t, before)[0]
    W, b = block.mix.both.weight.detach(), block.mix.both.bias.detach()
    spikes = int(s.sum())

    @torch.no_grad()
    def out(f, block=block, u=u_t, state=before):
        return f(block, u, state)

    def three(f):
        parts = out(f)
        if not isinstance(parts, tuple) or len(parts) != 3:
            return False
        y, state, additions = parts  # A check hands on a named tuple as a plain one.
        whole = is_whole(additions) and torch.is_tensor(y) and y.shape == (1, H)
        return whole and isinstance(state, tuple) and state[0].shape == after.x.shape

    def with_parts(value, gate, skip=u_t, norm=block.norm):
        with torch.no_grad():
            return norm(skip + value * gate)

    (value, gate), (plain, plain_gate) = ((z[..., :H], z[..., H:]) for z in (s @ W.T + b, s @ W.T))
    analog = y @ W.T + b

    def not_this(*wrong):
        return unlike(*wrong, run=lambda f: out(f)[0])

    def count(*wrong):
        return unlike(*wrong, run=lambda f: out(f)[2])

    def leaves_out(f):
        holes = make_block()
        with torch.no_grad():
            holes.mix.both.weight[:, s[0] == 0] = torch.inf
        return near(out(f, holes)[0], right)

    def silent(f):
        quiet = make_block(theta=1e3)
        with torch.no_grad():
            want = quiet.step(u_t, before)[0]
        got = out(f, quiet)
        return near(got[0], want) and int(got[2]) == 0

    @torch.no_grad()
    def stream(f):
        """Whether a stream of other sizes is right in each step."""
        for H, seed in ((5, 0), (1, 2), (8, 3)):
            other, state = make_block(H, theta=0.2, seed=seed), None
            mine = state = other.initial_state(1)
            for u in random_normal(12, 1, H, seed=40 + seed):
                fires = other.ssm.step(u, state)[0]
                want, state = other.step(u, state)
                got, mine, n = f(other, u, mine)
                mine = S4DState(*mine)
                if not (near(got, want) and near(mine.x, state.x)) or n != fires.sum() * 2 * H:
                    return False
        return True

    def no_product(f):
        with Audit() as audit:
            out(f)
        return not {"mm", "mv", "addmm", "addmv", "bmm", "dot"} & set(audit.multiplications)

    finished = (Block.forward, Block.step, Block.after, GLU.forward, GLU.factors)
    sigmoid = torch.sigmoid
    return check("block_step", block_step, [
        Property(three, "return the output (1, H), the new state, and a whole number",
                 "return out, state, additions"),
        own_work(block, u_t, before, without=finished,
                 hint="write out W s + b, the gate, the sum and the norm"),
        Property(lambda f: not near(out(f)[1][0], before.x),
                 "the state that comes back is the one that went in",
                 "s, state = block.ssm.step(u_t, state)"),
        Property(not_this(with_parts(value, sigmoid(gate), norm=nn.Identity())),
                 "the norm is missing", "block.norm(...) around the sum"),
        Property(not_this(with_parts(0, 0) + value * sigmoid(gate)),
                 "the norm takes the block's input alone; it comes last, around the sum",
                 "block.norm(u_t + value * gate.sigmoid())"),
        Property(not_this(with_parts(value, sigmoid(gate), skip=0)),
                 "the residual is missing: the block's input is added before the norm",
                 "block.norm(u_t + ...)"),
        Property(not_this(with_parts(value, sigmoid(gate), skip=0) + u_t),
                 "the block's input is added after the norm, and the norm comes last",
                 "block.norm(u_t + ...)"),
        Property(not_this(with_parts(value, sigmoid(gate), skip=s)),
                 "the residual adds the spikes, not the block's input", "block.norm(u_t + ...)"),
        Property(not_this(with_parts(value, gate)), "the gate lacks its sigmoid",
                 "value * gate.sigmoid()"),
        Property(not_this(with_parts(gate, sigmoid(value))), "value and gate are swapped",
                 "the first H rows of W are the value"),
        Property(not_this(with_parts(plain, sigmoid(plain_gate))), "the bias b is missing",
                 "the sum of columns starts from b"),
        Property(not_this(with_parts(analog[..., :H], sigmoid(analog[..., H:]))),
                 "the membrane enters the matrix, not the spikes",
                 "block.ssm.step returns spikes"),
        Property(lambda f: near(out(f)[0], right), "the output is not that of the block",
                 "norm(u_t + value * sigmoid(gate)), with W s + b = (value, gate)"),
        Property(leaves_out, "you multiply by zero: with a weight of infinity that is nan",
                 "leave the silent columns out: W[:, s[0] > 0]"),
        Property(no_product, "a matrix product multiplies each weight by a spike",
                 "W[:, s[0] > 0].sum(1) adds columns"),
        Property(count(spikes), "each spike adds a whole column, not one number",
                 "spikes times the rows of W"),
        Property(count(2 * H * H), "this is the dense count: only channels that fire cost",
                 "spikes times the rows of W"),
        Property(count(spikes * H), "a column of W has 2H entries, for value and gate",
                 "W.shape is (2H, H)"),
        Property(lambda f: int(out(f)[2]) == 2 * H * spikes, "the number of additions is wrong",
                 "each spike adds 2H weights to what is there already, b at first"),
        Property(silent, "without a spike W s + b is b, and nothing is added",
                 "an empty sum is 0"),
        Property(stream, "right in one step, and not in a stream or for other sizes",
                 "hand the state on, and use the shapes of W"),
    ])  # fmt: skip
