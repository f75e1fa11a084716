import os
import tempfile

os.environ["SSLEARN_SWEEP"] = "1"  # every explorer visits its presets and control ends when made
os.environ["SSLEARN_HOME"] = tempfile.mkdtemp(prefix="sslearn-")  # never the reader's own folder

import pytest  # noqa: E402
import torch  # noqa: E402

from tests.library.tiny_mnist import stand_in

torch.set_num_threads(1)  # small tensors: a second thread waits more than it works


@pytest.fixture
def small(monkeypatch):
    """A data set of 5 and 3 images in MNIST's place; its four arrays."""
    return stand_in(monkeypatch)
