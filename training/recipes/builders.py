"""Stages that recipes share: what they begin with, samples, judging, scoring, evaluation, benchmarks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any, Literal

from msgspec import Meta

from training.recipes.sizes import Settings, Size
from training.recipes.stages import (
    Asked,
    AuthorOf,
    CheckpointOf,
    Given,
    Need,
    Pipeline,
    Source,
    Stage,
    StageOutput,
    StageVersion,
)

Inputs = dict[str, Source]
JudgedBy = Annotated[
    Literal["judge", "people"],
    Meta(description="Who prefers: a judge, or people, for whom the recipe waits at the review queue."),
]

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
BENCHMARKS = ALPACA_EVAL | MT_BENCH
TOY_JUDGES = {"judge": "rubric_one", "evaluator": "rubric_two"}
BENCHMARK_DRAWS: dict[str, dict[str, Any]] = {
    "alpaca_eval": {"name": "alpaca_eval", "prompts": "alpaca_eval", "n": 1, "temperature": 0.7, "distinct": False},
    "mt_bench": {"name": "mt_bench", "prompts": "mt_bench", "n": 1, "temperature_by": "mt_bench", "distinct": False},
}


def pipeline(stages: Iterable[Stage], needs: Mapping[str, Need]) -> Pipeline:
    """The stages with those of the needs that they take something from."""
    found = tuple(stages)
    used = {name for stage in found for name in stage.uses} - {stage.name for stage in found}
    return Pipeline({name: need for name, need in needs.items() if name in used}, found)


def needs_of(size: Size) -> dict[str, Need]:
    """A toy makes its versions, and its judges are programs."""
    made = {name: replace(need, is_made=size.is_toy) for name, need in BEGINS_WITH.items()}
    judges = {name: replace(need, default=TOY_JUDGES[name] if size.is_toy else "") for name, need in JUDGES.items()}
    return made | {"base": BASE} | judges | BENCHMARKS


def begins(asked: Asked, size: Size, **settings: Any) -> Iterator[Stage]:
    """A toy creates its model; SFT, with settings of one's own, unless an SFT model was given."""
    fixed, start = {"seed": asked.seed}, "base"
    if size.is_toy and "base" not in asked.given:
        start = "create"
        corpus: Inputs = {"corpus": Given("demonstrations")}
        yield Stage("create", "create", {**size.create, **fixed}, inputs=corpus, weight=6)
    if "sft" not in asked.given:
        learning = {**size.sft, **settings, **fixed}
        yield Stage("sft", "sft", learning, start, {"train": Given("demonstrations")}, weight=57)


def reward_model(asked: Asked, size: Size, policy: str = "sft", **settings: Any) -> Iterator[Stage]:
    """Xwin-Pair: the judge prefers. Xwin-RM: learns from preferences only, never from points. `settings` are of it."""
    if "rm" in asked.given:
        return
    train: Source = Given("preferences")
    if "preferences" not in asked.given:
        yield judged("preferences", f"{policy}-samples", asked.seed, size, asked.options.judged_by)
        train = StageVersion("preferences", "preferences")
    yield Stage("rm", "reward", {**size.reward, **settings, "seed": asked.seed}, policy, {"train": train}, weight=75)


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


def judged(name: str, samples: str, seed: int, size: Size, by: JudgedBy) -> Stage:
    """Preferences among a stage's responses: a judge's, or those of people through review."""
    settings: dict[str, Any] = {"per_prompt": size.pairs_per_prompt, "test_share": 0.1, "seed": seed}
    inputs: Inputs = {"responses": StageOutput(samples, "pairs.jsonl")}
    if by == "people":
        return Stage(name, "review", settings, inputs=inputs, weight=10)
    return Stage(name, "judge", settings | {"judge": Given("judge")}, inputs=inputs, weight=10)


def scored(name: str, model: str, samples: str, of: str, size: Size, fixed: Settings, weight: float) -> Stage:
    inputs: Inputs = {"responses": StageOutput(samples, f"{of}.jsonl")}
    return Stage(name, "score", {**size.scoring, **fixed}, model, inputs, weight=weight)


def ranked(samples: str, of: str, scores: str) -> Inputs:
    return {"responses": StageOutput(samples, f"{of}.jsonl"), "scores": StageOutput(scores, "scores.jsonl")}


def evaluated(line: Sequence[str], size: Size, controls: Sequence[str] = ()) -> Stage:
    """Every stage against the one before it, and against its control. Only a program rates the first by itself."""
    comparisons: list[dict[str, Any]] = [{"checkpoint": CheckpointOf(line[0])}] if size.is_toy else []
    comparisons += [compared(stage, before) for before, stage in pairwise(line)]
    beside = [(stage, control, before) for (before, stage), control in zip(pairwise(line), controls[1:], strict=False)]
    comparisons += [compared(control, before, control=True) for _, control, before in beside]
    comparisons += [compared(stage, control) for stage, control, _ in beside]
    samples = tuple(f"{stage}-samples" for stage in (*line, *filter(None, controls)))
    settings = {"judge": Given("evaluator"), "comparisons": comparisons}
    return Stage("evaluation", "evaluate", settings, inputs={"prompts": Given("held_out")}, after=samples, weight=10)


def compared(checkpoint: str, baseline: str, control: bool = False) -> dict[str, Any]:
    return {"checkpoint": CheckpointOf(checkpoint), "baseline": CheckpointOf(baseline), "control": control}
