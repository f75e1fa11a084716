"""Which cells of a notebook depend on which, by the names that they read and bind."""

import ast
import symtable
from collections.abc import Collection, Iterator


def flow(source: str, modules: Collection[str] = ()) -> tuple[set[str], set[str]]:
    """(reads, binds) of a cell: names it needs from cells before it, and names it gives.

    A name that the cell binds first is not read from before. An object that is changed in place,
    by an attribute, an item or a method called for its effect, counts as bound again, unless it
    is one of the modules: torch.set_num_threads(1) makes no new torch.
    """
    reads, binds = set(), set()
    for part in _parts(ast.parse(source).body):
        part = ast.fix_missing_locations(part)
        table = symtable.symtable(ast.unparse(part), "cell", "exec")
        new = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
        used = _used(table)
        if isinstance(part, ast.FunctionDef | ast.ClassDef):
            used -= new  # A function that calls itself needs no earlier one.
        if isinstance(part, ast.AugAssign):
            used |= new
        reads |= used - binds
        binds |= new | set(_changed(part)).difference(modules)
    return reads, binds


def flows(sources: list[str]) -> list[tuple[set[str], set[str]]]:
    """The flow of each cell; what any of them imports is a module."""
    code = ast.walk(ast.parse("\n".join(sources)))
    imports = [node for node in code if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {alias.asname or alias.name for node in imports for alias in node.names}
    return [flow(source, modules) for source in sources]


def needed(sources: list[str], goals: Collection[int]) -> set[int]:
    """The goals and every cell before them that binds a name which they need, directly or not."""
    wanted, kept = set(), set()
    for k, (reads, binds) in reversed(list(enumerate(flows(sources)))):
        if k in goals or binds & wanted:
            kept.add(k)
            wanted |= reads
    return kept


def trained(sources: list[str]) -> set[int]:
    """The cells that train a model, and every cell that reads what such a cell would have bound."""
    skipped, unmade = set(), set()
    for k, (reads, binds) in enumerate(flows(sources)):
        calls, models = _training(sources[k])
        if calls or reads & unmade:
            skipped.add(k)
            unmade |= binds | models
        else:
            unmade -= binds
    return skipped


def _parts(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements in the order in which they run, blocks opened: for x in y as x = y, and so on."""
    for node in body:
        if isinstance(node, ast.For):
            yield ast.Assign([node.target], node.iter)
        elif isinstance(node, ast.If | ast.While):
            yield ast.Expr(node.test)
        elif isinstance(node, ast.With):
            for item in node.items:
                target = item.optional_vars or ast.Name("_", ast.Store())
                yield ast.Assign([target], item.context_expr)
        elif not isinstance(node, ast.Try):
            yield node
            continue
        for handler in getattr(node, "handlers", []):
            yield ast.Expr(handler.type) if handler.type else ast.Pass()
        for name in ("body", "orelse", "finalbody"):
            yield from _parts(getattr(node, name, []))
        for handler in getattr(node, "handlers", []):
            yield from _parts(handler.body)


def _used(table: symtable.SymbolTable) -> set[str]:
    inner = table.get_type() != "module"
    used = {s.get_name() for s in table.get_symbols()
            if s.is_referenced() and (s.is_global() or not inner)}  # fmt: skip
    return used.union(*map(_used, table.get_children()))


def _changed(part: ast.stmt) -> Iterator[str]:
    """Roots of what is stored into, as a in a.b = 1 and in a[0] = 1, or told to change: a.b()."""
    for node in ast.walk(part):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            yield from _root(node)
    if isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
        if isinstance(part.value.func, ast.Attribute):
            yield from _root(part.value.func)


def _root(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id


def _training(source: str) -> tuple[int, set[str]]:
    """The number of calls that train, and the names of the models that fit(model, ...) changes."""
    calls, models = 0, set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            calls += name in ("fit", "LiveTraining", "train") or name.startswith("train_")
            if name == "fit" and isinstance(node.args[0], ast.Name | ast.Attribute):
                models |= set(_root(node.args[0]))
    return calls, models
