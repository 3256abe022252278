"""Sampling with transformers: which prompts go together, what is drawn, and when a row leaves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.jobs import tiny_models
from tests.training.jobs.conftest import ask
from training.jobs.engines import AnswerRequest, Refusal
from training.jobs.engines.codec import EncodedPrompt
from training.jobs.engines.with_transformers import DecodingRows, TransformersSampler, batches
from training.specs import Draw, Sample

GREEDY = Draw(temperature=0.0)


class Cache:
    """Notes which rows were kept."""

    def __init__(self) -> None:
        self.kept: list[list[int]] = []

    def batch_select_indices(self, rows: torch.Tensor) -> None:
        self.kept.append(rows.tolist())


def rows(count: int) -> DecodingRows:
    return DecodingRows(list(range(count)), torch.zeros(count, 3), Cache(), torch.ones(count, 2, dtype=torch.int64))


@pytest.fixture
def sampler(base: str) -> TransformersSampler:
    return TransformersSampler(Sample(gpus=0, precision="fp32", threads=1, max_tokens=6, batch_size=3), Path(base))


def generated(
    sampler: TransformersSampler, asks: Sequence[AnswerRequest], draw: Draw = GREEDY, seed: int = 1
) -> list[list[str] | str]:
    return [
        answers.reason if isinstance(answers, Refusal) else [answer.text for answer in answers]
        for answers in sampler.generate(asks, draw, seed)
    ]


def test_prompts_of_like_length_go_together_and_each_as_often_as_it_wants() -> None:
    prompts = {0: EncodedPrompt([1] * 9, 2, 8), 3: EncodedPrompt([1] * 2, 1, 8), 7: EncodedPrompt([1] * 5, 3, 8)}
    assert list(batches(prompts, 4)) == [[3, 7, 7, 7], [0, 0]]
    assert list(batches({}, 4)) == []


def test_a_few_finished_rows_stay_until_a_quarter_can_leave() -> None:
    made = rows(8)
    assert made.leave([True] + [False] * 7)
    tokens = torch.arange(8)
    assert made.drop_finished(tokens).tolist() == list(range(8)) and made.cache.kept == []
    made.leave([False, False, True] + [False] * 5)
    assert made.drop_finished(tokens).tolist() == [1, 3, 4, 5, 6, 7]
    assert (made.places, made.cache.kept, len(made.mask)) == ([1, 3, 4, 5, 6, 7], [[1, 3, 4, 5, 6, 7]], 6)


def test_a_finished_row_stays_finished_and_the_end_is_told() -> None:
    made = rows(2)
    assert made.leave([True, False])
    assert made.leave([False, False]) and made.places == [-1, 1]
    assert not made.leave([False, True])


def test_an_answer_does_not_depend_on_who_stands_beside_it(sampler: TransformersSampler) -> None:
    asks = [
        AnswerRequest(ask("List old tools."), 1),
        AnswerRequest(ask("List."), 1),
        AnswerRequest(ask("List two red big tools, old and new."), 1),
    ]
    together = generated(sampler, asks)
    assert together == [generated(sampler, [one])[0] for one in asks]


def test_answers_come_in_the_order_of_the_asks_and_in_their_number(sampler: TransformersSampler) -> None:
    asks = [
        AnswerRequest(ask("List two red big tools, old and new."), 2),
        AnswerRequest(ask("List."), 3),
        AnswerRequest(ask("List tools."), 0),
    ]
    assert [len(answers) for answers in generated(sampler, asks, Draw(temperature=1.0))] == [2, 3, 0]


def test_a_seed_gives_the_same_answers_again_and_another_one_others(sampler: TransformersSampler) -> None:
    asks, draw = [AnswerRequest(ask("List tools."), 4)], Draw(temperature=1.5)
    first, again, other = (generated(sampler, asks, draw, seed) for seed in (1, 1, 2))
    assert first == again != other


def test_an_answer_that_ran_out_of_tokens_says_so(sampler: TransformersSampler) -> None:
    end: Any = sampler.codec.encoder.tokenizer.eos_token_id
    cut, whole = sampler.codec.answer([end + 1] * 6, 9, GREEDY), sampler.codec.answer([end + 1, end], 9, GREEDY)
    assert (cut.finish_reason, cut.tokens, cut.prompt_tokens) == ("length", 6, 9)
    assert (whole.finish_reason, whole.tokens) == ("stop", 2)


@pytest.mark.parametrize("architecture", tiny_models.ARCHITECTURES)
def test_of_any_architecture_answers_are_transformers_own_beyond_a_window_and_up_to_the_last_position(
    architecture: str, tmp_path: Path
) -> None:
    spec = Sample(gpus=0, precision="fp32", threads=1, max_tokens=30, batch_size=4)
    sampler = TransformersSampler(spec, tiny_models.publish(tmp_path, architecture))
    asks = [AnswerRequest(ask("x" * length), 1) for length in (1, 30, 75)]
    for one, found in zip(asks, sampler.generate(asks, GREEDY, 1), strict=True):
        ids = sampler.codec.encoder.tokenizer.apply_chat_template(
            list(one.prompt), add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        room = min(30, tiny_models.POSITIONS - ids["input_ids"].shape[1])
        said = sampler.model.generate(**ids, do_sample=False, max_new_tokens=room)[0, ids["input_ids"].shape[1] :]
        assert found == [sampler.codec.answer(said.tolist(), ids["input_ids"].shape[1], GREEDY)]
        assert len(said) <= room
