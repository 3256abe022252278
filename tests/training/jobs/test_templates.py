"""Each template letter by letter; the golden strings are FastChat's, OpenChat's and XVERSE's own."""

import pytest

pytest.importorskip("transformers", reason="the training extra is not installed: make install")

from transformers.utils.chat_template_utils import render_jinja_template

from training.jobs.templates import TEMPLATES, VICUNA_SYSTEM

TALK = [
    {"role": "user", "content": "Hi!"},
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "Who are you?"},
]
FINISHED = [*TALK, {"role": "assistant", "content": "I am Xwin-LM."}]

PROMPTS = {
    "vicuna": f"<s>{VICUNA_SYSTEM} USER: Hi! ASSISTANT: Hello.</s>USER: Who are you? ASSISTANT:",
    "openchat": "<s>Human: Hi!<|end_of_turn|>Assistant: Hello.<|end_of_turn|>"
    "Human: Who are you?<|end_of_turn|>Assistant: ",
    "xverse": "Human: Hi!\n\nAssistant: Hello.<|endoftext|>Human: Who are you?\n\nAssistant: ",
    "tiny": "<s><|user|>Hi!<|assistant|>Hello.</s><|user|>Who are you?<|assistant|>",
}


def render(name: str, messages: list[dict[str, str]], prompt: bool = False) -> tuple[str, list[str]]:
    """The text, and the parts of it that are learnt."""
    template = TEMPLATES[name]
    [text], [spans] = render_jinja_template(
        conversations=[messages],
        chat_template=template.jinja,
        add_generation_prompt=prompt,
        return_assistant_tokens_mask=True,
        bos_token="<s>",
        eos_token=template.end,
    )
    return text, [text[start:end] for start, end in spans]


def test_vicuna_is_the_sentence_that_fastchat_trains_on() -> None:
    assert VICUNA_SYSTEM == (
        "A chat between a curious user and an artificial intelligence assistant. "
        "The assistant gives helpful, detailed, and polite answers to the user's questions."
    )
    text, _ = render("vicuna", FINISHED)
    turns = "USER: Hi! ASSISTANT: Hello.</s>USER: Who are you? ASSISTANT: I am Xwin-LM.</s>"
    assert text == f"<s>{VICUNA_SYSTEM} {turns}"


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_prompt_ends_where_the_answer_begins(name: str) -> None:
    prompt, _ = render(name, TALK, prompt=True)
    finished, _ = render(name, FINISHED)
    assert prompt == PROMPTS[name]
    assert finished.startswith(prompt)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_answer_is_learnt_with_the_token_that_ends_it_and_nothing_else(name: str) -> None:
    _, learnt = render(name, FINISHED)
    assert [part.lstrip(" ") for part in learnt] == [
        f"Hello.{TEMPLATES[name].end}",
        f"I am Xwin-LM.{TEMPLATES[name].end}",
    ]


def test_a_system_message_takes_the_place_of_vicunas_own() -> None:
    text, _ = render("vicuna", [{"role": "system", "content": "Be brief."}, *TALK], prompt=True)
    assert text.startswith("<s>Be brief. USER: Hi!")


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_unknown_role_is_refused(name: str) -> None:
    with pytest.raises(Exception, match="knows no role tool"):
        render(name, [*TALK, {"role": "tool", "content": "42"}])
