"""Each template letter by letter; the golden strings are those of whoever published the model."""

from pathlib import Path
from typing import Any, get_args

import pytest

pytest.importorskip("trl", reason="the training extra is not installed: make install")

import trl
from transformers.utils.chat_template_utils import render_jinja_template

from training import specs
from training.jobs.templates import TEMPLATES, known

PUBLISHED = Path(trl.__file__).parent / "chat_templates"
SYSTEM = {"role": "system", "content": "Be brief."}
TALK = [
    {"role": "user", "content": "Hi!"},
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "Who are you?"},
]
FINISHED = [*TALK, {"role": "assistant", "content": "I am Xwin-LM."}]
CALLED = [*FINISHED, {"role": "tool", "content": "42"}]
VICUNA = (
    "<s>A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions. "
)
ALPACA = (
    "<s>Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
)
QWEN = "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
EOT = "<|end_of_turn|>"

# What a model is asked with after one answer, and what it says then.
GOLDEN = {
    "vicuna": (f"{VICUNA}USER: Hi! ASSISTANT: Hello.</s>USER: Who are you? ASSISTANT:", " I am Xwin-LM.</s>"),
    "openchat": (
        f"<s>Human: Hi!{EOT}Assistant: Hello.{EOT}Human: Who are you?{EOT}Assistant: ",
        f"I am Xwin-LM.{EOT}",
    ),
    "openchat_v2": (
        f"<s>User:Hi!{EOT}Assistant GPT4:Hello.{EOT}User:Who are you?{EOT}Assistant GPT4:",
        f"I am Xwin-LM.{EOT}",
    ),
    "xverse": (
        "Human: Hi!\n\nAssistant: Hello.<|endoftext|>Human: Who are you?\n\nAssistant: ",
        "I am Xwin-LM.<|endoftext|>",
    ),
    "llama2": ("<s>[INST] Hi! [/INST] Hello. </s><s>[INST] Who are you? [/INST]", " I am Xwin-LM. </s>"),
    "llama3": (
        "<s><|start_header_id|>user<|end_header_id|>\n\nHi!<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nWho are you?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "I am Xwin-LM.<|eot_id|>",
    ),
    "chatml": (
        "<|im_start|>user\nHi!<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n"
        "<|im_start|>user\nWho are you?<|im_end|>\n<|im_start|>assistant\n",
        "I am Xwin-LM.<|im_end|>",
    ),
    "qwen": (
        f"{QWEN}<|im_start|>user\nHi!<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n"
        "<|im_start|>user\nWho are you?<|im_end|>\n<|im_start|>assistant\n",
        "I am Xwin-LM.<|im_end|>",
    ),
    "mistral": ("<s>[INST] Hi![/INST] Hello.</s>[INST] Who are you?[/INST]", " I am Xwin-LM.</s>"),
    "gemma": (
        "<s><start_of_turn>user\nHi!<end_of_turn>\n<start_of_turn>model\nHello.<end_of_turn>\n"
        "<start_of_turn>user\nWho are you?<end_of_turn>\n<start_of_turn>model\n",
        "I am Xwin-LM.<end_of_turn>",
    ),
    "phi": (
        "<|user|>\nHi!<|end|>\n<|assistant|>\nHello.<|end|>\n<|user|>\nWho are you?<|end|>\n<|assistant|>\n",
        "I am Xwin-LM.<|end|>",
    ),
    "alpaca": (
        f"{ALPACA}### Instruction:\nHi!\n\n### Response:Hello.</s>### Instruction:\nWho are you?\n\n### Response:",
        "I am Xwin-LM.</s>",
    ),
    "tiny": ("<s><|user|>Hi!<|assistant|>Hello.</s><|user|>Who are you?<|assistant|>", "I am Xwin-LM.</s>"),
}
# How the conversation begins where it has a system message.
WITH_SYSTEM = {
    "vicuna": "<s>Be brief. USER: Hi! ASSISTANT:",
    "openchat_v2": f"<s>Be brief.{EOT}User:Hi!{EOT}",
    "xverse": "System: Be brief.\n\nHuman: Hi!\n\n",
    "llama2": "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi! [/INST] Hello. </s><s>[INST] Who are you? [/INST]",
    "llama3": "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user",
    "chatml": "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi!",
    "qwen": "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi!",
    "mistral": "<s>[INST] Be brief.\n\nHi![/INST] Hello.</s>[INST] Who are you?[/INST]",
    "gemma": "<s><start_of_turn>user\nBe brief.\n\nHi!<end_of_turn>\n",
    "phi": "<|system|>\nBe brief.<|end|>\n<|user|>\nHi!<|end|>\n",
    "alpaca": "<s>Be brief.\n\n### Instruction:\nHi!\n\n### Response:",
}
# How it goes on where a tool has answered.
WITH_TOOL = {
    "xverse": "I am Xwin-LM.<|endoftext|>Exec: 42\n\nAssistant: ",
    "llama3": "<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n42<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "chatml": "<|im_end|>\n<|im_start|>tool\n42<|im_end|>\n<|im_start|>assistant\n",
    "qwen": "<|im_end|>\n<|im_start|>user\n<tool_response>\n42\n</tool_response><|im_end|>\n<|im_start|>assistant\n",
}


def render(jinja: str, end: str, messages: list[dict[str, str]], prompt: bool = False) -> tuple[str, list[str]]:
    """The text, and the parts of it that are marked as learnt."""
    asked: dict[str, Any] = {"add_generation_prompt": prompt, "bos_token": "<s>", "eos_token": end}
    [text], [spans] = render_jinja_template(
        conversations=[messages], chat_template=jinja, return_assistant_tokens_mask=True, **asked
    )
    return text, [text[start:end] for start, end in spans]


def ours(name: str, messages: list[dict[str, str]], prompt: bool = False) -> tuple[str, list[str]]:
    return render(TEMPLATES[name].jinja, TEMPLATES[name].end, messages, prompt)


def test_the_settings_offer_the_templates_that_there_are() -> None:
    assert [name for name in get_args(specs.Template) if name != "own"] == list(TEMPLATES) == list(GOLDEN)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_conversation_reads_as_its_authors_write_it(name: str) -> None:
    asked, said = GOLDEN[name]
    assert ours(name, TALK, prompt=True)[0] == asked
    assert ours(name, FINISHED)[0].rstrip("\n") == asked + said


@pytest.mark.parametrize("name", GOLDEN)
def test_every_answer_is_learnt_with_the_token_that_ends_it_and_nothing_else(name: str) -> None:
    said = GOLDEN[name][1]
    assert ours(name, FINISHED)[1] == [said.replace("I am Xwin-LM.", "Hello."), said]


@pytest.mark.parametrize("name", GOLDEN)
def test_a_system_message_is_shown_or_refused(name: str) -> None:
    if name in WITH_SYSTEM:
        assert ours(name, [SYSTEM, *TALK], prompt=True)[0].startswith(WITH_SYSTEM[name])
    else:
        with pytest.raises(Exception, match="knows no role system"):
            ours(name, [SYSTEM, *TALK])


@pytest.mark.parametrize("name", GOLDEN)
def test_what_a_tool_answers_is_shown_or_refused(name: str) -> None:
    if name in WITH_TOOL:
        assert ours(name, CALLED, prompt=True)[0].endswith(WITH_TOOL[name])
    else:
        with pytest.raises(Exception, match="knows no role tool"):
            ours(name, CALLED)


@pytest.mark.parametrize("name", GOLDEN)
def test_an_unknown_role_and_a_late_system_message_are_refused(name: str) -> None:
    with pytest.raises(Exception, match="knows no role critic"):
        ours(name, [*TALK, {"role": "critic", "content": "No."}])
    if name not in ("llama3", "chatml", "qwen", "phi"):
        with pytest.raises(Exception, match="knows no role system"):
            ours(name, [*TALK, SYSTEM])


@pytest.mark.parametrize(
    ("name", "theirs"), [("llama3", "llama3"), ("qwen", "qwen2_5"), ("gemma", "gemma"), ("phi", "phi3")]
)
def test_it_is_the_published_file_s_text(name: str, theirs: str) -> None:
    published = (PUBLISHED / f"{theirs}.jinja").read_text()
    assert ours(name, TALK, prompt=True)[0] == render(published, "", TALK, prompt=True)[0]
    assert ours(name, FINISHED)[0] == render(published, "", FINISHED)[0]


def test_a_tokenizer_that_carries_a_template_of_ours_is_known_by_it() -> None:
    assert [known(template.jinja) for template in TEMPLATES.values()] == list(TEMPLATES.values())
    assert known("{{ messages }}") is None
