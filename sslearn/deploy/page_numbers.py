"""Arrays as text of four letters a number, which a page of HTML can hold."""

import base64

import numpy as np
from torch import Tensor

BITS = 24  # of a number, so that three bytes are four letters of base64


def lettered(arrays: dict[str, Tensor], cuts: dict[str, float]) -> tuple[dict, str]:
    """The shape (rows, columns) of each array, and all their numbers as base64.

    A number is q 2^(e - 23), q of 24 bits and e of its row, so that it is off by at most
    2^-24 2^e, one part in eight million of its row's largest: float32 would take a third more
    letters. A vector is one row. A row's e + 127 is one byte and stands before the array. cuts
    names matrices with a threshold: |q 2^(e - 23)| >= cut holds there for the same entries as
    before, because Ter of a weight is not off by a little, it is another one.
    """
    shapes, stream = {}, []
    for name, value in arrays.items():
        w = np.atleast_2d(value.numpy().astype(np.float64))
        e, q = _rounded(w)
        if name in cuts:
            wanted, now = (np.abs(v) >= cuts[name] for v in (w, q * _unit(e)))
            q += np.sign(w) * (wanted.astype(float) - now)
        whole = q.astype("<i4")[..., None].view(np.uint8)  # (rows, columns, 4), the low byte first
        stream += [(e + 127).astype(np.uint8).tobytes(), whole[..., : BITS // 8].tobytes()]
        shapes[name] = list(w.shape)
    return shapes, base64.b64encode(b"".join(stream)).decode()


def _rounded(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The exponent e (rows,) of each row's largest entry, and whole numbers q as float64."""
    e = np.frexp(np.abs(w).max(1))[1].clip(-127)
    limit = 2 ** (BITS - 1)
    return e, np.rint(w / _unit(e)).clip(-limit, limit - 1)


def _unit(e: np.ndarray) -> np.ndarray:
    """The step between two neighbours, (rows, 1)."""
    return np.exp2(e - (BITS - 1.0))[:, None]
