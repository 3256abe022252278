"""Xwin, from top to bottom: SFT, preferences, reward model, 64 samples, RS, a fresh reward model, DPO, evaluation.

On one's own model, or on a toy: tiny models from scratch in a made-up world, some minutes on two cores. What the toy
shows of the method is real, what it shows of language is nothing. Matched controls run along, each the same but for
the one thing that its stage claims: random choice instead of the best, and the chosen responses without the rejected.
The figures of the toy were chosen on seeds 0 and 1; docs/benchmarks.md says what other seeds gave.
"""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from training.recipes import toy
from training.recipes.builders import (
    BASE,
    BENCHMARKS,
    Inputs,
    JudgedBy,
    begins,
    draw,
    evaluated,
    judged,
    measured,
    needs_of,
    pipeline,
    ranked,
    reward_model,
    sampled,
    scored,
)
from training.recipes.sizes import SIZES, Draws, Size
from training.recipes.stages import (
    Asked,
    Need,
    Pipeline,
    Recipe,
    Stage,
    StageVersion,
)
from training.specs import LARGE


class XwinOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which stages there are."""

    rounds: Annotated[
        int, Meta(ge=0, le=8, description="Rounds of fresh preferences, reward model and DPO; 0 learns from Xwin-Set.")
    ] = 1
    controls: Annotated[bool, Meta(description="Matched controls beside RS and DPO.")] = True
    judged_by: JudgedBy = "judge"


# Given from outside, each takes the place of the stage that makes it.
STANDS_IN = {
    "base": BASE,
    "sft": Need("policy", "An SFT model that is there already: SFT is left out."),
    "preferences": Need("preferences", "Xwin-Pair that is there already: judging is left out."),
    "rm": Need("reward", "A reward model that is there already: its training is left out."),
}
# What only DPO knows: its control has the other settings alone.
OF_DPO = {"beta", "losses", "loss_weights"}


def build(asked: Asked) -> Pipeline:
    size = SIZES[asked.scale]
    return pipeline(stages_of(asked, size), needs_of(size) | STANDS_IN)


def stages_of(asked: Asked, size: Size) -> Iterator[Stage]:
    fixed, draws = {"seed": asked.seed}, size.divided(asked.rows.get("prompts", 0))
    yield from begins(asked, size)
    # Its responses: some to be judged, 64 for each of other prompts, and its trial.
    judges = not {"preferences", "rm"} & asked.given
    judged_draws = [draw("pairs", 0, draws.judged, size.pairs_per_prompt)] if judges else []
    yield sampled("sft", asked, size, *judged_draws, draw("set", draws.judged, draws.sets, draws.set_size))
    yield from reward_model(asked, size)
    # Xwin-Set: 64 responses of each prompt, scored; the best of them, and as many at random.
    yield scored("scores", "rm", "sft-samples", "set", size, fixed, weight=30)
    best = {"keep": size.keep, "pairs": 0 if asked.options.rounds else 1, **fixed}
    yield Stage("best", "keep_best", best, inputs=ranked("sft-samples", "set", "scores"))
    # RS learns the best; its control learns as many of the same responses, taken at random.
    yield Stage("rs", "sft", {**size.again, **fixed}, "sft", {"train": StageVersion("best", "best")}, weight=12)
    if asked.options.controls:
        control: Inputs = {"train": StageVersion("best", "random")}
        yield Stage("rs-control", "sft", {**size.again, **fixed}, "sft", control, weight=12)
    yield from preferring(asked, size, draws)
    yield from trials(asked, size)


def preferring(asked: Asked, size: Size, draws: Draws) -> Iterator[Stage]:
    """DPO from RS, round after round: the reference of each is what the round starts from."""
    if not asked.options.rounds:
        yield sampled("rs", asked, size)
        yield from dpo(asked, size, "", "rs", StageVersion("best", "pairs"))
    policy, judge = "rs", "rm"
    for number in range(1, asked.options.rounds + 1):
        end = ending(number)
        yield from fresh_pairs(asked, size, draws, number, policy, judge)
        yield from dpo(asked, size, end, policy, StageVersion(f"pairs{end}", "pairs"))
        policy, judge = f"dpo{end}", f"fresh-rm{end}"


def fresh_pairs(asked: Asked, size: Size, draws: Draws, number: int, policy: str, judge: str) -> Iterator[Stage]:
    """The reward model has never seen what this policy says: new preferences on its responses, and it learns on.

    Many prompts, two responses of each; the fresh reward model says which is chosen.
    """
    end, fixed = ending(number), {"seed": asked.seed}
    first = 0 if size.draws is None else size.draws.choices
    chosen = draw("choices", first, draws.choices, 2)
    yield sampled(policy, asked, size, draw("pairs", 0, draws.choices, size.pairs_per_prompt), chosen)
    yield judged(
        f"fresh-preferences{end}", f"{policy}-samples", (asked.seed + number) % LARGE, size, asked.options.judged_by
    )
    train: Inputs = {"train": StageVersion(f"fresh-preferences{end}", "preferences")}
    yield Stage(f"fresh-rm{end}", "reward", {**size.fresh_reward, **fixed}, judge, train, weight=58)
    yield scored(f"choices{end}", f"fresh-rm{end}", f"{policy}-samples", "choices", size, fixed, weight=8)
    yield Stage(f"pairs{end}", "keep_best", fixed, inputs=ranked(f"{policy}-samples", "choices", f"choices{end}"))


def dpo(asked: Asked, size: Size, end: str, policy: str, pairs: StageVersion) -> Iterator[Stage]:
    """DPO; its control learns the same chosen responses in the same steps and sees no rejected one."""
    learning = {**size.dpo, "seed": asked.seed}
    yield Stage(f"dpo{end}", "dpo", learning, policy, {"train": pairs}, weight=40)
    if asked.options.controls:
        plain = {name: value for name, value in learning.items() if name not in OF_DPO}
        yield Stage(f"dpo-control{end}", "sft", plain, policy, {"train": pairs}, weight=17)


def trials(asked: Asked, size: Size) -> Iterator[Stage]:
    """What came of it, on held-out prompts, under a judge that trained nobody."""
    last = [f"dpo{ending(number)}" for number in range(1, asked.options.rounds + 1)] or ["dpo"]
    controls = [f"dpo-control{name.removeprefix('dpo')}" for name in last] if asked.options.controls else []
    # What went on to the next round is sampled there.
    for name in [*(["rs-control"] if controls else []), last[-1], *controls]:
        yield sampled(name, asked, size)
    line = ["sft", "rs", *last]
    yield evaluated(line, size, ["", "rs-control", *controls] if controls else [])
    yield from measured(asked, line)


def ending(number: int) -> str:
    return f"-{number}" if number > 1 else ""


XWIN = Recipe(
    name="xwin",
    title="Xwin",
    description="From a base model and prompts to DPO, with matched controls. On a toy: minutes on two cores.",
    scales=tuple(SIZES),
    build=build,
    prepare=toy.prepare,
    examples=toy.examples,
    options=XwinOptions,
    stands_in=STANDS_IN,
    more=BENCHMARKS,
    about={name: size.about for name, size in SIZES.items()},
)
