"""Published energies: each has its source, prices between two figures, errors for unknown names."""

import re

import pytest

from sslearn.energy import tables
from sslearn.energy.published import ACCOUNTINGS, TERMS
from sslearn.energy.tables import (
    HOROWITZ,
    MEMORIES,
    NEUROMORPHIC,
    access_pJ,
    add_pJ,
    memory_of,
    multiply_pJ,
)


@pytest.mark.parametrize("table", [HOROWITZ, NEUROMORPHIC])
def test_every_figure_says_what_it_is_of_and_who_says_so(table):
    for name, energy in table.items():
        assert energy.pJ > 0 and energy.per and "nm" in energy.process, name
        assert re.search(r"doi 10\.\d+|arXiv \d{4}\.\d{5}", energy.source), name
        assert energy.read.startswith(("second-hand", "table read", "abstract read")), name
        assert energy.kind in ("rough figure", "measured", "simulated before silicon", "not said")


def test_the_figures_that_the_field_repeats():
    assert HOROWITZ["float32 ×"].pJ + HOROWITZ["float32 +"].pJ == pytest.approx(4.6)
    assert HOROWITZ["int8 ×"].pJ + HOROWITZ["int32 +"].pJ == pytest.approx(0.3)
    assert [HOROWITZ[m].pJ for m in MEMORIES] == [10, 20, 100, 1300]
    assert NEUROMORPHIC["Loihi, synapse"].kind == "simulated before silicon"
    assert tables.IDLE_MW == pytest.approx(0.01025, abs=1e-5)


def test_an_unknown_name_is_told_with_the_known_ones():
    with pytest.raises(ValueError, match="key must be one of .*'TrueNorth, whole chip'.*'Akida'"):
        NEUROMORPHIC["Akida"]
    with pytest.raises(ValueError, match="memory must be one of .*SRAM 8 kB.*got 'L2'"):
        access_pJ(64, "L2")
    for form in ("int0", "int33", "float64", "double", "8", ""):
        with pytest.raises(ValueError, match="form must be"):
            multiply_pJ("int8", form)
    with pytest.raises(ValueError, match="bytes"):
        memory_of(-1)
    with pytest.raises(ValueError, match="term"):
        ACCOUNTINGS["Lemaire et al. 2022"].says("rent")


def test_prices_pass_through_the_table_and_grow_with_the_bits():
    assert multiply_pJ("int8", "int8") == pytest.approx(0.2)
    assert multiply_pJ("int32", "int32") == pytest.approx(3.1)
    assert multiply_pJ("int4", "int16") == pytest.approx(0.2)  # 64 cells, as 8 x 8
    assert add_pJ("int8") == pytest.approx(0.03) and add_pJ("int32") == pytest.approx(0.1)
    assert multiply_pJ("float32", "int8") == multiply_pJ("float16", "float32") == 3.7
    assert multiply_pJ("float16", "int8") == 1.1 and add_pJ("float16") == 0.4
    grows = [multiply_pJ(f"int{b}", "int8") for b in (2, 4, 8, 16, 32)]
    assert grows == sorted(grows) and add_pJ("int16") < add_pJ("int24") < add_pJ("int32")


def test_memory_is_priced_by_the_bits_and_chosen_by_the_size():
    assert access_pJ(64, "SRAM 32 kB") == 20 and access_pJ(8, "SRAM 8 kB") == 1.25
    assert [memory_of(n) for n in (0, 8192, 8193, 2**20, 2**20 + 1)] == [
        "SRAM 8 kB", "SRAM 8 kB", "SRAM 32 kB", "SRAM 1 MB", "DRAM",
    ]  # fmt: skip


def test_an_accounting_counts_terms_that_there_are():
    for name, one in ACCOUNTINGS.items():
        assert one.counts | one.unknown <= set(TERMS) and not one.counts & one.unknown, name
        assert one.says("products") == "yes" and one.claim and one.per and one.read
    assert ACCOUNTINGS["4.6 and 0.9 pJ"].says("weight reads") == "no"
    assert ACCOUNTINGS["Lemaire et al. 2022"].says("state reads and writes") == "yes"
    assert ACCOUNTINGS["GSU against S4D"].says("static power") == "?"
