"""NIR graphs as files, HDF5 as the package nir writes it: all of a file or nothing."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from sslearn.data.files import write_whole
from sslearn.deploy.nir_graph import nir_package

if TYPE_CHECKING:
    import nir


def write_nir(graph: "nir.NIRGraph", path: Path) -> None:
    """Write the graph to path. Raises ImportError without nir, ValueError where it cannot be."""
    raw = io.BytesIO()
    nir_package().write(raw, graph)
    try:
        write_whole(path, lambda file: file.write(raw.getbuffer()))
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror or error})") from None


def read_nir(path: Path) -> "nir.NIRGraph":
    """The graph of a file, whose widths `from_nir` compares.

    nir does not compare them here, because Norse's files have the batch beside the input's. Raises
    ImportError without nir, and ValueError for a file that is missing, cut off, or no NIR graph.
    """
    nir = nir_package()
    if not path.is_file():
        raise ValueError(f"no NIR file at {path}")
    try:
        return nir.read(path, type_check=False)
    except Exception as error:  # nir and h5py raise whatever a broken file leads them to.
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{path.name} is no whole NIR file ({why})") from None
