"""The next token: likeliest, or drawn from the nucleus, the same for the same seed."""

import torch

from training.jobs.generation import Sampling, draw

LOGITS = torch.tensor([0.0, 3.0, 1.0, 2.0])


def draws(sampling: Sampling, count: int = 200) -> list[int]:
    generator = torch.Generator().manual_seed(sampling.seed)
    return [draw(LOGITS, sampling, generator) for _ in range(count)]


def test_at_temperature_nought_the_likeliest_is_taken() -> None:
    assert set(draws(Sampling(temperature=0))) == {1}


def test_the_same_seed_draws_the_same_and_another_seed_others() -> None:
    assert draws(Sampling(seed=1)) == draws(Sampling(seed=1)) != draws(Sampling(seed=2))


def test_a_nucleus_leaves_out_the_unlikely_and_keeps_the_likeliest_always() -> None:
    assert set(draws(Sampling(temperature=1.0, top_p=0.8))) == {1, 3}
    assert set(draws(Sampling(temperature=1.0, top_p=0.01))) == {1}
    assert set(draws(Sampling(temperature=5.0, top_p=1.0))) == {0, 1, 2, 3}
