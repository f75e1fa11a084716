"""The command export: a trained model as a NIR graph, as one C file, or as one page."""

import argparse
from pathlib import Path

from sslearn.commands.refusal import refuse

SUFFIXES = {"nir": ".nir", "c": ".c", "html": ".html"}
INTEGERS = {"weight_bits": int, "state_bits": int, "decay_bits": int, "rounding": str}  # of C
EXAMPLES = 100  # of training, on which the largest signals set the integers' units
LEVELS = {"digits": 16}  # whole steps of a pixel's grey; of every other task's images 255


def add_arguments(command: argparse.ArgumentParser) -> None:
    """`export` takes the file of a trained model, and what it shall become."""
    command.add_argument("path", type=Path, metavar="FILE", help="a .safetensors file of train")
    command.add_argument("--to", required=True, choices=SUFFIXES)
    where = "the file to write; FILE's name with another ending by default"
    command.add_argument("--out", type=Path, metavar="PATH", help=where)
    for name, kind in INTEGERS.items():
        helps = "as sslearn.deploy.quantise takes it, for --to c alone"
        command.add_argument(option_of(name), type=kind, metavar=name.upper(), help=helps)


def option_of(name: str) -> str:
    """The name of a setting as the command has it."""
    return f"--{name.replace('_', '-')}"


def run(args: argparse.Namespace) -> int:
    """Print what was written and its size; 2 and one sentence if it cannot be done."""
    from sslearn.data import DataError
    from sslearn.runs import open_model

    out = args.out or Path(args.path.stem + SUFFIXES[args.to])
    chosen = {name: getattr(args, name) for name in INTEGERS}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    try:
        if chosen and args.to != "c":
            names = ", ".join(map(option_of, chosen))
            raise ValueError(f"{names} must stand with --to c alone, got --to {args.to}")
        model, record = open_model(args.path)
        write = {"nir": write_graph, "c": write_c, "html": write_page}[args.to]
        about = write(model, record, out, **chosen)
    except (DataError, ValueError) as error:
        return refuse(error)
    except OSError as error:
        return refuse(f"{error.filename or out} cannot be written ({error.strerror or error})")
    print(f"{out} ({out.stat().st_size:,} bytes): {about}")
    return 0


def write_graph(model, record: dict, out: Path) -> str:
    """The NIR graph; says how many nodes it has, and what is left to the host."""
    from sslearn.deploy import to_nir, write_nir

    graph = to_nir(model)
    write_nir(graph, out)
    asked = sorted({node.metadata["does"] for node in graph.nodes.values()
                    if "does" in (node.metadata or {})})  # fmt: skip
    left = f"; the host does {', '.join(asked)}" if asked else ""
    return f"a NIR graph of {len(graph.nodes)} nodes{left}"


def write_c(model, record: dict, out: Path, **chosen: int | str) -> str:
    """The C file of the integer network; says of what examples it has its units."""
    from sslearn.deploy import quantise, to_c
    from sslearn.deploy.known import require_model

    require_model(model)  # before examples are read, of which some tasks have to make 180,000
    x, source = examples(record["task"])
    network = quantise(model, x, levels=LEVELS.get(record["task"], 255), **chosen)
    to_c(network, out)
    return f"C without floating point, its units from {len(x)} examples of {source}"


def examples(task: str):
    """Training examples (n, L, 1) of a task, and where they are from.

    Where MNIST is missing, scikit-learn's digits stand in, 8 x 8 pixels enlarged to 20 x 20 in a
    frame of 28 x 28, because the units depend on the largest signals alone.
    """
    from torch.nn.functional import interpolate, pad

    from sslearn import data
    from sslearn.runs import load_task

    enlarged = {"smnist": data.sequential, "psmnist": data.permuted}
    try:
        return load_task(task).train[0][:EXAMPLES], task
    except data.MissingData:
        if task not in enlarged:
            raise
    x = interpolate(data.digits()[0][:EXAMPLES, None], size=(20, 20), mode="bilinear")
    return enlarged[task](pad(x[:, 0], (4, 4, 4, 4))), "scikit-learn's digits, without MNIST"


def write_page(model, record: dict, out: Path) -> str:
    """The page that runs the network in a browser."""
    from sslearn.deploy import to_html

    to_html(model, out, record=record)
    return "a page that runs the network"
