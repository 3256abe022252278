"""Xwin, from top to bottom: SFT, preferences, reward model, 64 samples, RS, a fresh reward model, DPO, evaluation.

On one's own model, or on a toy: tiny models from scratch in a made-up world, some minutes on two cores. What the toy
shows of the method is real, what it shows of language is nothing. Matched controls run along, each the same but for
the one thing that its stage claims: random choice instead of the best, and the chosen responses without the rejected.
The figures of the toy were chosen on seeds 0 and 1; docs/benchmarks.md says what other seeds gave.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any

from msgspec import Meta, Struct

from training.recipes import toy
from training.recipes.sizes import SIZES, Draws, Settings, Size
from training.recipes.stages import (
    Asked,
    AuthorOf,
    CheckpointOf,
    Given,
    Need,
    Pipeline,
    Recipe,
    Source,
    Stage,
    StageOutput,
    StageVersion,
)
from training.specs import LARGE


class XwinOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which stages there are."""

    rounds: Annotated[
        int, Meta(ge=0, le=8, description="Rounds of fresh preferences, reward model and DPO; 0 learns from Xwin-Set.")
    ] = 1
    controls: Annotated[bool, Meta(description="Matched controls beside RS and DPO.")] = True


BASE = Need("policy", "The model that SFT starts from.")
JUDGES = {
    "judge": Need("judge", "Says which of two responses is better; its preferences train the reward model."),
    "evaluator": Need("judge", "Evaluates. Choose one whose preferences trained no checkpoint here."),
}
BEGINS_WITH = {
    "demonstrations": Need("demonstrations", "What SFT learns."),
    "prompts": Need("prompts", "Prompts whose responses are judged, scored and learnt from."),
    "held_out": Need("prompts", "Prompts that the evaluation alone sees."),
}
# Given from outside, each takes the place of the stage that makes it.
STANDS_IN = {
    "base": BASE,
    "sft": Need("policy", "An SFT model that is there already: SFT is left out."),
    "preferences": Need("preferences", "Xwin-Pair that is there already: judging is left out."),
    "rm": Need("reward", "A reward model that is there already: its training is left out."),
}
# Each is measured at every stage where its questions are given.
ALPACA_EVAL = {
    "alpaca_eval": Need("collection", "The questions of AlpacaEval: every stage answers and is measured."),
    "alpaca_baseline": Need("author", "Whose responses they are compared with, such as text_davinci_003."),
    "alpaca_judge": Need("judge", "AlpacaEval's judge."),
}
MT_BENCH = {
    "mt_bench": Need("collection", "The questions of MT-bench: every stage answers and is rated."),
    "mt_judge": Need("judge", "MT-bench's judge."),
}
TOY_JUDGES = {"judge": "rubric_one", "evaluator": "rubric_two"}
# What only DPO knows: its control has the other settings alone.
OF_DPO = {"beta", "losses", "loss_weights"}
BENCHMARK_DRAWS: dict[str, dict[str, Any]] = {
    "alpaca_eval": {"name": "alpaca_eval", "prompts": "alpaca_eval", "n": 1, "temperature": 0.7, "distinct": False},
    "mt_bench": {"name": "mt_bench", "prompts": "mt_bench", "n": 1, "temperature_by": "mt_bench", "distinct": False},
}
Inputs = dict[str, Source]


def build(asked: Asked) -> Pipeline:
    stages = tuple(stages_of(asked, SIZES[asked.scale]))
    used = {name for stage in stages for name in stage.uses} - {stage.name for stage in stages}
    return Pipeline({name: need for name, need in needs_of(SIZES[asked.scale]).items() if name in used}, stages)


def needs_of(size: Size) -> dict[str, Need]:
    """A toy makes its versions, and its judges are programs."""
    made = {name: replace(need, is_made=size.is_toy) for name, need in BEGINS_WITH.items()}
    judges = {name: replace(need, default=TOY_JUDGES[name] if size.is_toy else "") for name, need in JUDGES.items()}
    return made | STANDS_IN | judges | ALPACA_EVAL | MT_BENCH


def stages_of(asked: Asked, size: Size) -> Iterator[Stage]:
    fixed, draws = {"seed": asked.seed}, size.divided(asked.rows.get("prompts", 0))
    if size.create and "base" not in asked.given:
        corpus: Inputs = {"corpus": Given("demonstrations")}
        yield Stage("create", "create", {**size.create, **fixed}, inputs=corpus, weight=6)
    if "sft" not in asked.given:
        start = "create" if size.create and "base" not in asked.given else "base"
        yield Stage("sft", "sft", {**size.sft, **fixed}, start, {"train": Given("demonstrations")}, weight=57)
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


def reward_model(asked: Asked, size: Size) -> Iterator[Stage]:
    """Xwin-Pair: the judge prefers. Xwin-RM: learns from preferences only, never from points."""
    if "rm" in asked.given:
        return
    train: Source = Given("preferences")
    if "preferences" not in asked.given:
        yield judged("preferences", "sft-samples", asked.seed, size)
        train = StageVersion("preferences", "preferences")
    yield Stage("rm", "reward", {**size.reward, "seed": asked.seed}, "sft", {"train": train}, weight=75)


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
    yield judged(f"fresh-preferences{end}", f"{policy}-samples", (asked.seed + number) % LARGE, size)
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
    yield evaluated(line, ["", "rs-control", *controls] if controls else [])
    yield from measured(asked, line)


def measured(asked: Asked, line: Sequence[str]) -> Iterator[Stage]:
    """AlpacaEval and MT-bench of every stage, where their questions were given."""
    authors: dict[str, Any] = {"authors": [AuthorOf(name) for name in line]}
    samples = tuple(f"{name}-samples" for name in line)
    if "alpaca_eval" in asked.given:
        told = {"benchmark": "alpaca_eval", "judge": Given("alpaca_judge"), "collection": Given("alpaca_eval")}
        settings = authors | told | {"baseline": Given("alpaca_baseline"), "seed": asked.seed}
        yield Stage("alpaca-eval", "benchmark", settings, after=samples, weight=10)
    if "mt_bench" in asked.given:
        told = {"benchmark": "mt_bench", "judge": Given("mt_judge"), "collection": Given("mt_bench")}
        yield Stage("mt-bench", "benchmark", authors | told | {"seed": asked.seed}, after=samples, weight=10)


def ending(number: int) -> str:
    return f"-{number}" if number > 1 else ""


def draw(name: str, first: int, limit: int, n: int) -> dict[str, Any]:
    return {"name": name, "prompts": "prompts", "first": first, "limit": limit, "n": n}


def sampled(stage: str, asked: Asked, size: Size, *draws: dict[str, Any]) -> Stage:
    """A stage's responses to what is asked for here, to the held-out prompts, and to the questions of benchmarks."""
    inputs: Inputs = {"held_out": Given("held_out")}
    if draws:
        inputs["prompts"] = Given("prompts")
    benchmarks = [one for name, one in BENCHMARK_DRAWS.items() if name in asked.given]
    inputs |= {one["name"]: Given(one["name"]) for one in benchmarks}
    settings = {**size.sampling, "seed": asked.seed, "draws": [*draws, *size.evaluation, *benchmarks]}
    return Stage(f"{stage}-samples", "sample", settings, stage, inputs, weight=20 if draws else 8)


def judged(name: str, samples: str, seed: int, size: Size) -> Stage:
    """Preferences among a stage's responses."""
    settings = {
        "judge": Given("judge"),
        "per_prompt": size.pairs_per_prompt,
        "test_share": 0.1,
        "seed": seed,
    }
    return Stage(name, "judge", settings, inputs={"responses": StageOutput(samples, "pairs.jsonl")}, weight=10)


def scored(name: str, model: str, samples: str, of: str, size: Size, fixed: Settings, weight: float) -> Stage:
    inputs: Inputs = {"responses": StageOutput(samples, f"{of}.jsonl")}
    return Stage(name, "score", {**size.scoring, **fixed}, model, inputs, weight=weight)


def ranked(samples: str, of: str, scores: str) -> Inputs:
    return {"responses": StageOutput(samples, f"{of}.jsonl"), "scores": StageOutput(scores, "scores.jsonl")}


def evaluated(line: Sequence[str], controls: Sequence[str]) -> Stage:
    """Every stage against the one before it, and against its control."""
    comparisons: list[dict[str, Any]] = [{"checkpoint": CheckpointOf(line[0])}]
    comparisons += [compared(stage, before) for before, stage in pairwise(line)]
    beside = [(stage, control, before) for (before, stage), control in zip(pairwise(line), controls[1:], strict=False)]
    comparisons += [compared(control, before, control=True) for _, control, before in beside]
    comparisons += [compared(stage, control) for stage, control, _ in beside]
    samples = tuple(f"{stage}-samples" for stage in (*line, *filter(None, controls)))
    settings = {"judge": Given("evaluator"), "comparisons": comparisons}
    return Stage("evaluation", "evaluate", settings, inputs={"prompts": Given("held_out")}, after=samples, weight=10)


def compared(checkpoint: str, baseline: str, control: bool = False) -> dict[str, Any]:
    return {"checkpoint": CheckpointOf(checkpoint), "baseline": CheckpointOf(baseline), "control": control}


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
    more={**ALPACA_EVAL, **MT_BENCH},
    about={name: size.about for name, size in SIZES.items()},
)
