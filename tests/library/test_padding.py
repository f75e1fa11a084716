"""Padding has no say in any model, in training or evaluation; wrong lengths are refused."""

import itertools
import random

import pytest
import torch

from sslearn.layers import Norm
from sslearn.models import (
    RECIPES,
    LIFNetwork,
    LSTMClassifier,
    PairClassifier,
    SequenceClassifier,
    TransformerClassifier,
    recipe,
)


def seed(n=0):
    return torch.Generator().manual_seed(n)


def deep(name, **how):
    layer = {"N": 4, "bidirectional": how.pop("bidirectional")}
    return lambda **sizes: SequenceClassifier(**sizes, **recipe(name, **layer), depth=2, **how)


KINDS = {
    " ".join(map(str, c)): deep(
        c[0], norm=c[1], prenorm=c[2], bidirectional=c[3], pool=c[4], dropout=0.3
    )
    for c in itertools.product(
        RECIPES, ("layer", "batch"), (False, True), (False, True), ("mean", "last")
    )
} | {
    f"lif {norm} {pool}": lambda norm=norm, pool=pool, **sizes: LIFNetwork(
        **sizes, depth=2, taus=(1.0, 9.0), norm=norm, pool=pool
    )
    for norm in (False, True)
    for pool in ("mean", "last")
} | {
    "lstm": lambda **sizes: LSTMClassifier(**sizes, depth=2),
    "transformer": lambda **sizes: TransformerClassifier(**sizes, heads=2),
}  # fmt: skip


def results(net, x, lengths, weigh):
    """The scores, the gradients, and the buffers after one call with dropout of a fixed seed."""
    net.zero_grad()
    torch.manual_seed(0)
    scores = net(x, lengths)
    (scores * weigh).sum().backward()
    grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in net.parameters()]
    return [scores.detach(), *(g.clone() for g in grads), *(b.clone() for b in net.buffers())]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", KINDS)
def test_scores_and_gradients_are_those_without_padding(name, training):
    draw = random.Random(name)
    B, L, tokens = draw.randint(2, 4), draw.randint(2, 14), draw.random() < 0.5
    lengths = torch.tensor([draw.randint(1, L) for _ in range(B - 1)] + [L])
    sizes = {"d_input": 5, "classes": 3, "H": 8, "tokens": tokens}
    content, seen = seed(draw.randint(0, 999)), []
    x = torch.randint(0, 5, (B, L), generator=content)
    x = x if tokens else torch.randn(B, L, 5, generator=content).double()
    weigh = torch.randn(B, 3, generator=content).double()
    for more in (0, 3, 40):
        rest = torch.randint(0, 5, (B, more), generator=content)
        padded = torch.cat([x, rest if tokens else 9 * torch.rand(B, more, 5).double()], 1)
        outside = torch.arange(L + more) >= lengths[:, None]
        padded[outside] = 3 if tokens else float("nan")  # what stands behind a short one, too
        net = KINDS[name](**sizes, generator=seed(1)).double().train(training)
        seen.append(results(net, padded, lengths, weigh))
    for other in seen[1:]:
        for a, b in zip(seen[0], other, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)
    assert any(g.abs().sum() > 0 for g in seen[0][1:])


@pytest.mark.parametrize("name", KINDS)
def test_each_sequence_has_the_scores_that_it_has_alone(name):
    net = KINDS[name](d_input=5, classes=3, H=8, generator=seed()).double().eval()
    x, lengths = torch.randn(3, 12, 5, generator=seed(1)).double(), torch.tensor([7, 12, 1])
    together = net(x, lengths)
    alone = [net(x[k : k + 1, :n]) for k, n in enumerate(lengths.tolist())]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", ["layer", "batch"])
def test_a_norm_of_the_tokens_inside_is_torch_s_of_these_tokens_alone(kind):
    x = torch.randn(4, 9, 6, generator=seed()).double() * 3 + 2
    inside = torch.arange(9) < torch.tensor([9, 2, 5, 1])[:, None]
    masked, plain = Norm(6, kind).double(), Norm(6, kind).double()
    for _ in range(3):
        torch.testing.assert_close(masked(x, inside)[inside], plain.inner(x[inside]))
    for a, b in zip(masked.buffers(), plain.buffers(), strict=True):
        torch.testing.assert_close(a, b)
    torch.testing.assert_close(masked.eval()(x), masked(x, inside))


def pair(**sizes):
    reader = SequenceClassifier(**{**sizes, "classes": 8}, depth=1)
    return PairClassifier(reader, 3, H=8, generator=seed())


@pytest.mark.parametrize(
    "lengths",
    [
        torch.tensor([4, 0]), torch.tensor([-1, 3]), torch.tensor([3, 13]), torch.tensor([3]),
        torch.tensor([3, 3, 3]), torch.tensor([[3], [3]]), torch.tensor([3.0, 4.0]),
        torch.tensor([True, True]), [3, 4.5], torch.tensor([3, 4], device="meta"),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("name", ["s4d layer False True mean", "lif True last", "lstm",
                                  "transformer"])  # fmt: skip
def test_wrong_lengths_are_refused_in_one_sentence(name, lengths):
    net = KINDS[name](d_input=5, classes=3, H=8, tokens=True, generator=seed())
    with pytest.raises(ValueError, match="^lengths must .*, got"):
        net(torch.zeros(2, 12, dtype=torch.long), lengths)


def test_lengths_of_pairs_are_checked_too():
    net, x = pair(d_input=5, H=8, tokens=True, generator=seed()), torch.ones(2, 2, 6).long()
    assert net(x, torch.tensor([[6, 1], [2, 3]])).shape == (2, 3)
    for lengths in ([[6, 0], [2, 3]], [[6, 7], [2, 3]]):
        with pytest.raises(ValueError, match="lengths must lie between 1 and L = 6"):
            net(x, torch.tensor(lengths))
    with pytest.raises(ValueError, match=r"x must be \(B, 2, L\) and lengths \(B, 2\)"):
        net(x, torch.tensor([6, 6]))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32])
def test_any_whole_number_is_a_length(dtype):
    for name in ("s4d layer False True last", "lif True last"):
        net = KINDS[name](d_input=5, classes=3, H=8, generator=seed()).eval()
        x, lengths = torch.randn(2, 9, 5, generator=seed(1)), torch.tensor([4, 9])
        assert torch.equal(net(x, lengths.to(dtype)), net(x, lengths))
