import os
import tempfile

os.environ["SSLEARN_SWEEP"] = "1"  # every explorer visits its presets and control ends when made
os.environ["SSLEARN_HOME"] = tempfile.mkdtemp(prefix="sslearn-")  # never the reader's own folder

import torch  # noqa: E402

torch.set_num_threads(1)  # small tensors: a second thread waits more than it works
