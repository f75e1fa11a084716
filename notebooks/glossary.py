"""The glossary of `sslearn`'s docstring: notebooks/glossary.md, and a page of the site."""

import ast
import re
from pathlib import Path

HEAD = """# Glossary

The letters of every notebook, docstring and figure. A capital is a matrix, a sequence or a size, a small letter is a number or a vector. `help(sslearn)` prints the same.
"""  # noqa: E501


def docstring(root: Path) -> str:
    """The docstring of the package in `root`, read without importing it."""
    return ast.get_docstring(ast.parse((root / "sslearn/__init__.py").read_text("utf-8")))


def entries(lines: list[str]) -> list[list[str]]:
    """Pairs (letters, meaning) of the indented lines of a section; deeper lines go on.

    A line without a gap of two spaces belongs to the meaning above it as well.
    """
    pairs = []
    for line in lines:
        parts = re.split(r"\s{2,}", line.strip(), maxsplit=1)
        if len(line) - len(line.lstrip()) > 4 or len(parts) == 1:
            pairs[-1][1] += " " + re.sub(r"\s+", " ", line.strip())
        else:
            pairs.append(parts)
    return pairs


def sections(text: str) -> dict[str, list[list[str]]]:
    """The entries of each section of the docstring, by its title.

    Raises ValueError for a docstring without sections, because the glossary would be empty.
    """
    found = {}
    for part in re.split(r"\n(?=\S)", text.partition("\n\nGlossary")[2]):
        title, *lines = [line for line in part.splitlines() if line.strip()] or [""]
        if lines and lines[0].startswith("    "):
            found[title.rstrip(".:")] = entries(lines)
    if not found:
        raise ValueError("the docstring of sslearn must hold a glossary with sections, got none")
    return found


def glossary(text: str) -> str:
    """The site's page: one heading a section, one definition an entry."""
    page = [HEAD]
    for title, pairs in sections(text).items():
        page.append(f'## {title}\n\n<div class="sslearn-glossary">\n')
        page += [f"`{letters}`\n: {escaped(meaning)}\n" for letters, meaning in pairs]
        page.append("</div>\n")
    return "\n".join(page)


def tables(text: str) -> str:
    """The file beside the notebooks: one table a section, which JupyterLab and GitHub can show."""
    parts = [HEAD.strip()]
    for title, pairs in sections(text).items():
        rows = [f"| {escaped(letters)} | {escaped(meaning)} |" for letters, meaning in pairs]
        parts.append("\n".join([f"## {title}", "", "| letter | meaning |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Text whose stars, bars, brackets and underscores stand for themselves in Markdown."""
    return re.sub(r"([*_|\[\]<>\\`$])", r"\\\1", text)
