r"""Chat templates, letter by letter. The part between `{% generation %}` marks is what a model learns to say.

Every template ends an answer with a token that ends generation: TRL adds none to conversations. Sources:
`vicuna` is FastChat's vicuna_v1.1, which Xwin-LM uses; `openchat` is OpenChat's first version; `xverse` is
XVERSE-13B-Chat's without its system and exec roles; `tiny` belongs to the models that `create` makes.
"""

import re
from dataclasses import dataclass

VICUNA_SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)

# Roles that a template does not know are an error here too: a client of a model server may send anything.
TURNS = (
    "{% for message in messages %}"
    "{% if message['role'] == 'user' %}USER"
    "{% elif message['role'] == 'assistant' %}ASSISTANT"
    "{% elif not (loop.first and message['role'] == 'system') %}"
    "{{ raise_exception('this template knows no role ' + message['role']) }}"
    "{% endif %}{% endfor %}"
)
NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('this template has no system message') }}{% endif %}"
)


@dataclass(frozen=True)
class Template:
    """`end` closes an answer and becomes the EOS token, `tokens` are added to a tokenizer.

    `markers` are plain words that begin a turn: no text of a message may hold them. `cuts` ends where the template's
    authors tokenise apart what stands before and after.
    """

    jinja: str
    end: str
    markers: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    cuts: re.Pattern[str] | None = None


def turns(user: str, before_answer: str, answer: str) -> str:
    return TURNS.replace("USER", user).replace(
        "ASSISTANT", before_answer + "{% generation %}" + answer + "{% endgeneration %}"
    )


TEMPLATES = {
    "vicuna": Template(
        jinja="{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] }}{% else %}"
        + VICUNA_SYSTEM
        + "{% endif %} "
        + turns(
            "{{ 'USER: ' + message['content'] + ' ' }}", "ASSISTANT:", "{{ ' ' + message['content'] + eos_token }}"
        )
        + "{% if add_generation_prompt %}ASSISTANT:{% endif %}",
        end="</s>",
        markers=("USER:", "ASSISTANT:"),
    ),
    "openchat": Template(
        jinja=NO_SYSTEM
        + "{{ bos_token }}"
        + turns(
            "{{ 'Human: ' + message['content'] + '<|end_of_turn|>' }}",
            "Assistant: ",
            "{{ message['content'] + '<|end_of_turn|>' }}",
        )
        + "{% if add_generation_prompt %}Assistant: {% endif %}",
        end="<|end_of_turn|>",
        tokens=("<|end_of_turn|>",),
        # OpenChat encodes each role's words and each message by itself.
        cuts=re.compile(r"(?s)(?:\A|<\|end_of_turn\|>).*?(?:Human|Assistant): "),
    ),
    "xverse": Template(
        jinja=NO_SYSTEM
        + turns("{{ 'Human: ' + message['content'] + '\n\n' }}", "Assistant: ", "{{ message['content'] + eos_token }}")
        + "{% if add_generation_prompt %}Assistant: {% endif %}",
        end="<|endoftext|>",
        markers=("Human: ", "\n\nAssistant: "),
        # XVERSE asks with a prompt that ends in the space, so its answers are encoded by themselves.
        cuts=re.compile("\n\nAssistant: "),
    ),
    "tiny": Template(
        jinja=NO_SYSTEM
        + "{{ bos_token }}"
        + turns("{{ '<|user|>' + message['content'] }}", "<|assistant|>", "{{ message['content'] + eos_token }}")
        + "{% if add_generation_prompt %}<|assistant|>{% endif %}",
        end="</s>",
        tokens=("<|user|>", "<|assistant|>"),
    ),
}


def known(jinja: object) -> Template | None:
    """The one of ours that reads so."""
    return next((template for template in TEMPLATES.values() if template.jinja == jinja), None)
