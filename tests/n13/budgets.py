"""Answers to the exercise `streams`: two right ones, and six that count other bits."""


def streams(depth, H, N, state_bits, remainder_bits=0, budget=32 * 1024):
    bits = depth * H * N * (state_bits + remainder_bits) + 32 * H + 32
    return 8 * budget // bits


def one_by_one(depth, H, N, state_bits, remainder_bits, budget):
    """Streams are put in until the next one does not fit."""
    left, n = 8 * budget, 0
    need = 2 * depth * H * (N // 2) * (state_bits + remainder_bits) + 32 * (H + 1)
    if N % 2:
        need = depth * H * N * (state_bits + remainder_bits) + 32 * (H + 1)
    while left >= need:
        left, n = left - need, n + 1
    return n


def per_block(d, H, N, b, rest, budget):
    return 8 * budget // (d * H * (N * (b + rest) + 32) + 32)


def per_block_with_count(d, H, N, b, rest, budget):
    return 8 * budget // (d * (H * N * (b + rest) + 32 * (H + 1)))


def to_the_nearest(d, H, N, b, rest, budget):
    return round(8 * budget / (d * H * N * (b + rest) + 32 * (H + 1)))


def whole_bytes(d, H, N, b, rest, budget):
    return budget // -(-(d * H * N * (b + rest) + 32 * (H + 1)) // 8)


def sums_once(d, H, N, b, rest, budget):
    return (8 * budget - 32 * (H + 1)) // (d * H * N * (b + rest))


def count_once(d, H, N, b, rest, budget):
    return (8 * budget - 32) // (d * H * N * (b + rest) + 32 * H)
