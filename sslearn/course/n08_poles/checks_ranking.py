"""Check of notebook 08: a fair ranking."""

import operator

from sslearn.course.check import CheckResult, Property, check, unlike


def check_ranking(ranking) -> CheckResult:
    """The learner gives the names of `inits`, the lowest mean error over all seeds first."""
    pairs = {"a": (0.1, 0.9), "b": (0.2, 0.5), "c": (0.42, 0.44), "d": (0.8, 0.41)}
    # Mean, median, best, worst and the first two of these put them into five different orders.
    more = {"a": (0.3, 0.3, 0.9, 0.34), "b": (0.5, 0.1, 0.51, 0.49), "c": (0.2, 0.65, 0.2, 0.37),
            "d": (0.38, 0.36, 0.37, 0.35), "e": (0.05, 0.8, 0.8, 0.81)}  # fmt: skip

    def run(f, values=pairs, names="cdab", seeds=(3, 5)):
        inits = {name: (lambda N, name=name: name) for name in names}
        made = {id(init): name for name, init in inits.items()}
        calls = []

        def error(init, seed):
            if id(init) not in made or seed not in seeds:
                raise TypeError("error takes one of the functions in inits, then one of the seeds")
            calls.append((made[id(init)], seed))
            return values[made[id(init)]][seeds.index(seed)]

        return list(f(error, inits, seeds)), calls

    by_mean = sorted("ecadb", key=lambda name: sum(more[name]))

    def orders_not(names):
        return unlike(list(names), run=lambda f: run(f)[0], same=operator.eq)

    return check("ranking", ranking, [
        Property(lambda f: all(isinstance(x, str) for x in run(f)[0]),
                 "return the names alone, in order", "sorted(inits, key=...) gives names"),
        Property(lambda f: sorted(run(f)[0]) == list("abcd"), "every name exactly once", "sorted"),
        Property(lambda f: len({seed for _, seed in run(f)[1]}) == 2,
                 "one seed is one draw of luck: use all of them", "for seed in seeds"),
        Property(lambda f: len(set(run(f)[1])) == 8,
                 "not fair: every initialisation must run with every seed", "two nested loops"),
        Property(orders_not("cdab"), "these are not sorted: they stand as in inits",
                 "sorted(inits, key=...)"),
        Property(orders_not("dacb"), "this puts the highest error first",
                 "the lowest error is best"),
        Property(orders_not("abdc"), "this ranks by the best seed: take the mean",
                 "sum / len(seeds)"),
        Property(orders_not("cbda"), "this ranks by the worst seed: take the mean",
                 "sum / len(seeds)"),
        Property(lambda f: run(f)[0] == ["b", "c", "a", "d"], "not the order of the mean errors",
                 "mean over seeds, lowest first"),
        Property(lambda f: len(run(f)[1]) == 8, "you train more often than needed",
                 "each initialisation once with each seed"),
        Property(lambda f: all(run(f, more, "ecadb", seeds)[0] == by_mean
                               and len(run(f, more, "ecadb", seeds)[1]) == 20
                               for seeds in ((7, 0, 2, 11), [4, 3, 2, 1]))
                 and run(f, {"x": (2.0,)}, "x", (9,))[0] == ["x"],
                 "right for two seeds only", "the mean over all seeds, however many"),
    ])  # fmt: skip
