import math

import pytest
import torch

from sslearn import information


def test_shared_bits_by_hand():
    a = torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])

    def bits(b):
        return information.shared_bits(information.pair_counts(a, b))

    assert bits(a) == pytest.approx(2) and bits(-a) == pytest.approx(2)
    assert bits(a // 2) == pytest.approx(1)
    assert bits(torch.tensor([0, 1] * 4)) == pytest.approx(0)
    assert information.pair_counts(a, a // 2).tolist() == [[2, 0], [2, 0], [0, 2], [0, 2]]
    flip = torch.tensor([[0.9, 0.1], [0.1, 0.9]])  # it turns one bit in ten
    noise = -(0.9 * math.log2(0.9) + 0.1 * math.log2(0.1))
    assert information.shared_bits(flip) == pytest.approx(1 - noise)


def test_entropy_by_hand():
    p = torch.tensor([0.0, 0.25, 0.5, 1.0])
    quarter = 0.25 * 2 + 0.75 * math.log2(4 / 3)
    torch.testing.assert_close(information.entropy(p), torch.tensor([0.0, quarter, 1.0, 0.0]))


def test_information_of_a_slot_is_that_of_its_joint_table():
    p = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.1, 0.3, 0.5, 0.9], [0.5, 0.5, 0.5, 0.5]]).double()
    for ours, row in zip(information.information(p), p, strict=True):
        joint = torch.stack([row, 1 - row])  # the rows are spike and none
        assert ours.item() == pytest.approx(information.shared_bits(joint), abs=1e-12)


def test_bad_input_is_named():
    for call, name in (
        (lambda: information.pair_counts(torch.ones(2), torch.ones(3)), "one shape"),
        (lambda: information.shared_bits(torch.zeros(2, 2)), "table"),
        (lambda: information.shared_bits(torch.tensor([[1.0, -1.0]])), "table .* least entry -1"),
        (lambda: information.shared_bits(torch.ones(0, 2)), "table .* nothing"),
    ):
        with pytest.raises(ValueError, match=name):
            call()
