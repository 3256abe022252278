r"""Chat templates, letter by letter: `NAME.jinja` beside this file, and in this table what its text does not say.

Every template ends an answer with a token that ends generation: TRL adds none to conversations. The part between
`{% generation %}` marks is what a model learns to say. A role that a template does not know is an error: a client of a
model server may send anything.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Template:
    """`end` closes an answer; `tokens` are added to a tokenizer, and if `end` is of them it becomes the EOS token.

    `markers` are plain words that begin a turn: no text of a message may hold them. `cuts` ends where the template's
    authors tokenise apart what stands before and after.
    """

    name: str
    end: str
    tokens: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    cuts: re.Pattern[str] | None = None

    @cached_property
    def jinja(self) -> str:
        return (HERE / f"{self.name}.jinja").read_text(encoding="utf-8").strip()


def turns_of(roles: str, end: str = r"<\|end_of_turn\|>") -> re.Pattern[str]:
    """Matches that end behind the words of each role; a turn begins at the start and after `end`."""
    return re.compile(rf"(?s)(?:\A|{end}).*?(?:{roles})")


TABLE = (
    Template("vicuna", end="</s>", markers=("USER:", "ASSISTANT:")),
    # OpenChat encodes the words of each role and each message by itself.
    Template("openchat", "<|end_of_turn|>", ("<|end_of_turn|>",), cuts=turns_of("Human: |Assistant: ")),
    Template("openchat_v2", "<|end_of_turn|>", ("<|end_of_turn|>",), cuts=turns_of("User:|Assistant GPT4:")),
    # XVERSE asks with a prompt that ends in the space, so its answers are encoded by themselves.
    Template(
        "xverse",
        end="<|endoftext|>",
        markers=("Human: ", "\n\nAssistant: ", "\n\nExec: "),
        cuts=re.compile("\n\nAssistant: "),
    ),
    Template("llama2", end="</s>", markers=("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>")),
    Template("llama3", "<|eot_id|>", ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")),
    Template("chatml", "<|im_end|>", ("<|im_start|>", "<|im_end|>")),
    Template("qwen", "<|im_end|>", ("<|im_start|>", "<|im_end|>"), markers=("<tool_response>", "</tool_response>")),
    Template("mistral", end="</s>", tokens=("[INST]", "[/INST]")),
    Template("gemma", "<end_of_turn>", ("<start_of_turn>", "<end_of_turn>")),
    Template("phi", "<|end|>", ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>")),
    Template("alpaca", end="</s>", markers=("### Instruction:", "### Response:")),
    Template("tiny", end="</s>", tokens=("<|user|>", "<|assistant|>")),
)
TEMPLATES = {template.name: template for template in TABLE}


def known(jinja: object) -> Template | None:
    """The one of ours that reads so."""
    return next((template for template in TABLE if template.jinja == jinja), None)
