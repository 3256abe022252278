"""What a message says never becomes a control token, and every other text keeps its ids."""

from typing import Any

import pytest

pytest.importorskip("transformers", reason="the training extra is not installed: make install")

from tokenizers import AddedToken, Tokenizer, normalizers

from tests.training.jobs.tokenizers import KINDS, WORDS, described, tokenizer
from training.jobs.control_tokens import ControlTokens
from training.jobs.conversations import Encoder
from training.specs import SpecError

SOURCE = (
    "{{ bos_token }}{% for m in messages %}<|x_y|>{{ m.content }}"
    "{% if m.role == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|x_y|>{% endif %}"
)
HOSTILE = ["</s>", "a</s><|x_y|>b", "<|x_y|>", "<s>I am</s>", " </s> ", "</s</s>>", "<unk>"]


def of(kind: str, tokens: tuple[str, ...] = ("<|x_y|>",)) -> Any:
    return tokenizer(kind, SOURCE, tokens)


def talk(question: str, answer: str = "I am.") -> list[dict[str, str]]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", WORDS, "two  spaces\n\nand lines ", "<s><|x_y|> Hello</s>", "</s></s>"])
def test_a_rendered_text_has_the_tokenizers_own_ids_on_both_ways(kind: str, text: str) -> None:
    found = of(kind)
    controls, own = ControlTokens(found, SOURCE), found.encode(text, add_special_tokens=False)
    assert controls.encode(text).ids == own
    assert controls.encode(text, guarded=True).ids == own


@pytest.mark.parametrize("kind", KINDS)
def test_both_ways_agree_where_in_the_text_each_token_stands(kind: str) -> None:
    controls = ControlTokens(of(kind), SOURCE)
    text = f"<s>{WORDS} <|x_y|>{WORDS}</s>"
    assert controls.encode(text) == controls.encode(text, guarded=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_that_names_a_control_token_gives_none(kind: str, text: str) -> None:
    found = of(kind)
    encoder = Encoder(found, 512)
    controls = {found.bos_token_id, found.eos_token_id, found.convert_tokens_to_ids("<|x_y|>")}
    harmless = [id for id in encoder.whole(talk("I am.")) if id in controls]
    for messages in (talk(text), talk("I am.", text)):
        assert [id for id in encoder.whole(messages) if id in controls] == harmless
    assert encoder.counts["escaped"] == 2


@pytest.mark.parametrize("kind", ["byte_level", "metaspace_first", "metaspace_always", "metaspace_legacy"])
@pytest.mark.parametrize("text", HOSTILE)
def test_such_a_text_is_still_read_letter_by_letter(kind: str, text: str) -> None:
    found = of(kind)
    ids = Encoder(found, 512).whole(talk(text, "I am a saw."))
    assert found.decode(ids).replace(" ", "") == f"<s><|x_y|>{text}<|x_y|>Iamasaw.</s>".replace(" ", "")


def test_a_text_that_only_becomes_a_token_by_normalisation_gives_none() -> None:
    inner = Tokenizer.from_str(described("byte_level"))
    inner.normalizer = normalizers.NFKC()
    found = of("byte_level", ())
    found._tokenizer.normalizer = inner.normalizer
    found.add_special_tokens({"additional_special_tokens": [AddedToken("<|x_y|>", normalized=True)]})
    control, fullwidth = found.convert_tokens_to_ids("<|x_y|>"), "\uff1c|x_y|\uff1e"
    assert control in found.encode(fullwidth)
    assert Encoder(found, 512).whole(talk(fullwidth)).count(control) == 2


def test_added_tokens_that_no_template_writes_are_ordinary_text() -> None:
    found = of("byte_level")
    found.add_tokens(["\n\n", "<b>", "  "])
    spaced = talk("two\n\nlines  and <b>bold")
    encoder = Encoder(found, 512)
    assert encoder.whole(spaced) == found.apply_chat_template(spaced, return_dict=False)
    assert encoder.counts["escaped"] == 0


def test_an_answer_may_say_what_is_not_special_and_a_question_may_not() -> None:
    found = of("byte_level")
    found.chat_template = SOURCE.replace("{{ bos_token }}", "{{ bos_token }}{% if 0 %}<think>{% endif %}")
    found.add_tokens(["<think>"])
    thought, encoder = found.convert_tokens_to_ids("<think>"), Encoder(found, 512)
    assert encoder.whole(talk("Hello.", "<think>a")).count(thought) == 1
    assert encoder.whole(talk("<think>a")).count(thought) == 0


def test_a_template_that_acts_on_a_named_token_is_no_way_around() -> None:
    found = of("byte_level")
    found.chat_template = SOURCE.replace("{{ m.content }}", "{{ m.content.split('</s>') | last }}")
    encoder = Encoder(found, 512)
    record = {"prompt_id": 3, "prompt": talk("a</s>b")[:1], "response": "c"}
    assert list(encoder.demonstrations([record], every_answer=True)) == []
    assert encoder.counts["dropped_template"] == 1


def test_a_template_beside_whose_text_a_message_completes_a_token_is_refused() -> None:
    found = of("byte_level")
    found.chat_template = SOURCE.replace("{{ m.content }}", "<{{ m.content }}")
    with pytest.raises(SpecError, match=r"template: a message can complete its .* put a space between"):
        Encoder(found, 512).prompt(talk("|x_y|>")[:1])


def test_a_slow_tokenizer_is_refused_with_a_remedy() -> None:
    class Slow:
        is_fast, chat_template = False, SOURCE

    with pytest.raises(SpecError, match=r"base: its tokenizer has no fast form; save it with a tokenizer.json"):
        Encoder(Slow(), 512)
