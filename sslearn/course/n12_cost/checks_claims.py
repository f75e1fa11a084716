"""Checks of notebook 12: the term that a claim leaves out, and the boundary of a figure."""

import re

from sslearn.course.check import CheckResult, Property, check, unlike

SPIKING = {"products": 120.0, "state": 300.0, "weight reads": 260.0, "static": 90.0}
DENSE = {"products": 610.0, "state": 310.0, "weight reads": 850.0, "static": 85.0}


def _sum(side: dict, without: str = "") -> float:
    return sum(v for n, v in side.items() if n != without)


def _ratio(spiking: dict, dense: dict, without: str = "") -> float:
    """The ratio of both sums, each without one term."""
    return _sum(spiking, without) / _sum(dense, without)


ONE_SIDED = (
    lambda s, d, n: _sum(s, n) / _sum(d),
    lambda s, d, n: _sum(s) / _sum(d, n),
)
OWN = (lambda s, d, n: s[n] / d[n],)


def _left_out(spiking, dense, claim):
    return next((n for n in ["", *spiking] if round(_ratio(spiking, dense, n), 2) == claim), "")


def _claim(without: str) -> float:
    return round(_ratio(SPIKING, DENSE, without), 2)


def check_left_out(left_out) -> CheckResult:
    """The learner names the term without which both sides have the claimed ratio, or ''."""
    claim = _claim("static")
    case = (SPIKING, DENSE, claim)

    def named(wrong):
        return unlike(wrong, run=lambda f: f(*case), same=lambda a, b: a == b)

    def gives(*terms):
        return lambda f: all(f(SPIKING, DENSE, _claim(n)) == n for n in terms)

    def not_by(*wrong):
        """The property that f does not find each term by one of these ratios."""
        claims = [[round(ratio(SPIKING, DENSE, n), 2) for n in SPIKING] for ratio in wrong]
        return lambda f: all(
            [f(SPIKING, DENSE, claim) for claim in these] != list(SPIKING) for these in claims
        )

    def whole_first(f):
        return f({"a": 1.0, "b": 3.0}, {"a": 2.0, "b": 6.0}, 0.5) == ""

    others = [
        ({"a": 3.0, "b": 5.0, "c": 1.0}, {"a": 9.0, "b": 5.5, "c": 4.0}),
        ({"x": 0.2, "y": 7.0}, {"x": 6.0, "y": 7.0}),
    ]

    def elsewhere(f):
        return all(f(s, d, round(_ratio(s, d, n), 2)) == n for s, d in others for n in ["", *s])

    both = "take the term away from both sums, divide, and round to two places"
    return check("left_out", left_out, [
        Property(lambda f: isinstance(f(*case), str), "return the name of a term, or ''",
                 "a text, such as 'state'"),
        Property(lambda f: f(*case) in ["", *SPIKING], "this is no term of the two sides",
                 "one of the keys"),
        Property(named("state"), "the largest term need not be the one left out", both),
        Property(not_by(*ONE_SIDED), "the term is taken from one side only", both),
        Property(not_by(*OWN), "this is the ratio of one term alone; what is left without it must "
                 "have the claimed ratio", both),
        Property(gives("static", "products"), "the claim has two places: round your ratio as well",
                 both),
        Property(gives("", "state"), "a claim may leave out nothing: then the answer is ''",
                 "try the whole ratio first"),
        Property(whole_first, "where the whole ratio is the claimed one, nothing is left out",
                 "try the whole ratio first"),
        Property(elsewhere, "right for one pair of sides only", both),
    ])  # fmt: skip


PARTS = ("what", "per", "on", "left_out")
STEP = r"token|step|pixel"
LONGER = r"\b(?:digit|image|picture|sequence|sample|second|inference|classification)s?\b"


def _says(text: str, *words: str) -> bool:
    """Whether the text has a match of any of the patterns, in any case."""
    return any(re.search(word, text, re.IGNORECASE) for word in words)


def check_boundary(boundary) -> CheckResult:
    """The learner states what the figure of section 1 counts, per what, on what, and what not."""

    def part(name):
        return lambda f: str(f()[name])

    def texts(f):
        made = f()
        return isinstance(made, dict) and set(made) == set(PARTS) and all(
            isinstance(t, str) for t in made.values())  # fmt: skip

    def words(f):
        return all(len(t.split()) >= 2 for t in f().values())

    def says(name, *words):
        return lambda f: _says(part(name)(f), *words)

    def no_measurement(f):
        what = re.sub(r"\b(not|never) (\w+ )?(measure\w*|count\w*|estimate\w*|priced)|\bno \w+", "",
                      part("what")(f), flags=re.IGNORECASE)  # fmt: skip
        counted = _says(what, r"\bcount", r"estimat", r"\bpriced\b", r"tabulated")
        return counted and not _says(what, r"measure", r"consum")

    def a_step(f):
        """The first thing named is a step of the sequence; a digit's pixel is one."""
        text = re.sub(rf"{LONGER}('s)?[ -](?={STEP})", "", part("per")(f).lower())
        first = re.search(rf"{LONGER}|(?P<step>{STEP})", text)
        return bool(first and first["step"])

    def floats(f):
        on = re.sub(r"\b(not|no|never) (\w+ )?int\w*", "", part("on")(f), flags=re.IGNORECASE)
        return (_says(on, r"float", r"\bfp[ -]?\d", r"single[ -]precision")
                and not _says(on, r"\bint(eger|\d|\b)"))  # fmt: skip

    return check("boundary", boundary, [
        Property(texts, "return a dict of four texts: what, per, on, left_out",
                 "{'what': '...', 'per': '...', 'on': '...', 'left_out': '...'}"),
        Property(words, "a part is one word: say it in more than one word",
                 "not 'token' alone: one token, that is ..."),
        Property(says("what", r"product", r"matri", r"linear"),
                 "what: say of which part of the network: the matrix products", "products"),
        Property(lambda f: _says(part("what")(f), r"multiply", r"multiplies", r"multiplied",
                                  r"multiplication", r"\bmult?s?\b", r"\bMACs?\b")
                 and _says(part("what")(f), r"\badd", r"accumulat", r"\bACs?\b"),
                 "what: name both operations that were counted", "multiplications and additions"),
        Property(no_measurement,
                 "what: an operation count is no measurement: say that it was counted, and then "
                 "priced", "counted multiplications and additions of ..."),
        Property(a_step,
                 "per: the figure is for one step of the sequence, not for a digit or a second",
                 "a token"),
        Property(says("on", r"45[ -]?(nm|nano)"), "on: name the process that the prices are of",
                 "45 nm"),
        Property(floats, "on: name the kind of number, and it is no integer: the addition of one "
                 "costs a ninth of a float's", "32-bit floats"),
        Property(says("left_out", r"memory", r"memories", r"read", r"SRAM", r"DRAM", r"data mov"),
                 "left_out: the largest cost is missing: where do the weights come from?",
                 "reads and writes of memory"),
        Property(says("left_out", r"state", r"decay", r"recurren"),
                 "left_out: a Binary S4D still multiplies, outside its products: where?",
                 "the state"),
        Property(says("left_out", r"static", r"leak", r"idle"),
                 "left_out: a chip takes power while nothing happens", "static power"),
    ])  # fmt: skip
