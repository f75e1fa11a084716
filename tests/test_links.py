"""The links of notebooks and guides: current, and each leads somewhere."""

import copy
import re
import sys
from urllib.parse import unquote, urldefrag

import nbformat
import pytest

import sslearn
from tests.contents import NOTEBOOKS, ROOT

sys.path.insert(0, str(ROOT / "notebooks"))
from elsewhere import repository  # noqa: E402
from glossary import docstring, entries, glossary, sections, tables  # noqa: E402
from links import (  # noqa: E402
    addresses,
    heading,
    link,
    linked_map,
    linked_notebooks,
    linked_sources,
    linked_titles,
    listed,
    outside_code,
    read,
)  # fmt: skip

PAGES = {"05": "05_x.ipynb", "06": "06_y.ipynb"}
GUIDES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")]
NAMES = [path.name for path in NOTEBOOKS]


@pytest.fixture(scope="module")
def notebooks():
    return read()


def prose(nb) -> str:
    return "\n\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")


def anchors(path) -> set[str]:
    """The places of a file: JupyterLab's ids for a notebook, GitHub's for Markdown."""
    if path.suffix == ".ipynb":
        titles = re.findall(r"^#+ (.*)$", prose(nbformat.read(path, as_version=4)), re.M)
        return {title.replace(" ", "-") for title in titles}
    titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def dead(path, text) -> list[str]:
    """The relative links of a Markdown text, which lies at `path`, that lead to no place."""
    text = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.S)
    found = []
    for address in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(
        r'(?:href|src|srcset)="([^"]+)"', text
    ):
        if re.match(r"https?://|data:", address):
            continue
        file, anchor = urldefrag(unquote(address))
        target = path.parent / file if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(f"{path.name}: {address}")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_links_are_current(name, notebooks):
    fresh = link(name, copy.deepcopy(notebooks), repository(ROOT))
    text = (ROOT / "notebooks" / name).read_text(encoding="utf-8")
    assert nbformat.writes(fresh) + "\n" == text, "run python notebooks/links.py"


def test_links_are_the_same_when_they_are_written_twice(notebooks):
    once = copy.deepcopy(notebooks)
    for name in once:
        link(name, once, "")
    twice = copy.deepcopy(once)
    for name in twice:
        link(name, twice, "")
    assert once == twice


@pytest.mark.parametrize("path", [*NOTEBOOKS, *GUIDES], ids=lambda p: p.stem)
def test_every_relative_link_leads_somewhere(path):
    nb = path.suffix == ".ipynb"
    text = prose(nbformat.read(path, as_version=4)) if nb else path.read_text(encoding="utf-8")
    assert dead(path, text) == []


def test_a_dead_link_is_found():
    text = (
        "[a](nowhere.md) [b](README.md#who-it-is-for) [c](#nowhere) `[d](code.md)` [e](https://x)"
    )
    assert dead(ROOT / "README.md", text) == ["README.md: nowhere.md", "README.md: #nowhere"]


@pytest.mark.parametrize("k", range(len(NAMES)), ids=NAMES)
def test_every_notebook_has_its_neighbours_the_map_and_the_glossary(k, notebooks):
    top, *_ = notebooks[NAMES[k]].cells[0].source.split("\n\n")[1:]
    end = notebooks[NAMES[k]].cells[-1].source.partition("**Next:**")[2]
    assert "[map](" in top and "[glossary](" in top
    for other in NAMES[max(k - 1, 0) : k] + NAMES[k + 1 : k + 2]:
        assert f"[{heading(notebooks[other])}]({other})" in top
    for other in NAMES[k + 1 : k + 2]:
        assert f"({other})" in end and len(end.split()) >= 8, "the next one, and why"


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_can_be_opened(name, notebooks):
    *_, last = notebooks[name].cells
    lines = re.findall(r"^\d+\. .*$", last.source, re.M)
    assert len(lines) == len(listed(notebooks[name])) >= 3
    assert [line for line in lines if "](https://" not in line] == []


def test_the_map_and_the_readme_lead_to_every_notebook(notebooks):
    text = prose(notebooks[NAMES[0]]).partition("## The map")[2].partition("\n## ")[0]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"({name})" in text for name in NAMES[1:])
    assert all(f"(notebooks/{name})" in readme for name in NAMES)


def test_a_new_notebook_gets_its_links_by_itself(notebooks):
    new = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# 12 · The last word\n\nWhy, see notebooks 05 and 06."),
            nbformat.v4.new_markdown_cell("## References\n\n1. M.-I. Stan, O. Rhodes, *Learning "
                                          "long sequences in spiking neural networks*, 2024."),
        ]
    )  # fmt: skip
    more = copy.deepcopy(notebooks) | {"12_the_last_word.ipynb": new}
    title, top, text = link("12_the_last_word.ipynb", more, "").cells[0].source.split("\n\n")
    assert title == "# 12 · The last word" and top.startswith(
        f"← [11 · {heading(more[NAMES[11]])[5:]}]"
    )
    assert "notebooks [05](05_hippo_remembering_a_function.ipynb) and [06](06_" in text
    assert "[*Learning long sequences in spiking neural networks*](https://doi.org/10.1038/" in (
        new.cells[-1].source
    )
    assert (
        "[12 · The last word](12_the_last_word.ipynb) →"
        in link(NAMES[11], more, "").cells[0].source
    )
    assert "| 12 | [The last word](12_the_last_word.ipynb) | " in prose(link(NAMES[0], more, ""))


def test_a_renamed_notebook_is_followed_and_one_without_a_row_is_named(notebooks):
    text = linked_notebooks("See [notebook 05](05_old.ipynb) and [06](06_old.ipynb).", PAGES)
    assert text == "See notebook [05](05_x.ipynb) and [06](06_y.ipynb)."
    with pytest.raises(ValueError, match="must hold a row of each notebook, got none of {'01'"):
        linked_map("| 02 | a | b |", {name: notebooks[name] for name in NAMES[:3]})


def test_notebooks_named_in_prose_are_links():
    text = (
        "# Recall notebook 05\n\n<summary>notebook 05</summary>\n\n"
        "Notebook 05, notebooks 05, 06 and 14; notebook 14; `notebook 05`, $notebook 05$."
    )
    assert linked_notebooks(text, PAGES) == (
        "# Recall notebook 05\n\n<summary>notebook 05</summary>\n\n"
        "[Notebook 05](05_x.ipynb), notebooks [05](05_x.ipynb), [06](06_y.ipynb) and 14; "
        "notebook 14; `notebook 05`, $notebook 05$."
    )


def test_dois_and_arxiv_numbers_are_links():
    text = "doi 10.1038/s41598-024-71678-8: the paper; arXiv:1308.3432 (2013), `arXiv 1308.3432`."
    expected = (
        "[doi 10.1038/s41598-024-71678-8](https://doi.org/10.1038/s41598-024-71678-8): the paper; "
        "[arXiv 1308.3432](https://arxiv.org/abs/1308.3432) (2013), `arXiv 1308.3432`."
    )
    assert linked_sources(text) == linked_sources(expected) == expected
    assert outside_code(str.upper, "a `b` $c$ [d](e) f") == "A `b` $c$ [d](e) F"


def test_titles_lead_to_what_any_notebook_says(notebooks):
    where = addresses(notebooks)
    assert len(where) >= 20 and linked_titles("*Nobody's book*", where) == "*Nobody's book*"
    assert all("]" not in address for address in where.values())
    corrected = linked_titles("[*A*](https://doi.org/10.1/old)", {"a": "https://doi.org/10.1/new"})
    assert corrected == "[*A*](https://doi.org/10.1/new)"
    kept = linked_titles("[*A*](https://x.org)", {"a": "https://doi.org/10.1/new"})
    assert kept == "[*A*](https://x.org)"


def test_the_glossary_keeps_every_letter():
    letters = re.findall(r"^ {4}(\S.*?) {2,}", sslearn.__doc__, re.M)
    page, file = glossary(sslearn.__doc__), tables(sslearn.__doc__)
    assert re.findall(r"^`(.+)`\n: ", page, re.M) == letters and len(letters) > 80
    assert page.count("\n## ") == page.count('<div class="sslearn-glossary">') >= 9
    assert [pair[0] for pairs in sections(sslearn.__doc__).values() for pair in pairs] == letters
    assert file.count("\n| ") == len(letters) + file.count("| letter |")
    assert tables(docstring(ROOT)) == file
    current = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    assert current == file, "run python notebooks/links.py"
    assert entries(["    tau, τ      time (ms)", "                and more"]) == [
        ["tau, τ", "time (ms) and more"]
    ]
    with pytest.raises(ValueError, match="must hold a glossary"):
        glossary("Nothing.")
