"""Many independent examples, made here or by several processes, always in the same order."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from typing import Any

CHUNK = 32  # A worker sends its examples back in chunks of so many.

OnMade = Callable[[int, int], object]  # (examples made so far, examples in all)


def make_all(make: Callable[[int], Any], start: int, n: int, workers: int) -> Iterator[Any]:
    """make(k) for k = start ... start + n - 1, in order.

    With workers > 1, make must be picklable. What make raises is raised here, and the processes end
    then, as they do when the iteration is given up. Raises RuntimeError if the processes cannot
    start.
    """
    if workers == 1:
        yield from map(make, range(start, start + n))
        return
    chunks = [range(k, min(k + CHUNK, start + n)) for k in range(start, start + n, CHUNK)]
    pool = ProcessPoolExecutor(min(workers, max(1, len(chunks))), get_context("spawn"))
    try:
        yield from itertools.chain.from_iterable(pool.map(partial(_make_some, make), chunks))
    except BrokenProcessPool as error:
        advice = 'call this below `if __name__ == "__main__":` of a script file, or use workers=1'
        raise RuntimeError(
            f"the {workers} workers could not start or were ended; {advice}"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _make_some(make, ks):
    return [make(k) for k in ks]
