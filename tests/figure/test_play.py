"""Play, and what is dragged: what the page asks for, and what the kernel answers."""

import numpy as np
import pytest

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Drag, Explorer
from sslearn.course.figure.play import AHEAD
from sslearn.course.figure.plots import draw_line, style_axes
from tests.figure.test_explorer import EXPLORERS


def draw(fig):
    ax = style_axes(fig.subplots(), x="x", y="y")
    ax.set(xlim=(0, 1), ylim=(0, 20))
    return {"y": draw_line(ax)}


def view(a, b):
    return {"y": ([0, 1], [a, a])}, f"a is {a}, b is {b}"


def made(**more):
    controls = {"a": Slider("a", 0, 10, 1, 4, play=True), "b": Slider("b", 0.0, 1.0, 0.1, 0.5)}
    explorer = Explorer(view, draw, controls, presets={"one": {"a": 1}}, reading="", **more)
    sent = []
    explorer._living.send = lambda message, buffers=(): sent.append((message, buffers))
    return explorer, explorer._players["a"], sent


def ask(explorer, token, got):
    explorer._living._handle_custom_msg({"more": token, "got": got}, [])


def test_the_page_gets_every_position_once_and_in_order():
    explorer, player, sent = made()
    player.button.value = True
    token = sent[0][0]["play"]["token"]
    ask(explorer, token, 0)
    ask(explorer, token, 0)  # A second view of the same explorer asks, too.
    ask(explorer, token, AHEAD)
    answers = [message for message, _ in sent[1:]]
    captions = [frame["caption"] for answer in answers for frame in answer["frames"]]
    assert captions == [f"a is {a}, b is 0.5" for a in range(5, 11)]
    assert answers[-1]["last"] and explorer.values["a"] == 10
    explorer._living._handle_custom_msg({"played": token}, [])
    assert not player.playing and explorer._living.move["caption"] == "a is 10, b is 0.5"


@pytest.mark.parametrize("way", ["reset", "preset", "hand"])
def test_what_was_asked_before_a_stop_is_not_answered(way):
    explorer, player, sent = made()
    player.button.value = True
    token = sent[0][0]["play"]["token"]
    ask(explorer, token, 0)
    if way == "hand":
        explorer.controls["b"].value = 0.1
    else:
        explorer.reset() if way == "reset" else explorer.preset("one")
    stopped, count = explorer.values, len(sent)
    ask(explorer, token, AHEAD)
    assert explorer.values == stopped and len(sent) == count and not player.playing
    wanted = {"reset": 4, "preset": 1}
    assert stopped["a"] == wanted.get(way, stopped["a"])


def test_play_begins_anew_at_the_end():
    explorer, player, sent = made()
    explorer.set(a=10)
    player.button.value = True
    ask(explorer, sent[-1][0]["play"]["token"], 0)
    assert sent[-1][0]["frames"][0]["caption"] == "a is 1, b is 0.5"


def test_an_error_ends_the_play():
    def broken(a, b):
        if a > 4:
            raise RuntimeError("too far")
        return view(a, b)

    explorer, player, sent = made()
    explorer.view = broken
    player.button.value = True
    with pytest.raises(RuntimeError, match="too far"):
        player._more({"more": sent[0][0]["play"]["token"], "got": 0})
    assert not player.playing


def test_a_drag_moves_its_slider_to_the_nearest_position():
    explorer, *_ = made(drags={"y": {"y": Drag("a", times=0.5)}})
    explorer._living._handle_custom_msg({"drag": "a", "value": 6.6}, [])
    assert explorer.values["a"] == 7 and explorer.caption == "a is 7, b is 0.5"
    explorer._living._handle_custom_msg({"drag": "a", "value": 1e9}, [])
    assert explorer.values["a"] == 10


def test_a_drag_that_leads_nowhere_is_refused():
    for drags in ({"z": {"y": Drag("a")}}, {"y": {"z": Drag("a")}}, {"y": {"y": Drag("c")}}):
        with pytest.raises(ValueError, match="a drag must"):
            made(drags=drags)


@pytest.mark.parametrize("make", EXPLORERS)
def test_what_can_be_dragged_stands_where_its_slider_is(make):
    explorer = make()
    looks = {look["name"]: look for look in explorer._living.spec["looks"]}
    for values in ({}, *explorer.presets.values()):
        explorer.set(**explorer.defaults | values)
        for artist, axes in explorer.drags.items():
            for axis, drag in axes.items():
                data = getattr(explorer.picture.artists[artist], f"get_{axis}data")()
                shown = drag.times * np.asarray(data, float)
                shown = np.abs(shown) if drag.mirrored else shown
                assert looks[artist]["to"][axis], (artist, axis)
                near = np.abs(shown - explorer.values[drag.control]).min(initial=np.inf)
                absent = not len(shown) or explorer.values.get("drive", "step") != "step"
                assert absent or near < 1e-6, (artist, axis, values)


def test_a_choice_of_other_quantities_leaves_no_ghost():
    controls = {"a": Slider("a", 0, 10, 1, 4), "b": Choice("b", (1, 2), 1, apart=True)}
    explorer = Explorer(view, draw, controls, presets={}, reading="")
    ghosts = []
    for values in ({"a": 5}, {"b": 2}, {"a": 6}, {"a": 7, "b": 1}):
        explorer.set(**values)
        ghosts.append(explorer._living.move["ghost"])
    assert ghosts == [True, False, True, False]


def test_a_value_that_the_page_returns_changes_nothing():
    explorer, player, _ = made()
    player.button.value = True
    shown = explorer._living.k
    explorer.controls["b"].value = 0.5000000000000001
    assert player.playing and explorer._living.k == shown and explorer.values["b"] == 0.5
    assert "sslearn-moved" not in explorer.controls["b"]._dom_classes
