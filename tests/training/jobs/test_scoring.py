"""Batches of a reward model: of like length, within their tokens, and each score back in its place."""

from types import SimpleNamespace
from typing import Any

import torch

from training.jobs.scoring import batches_by_length, padded, score_ids


class Summing:
    """A reward model whose logit is the sum of the ids that are no padding."""

    config = SimpleNamespace(pad_token_id=0)
    device = torch.device("cpu")

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def eval(self) -> None:
        return

    def __call__(self, input_ids: Any, attention_mask: Any) -> Any:
        self.sizes.append(tuple(input_ids.shape))
        return SimpleNamespace(logits=(input_ids * attention_mask).sum(dim=1, keepdim=True).float())


def test_each_score_comes_back_in_its_place() -> None:
    sequences = [[1], [2, 2, 2], [3, 3], [4], [5, 5, 5, 5]]
    assert score_ids(Summing(), sequences, batch_tokens=8) == [1.0, 6.0, 6.0, 4.0, 20.0]


def test_no_batch_has_more_tokens_than_it_may_padding_counted() -> None:
    model = Summing()
    score_ids(model, [[1] * length for length in (1, 9, 2, 8, 3, 7)], batch_tokens=18)
    assert all(rows * width <= 18 for rows, width in model.sizes)
    assert model.sizes[0] == (2, 9)


def test_one_that_is_longer_than_a_batch_goes_alone() -> None:
    assert list(batches_by_length([2, 30, 2], 10)) == [[1], [0, 2]]
    assert list(batches_by_length([], 10)) == []


def test_padding_stands_on_the_right_and_is_masked() -> None:
    found = padded([[5, 6], [7]], pad=0)
    assert found["input_ids"].tolist() == [[5, 6], [7, 0]]
    assert found["attention_mask"].tolist() == [[1, 1], [1, 0]]
