"""Text that a language model writes: it reads its own last character, and draws the next."""

import math
import numbers
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sslearn.data import ALPHABET, as_symbols, as_text
from sslearn.models.sequence import SequenceClassifier, Stream
from sslearn.models.stream import require_language_model, stream_of


class Continuation(NamedTuple):
    """The new characters, and the state that has read all of them, and the prompt, but the last."""

    text: str
    state: Stream


def generate(
    model: SequenceClassifier,
    prompt: str,
    n: int,
    *,
    temperature: float = 1.0,
    generator: torch.Generator,
    state: Stream | None = None,
) -> Continuation:
    """n characters after a prompt, each drawn from p = softmax(scores / temperature) by `draw`.

    model scores the 96 characters of ALPHABET after each step (tokens=True, pool="each"), and runs
    as a stream in a constant state, by `FastStream` where that knows it. Each character takes one
    uniform number of float64 from generator, so that who has these numbers can repeat the text.
    The state goes on where it stopped: generate(model, (prompt + text)[-1], m, state=state) gives
    the m characters that would have come next. Raises ValueError for an empty prompt, characters
    that are not in the alphabet, n below 0, a temperature that is not positive and finite, another
    kind of model, and scores that are not finite.

    >>> from sslearn.models import SequenceClassifier, recipe
    >>> g = torch.Generator().manual_seed(0)
    >>> made = {"H": 8, "tokens": True, "pool": "each", "generator": g}
    >>> model = SequenceClassifier(96, 96, **recipe("binary-s4d", N=16), **made)
    >>> len(generate(model, "Fellow citizens", 20, generator=g).text)
    20
    """
    require_language_model(model)
    sizes, size = (model.d_input, model.head.out_features), len(ALPHABET)
    if sizes != (size, size):
        raise ValueError(f"model must read and score {size} characters, got {sizes}")
    if not prompt:
        raise ValueError(f"prompt must hold at least one character, got {prompt!r}")
    if not isinstance(n, numbers.Integral) or n < 0:
        raise ValueError(f"n must be a whole number >= 0, got {n!r}")
    _require_temperature(temperature)
    *read, last = as_symbols(prompt).tolist()
    stream, drawn = stream_of(model), []
    if state is not None:
        stream.state = state
    for symbol in read:
        stream.step(symbol)
    for uniform in torch.rand(n, dtype=torch.float64, generator=generator).tolist():
        last = draw(stream.step(last), uniform, temperature=temperature)
        drawn.append(last)
    return Continuation(as_text(torch.tensor(drawn)), stream.state)


def draw(scores: Tensor, uniform: float, *, temperature: float = 1.0) -> int:
    """The first k with p_0 + ... + p_k > uniform, p = softmax(scores / temperature), in float64.

    scores (classes,) and a uniform number in [0, 1) give one symbol, with the probabilities p,
    because the sums of p are its cumulative distribution. Raises ValueError for scores that are
    not finite, a uniform number out of [0, 1), and a temperature that is not positive and finite.

    >>> [draw(torch.tensor([0.5, 0.25, 0.25]).log(), u) for u in (0.0, 0.49, 0.51, 0.76)]
    [0, 0, 1, 2]
    """
    _require_temperature(temperature)
    if not 0 <= uniform < 1:
        raise ValueError(f"uniform must be in [0, 1), got {uniform}")
    s = scores.detach().cpu().numpy().astype(np.float64)
    largest = s.max()
    if not np.isfinite(s).all():
        raise ValueError(f"scores must be finite, got {s[~np.isfinite(s)][0]}")
    with np.errstate(over="ignore", under="ignore"):  # A small temperature leaves exp(-inf) = 0.
        sums = np.cumsum(np.exp((s - largest) / temperature))
    return int(np.searchsorted(sums, uniform * sums[-1], side="right"))


def _require_temperature(temperature):
    if not (isinstance(temperature, numbers.Real) and 0 < temperature < math.inf):
        raise ValueError(f"temperature must be positive and finite, got {temperature!r}")
