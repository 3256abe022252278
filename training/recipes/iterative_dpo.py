"""Iterative DPO: in each round the policy answers, a reward model ranks, and DPO holds it against the round's start.

As RLHFlow does it (Dong et al. 2024): fresh prompts in each round, 8 responses of each at temperature 1, best against
worst, beta 0.1, 5e-7. The reference moves along, so that the policy may go on; answers tend to get longer, which the
table shows beside what the evaluator says.
"""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from training.recipes import toy
from training.recipes.builders import (
    BENCHMARKS,
    JudgedBy,
    begins,
    draw,
    evaluated,
    measured,
    needs_of,
    pipeline,
    ranked,
    reward_model,
    sampled,
    scored,
)
from training.recipes.sizes import SIZES, Size
from training.recipes.stages import Asked, Need, Pipeline, Recipe, Stage, StageVersion
from training.specs.answers import Pairing


class IterativeOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many rounds, and what is made of the responses."""

    rounds: Annotated[int, Meta(ge=1, le=8, description="Rounds; each has prompts of its own.")] = 3
    responses: Annotated[int, Meta(ge=2, le=1024, description="Responses to each prompt.")] = 8
    pairing: Annotated[Pairing, Meta(description="How chosen and rejected are found.")] = "best_worst"
    judged_by: JudgedBy = "judge"


STANDS_IN = {
    "sft": Need("policy", "The policy that the first round starts from: SFT is left out."),
    "preferences": Need("preferences", "Preferences that are there already: judging is left out."),
    "rm": Need("reward", "A reward model that is there already: its training is left out."),
}


def build(asked: Asked) -> Pipeline:
    size = SIZES[asked.scale]
    return pipeline(stages_of(asked, size), needs_of(size) | STANDS_IN)


def stages_of(asked: Asked, size: Size) -> Iterator[Stage]:
    options, fixed = asked.options, {"seed": asked.seed}
    judged, each = shared_out(asked, size)
    yield from begins(asked, size)
    judges = not {"preferences", "rm"} & asked.given
    policy, line = "sft", ["sft"]
    for number in range(1, options.rounds + 1):
        drawn = draw("round", judged + (number - 1) * each, each, options.responses)
        first = [draw("pairs", 0, judged, size.pairs_per_prompt)] if judges and number == 1 else []
        yield sampled(policy, asked, size, *first, drawn)
        if number == 1:
            yield from reward_model(asked, size)
        yield scored(f"scores-{number}", "rm", f"{policy}-samples", "round", size, fixed, weight=10)
        choosing = {"pairing": options.pairing, **fixed}
        sources = ranked(f"{policy}-samples", "round", f"scores-{number}")
        yield Stage(f"pairs-{number}", "keep_best", choosing, inputs=sources)
        pairs = {"train": StageVersion(f"pairs-{number}", "pairs")}
        yield Stage(f"dpo-{number}", "dpo", {**size.dpo, **fixed}, policy, pairs, reference=policy, weight=40)
        policy = f"dpo-{number}"
        line.append(policy)
    yield sampled(policy, asked, size)
    yield evaluated(line, size)
    yield from measured(asked, line)


def shared_out(asked: Asked, size: Size) -> tuple[int, int]:
    """Prompts that are judged for the reward model, where there is none, and those of each round."""
    if size.draws:
        return size.draws.judged, size.draws.sets
    prompts = asked.rows.get("prompts", 0)
    judged = 0 if {"preferences", "rm"} & asked.given else size.divided(prompts).judged
    return judged, max(1, (prompts - judged) // asked.options.rounds)


ITERATIVE_DPO = Recipe(
    name="iterative_dpo",
    title="Iterative DPO",
    description="Rounds of sampling, ranking and DPO, each held against what it started from.",
    scales=tuple(SIZES),
    build=build,
    prepare=toy.prepare,
    examples=toy.examples,
    options=IterativeOptions,
    stands_in=STANDS_IN | {"base": needs_of(SIZES["toy"])["base"]},
    more=BENCHMARKS,
    about={name: size.about for name, size in SIZES.items()},
)
