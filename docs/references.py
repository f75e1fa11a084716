"""Sources: links to DOI and arXiv, and one page of all references that the notebooks list."""

import re

DOI = re.compile(r"\bdoi[ :](10\.\d{4,9}/[^\s,;)]*[^\s,;:.)])", re.I)
ARXIV = re.compile(r"\barXiv[ :](\d{4}\.\d{4,5})")
ITEM = re.compile(r"^\d+\. (.*?), \*(.+?)\*,? ?(.*)$", re.M)
HEAD = """# References

What the notebooks cite, by first author; each line says where, and what for.
"""


def surname(authors: str) -> str:
    """The first author's name without initials, by which references are sorted."""
    return re.search(r"[^\W\d_][^\W\d_]+", authors)[0].casefold()


def linked_sources(text: str, outside_code) -> str:
    """Prose in which a DOI or an arXiv number is a link."""

    def link(part):
        part = DOI.sub(r"[doi \1](https://doi.org/\1)", part)
        return ARXIV.sub(r"[arXiv \1](https://arxiv.org/abs/\1)", part)

    return outside_code(link, text)


def listed(nb) -> list[tuple[str, str, str]]:
    """Triples (authors, title, the rest) of the numbered list under a notebook's References."""
    return ITEM.findall(
        "".join(cell.source.partition("## References")[2] for cell in nb.cells[-2:])
    )


def addresses(notebooks: dict) -> dict[str, str]:
    """Where each title can be read: the first DOI, else arXiv number, that any notebook gives."""
    found = {}
    for nb in notebooks.values():
        for _, title, rest in listed(nb):
            if match := DOI.search(rest):
                found[title.casefold()] = f"https://doi.org/{match[1]}"
            elif match := ARXIV.search(rest):
                found.setdefault(title.casefold(), f"https://arxiv.org/abs/{match[1]}")
    return found


def linked_titles(text: str, where: dict[str, str]) -> str:
    """Prose in which each title in italics that has an address leads there."""

    def link(match):
        address = where.get(match[1].casefold())
        return f"[{match[0]}]({address})" if address else match[0]

    return re.sub(r"\*([^*\n]+)\*", link, text)


def references(notebooks: dict, outside_code) -> str:
    """The page of every numbered reference of the notebooks, a dict from file name to notebook.

    Raises ValueError for a notebook whose last section lists none in the form that is read.
    """
    works = {}
    for name, nb in notebooks.items():
        if not listed(nb):
            raise ValueError(f"{name} must end with ## References and its numbered list, got none")
        for authors, title, rest in listed(nb):
            _, _, uses = works.setdefault(title.casefold(), (authors, title, []))
            uses.append(f"- [{name[:2]}](notebooks/{name}): {rest}")
    page, where = [HEAD], addresses(notebooks)
    for authors, title, uses in sorted(works.values(), key=lambda work: surname(work[0])):
        heading = linked_titles(f"{authors}, *{title}*", where)
        page.append("\n".join([heading, "", *uses, ""]))
    return linked_sources("\n".join(page), outside_code)
