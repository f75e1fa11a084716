"""Generation: the text is the one that the whole sequence gives, for the same uniform numbers."""

import math

import pytest
import torch

from sslearn.data import ALPHABET, as_symbols, as_text
from sslearn.models import (
    FastStream,
    LSTMClassifier,
    SequenceClassifier,
    draw,
    generate,
    stream_of,
)
from sslearn.runs import build_model, plan_run

PROMPT, SIZE = "Fellow citizens", len(ALPHABET)
WRITTEN = {"s4d": {}, "binary-s4d": {}, "gsu": {}, "batch norm, by step": {"norm": "batch"}}


def gen(seed=0):
    return torch.Generator().manual_seed(seed)


def model_of(name="gsu", **changes):
    run = plan_run("characters", name, depth=2, H=8, N=8, **changes)
    return build_model(run, SIZE, SIZE, True).double().eval()


def written_by_whole_sequences(model, prompt, uniforms, temperature):
    """The text by the whole-sequence form and torch's softmax, as a check of generate."""
    text = prompt
    for u in uniforms:
        with torch.no_grad():
            p = (model(as_symbols(text)[None])[0, -1] / temperature).softmax(0)
        text += ALPHABET[int((p.cumsum(0) <= u).sum())]
    return text[len(prompt) :]


@pytest.mark.parametrize("temperature", [0.3, 1.0])
@pytest.mark.parametrize("case", WRITTEN)
def test_the_text_is_that_of_the_whole_sequence(case, temperature):
    model = model_of(case if case in ("s4d", "gsu") else "binary-s4d", **WRITTEN[case])
    fast = isinstance(stream_of(model), FastStream)
    assert fast is not case.startswith("batch")
    uniforms = torch.rand(40, dtype=torch.float64, generator=gen(3))
    expected = written_by_whole_sequences(model, PROMPT, uniforms, temperature)
    text, state = generate(model, PROMPT, 40, temperature=temperature, generator=gen(3))
    assert text == expected and len(set(text)) > 5
    assert state.count == len(PROMPT) + 39


@pytest.mark.parametrize("name", ["gsu", "binary-s4d"])
@pytest.mark.parametrize("first", [0, 1, 23])
def test_a_carried_state_goes_on_as_if_never_stopped(name, first):
    model, g = model_of(name), gen(3)
    whole = generate(model, PROMPT, 30, generator=gen(3)).text
    text, state = generate(model, PROMPT, first, generator=g)
    rest = generate(model, (PROMPT + text)[-1], 30 - first, generator=g, state=state)
    assert text + rest.text == whole
    fresh = generate(model, (PROMPT + text)[-1], 30 - first, generator=gen(3)).text
    assert fresh != whole[: 30 - first]  # because a fresh state knows less


def test_draw_has_the_probabilities_of_the_softmax():
    scores = torch.tensor([0.3, -1.0, 2.0, 0.0])
    n = 4000
    for temperature in (0.5, 1.0, 3.0):
        grid = [(k + 0.5) / n for k in range(n)]  # each u stands for 1/n of the interval
        seen = torch.tensor([draw(scores, u, temperature=temperature) for u in grid]).bincount()
        p = (scores / temperature).softmax(0)
        assert ((seen / n - p).abs() <= 1.01 / n).all()


def test_draw_at_the_ends():
    scores = torch.tensor([-1e9, 0.0, 0.0, -1e9])  # the first and the last never come
    below_one = 1 - 2**-53
    assert [draw(scores, u) for u in (0.0, 0.499, 0.5, below_one)] == [1, 1, 2, 2]
    cold = [draw(torch.tensor([0.0, 1.0, 0.9]), u, temperature=5e-324) for u in (0.0, below_one)]
    assert cold == [1, 1]
    assert draw(torch.tensor([1e300, 0.0], dtype=torch.float64), 0.5, temperature=1e-300) == 0


def test_generation_needs_no_eval_where_training_changes_nothing_and_learns_nothing():
    model = model_of().train()
    assert generate(model, "A", 5, generator=gen()).text
    assert all(w.grad is None for w in model.parameters())
    noisy = model_of(dropout=0.2).train()
    with pytest.raises(ValueError, match="eval"):
        generate(noisy, "A", 5, generator=gen())
    assert len(generate(noisy.eval(), "A", 5, generator=gen()).text) == 5


def test_bad_input_is_named():
    model, g = model_of(), gen()
    for prompt, sentence in [
        ("", "prompt must hold"),
        ("na\u00efve", "plain characters, got '\u00ef' at 2"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            generate(model, prompt, 3, generator=g)
    for n in (-1, 2.0, None):
        with pytest.raises(ValueError, match="n must be a whole number >= 0"):
            generate(model, "A", n, generator=g)
    for temperature in (0, -1.0, math.inf, math.nan, "1"):
        with pytest.raises(ValueError, match="temperature must be positive and finite"):
            generate(model, "A", 3, temperature=temperature, generator=g)
        with pytest.raises(ValueError, match="temperature must be positive and finite"):
            draw(torch.zeros(3), 0.5, temperature=temperature)
    for uniform in (-0.1, 1.0, math.nan):
        with pytest.raises(ValueError, match=r"uniform must be in \[0, 1\)"):
            draw(torch.zeros(3), uniform)
    with pytest.raises(ValueError, match="scores must be finite, got nan"):
        draw(torch.tensor([0.0, math.nan]), 0.5)
    with pytest.raises(ValueError, match="scores must be finite, got -inf"):
        draw(torch.tensor([0.0, -math.inf]), 0.5)
    assert g.get_state().equal(gen().get_state())  # nothing was drawn before the refusal


def test_another_kind_of_model_is_named():
    g, size = gen(), SIZE
    each = {"tokens": True, "pool": "each", "H": 4, "generator": g}
    for model, sentence in [
        (LSTMClassifier(size, size, **each), "SequenceClassifier, which has step, got LSTM"),
        (SequenceClassifier(size, size, **(each | {"pool": "last"})), "score each step"),
        (SequenceClassifier(size, size, **(each | {"tokens": False})), "must read tokens"),
        (SequenceClassifier(size, 10, **each), "96 characters, got"),
        (SequenceClassifier(20, 20, **each), "96 characters, got"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            generate(model, "A", 3, generator=g)


def test_text_and_symbols_are_one():
    text = generate(model_of(), PROMPT, 25, generator=gen()).text
    assert as_text(as_symbols(text)) == text and len(text) == 25
