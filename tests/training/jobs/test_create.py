"""A tokenizer and a model from scratch: what they learn from, and what the spec fixes."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from tests.training.jobs.conftest import DEMONSTRATIONS, Run, ask
from training.jobs.create import BOS, make_model, make_tokenizer, texts
from training.jobs.templates import TEMPLATES
from training.specs import Create

SPEC = Create(vocabulary=300, width=16, layers=2, heads=2, positions=64, gpus=0, precision="fp32", template="tiny")


def corpus() -> Iterator[str]:
    return texts(iter(DEMONSTRATIONS))


@pytest.fixture
def tokenizer() -> PreTrainedTokenizerFast:
    return make_tokenizer(SPEC, corpus())


def test_every_text_of_a_record_is_learnt_from() -> None:
    record = {"prompt": [*ask("Why?"), {"role": "assistant", "content": "So."}], "chosen": "Yes.", "rejected": "No."}
    assert list(texts(iter([record, {"prompt": ask("How?"), "response": "Thus."}]))) == [
        "Why?",
        "So.",
        "Yes.",
        "No.",
        "How?",
        "Thus.",
    ]


@pytest.mark.parametrize("text", ["the old saw", "数学 ∑ 🙂", "\x00\t\n", "naïve"])
def test_any_text_survives_the_tokenizer_whatever_it_learnt_from(tokenizer: Any, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_what_occurs_often_takes_fewer_tokens(tokenizer: Any) -> None:
    known, unknown = (tokenizer.encode(text, add_special_tokens=False) for text in (" saw and the", " zqx jkv pwf"))
    assert len(known) < len(unknown)


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_tokens_of_the_template_are_single_and_the_padding_is_none_of_them(name: Any) -> None:
    made: Any = make_tokenizer(Create(vocabulary=300, template=name), corpus())
    template = TEMPLATES[name]
    special = {template.end, *template.tokens, BOS, made.pad_token}
    ids = {token: made.encode(token, add_special_tokens=False) for token in special}
    assert all(len(found) == 1 for found in ids.values()) and len({found[0] for found in ids.values()}) == len(special)
    assert (made.eos_token, made.bos_token) == (template.end, BOS)


def test_the_model_has_the_size_that_the_spec_says(tokenizer: Any) -> None:
    config = make_model(SPEC, tokenizer).config
    assert (config.hidden_size, config.num_hidden_layers, config.num_attention_heads) == (16, 2, 2)
    assert (config.vocab_size, config.max_position_embeddings) == (len(tokenizer), 64)
    assert (config.pad_token_id, config.eos_token_id) == (tokenizer.pad_token_id, tokenizer.eos_token_id)


def test_the_seed_fixes_the_weights(tokenizer: Any) -> None:
    first, again, other = (
        make_model(Create(**(fields() | {"seed": seed})), tokenizer).model.embed_tokens.weight for seed in (1, 1, 2)
    )
    assert torch.equal(first, again) and not torch.equal(first, other)


def fields() -> dict[str, Any]:
    return {"vocabulary": 300, "width": 16, "layers": 1, "heads": 2, "positions": 64, "template": "tiny"}


def test_the_program_says_how_many_tokens_and_parameters_it_made(do: Run) -> None:
    run, result = do("create", {"corpus": DEMONSTRATIONS}, **fields())
    assert result.state == "succeeded" and result.counts["tokens"] <= 300
    assert result.figures["parameters"] > 0
    assert (run.output / "model.safetensors").is_file() and (run.output / "tokenizer.json").is_file()
