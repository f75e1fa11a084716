"""The glossary of `sslearn`'s docstring as a page with an anchor for each of its sections."""

import re

HEAD = """# Glossary

The letters of every notebook, docstring and figure. A capital is a matrix, a sequence or a size, a small letter is a number or a vector. `help(sslearn)` prints the same.
"""  # noqa: E501


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


def glossary(docstring: str) -> str:
    """The page: one heading a section, one definition an entry.

    Raises ValueError for a docstring without sections, because the page would be empty.
    """
    page, sections = [HEAD], re.split(r"\n(?=\S)", docstring.partition("\n\nGlossary")[2])
    for part in sections:
        title, *lines = [line for line in part.splitlines() if line.strip()] or [""]
        if lines and lines[0].startswith("    "):
            page.append(f'## {title.rstrip(".:")}\n\n<div class="sslearn-glossary">\n')
            page += [f"`{letters}`\n: {escaped(meaning)}\n" for letters, meaning in entries(lines)]
            page.append("</div>\n")
    if len(page) == 1:
        raise ValueError("the docstring of sslearn must hold a glossary with sections, got none")
    return "\n".join(page)


def escaped(text: str) -> str:
    """Text whose stars, bars, brackets and underscores stand for themselves in Markdown."""
    return re.sub(r"([*_|\[\]<>\\`$])", r"\\\1", text)
