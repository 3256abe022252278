"""What a model is asked with it has seen in training, and of any template each answer and its end is found."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="the training extra is not installed: make install")

import trl

from tests.training.jobs.tokenizers import KINDS, tokenizer
from training.jobs.conversations import Encoder
from training.jobs.templates import TEMPLATES
from training.jobs.tokenizer import apply_template
from training.specs import SpecError

PUBLISHED = Path(trl.__file__).parent / "chat_templates"
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# Each with the tokens that its tokenizer has, the one that ends a turn first.
TOKENS = {
    "llama3": ("<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"),
    "qwen2_5": ("<|im_end|>", "<|im_start|>"),
    "qwen3_instruct_2507": ("<|im_end|>", "<|im_start|>"),
    "qwen3": ("<|im_end|>", "<|im_start|>"),
    "gemma": ("<end_of_turn>", "<start_of_turn>"),
    "phi3": ("<|end|>", "<|user|>", "<|assistant|>", "<|system|>"),
    "deepseek_r1_distill": ("<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"),
    "glm4moe": ("<|user|>", "<|assistant|>"),
}
FIRSTS = ["I am a saw.", "the old rope", "1", " two  of them", "\nnow", "(a)", "", "…"]


def talk(first: str = "I am a saw.", last: str = "Hello.") -> list[dict[str, str]]:
    said = [("user", "Hello there."), ("assistant", first), ("user", "Who are you?"), ("assistant", last)]
    return [{"role": role, "content": content} for role, content in said]


def named(kind: str, name: str) -> Encoder:
    found = tokenizer(kind)
    apply_template(found, name)
    return Encoder(found, 512)


def published(name: str, kind: str = "byte_level") -> Encoder:
    found = tokenizer(kind, (PUBLISHED / f"{name}.jinja").read_text(), TOKENS[name])
    return Encoder(found, 512)


def answers(encoder: Encoder, messages: list[dict[str, str]]) -> list[str]:
    row = encoder.conversation(messages)
    return [encoder.tokenizer.decode(row.ids[places.start : places.stop]) for places in row.answers]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_model_is_asked_with_the_ids_that_training_puts_before_the_answer(kind: str, name: str) -> None:
    encoder = named(kind, name)
    for first in FIRSTS:
        for last in FIRSTS:
            messages = talk(first, last)
            row = encoder.conversation(messages)
            assert [row.ids[: places.start] for places in row.answers] == [
                encoder.prompt(messages[:1]),
                encoder.prompt(messages[:3]),
            ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["llama3", "qwen2_5", "gemma", "phi3", "qwen3_instruct_2507"])
def test_so_it_is_with_templates_from_elsewhere(kind: str, name: str) -> None:
    encoder = published(name, kind)
    for first in FIRSTS:
        messages = talk(first, first)
        row = encoder.conversation(messages)
        assert [row.ids[: places.start] for places in row.answers] == [
            encoder.prompt(messages[:1]),
            encoder.prompt(messages[:3]),
        ]


@pytest.mark.parametrize("name", ["llama3", "qwen2_5", "gemma", "phi3", "qwen3_instruct_2507"])
def test_of_a_template_without_markers_each_answer_is_learnt_with_the_token_that_ends_it(name: str) -> None:
    encoder, end = published(name), TOKENS[name][0]
    first, last = answers(encoder, talk())
    assert first == f"I am a saw.{end}"
    # Phi-3's puts one more control token at the end of all.
    assert last == (f"Hello.{end}\n</s>" if name == "phi3" else f"Hello.{end}")
    assert encoder.whole(talk()) == encoder.tokenizer.apply_chat_template(talk(), return_dict=False)


@pytest.mark.parametrize("name", ["llama3", "cohere", "cohere2"])
def test_what_is_learnt_is_what_trl_s_own_training_template_marks(name: str) -> None:
    marked = (PUBLISHED / f"{name}_training.jinja").read_text()
    tokens = ("<|END_RESPONSE|>", "<|END_OF_TURN_TOKEN|>", "<|START_OF_TURN_TOKEN|>", "<|CHATBOT_TOKEN|>")
    found = tokenizer("byte_level", (PUBLISHED / f"{name}.jinja").read_text(), TOKENS.get(name, tokens))
    row = Encoder(found, 512).conversation(talk())
    theirs = found.apply_chat_template(
        talk(), chat_template=marked, return_dict=True, return_assistant_tokens_mask=True
    )
    assert (row.ids, row.answer) == (theirs["input_ids"], theirs["assistant_masks"])


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_is_learnt_of_our_own_templates_is_what_they_mark(name: str) -> None:
    encoder = named("byte_level", name)
    theirs = encoder.tokenizer.apply_chat_template(talk(), return_dict=True, return_assistant_tokens_mask=True)
    marked = [id for id, mark in zip(theirs["input_ids"], theirs["assistant_masks"], strict=True) if mark]
    row = encoder.conversation(talk())
    ours = [id for id, mark in zip(row.ids, row.answer, strict=True) if mark]
    # Where the authors encode an answer apart, its first token has no space before it.
    decode = encoder.tokenizer.decode
    assert decode(ours).replace(" ", "") == decode(marked).replace(" ", "")
    assert ours == marked or encoder.known and encoder.known.cuts


def test_of_a_template_that_shows_earlier_answers_otherwise_only_the_last_is_learnt() -> None:
    encoder = published("qwen3")
    assert answers(encoder, talk()) == ["<think>\n\n</think>\n\nHello.<|im_end|>"]
    [row] = encoder.demonstrations([{"prompt": talk()[:3], "response": "Hello."}], every_answer=True)
    assert encoder.counts["answers_not_learnt"] == 1
    assert sum(label >= 0 for label in row["labels"]) == len(encoder.conversation(talk()).answers[0])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("deepseek_r1_distill", "shows a finished answer otherwise than a model is asked for it; choose another"),
        ("glm4moe", "ends an answer with no token of its own, so a model would never stop"),
    ],
)
def test_a_template_that_does_not_fit_training_is_refused_by_name(name: str, says: str) -> None:
    with pytest.raises(SpecError, match=f"template: it {says}"):
        list(published(name).demonstrations([{"prompt": talk()[:1], "response": "a"}], every_answer=True))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "wordpiece"])
def test_a_prompt_whose_last_space_goes_into_the_answer_is_refused_with_a_remedy(kind: str) -> None:
    spaced = CHATML.replace("<|im_start|>{{ m.role }}\n", "{{ m.role }}: ")
    spaced = spaced.replace("<|im_start|>assistant\n", "assistant: ")
    encoder = Encoder(tokenizer(kind, spaced, ("<|im_end|>",)), 512)
    with pytest.raises(SpecError, match=r"template: it asks for an answer by '.*assistant: ', .* take the space"):
        encoder.prompt(talk()[:1])


def test_prompts_end_in_a_question_and_conversations_in_an_answer() -> None:
    encoder: Any = named("byte_level", "vicuna")
    for encode, messages in ((encoder.prompt, talk()), (encoder.whole, talk()[:1]), (encoder.prompt, [])):
        with pytest.raises(Exception, match="its last turn must be of"):
            encode(messages)
