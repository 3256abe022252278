"""What a rehearsal asks of judges, told before it starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.judges import protocols
from annotation.judges.config import registry
from annotation.judges.config.registry import Judge, JudgeInvalid, Price
from annotation.models import Version
from studio.words import counted, dollars
from training import recipes
from training.recipes import files
from training.recipes.plans.flow import ORDERS, RESPONSE_TOKENS
from training.recipes.plans.plan import (
    CHARACTERS_A_TOKEN,
    INSTRUCTION_TOKENS,
    VERDICT_TOKENS,
    drawn,
    response_lengths,
)
from training.recipes.rehearsals.asking import PAIRS
from training.recipes.stages import Given, Pipeline
from training.runs.launching import rows_of


@dataclass(frozen=True)
class Cost:
    """Questions to judges that are asked by the network, and US dollars; None where a judge names no price."""

    questions: int
    dollars: float | None

    @property
    def words(self) -> str:
        if not self.questions:
            return "It asks no judge that costs anything."
        price = (
            f"about {dollars(self.dollars)}" if self.dollars is not None else "at a price that the judge does not name"
        )
        return f"It asks {counted(self.questions, 'question')} of judges, {price}."


def cost(pipeline: Pipeline, given: Mapping[str, Any], inputs: Mapping[str, Version]) -> Cost:
    """By what is given so far."""
    asked = [judge for stage in pipeline.stages if (judge := judge_of(stage.settings, given)) is not None]
    questions = [questions_to(judge) for judge in asked]
    tokens = longest(inputs) + INSTRUCTION_TOKENS
    prices = [
        None if judge.price == Price() else judge.price.of(round(count * tokens), count * VERDICT_TOKENS)
        for judge, count in zip(asked, questions, strict=True)
        if count
    ]
    known = [price for price in prices if price is not None]
    return Cost(sum(questions), sum(known) if len(known) == len(prices) else None)


def cost_for(settings: Mapping[str, Any], inputs: Mapping[str, Version]) -> Cost:
    """Of the settings that would start a recipe. Raises FormInvalid."""
    pipeline = files.pipeline(recipes.built(settings, rows_of(inputs)))
    return cost(pipeline, falling_back(pipeline, settings.get("given", {})), inputs)


def falling_back(pipeline: Pipeline, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given.get(name) or need.default for name, need in pipeline.needs.items() if not need.is_version}


def judge_of(settings: Mapping[str, Any], given: Mapping[str, Any]) -> Judge | None:
    named = settings.get("judge")
    name = given.get(named.name) if isinstance(named, Given) else named
    try:
        return registry.load(str(name)) if name else None
    except JudgeInvalid:
        return None


def questions_to(judge: Judge) -> int:
    if judge.protocol == "program":
        return 0
    return PAIRS * judge.samples * (1 if judge.protocol in protocols.SINGLE else ORDERS)


def longest(inputs: Mapping[str, Version]) -> float:
    """Tokens of a question about the longest of some rows."""
    records = [record for version in inputs.values() for record in drawn(version)]
    prompts = [sum(len(turn["content"]) for turn in record["prompt"]) / CHARACTERS_A_TOKEN for record in records]
    responses = [length / CHARACTERS_A_TOKEN for length in response_lengths(records)]
    return max(prompts, default=0.0) + 2 * max(responses, default=RESPONSE_TOKENS)
