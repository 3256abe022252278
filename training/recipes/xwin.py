"""Xwin, from top to bottom: SFT, preferences, reward model, 64 samples, RS, a fresh reward model, DPO, evaluation.

It runs on a toy: tiny models from scratch in a made-up world (`annotation.demo`), two cores, some minutes. What it
shows of the method is real, what it shows of language is nothing. Matched controls run along, each the same but for
the one thing that its stage claims: random choice instead of the best, and the chosen responses without the rejected.
The figures here were chosen on seeds 0 and 1; docs/benchmarks.md says what other seeds gave.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from annotation.datasets import versions
from annotation.demo import loading, writing
from annotation.models import Prompt, Version
from studio.accounts.models import User
from training.recipes.stages import CheckpointOf, PreparedVersion, Recipe, Source, Stage, StageOutput, StageVersion
from training.specs import LARGE


@dataclass(frozen=True)
class Scale:
    """How much of everything. `held_out` prompts are seen by the evaluation only."""

    prompts: int
    held_out: int
    judged: int
    sets: int
    set_size: int
    choices: int
    width: int
    layers: int


SCALES = {
    "toy": Scale(2400, 300, judged=1500, sets=300, set_size=64, choices=1200, width=128, layers=2),
    # Learns nothing; for trying the machinery.
    "trial": Scale(24, 8, judged=16, sets=4, set_size=6, choices=8, width=16, layers=1),
}

# One thread: models this small gain little from a second one, and lose much where it has to be shared.
ON_CPU = {"gpus": 0, "precision": "fp32", "threads": 1}
TRAINING = ON_CPU | {"template": "own", "gradient_checkpointing": False, "max_length": 256}
SMALL_STEPS = TRAINING | {"batch_size": 16, "micro_batch_size": 16, "warmup": 0.05, "epochs": 2.0}
LARGE_STEPS = TRAINING | {"batch_size": 32, "micro_batch_size": 32, "warmup": 0.1, "epochs": 2.0}
SAMPLING = ON_CPU | {"engine": "transformers", "max_tokens": 80, "batch_size": 384, "chunk": 128}
SCORING = ON_CPU | {"engine": "transformers"}

# Plain draws, not distinct ones: an evaluation takes what the model says.
TRIAL = (
    {"name": "sampled", "prompts": "held_out", "n": 4, "distinct": False},
    {"name": "greedy", "prompts": "held_out", "n": 1, "temperature": 0.0},
)


def stages(scale: str, seed: int) -> tuple[Stage, ...]:
    size, fixed = SCALES[scale], {"seed": seed}
    demonstrations: dict[str, Source] = {"train": PreparedVersion("demonstrations")}
    create = ON_CPU | fixed | {"width": size.width, "layers": size.layers}
    sft = SMALL_STEPS | fixed | {"learning_rate": 3e-3}
    reward = SMALL_STEPS | fixed | {"learning_rate": 5e-4}
    again = SMALL_STEPS | fixed | {"learning_rate": 4e-4}
    preferring = LARGE_STEPS | fixed | {"learning_rate": 4e-4}
    dpo = preferring | {"beta": 0.5, "losses": ["sigmoid", "sft"], "loss_weights": [1.0, 1.0]}
    return (
        # A tokenizer and an untrained Llama, and what the demonstrations teach it.
        Stage("create", "create", create, inputs={"corpus": PreparedVersion("demonstrations")}, weight=6),
        Stage("sft", "sft", sft, "create", demonstrations, weight=57),
        # Its responses: some to be judged, 64 for each of other prompts, and its trial.
        sampled("sft", fixed, draw("pairs", 0, size.judged, 4), draw("set", size.judged, size.sets, size.set_size)),
        # Xwin-Pair: the rubric judge prefers. Xwin-RM: learns from preferences only, never from points.
        judged("preferences", "sft-samples", seed),
        Stage("rm", "reward", reward, "sft", {"train": StageVersion("preferences", "preferences")}, weight=75),
        # Xwin-Set: 64 responses of each prompt, scored; the best of them, and as many at random.
        Stage(
            "scores", "score", SCORING | fixed, "rm", {"responses": StageOutput("sft-samples", "set.jsonl")},
            weight=30,
        ),
        Stage("best", "keep_best", fixed | {"keep": 2, "pairs": 0}, inputs=scored("sft-samples", "set", "scores")),
        # RS learns the best; its control learns as many of the same responses, taken at random.
        Stage("rs", "sft", again, "sft", {"train": StageVersion("best", "best")}, weight=12),
        Stage("rs-control", "sft", again, "sft", {"train": StageVersion("best", "random")}, weight=12),
        # The reward model has never seen what RS says: new preferences on RS's own responses, and it learns on.
        sampled("rs", fixed, draw("pairs", 0, size.choices, 4), draw("choices", size.prompts // 2, size.choices, 2)),
        judged("fresh-preferences", "rs-samples", (seed + 1) % LARGE),
        Stage(
            "fresh-rm", "reward", reward, "rm", {"train": StageVersion("fresh-preferences", "preferences")},
            weight=58,
        ),
        # Many prompts, two responses of each; the fresh reward model says which is chosen.
        Stage(
            "choices", "score", SCORING | fixed, "fresh-rm", {"responses": StageOutput("rs-samples", "choices.jsonl")},
            weight=8,
        ),
        Stage("pairs", "keep_best", fixed, inputs=scored("rs-samples", "choices", "choices")),
        # DPO from RS; its control learns the same chosen responses in the same steps and sees no rejected one.
        Stage("dpo", "dpo", dpo, "rs", {"train": StageVersion("pairs", "pairs")}, weight=40),
        Stage("dpo-control", "sft", preferring, "rs", {"train": StageVersion("pairs", "pairs")}, weight=17),
        # What came of it, on held-out prompts, by a rubric that trained nobody.
        sampled("rs-control", fixed),
        sampled("dpo", fixed),
        sampled("dpo-control", fixed),
        evaluated(),
    )  # fmt: skip


def draw(name: str, first: int, limit: int, n: int) -> dict[str, Any]:
    return {"name": name, "prompts": "prompts", "first": first, "limit": limit, "n": n}


def sampled(stage: str, fixed: dict[str, int], *draws: dict[str, Any]) -> Stage:
    """A stage's responses to what is asked for here, and to the held-out prompts."""
    inputs: dict[str, Source] = {"held_out": PreparedVersion("held_out")}
    if draws:
        inputs["prompts"] = PreparedVersion("prompts")
    settings = SAMPLING | fixed | {"draws": [*draws, *TRIAL]}
    return Stage(f"{stage}-samples", "sample", settings, stage, inputs, weight=20 if draws else 8)


def judged(name: str, samples: str, seed: int) -> Stage:
    """Preferences among a stage's responses by rubric one, which errs as often as people do."""
    settings = {"judge": "rubric_one", "per_prompt": 4, "test_share": 0.1, "seed": seed}
    return Stage(name, "judge", settings, inputs={"responses": StageOutput(samples, "pairs.jsonl")}, weight=10)


def scored(samples: str, draw: str, scores: str) -> dict[str, Source]:
    return {"responses": StageOutput(samples, f"{draw}.jsonl"), "scores": StageOutput(scores, "scores.jsonl")}


def evaluated() -> Stage:
    """Every stage against the one before it, and against its control; rubric two."""
    comparisons = [
        {"checkpoint": CheckpointOf("sft")},
        compared("rs", "sft"),
        compared("dpo", "rs"),
        compared("rs-control", "sft", control=True),
        compared("dpo-control", "rs", control=True),
        compared("rs", "rs-control"),
        compared("dpo", "dpo-control"),
    ]
    samples = tuple(f"{stage}-samples" for stage in ("sft", "rs", "dpo", "rs-control", "dpo-control"))
    settings = {"judge": "rubric_two", "comparisons": comparisons}
    return Stage(
        "evaluation", "evaluate", settings, inputs={"prompts": PreparedVersion("held_out")}, after=samples, weight=10
    )


def compared(checkpoint: str, baseline: str, control: bool = False) -> dict[str, Any]:
    return {"checkpoint": CheckpointOf(checkpoint), "baseline": CheckpointOf(baseline), "control": control}


def prepare(scale: str, seed: int, by: User | None) -> dict[str, Version]:
    """Prompts of the toy world, two demonstrations of mixed quality for each, and held-out prompts."""
    loading.load()
    size = SCALES[scale]
    asked, held_out = toys("toy-train", size.prompts), toys("toy-held-out", size.held_out)
    made = {"made_by": "annotation.demo.writing, a program", "seed": seed}
    return {
        "demonstrations": versions.freeze_rows(
            "toy demonstrations", "demonstrations", demonstrations(asked, seed), made, by
        ),
        "prompts": versions.freeze_rows("toy prompts", "prompts", asked, made_of(size.prompts), by),
        "held_out": versions.freeze_rows("toy held-out prompts", "prompts", held_out, made_of(size.held_out), by),
    }


def made_of(count: int) -> dict[str, Any]:
    return {"made_by": f"annotation.demo.loading, the first {count:,} prompts of the toy world"}


def toys(collection: str, count: int) -> list[dict[str, Any]]:
    found = Prompt.objects.filter(collection__slug=collection).order_by("pk")[:count]
    return [{"prompt_id": prompt.pk, "prompt": prompt.messages} for prompt in found]


def demonstrations(asked: list[dict[str, Any]], seed: int) -> Iterator[dict[str, Any]]:
    chance = Random(seed)
    for record in asked:
        for _ in range(2):
            yield record | {"response": writing.demonstrate(record["prompt"][-1]["content"], chance)}


XWIN = Recipe(
    name="xwin",
    title="Xwin on a toy",
    description="The whole circle on tiny models in a made-up world, with matched controls. Minutes on two cores.",
    scales=tuple(SCALES),
    stages=stages,
    prepare=prepare,
)
