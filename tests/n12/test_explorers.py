"""The discoveries of notebook 12's explorers, and the record that they open."""

import json
import math

import numpy as np
import pytest
import torch

from sslearn.course.n12_cost import racing
from sslearn.course.n12_cost.landscape import FANS, RATES, break_even_map, line_of, map_view
from sslearn.course.n12_cost.ledger import energy_ledger, ledger_view
from sslearn.course.n12_cost.networks import (
    DIGITS,
    MNIST,
    WIDTHS,
    awake_share,
    counted,
    event_inputs,
    network,
    recorded,
    rival,
)
from sslearn.course.n12_cost.pricing import (
    BOUNDARIES,
    GROUPS,
    Terms,
    bill,
    break_even,
    cost,
    counts_of,
)
from sslearn.energy import count
from sslearn.energy.events import shared_rate
from sslearn.runs import ASSETS, load_task
from sslearn.training import accuracy
from studies.cost import stored

EXPLORERS = [energy_ledger, break_even_map]


def presets(make, view):
    lab = make()
    found = {name: view(**lab.defaults | values)[0] for name, values in lab.presets.items()}
    return found | {"default": view(**lab.defaults)[0]}


@pytest.fixture(scope="module")
def ledger():
    return presets(energy_ledger, ledger_view)


@pytest.fixture(scope="module")
def chart():
    return presets(break_even_map, map_view)


@pytest.fixture(scope="module")
def digits():
    return load_task("digits").test[0][:24]


def test_products_alone_say_always_cheaper(ledger):
    alone = ledger["products alone"]
    assert alone["break_even"] == 1.0 and alone["ratio"] < 0.15
    everywhere = ledger_view(boundary="products", rate=3.0)[0]
    assert everywhere["rate"] > 0.85 and everywhere["ratio"] < 0.3


def test_the_state_and_the_gate_remain_when_nothing_spikes(ledger):
    rest = ledger["state and gates remain"]
    assert rest["rate"] < 0.01 and 0.45 < rest["ratio"] < 0.55
    products = ledger_view(boundary="products", rate=0.02)[0]
    assert products["ratio"] < 0.1


def test_memory_takes_the_break_even_rate_to_a_few_per_cent(ledger):
    register, memory, waits = (
        ledger[name]["break_even"] for name in ("default", "sums in memory", "and S4D waits for 64")
    )
    assert register == 1.0 and 0.1 < memory < 0.2 and 0.04 < waits < 0.06
    assert ledger["sums in memory"]["ratio"] > 1 > ledger["default"]["ratio"]
    assert ledger["and S4D waits for 64"]["ratio"] > 1.5


def test_each_of_these_presets_changes_one_term_of_the_one_before():
    lab = energy_ledger()
    chain = ["narrow numbers", "sums in memory", "and S4D waits for 64"]
    values = [lab.defaults | lab.presets[name] for name in chain]
    for one, other in zip(values, values[1:], strict=False):
        assert sum(one[name] != other[name] for name in one) == 1
    assert [ledger_view(**v)[0]["break_even"] > r for v, r in
            zip(values, (0.99, 0.1, 0.04), strict=True)] == [True] * 3  # fmt: skip


def test_a_group_that_is_skipped_whole_is_hardly_ever_skipped(ledger):
    whole = ledger["16 skipped together"]
    assert whole["rate"] < 0.32 and whole["awake"] > 0.97
    single = ledger_view(adding="memory")[0]
    assert whole["ratio"] > 1.2 > 1 > single["ratio"]


def test_a_millisecond_of_idling_is_a_large_part(ledger):
    still = ledger["a millisecond a token"]
    mine, theirs = still["parts"]
    assert mine["static power"] == theirs["static power"] > mine["state and gates"]
    working = sum(mine.values()) - mine["static power"]
    assert still["ratio"] > working / (sum(theirs.values()) - theirs["static power"])


def test_lif_neurons_have_almost_no_state_to_pay_for(ledger):
    assert ledger["LIF"]["ratio"] < 0.2
    mine, theirs = ledger["LIF"]["parts"]
    assert mine["state and gates"] < 0.2 * theirs["state and gates"]


def test_a_transformer_pays_for_every_token_before_and_a_state_does_not(ledger):
    far = ledger["Transformer, 16,384 tokens"]
    assert far["ratio"] > 100 and ledger_view(name="Transformer", doublings=0)[0]["ratio"] < 1
    for name in ("S4D", "Binary S4D", "GSU", "LIF"):
        assert counted(name, 1) == counted(name, 16384)


def test_the_lines_of_the_picture_are_the_numbers(ledger):
    for data in ledger.values():
        assert np.interp(math.log(64), np.log(data["S4D"][0]), data["S4D"][1]) == pytest.approx(
            data["nJ"][1])  # fmt: skip
        if len(data["now"][0]):
            assert data["now"][1][0] == pytest.approx(data["ratio"])
        if data["break_even"] not in (0, 1):
            assert data["break-even"] == ([100 * data["break_even"]], [1.0])


def test_on_the_map_products_alone_are_cheaper_everywhere(chart):
    assert (chart["products alone"]["ratio"] < 1).all()
    assert (chart["products alone"]["limits"] == 1).all()


def test_on_the_map_the_break_even_follows_what_is_moved(chart):
    at = {name: data["limits"][np.argmin(abs(FANS - 1024))] for name, data in chart.items()}
    assert at["sums in a register"] == 1.0 and 0.13 < at["default"] < 0.18
    assert 0.03 < at["the dense side waits for 64"] < 0.06
    assert 0.5 < at["float32"] < 0.7


def test_on_the_map_a_state_that_both_have_hides_the_saving(chart):
    small = np.argmin(abs(FANS - 32))
    alone, both = (chart[n]["ratio"][0, small] for n in ("default", "Binary S4D for S4D"))
    assert alone < 0.2 and both > 0.6
    assert np.isnan(line_of(chart["Binary S4D for S4D"]["ratio"], 0.5)[small])


def test_break_even_lines_lie_where_the_ratio_is_one(chart):
    for name in ("default", "Binary S4D for S4D", "float32"):
        data = chart[name]
        for k in (0, 30, 72):
            assert np.interp(data["limits"][k], RATES, data["ratio"][:, k]) == pytest.approx(1)


@pytest.mark.parametrize("name", ["S4D", "Binary S4D", "GSU", "LIF"])
def test_the_record_is_what_the_counter_counts(name, digits):
    """Its numbers, but for the rates of 24 digits in place of 359."""
    now, kept = counts_of(count(network(name), digits)), counted(name)
    for field in ("multiply", "add_events", "other_multiply", "weights", "other_weights", "moved"):
        assert getattr(now, field) == pytest.approx(getattr(kept, field), rel=1e-4), field
    assert now.add == pytest.approx(kept.add, rel=1e-3)
    assert now.rate == pytest.approx(kept.rate, abs=0.03)


@pytest.mark.parametrize("name", MNIST)
def test_the_record_of_wider_networks_is_what_the_counter_counts(name):
    """No number that is looked at depends on the pixels."""
    now, kept = counts_of(count(network(name), torch.rand(1, 4, 1))), counted(name)
    for field in ("multiply", "add_events", "other_multiply", "weights", "other_weights", "moved"):
        assert getattr(now, field) == pytest.approx(getattr(kept, field), rel=1e-4), field
    assert recorded(name)["accuracy"] > 0.98 and rival(name) == "S4D, MNIST"


def test_wider_networks_tell_the_same_story():
    mine, theirs = counted("Binary S4D, MNIST"), counted("S4D, MNIST")
    ratio = {b: cost(mine, Terms(), b) / cost(theirs, Terms(), b) for b in BOUNDARIES}
    assert ratio["products"] < 0.1 and 0.45 < ratio["+ state and gates"] < 0.6
    waits = Terms("int8", "int16", "int32", in_memory=True, reuse=64)
    assert 0.03 < break_even(mine, theirs, waits, "+ memory") < 0.05


def test_a_transformer_s_numbers_lie_on_a_line(digits):
    few = digits[:2]
    for read in (7, 40):
        now = counts_of(count(network("Transformer"), few[:, :read], first=read - 1))
        for mine, theirs in zip(counted("Transformer", read)[:12], now[:12], strict=True):
            assert mine == pytest.approx(theirs, rel=1e-6, abs=1e-6)


def test_bills_are_the_ledger_priced():
    """The same sum by the library's own `price`, at float32, with sums in registers."""
    ledger = count(network("Binary S4D"), load_task("digits").test[0][:2])
    parts = bill(counts_of(ledger), Terms(memory="SRAM 8 kB"))
    prices = {"multiply": 3.7, "add": 0.9, "compare": 0.9} | {
        (operation, bits): bits * 10 / 64
        for operation in ("read weight", "read state", "write state", "read activation",
                          "write activation")
        for bits in (1, 2, 32, 64)
    }  # fmt: skip
    whole = ledger.price(prices)
    moved = whole.only(operation={"read weight", "read state", "write state", "read activation",
                                  "write activation"})  # fmt: skip
    assert parts["memory"] == pytest.approx(moved.total(), rel=2e-3)
    assert parts["products"] + parts["state and gates"] == pytest.approx(
        whole.total() - moved.total()
    )
    assert list(parts) == list(GROUPS) and list(BOUNDARIES.values())[-1] == GROUPS


def test_rates_and_groups_are_those_of_the_networks(digits):
    for name in ("Binary S4D", "GSU", "LIF"):
        fed = event_inputs(network(name), digits)
        for width in (1, 8):
            now = sum(shared_rate(s.abs(), width) for s in fed) / len(fed)
            assert now == pytest.approx(awake_share(name, width), abs=0.04), (name, width)
    assert all(event_inputs(network(name), digits) == [] for name in ("S4D", "Transformer"))
    assert awake_share("LIF", 4, 0.5) == 1 - 0.5**4
    assert set(recorded("GSU")["shared"]) == {str(w) for w in WIDTHS}


@pytest.mark.parametrize("name", DIGITS)
def test_shipped_networks_are_what_the_record_says(name):
    kept = recorded(name)
    assert accuracy(network(name), load_task("digits").test) == pytest.approx(
        kept["accuracy"], abs=0.009)  # fmt: skip
    if name != "GSU":
        assert kept["parameters"] == pytest.approx(6900, rel=0.01)


def test_break_even_solves_for_the_rate():
    terms = Terms("int8", "int16", "int32", in_memory=True, reuse=64)
    mine, theirs = counted("LIF"), counted("S4D")
    rate = break_even(mine, theirs, terms, "+ memory")
    limit = cost(theirs, terms, "+ memory")
    assert cost(mine, terms, "+ memory", rate=rate) == pytest.approx(limit)
    assert break_even(theirs, theirs, terms, "products") == 1.0
    far = counted("Transformer", 16384)
    assert break_even(far, theirs, terms, "products") == 0.0
    grouped = break_even(mine, theirs, terms._replace(width=8), "+ memory")
    assert 1 - (1 - grouped) ** 8 == pytest.approx(rate)


def test_unknown_names_are_told():
    with pytest.raises(ValueError, match="network"):
        counted("LSTM")
    with pytest.raises(ValueError, match="boundary"):
        cost(counted("S4D"), Terms(), "all")
    with pytest.raises(ValueError, match="unit"):
        map_view(unit="ReLU")


def test_a_study_s_row_keeps_what_it_summed(digits):
    ledger = count(network("Binary S4D"), digits[:2])
    kept = stored(ledger)
    assert sum(row[-1] for row in kept["rows"]) == pytest.approx(ledger.total(), rel=1e-6)
    assert kept["tokens"] == 128 and len(kept["products"]) == len(ledger.products)


def test_the_stored_race_is_whole_and_its_crossing_is_told():
    record = json.loads((ASSETS / "events.json").read_text(encoding="utf-8"))
    assert tuple(record["rates"]) == racing.RATES
    assert {n: tuple(s) for n, s in record["shapes"].items()} == racing.SHAPES
    data, caption = racing.event_race_view(record["ms"])
    assert math.isnan(data["crossing"]["narrow"]) and 0.03 < data["crossing"]["wide"] < 1
    assert "narrow, 64 to 128: events are faster at no rate shown" in caption
    picture = racing.stored_event_race()
    assert picture.caption.startswith("Measured once") and caption in picture.caption
    assert len(picture.artists["wide crossing"].get_xdata()) == 1
    assert len(picture.artists["narrow crossing"].get_xdata()) == 0


def test_a_live_race_measures_and_saves_the_stored_one(monkeypatch):
    ms = {n: {w: [1.0] * 7 + [2.0 + (w == "events")] for w in ("dense", "events")}
          for n in racing.SHAPES}  # fmt: skip
    ms["wide"]["events"] = [0.5] * 7 + [3.0]
    monkeypatch.setattr(racing, "time_shapes", lambda: ms)
    race = racing.event_race()
    assert race.times is ms and -0.3 < race.picture.artists["wide crossing"].get_xdata()[0] < 0
    saved = race._repr_mimebundle_()
    assert saved["text/plain"] == racing.stored_event_race().caption


def test_a_race_puts_the_threads_back():
    before = torch.get_num_threads()
    times = racing.time_shapes(repeats=1)
    assert torch.get_num_threads() == before and set(times) == set(racing.SHAPES)
