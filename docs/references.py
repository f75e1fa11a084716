"""The page of all references that the notebooks list, by first author."""

import re

from links import addresses, linked_sources, linked_titles, listed

HEAD = """# References

What the notebooks cite, by first author; each line says where, and what for.
"""


def surname(authors: str) -> str:
    """The first author's name without initials, by which references are sorted."""
    return re.search(r"[^\W\d_][^\W\d_]+", authors)[0].casefold()


def references(notebooks: dict) -> str:
    """The page of every numbered reference of the notebooks, a dict from file name to notebook.

    Raises ValueError for a notebook whose last section lists none in the form that is read.
    """
    works = {}
    for name, nb in notebooks.items():
        if not listed(nb):
            raise ValueError(f"{name} must end with ## References and its numbered list, got none")
        for authors, title, rest in listed(nb):
            _, _, uses = works.setdefault(title.casefold(), (authors, title, []))
            rest = re.sub(r"\]\((?=\d\d_\w+\.ipynb)", "](notebooks/", rest)
            uses.append(f"- [{name[:2]}](notebooks/{name}): {rest}")
    page, where = [HEAD], addresses(notebooks)
    for authors, title, uses in sorted(works.values(), key=lambda work: surname(work[0])):
        heading = linked_titles(f"{authors}, *{title}*", where)
        page.append("\n".join([heading, "", *uses, ""]))
    return linked_sources("\n".join(page))
