"""AlpacaEval's evaluator configurations as judges, from a folder of them or from the files of its package.

A folder `<name>/` holds `configs.yaml`, which names the prompt template. The package is never imported. Of its
judges those are ours to ask that put one comparison to a chat model; a judge's name is `alpaca_eval/<name>`.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings as conf

from annotation.judges.config import text_files
from annotation.judges.config.description import Judge, JudgeInvalid
from annotation.judges.config.published import prices
from annotation.judges.config.published.alpaca_eval import CHAT_TURN
from annotation.judges.config.published.alpaca_eval_parsers import PARSERS

SAYS = "{name} of AlpacaEval, from {path}. One order, drawn for each instruction."
# AlpacaEval's own default, for a configuration that names no parser.
PARSER = "regex_parser"
# Of what a configuration says to the client: what is sent with each question, and what only AlpacaEval's own needs.
SENT = {"max_tokens", "temperature", "top_p", "logprobs", "top_logprobs", "stop"}
NOT_SENT = {"model_name", "requires_chatml", "price_per_token", "client_kwargs"}


def folder() -> Path | None:
    """The user's folder, else the one in the package; None where there is neither."""
    if conf.ALPACA_EVAL_CONFIGS:
        return Path(conf.ALPACA_EVAL_CONFIGS)
    package = find_spec("alpaca_eval")
    if package is None or not package.submodule_search_locations:
        return None
    return Path(package.submodule_search_locations[0]) / "evaluators_configs"


def names() -> list[str]:
    root = folder()
    return sorted(path.parent.name for path in root.glob("*/configs.yaml")) if root else []


def load(name: str) -> Judge:
    """Raises JudgeInvalid."""
    root = folder()
    if root is None:
        raise JudgeInvalid(
            "AlpacaEval's files are not here. Install them (`sh requirements/install.sh alpaca_eval`), or name its"
            " folder evaluators_configs in STUDIO_ALPACA_EVAL_CONFIGS."
        )
    if name not in names():
        raise JudgeInvalid(f"{root}: there is no configuration {name!r}, only {', '.join(names())}.")
    path = root / name / "configs.yaml"
    config = text_files.described(path).get(name)
    if not isinstance(config, dict):
        raise JudgeInvalid(f"{path}: there is no key {name!r} with a configuration.")
    refuse_what_cannot_be_asked(path, config)
    asked = config["completions_kwargs"]
    model = asked["model_name"]
    return Judge(
        title=f"AlpacaEval: {name}",
        says=SAYS.format(name=name, path=path),
        version=1,
        name=f"alpaca_eval/{name}",
        known_as=name,
        protocol="alpaca_eval",
        model=model,
        settings={key: value for key, value in asked.items() if key in SENT},
        price=prices.of(model),
        both_orders=False,
        order_seed=0 if config.get("is_randomize_output_order", True) else None,
        user=template(root, path, config),
        parser=config.get("fn_completion_parser", PARSER),
        # Some of its keys are numbers, which JSON has not.
        parser_settings=msgspec.to_builtins(config.get("completion_parser_kwargs") or {}, str_keys=True),
    )


def refuse_what_cannot_be_asked(path: Path, config: dict[str, Any]) -> None:
    asked, parser = config.get("completions_kwargs"), config.get("fn_completion_parser", PARSER)
    position = (config.get("completion_parser_kwargs") or {}).get("log_prob_index", "batch")
    remedy = "Choose another configuration."
    if not isinstance(asked, dict) or not asked.get("model_name"):
        raise JudgeInvalid(f"{path}, completions_kwargs.model_name: it names no model.")
    if (called := config.get("fn_completions")) != "openai_completions":
        raise JudgeInvalid(f"{path}, fn_completions: {called} is no chat endpoint of OpenAI's kind. {remedy}")
    if unknown := asked.keys() - SENT - NOT_SENT:
        raise JudgeInvalid(f"{path}, completions_kwargs.{min(unknown)}: such questions cannot be asked here. {remedy}")
    if parser not in PARSERS:
        raise JudgeInvalid(f"{path}, fn_completion_parser: answers for {parser} cannot be read here. {remedy}")
    if config.get("batch_size", 1) != 1:
        raise JudgeInvalid(f"{path}, batch_size: it asks about several pairs at once. {remedy}")
    if position not in ("batch", 0):
        raise JudgeInvalid(f"{path}, log_prob_index: only the first token's log-probabilities are kept. {remedy}")


def template(root: Path, path: Path, config: dict[str, Any]) -> str:
    named = config.get("prompt_template")
    if not isinstance(named, str) or not (root / named).resolve().is_relative_to(root.resolve()):
        raise JudgeInvalid(f"{path}, prompt_template: it must be one file within {root}.")
    text = text_files.text(root / named)
    if not CHAT_TURN.search(text):
        raise JudgeInvalid(f"{root / named}: it has no turns between <|im_start|> and <|im_end|>.")
    return text
