"""FastChat's judges from its files of prompts, named by path.

`fastchat/single` and `fastchat/pair` choose among the prompts of judge_prompts.jsonl by category and turn;
`fastchat/<name>` is one of them alone. `fastchat/vicuna` is Vicuna-bench's, from the prompt.jsonl of v0.1.10.
"""

from pathlib import Path

import msgspec
from django.conf import settings as conf

from annotation.judges.config import text_files
from annotation.judges.config.description import Judge, JudgeInvalid, Template
from annotation.judges.config.published import prices

MODEL = "gpt-4"
KINDS = {"single": "fastchat_single", "pair": "fastchat_pair"}
VICUNA = "vicuna"


class Prompt(msgspec.Struct):
    """A line of judge_prompts.jsonl."""

    name: str
    type: str
    system_prompt: str
    prompt_template: str


class Defaults(msgspec.Struct):
    prompt: str


class VicunaPrompt(msgspec.Struct):
    """A line of Vicuna-bench's prompt.jsonl."""

    category: str
    system_prompt: str
    prompt_template: str
    defaults: Defaults


def names() -> list[str]:
    """Without those of a file that cannot be read: loading one says why."""
    try:
        found = [*KINDS, *sorted(mt_bench())] if conf.FASTCHAT_PROMPTS else []
    except JudgeInvalid:
        found = [*KINDS]
    return [*found, VICUNA] if conf.VICUNA_PROMPTS else found


def load(name: str) -> Judge:
    """Raises JudgeInvalid."""
    if name == VICUNA:
        return vicuna_judge()
    prompts = mt_bench()
    if name in KINDS:
        return mt_judge(name, KINDS[name], {key: one for key, one in prompts.items() if key.startswith(name)})
    if name not in prompts:
        raise JudgeInvalid(f"{conf.FASTCHAT_PROMPTS}: it has no prompt {name!r}, only {', '.join(prompts)}.")
    kind = "single" if prompts[name].type == "single" else "pair"
    found = mt_judge(name, KINDS[kind], {name: prompts[name]})
    return found.at_turn(2) if name.endswith("-multi-turn") else found


def mt_bench() -> dict[str, Prompt]:
    rows = text_files.rows(named("STUDIO_FASTCHAT_PROMPTS", conf.FASTCHAT_PROMPTS, "judge_prompts.jsonl"))
    try:
        return {prompt.name: prompt for prompt in msgspec.convert(rows, list[Prompt])}
    except msgspec.ValidationError as error:
        raise JudgeInvalid(f"{conf.FASTCHAT_PROMPTS}: {error}. It must be FastChat's judge_prompts.jsonl.") from error


def vicuna_bench() -> dict[str, VicunaPrompt]:
    rows = text_files.rows(named("STUDIO_VICUNA_PROMPTS", conf.VICUNA_PROMPTS, "prompt.jsonl of v0.1.10"))
    try:
        return {prompt.category: prompt for prompt in msgspec.convert(rows, list[VicunaPrompt])}
    except msgspec.ValidationError as error:
        raise JudgeInvalid(
            f"{conf.VICUNA_PROMPTS}: {error}. It must be FastChat's prompt.jsonl of v0.1.10."
        ) from error


def named(variable: str, path: str, what: str) -> Path:
    if not path:
        raise JudgeInvalid(f"FastChat's prompts are not here. Name its {what} in {variable}.")
    return Path(path)


def mt_judge(name: str, protocol: str, prompts: dict[str, Prompt]) -> Judge:
    """Temperature and length as FastChat's gen_judgment asks."""
    return Judge(
        title=f"FastChat: {name}",
        says=f"MT-bench's {name} prompts, from {conf.FASTCHAT_PROMPTS}. A judge of each turn by itself.",
        version=1,
        name=f"fastchat/{name}",
        known_as=f"fastchat/{name} · {MODEL}",
        protocol=protocol,
        model=MODEL,
        settings={"temperature": 0, "max_tokens": 2048},
        price=prices.of(MODEL),
        prompts={key: Template(one.system_prompt, one.prompt_template) for key, one in prompts.items()},
    )


def vicuna_judge() -> Judge:
    """As eval_gpt_review of v0.1.10 asks: one order, temperature 0.2."""
    templates = {
        category: Template(one.system_prompt, one.prompt_template.replace("{prompt}", one.defaults.prompt))
        for category, one in vicuna_bench().items()
    }
    if "general" not in templates:
        raise JudgeInvalid(f"{conf.VICUNA_PROMPTS}: it has no prompt of the category `general`.")
    return Judge(
        title="FastChat: vicuna",
        says=f"Vicuna-bench's prompts, from {conf.VICUNA_PROMPTS}. Two scores on the first line, in one order.",
        version=1,
        name=f"fastchat/{VICUNA}",
        known_as=f"fastchat/{VICUNA} · {MODEL}",
        protocol="vicuna_bench",
        model=MODEL,
        settings={"temperature": 0.2, "max_tokens": 1024},
        both_orders=False,
        price=prices.of(MODEL),
        prompts=templates,
    )
