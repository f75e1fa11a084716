"""Check of notebook 13: how many streams a chip of 32 KB can carry."""

from sslearn.course.check import CheckResult, Property, agrees, check, is_whole, unlike

KB = 1024


def _streams(depth, H, N, state_bits, remainder_bits, budget, *, sums=1, count=1, per=8):
    """The whole streams in a budget of bytes, or that of a typical mistake."""
    bits = depth * H * N * (state_bits + remainder_bits) + 32 * (sums * H + count)
    return per * budget // bits


def check_streams(streams) -> CheckResult:
    """The learner counts the streams whose carried state fits into a budget of bytes."""
    case = 3, 64, 32, 8, 0, 32 * KB
    with_rest = 2, 64, 32, 8, 15, 96 * KB

    def run(f, case=case):
        return f(*case)

    def not_like(wrong, case=case):
        """The answer to a case that tells this mistake apart from the right answer."""
        return unlike(wrong, run=lambda f: f(*case))

    tight = 1, 64, 2, 4, 0, 8 * KB  # Here the sums are larger than the states.
    small = 1, 1, 2, 8, 0, 12  # One stream has 80 of these 96 bits.
    nearly = 1, 1, 2, 8, 0, 19  # It has 80 of these 152: two fit nearly.
    four = 1, 1, 2, 8, 0, 48  # Four have 320 of these 384.
    odd = 1, 3, 4, 5, 2, 997  # One stream has 212 bits, that is 26 bytes and a half.
    cases = [case, with_rest, tight, small, nearly, four, odd, (4, 128, 64, 16, 0, KB * 256)]
    numbers = "depth * H * N numbers, two for each of the N/2 complex states"
    return check("streams", streams, [
        Property(lambda f: is_whole(run(f)), "return one whole number", "//, not /"),
        Property(not_like(_streams(*case, per=1)),
                 "budget is in bytes, and the widths are in bits", "8 * budget"),
        Property(not_like(_streams(3, 64, 16, 8, 0, 32 * KB)),
                 "a complex state is two numbers, its real and its imaginary part", numbers),
        Property(not_like(_streams(3, 64, 64, 8, 0, 32 * KB)),
                 "both parts are counted twice: N is the number of real numbers already", numbers),
        Property(not_like(8 * 32 * KB // (3 * (64 * 32 * 8 + 32 * 64))),
                 "the running sum and the count belong to a stream, not to each of its blocks",
                 "add them once, beside the states of all blocks"),
        Property(not_like(_streams(1, 64, 32, 8, 0, 32 * KB)),
                 "the states of one block are counted, and there are depth of them", numbers),
        Property(lambda f: not_like(123, tight)(f) and not_like(7, four)(f),
                 "every stream has a sum and a count of its own; here all streams share one",
                 "count them in the bits of one stream"),
        Property(lambda f: not_like(_streams(*case) + 1)(f) and not_like(2, nearly)(f),
                 "a stream that fits in part does not fit: round down", "//"),
        Property(not_like(36, odd),
                 "streams are packed without gaps: none is rounded up to whole bytes",
                 "divide bits by bits"),
        Property(not_like(_streams(*with_rest[:4], 0, with_rest[5]), with_rest),
                 "the remainder lives from step to step too, so it is state: count its bits",
                 "state_bits + remainder_bits"),
        Property(not_like(_streams(*tight, sums=0), tight),
                 "the mean over time needs a running sum of 32 bits for each of the H features",
                 "32 * H"),
        Property(not_like(_streams(*small, count=0), small),
                 "the count of the steps is missing: 32 bits more a stream", "32 * (H + 1)"),
        Property(lambda f: run(f) == _streams(*case),
                 f"32 KB carry {_streams(*case)} streams of three blocks, H = 64, N = 32, 8 bits",
                 "write down the bits of one stream: states, remainders, sums, count"),
        Property(agrees(_streams, cases), "right for some cases only",
                 "count a stream of one block and one channel by hand"),
    ])  # fmt: skip
