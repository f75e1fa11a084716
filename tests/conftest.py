import os
import tempfile

# What a reader has predicted and trained stays out of the tests, and the tests out of it.
os.environ["SSLEARN_HOME"] = tempfile.mkdtemp(prefix="sslearn-")

import pytest  # noqa: E402
import torch  # noqa: E402

from tests.library.tiny_mnist import stand_in

torch.set_num_threads(1)  # small tensors: a second thread waits more than it works


@pytest.fixture
def small(monkeypatch):
    """A data set of 5 and 3 images in MNIST's place; its four arrays."""
    return stand_in(monkeypatch)
