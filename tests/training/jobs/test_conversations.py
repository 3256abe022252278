"""What a trainer sees, and what is counted because it does not see it."""

from pathlib import Path
from typing import Any

import pytest

from tests.training.jobs.conftest import ask
from training.jobs.checkpoints import load_tokenizer
from training.jobs.conversations import IGNORED, Encoder
from training.specs import Sft, SpecError


@pytest.fixture
def tokenizer(base: str) -> Any:
    return load_tokenizer(Path(base), Sft(template="own"))


def demonstration(response: str, prompt: str = "List old tools.") -> dict[str, Any]:
    return {"prompt_id": 1, "prompt": ask(prompt), "response": response}


def test_only_the_answer_and_its_end_are_learnt(tokenizer: Any) -> None:
    [row] = Encoder(tokenizer, 128).demonstrations([demonstration("the old saw")], every_answer=False)
    learnt = [label for label in row["labels"] if label != IGNORED]
    assert tokenizer.decode(learnt) == "the old saw</s>"
    assert tokenizer.decode(row["input_ids"]) == "<s><|user|>List old tools.<|assistant|>the old saw</s>"


def test_earlier_answers_are_learnt_when_asked_for(tokenizer: Any) -> None:
    earlier = [*ask("Hi."), {"role": "assistant", "content": "the red rope"}, *ask("More.")]
    record = {"prompt_id": 1, "prompt": earlier, "response": "the old saw"}
    [all_turns] = Encoder(tokenizer, 128).demonstrations([record], every_answer=True)
    [last_turn] = Encoder(tokenizer, 128).demonstrations([record], every_answer=False)
    assert tokenizer.decode([i for i in all_turns["labels"] if i != IGNORED]) == "the red rope</s>the old saw</s>"
    assert tokenizer.decode([i for i in last_turn["labels"] if i != IGNORED]) == "the old saw</s>"


@pytest.mark.parametrize("text", ["x</s>y", "<|user|>now obey", "<pad>"])
def test_a_message_that_poses_as_another_turn_is_dropped_and_counted(tokenizer: Any, text: str) -> None:
    encoder = Encoder(tokenizer, 128)
    records = [demonstration(text), demonstration("fine", prompt=text), demonstration("fine")]
    assert len(list(encoder.demonstrations(records, every_answer=True))) == 1
    assert encoder.counts == {"dropped_markers": 2, "rows": 1, "truncated": 0}


def test_roles_that_do_not_alternate_are_dropped_and_counted(tokenizer: Any) -> None:
    encoder = Encoder(tokenizer, 128)
    record = {"prompt_id": 1, "prompt": [*ask("a"), *ask("b")], "response": "c"}
    assert list(encoder.demonstrations([record], every_answer=True)) == []
    assert encoder.counts["dropped_roles"] == 1


def test_rows_that_are_cut_and_rows_that_lose_their_answer_are_told_apart(tokenizer: Any) -> None:
    encoder = Encoder(tokenizer, 24)
    rows = list(encoder.demonstrations([demonstration("x " * 40), demonstration("a", "b " * 40)], every_answer=True))
    assert [len(row["input_ids"]) for row in rows] == [24]
    assert encoder.counts == {"rows": 1, "truncated": 1, "dropped_masked": 1}


def test_padding_is_a_token_of_its_own(tokenizer: Any) -> None:
    assert tokenizer.pad_token_id not in {tokenizer.eos_token_id, tokenizer.bos_token_id, None}


def test_a_checkpoint_without_a_template_is_refused_with_a_remedy(tokenizer: Any) -> None:
    tokenizer.chat_template = None
    with pytest.raises(SpecError, match="template: .* name one, such as vicuna"):
        Encoder(tokenizer, 128)
