"""The links of the notebooks: neighbours, map, glossary, other notebooks in prose, and sources.

python notebooks/links.py      writes them; only Markdown changes, and no cell is run

With a public address, which `elsewhere` reads, come links to Colab and the cell that Colab needs.
"""

import re
import sys
from pathlib import Path

import nbformat
from elsewhere import colab, repository, with_first_cell
from glossary import docstring, tables

HERE = Path(__file__).resolve().parent
MAP = "00_start_here.ipynb#The-map"
GLOSSARY = "glossary.md"
# Code, formulas, links, tags, headings and lines of HTML stay as they are.
KEPT = re.compile(
    r"(```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$|\[[^\]]*\]\([^)]*\)|^<[^\n]*|<[^>]*>|^\#+ [^\n]*)",
    re.S | re.M,
)
NUMBERS = re.compile(r"\b([Nn]otebooks?) (\d\d(?:(?:, | and | to )\d\d)*)\b")
NUMBERED = re.compile(r"\[((?:[Nn]otebook )?\d\d)\]\(\d\d_\w+\.ipynb\)")
DOI = re.compile(r"\bdoi[ :](10\.\d{4,9}/[^\s,;)\]]*[^\s,;:.)\]])", re.I)
ARXIV = re.compile(r"\barXiv[ :](\d{4}\.\d{4,5})")
ITEM = re.compile(r"^\d+\. (.*?), \[?\*(.+?)\*(?:\]\([^)]*\))?,? ?(.*)$", re.M)
ELSEWHERE = re.compile(r"\[\*([^*\n]+)\*\]\((?!https://(?:doi|arxiv)\.org/)([^)]*)\)")
TITLE = re.compile(r"\[(\*[^*\n]+\*)\]\(https://(?:doi|arxiv)\.org/[^)]*\)")
ROW = re.compile(r"^\| (\d\d) \| [^|\n]*? \| ", re.M)


def outside_code(change, text: str) -> str:
    """`change` applied to the parts of Markdown that are prose."""
    return "".join(p if k % 2 else change(p) for k, p in enumerate(KEPT.split(text)))


def heading(nb) -> str:
    """The title of a notebook with its number, as 05 · HiPPO."""
    return nb.cells[0].source.splitlines()[0].lstrip("# ")


def way(name: str, notebooks: dict, address: str) -> str:
    """The line below a notebook's title: previous · map · next · glossary, and Colab."""
    names = sorted(notebooks)
    k = names.index(name)
    before = [f"← [{heading(notebooks[n])}]({n})" for n in names[max(k - 1, 0) : k]]
    after = [f"[{heading(notebooks[n])}]({n}) →" for n in names[k + 1 : k + 2]]
    links = [*before, f"[map]({MAP.removeprefix(name)})", *after, f"[glossary]({GLOSSARY})"]
    there = colab(address, name)
    return " · ".join([*links, *([f"[open in Colab]({there})"] if there else [])])


def linked_notebooks(text: str, pages: dict[str, str]) -> str:
    """Prose in which *notebook 05* leads to that file; `pages` maps 05 to it."""

    def link(match):
        if match[0].lower().startswith("notebook ") and match[2] in pages:
            return f"[{match[0]}]({pages[match[2]]})"
        words = re.split(r"(\d\d)", match[2])
        words[1::2] = [f"[{n}]({pages[n]})" if n in pages else n for n in words[1::2]]
        return f"{match[1]} {''.join(words)}"

    return outside_code(lambda part: NUMBERS.sub(link, part), NUMBERED.sub(r"\1", text))


def linked_sources(text: str) -> str:
    """Prose in which a DOI or an arXiv number is a link."""

    def link(part):
        part = DOI.sub(r"[doi \1](https://doi.org/\1)", part)
        return ARXIV.sub(r"[arXiv \1](https://arxiv.org/abs/\1)", part)

    return outside_code(link, text)


def listed(nb) -> list[tuple[str, str, str]]:
    """Triples (authors, title, the rest) of the numbered list under a notebook's References."""
    return ITEM.findall("".join(c.source.partition("## References")[2] for c in nb.cells[-2:]))


def addresses(notebooks: dict) -> dict[str, str]:
    """Where each title can be read: the first DOI, else arXiv number, that any notebook gives.

    A title that has neither keeps the link that its notebook gives it.
    """
    found = {}
    for nb in notebooks.values():
        for _, title, rest in listed(nb):
            if match := DOI.search(rest):
                found[title.casefold()] = f"https://doi.org/{match[1]}"
            elif match := ARXIV.search(rest):
                found.setdefault(title.casefold(), f"https://arxiv.org/abs/{match[1]}")
        for title, address in ELSEWHERE.findall(nb.cells[-1].source):
            found.setdefault(title.casefold(), address)
    return found


def linked_titles(text: str, where: dict[str, str]) -> str:
    """Prose in which each title in italics that has an address leads there."""

    def link(match):
        address = where.get(match[1].casefold())
        return f"[{match[0]}]({address})" if address else match[0]

    return re.sub(r"(?<!\[)\*([^*\n]+)\*", link, TITLE.sub(r"\1", text))


def linked_map(text: str, notebooks: dict) -> str:
    """The map of the course, in which a row leads to its notebook as soon as there is one.

    Raises ValueError for a notebook without a row, because the map must say what it is for.
    """
    titles = {name[:2]: (heading(nb).partition(" · ")[2], name) for name, nb in notebooks.items()}
    if missing := set(titles) - set(ROW.findall(text)) - {"00"}:
        raise ValueError(f"the map in 00 must hold a row of each notebook, got none of {missing}")

    def row(match):
        title, name = titles.get(match[1], (None, None))
        return f"| {match[1]} | [{title}]({name}) | " if title else match[0]

    return ROW.sub(row, text)


def link(name: str, notebooks: dict, address: str):
    """Put every link into the notebook of that name, in place; links that are there are renewed.

    notebooks maps the file name of every notebook to it. address is the repository's, or empty.
    """
    nb, where = notebooks[name], addresses(notebooks)
    pages = {n[:2]: n for n in notebooks if n != name}
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            text, head, sources = cell.source.partition("## References")
            text = linked_notebooks(text + head + linked_titles(sources, where), pages)
            cell.source = linked_sources(text)
            if cell.source.startswith("## The map\n"):
                cell.source = linked_map(cell.source, notebooks)
    title, *paragraphs = nb.cells[0].source.split("\n\n")
    paragraphs = [p for p in paragraphs if "[map](" not in p]
    nb.cells[0].source = "\n\n".join([title, way(name, notebooks, address), *paragraphs])
    return with_first_cell(nb, address)


def read(folder: Path = HERE) -> dict:
    """The notebooks of a folder by file name, in order."""
    return {path.name: nbformat.read(path, as_version=4)
            for path in sorted(folder.glob("[0-9]*.ipynb"))}  # fmt: skip


def main() -> int:
    """Write the links and the glossary; says which notebooks changed."""
    (HERE / GLOSSARY).write_text(tables(docstring(HERE.parent)), encoding="utf-8")
    notebooks, address = read(), repository(HERE.parent)
    for name in notebooks:
        path, text = HERE / name, nbformat.writes(link(name, notebooks, address)) + "\n"
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
            print(f"{path.stem}: links written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
