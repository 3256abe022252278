"""The next token: how often each is drawn, and what a draw does to it beforehand."""

from typing import Any

import pytest
import torch
from transformers import LogitsProcessorList, MinPLogitsWarper, RepetitionPenaltyLogitsProcessor, TopKLogitsWarper

from tests.training.jobs import tiny_models
from tests.training.jobs.conftest import ask
from training.jobs.engines import Answer, AnswerRequest, Refusal
from training.jobs.engines.drawing import Adjustment, pick
from training.jobs.engines.with_transformers import TransformersSampler
from training.specs import Draw, Sample, SpecError, parse

GREEDY = Draw(temperature=0.0)


def test_a_token_at_temperature_0_is_the_likeliest_whatever_the_seed() -> None:
    logits = torch.tensor([[0.0, 5.0, 1.0], [9.0, 5.0, 1.0]])
    for seed in range(3):
        assert pick(logits, GREEDY, torch.Generator().manual_seed(seed)).tolist() == [1, 0]


def drawn(probabilities: list[float], draw: Draw) -> list[float]:
    """The share of each token in 4,000 draws."""
    logits = torch.log(torch.tensor([probabilities])).repeat(4_000, 1)
    tokens = pick(logits, draw, torch.Generator().manual_seed(0))
    return [float((tokens == token).float().mean()) for token in range(len(probabilities))]


def test_tokens_are_drawn_as_often_as_they_are_likely() -> None:
    assert drawn([0.5, 0.3, 0.2], Draw(temperature=1.0)) == pytest.approx([0.5, 0.3, 0.2], abs=0.03)


def test_a_low_temperature_sharpens_and_a_high_one_evens_out() -> None:
    # By hand: shares in proportion to p² and to √p.
    assert drawn([0.6, 0.4], Draw(temperature=0.5)) == pytest.approx([0.36 / 0.52, 0.16 / 0.52], abs=0.03)
    assert drawn([0.8, 0.2], Draw(temperature=2.0)) == pytest.approx([2 / 3, 1 / 3], abs=0.03)


@pytest.mark.parametrize(
    ("top_p", "shares"), [(0.5, [1, 0, 0]), (0.6, [5 / 8, 3 / 8, 0]), (0.8, [5 / 8, 3 / 8, 0]), (0.01, [1, 0, 0])]
)
def test_only_the_nucleus_is_drawn_from_and_the_likeliest_is_always_in_it(top_p: float, shares: list[float]) -> None:
    assert drawn([0.5, 0.3, 0.2], Draw(temperature=1.0, top_p=top_p)) == pytest.approx(shares, abs=0.03)


@pytest.mark.parametrize(("top_k", "shares"), [(1, [1, 0, 0]), (2, [5 / 8, 3 / 8, 0]), (0, [0.5, 0.3, 0.2])])
def test_only_the_likeliest_so_many_are_drawn_from(top_k: int, shares: list[float]) -> None:
    assert drawn([0.5, 0.3, 0.2], Draw(top_k=top_k)) == pytest.approx(shares, abs=0.03)


@pytest.mark.parametrize(("min_p", "shares"), [(0.5, [5 / 8, 3 / 8, 0]), (0.7, [1, 0, 0]), (1.0, [1, 0, 0])])
def test_tokens_below_a_share_of_the_likeliest_are_left_out(min_p: float, shares: list[float]) -> None:
    assert drawn([0.5, 0.3, 0.2], Draw(min_p=min_p)) == pytest.approx(shares, abs=0.03)


def test_the_nucleus_is_of_what_top_k_leaves() -> None:
    assert drawn([0.4, 0.3, 0.2, 0.1], Draw(top_k=2, top_p=0.55)) == pytest.approx([1, 0, 0, 0], abs=0.03)


def test_min_p_and_top_k_are_transformers_own_after_the_temperature() -> None:
    torch.manual_seed(0)
    logits, draw = torch.randn(1, 40) * 3, Draw(min_p=0.02, top_k=6, temperature=1.3)
    theirs = LogitsProcessorList([MinPLogitsWarper(0.02), TopKLogitsWarper(6)])(torch.tensor([[0]]), logits / 1.3)
    tokens = pick(logits.repeat(20_000, 1), draw, torch.Generator().manual_seed(0))
    found = torch.bincount(tokens, minlength=40) / 20_000
    assert torch.allclose(found, torch.softmax(theirs, -1)[0], atol=0.015)


def test_penalties_count_as_openai_and_ctrl_define_them() -> None:
    logits = torch.tensor([[2.0, -2.0, 2.0, 2.0], [2.0, -2.0, 2.0, 2.0]])
    draw = Draw(repetition_penalty=2.0, presence_penalty=0.5, frequency_penalty=0.25)
    adjustment = Adjustment(draw, [], [[0], [1]], logits)
    adjustment.note(torch.tensor([3, 3]), [0, 1])
    adjustment.note(torch.tensor([3, 2]), [0, -1])
    expected = [[1.0, -2.0, 2.0, 1.0 - 0.5 - 0.5], [2.0, -4.0, 2.0, 1.0 - 0.5 - 0.25]]
    assert adjustment.adjusted(logits, [0, 1]).tolist() == expected
    assert adjustment.adjusted(logits[1:], [1]).tolist() == expected[1:]


def test_the_repetition_penalty_is_transformers_own() -> None:
    logits = torch.randn(1, 12)
    theirs = RepetitionPenaltyLogitsProcessor(1.3)(torch.tensor([[4, 4, 7, 2]]), logits)
    adjustment = Adjustment(Draw(repetition_penalty=1.3), [], [[4, 4, 7]], logits)
    adjustment.note(torch.tensor([2]), [0])
    assert torch.allclose(adjustment.adjusted(logits, [0]), theirs)


@pytest.fixture(scope="module")
def sampler(tmp_path_factory: pytest.TempPathFactory) -> TransformersSampler:
    """Its greedy answer to `asked` is a few words and then an end."""
    path = tiny_models.publish(tmp_path_factory.mktemp("model"))
    spec = Sample(gpus=0, precision="fp32", threads=1, max_tokens=12)
    first = TransformersSampler(spec, path)
    tiny_models.end_after(path, first.codec.encoder.prompt(ask("List.")), first.codec.ends[1])
    return TransformersSampler(spec, path)


def said(sampler: TransformersSampler, **draw: Any) -> Answer:
    [answers] = sampler.generate([AnswerRequest(ask("List."), 1)], Draw(temperature=0.0, **draw), 1)
    assert not isinstance(answers, Refusal)
    return answers[0]


def test_an_answer_does_not_end_before_it_has_so_many_tokens(sampler: TransformersSampler) -> None:
    free = said(sampler)
    held = said(sampler, min_tokens=free.tokens)
    assert free.finish_reason == "stop" and held.tokens > free.tokens
    assert held.text.startswith(free.text)


def test_an_answer_ends_before_the_first_of_the_words_that_stop_it(sampler: TransformersSampler) -> None:
    whole = said(sampler)
    words = whole.text[-1]
    found = said(sampler, stop=(words, "never said"))
    assert (found.text, found.finish_reason) == (whole.text[: whole.text.index(words)].strip(), "stop")
    assert found.tokens < whole.tokens


def test_words_within_the_least_tokens_stop_nothing(sampler: TransformersSampler) -> None:
    whole = said(sampler, min_tokens=12)
    assert said(sampler, min_tokens=12, stop=(whole.text[:2],)) == whole


def test_fewer_tokens_at_most_than_at_least_are_refused() -> None:
    with pytest.raises(SpecError, match="max_tokens: 8 is below a draw's min_tokens"):
        parse("sample", {"draws": [{"min_tokens": 9}], "max_tokens": 8})


def test_a_temperature_that_vllm_does_not_take_is_refused_for_both() -> None:
    with pytest.raises(SpecError, match="draws"):
        parse("sample", {"draws": [{"temperature": 2.1}]})
