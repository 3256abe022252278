"""As UltraFeedback and Zephyr: four models answer, a judge rates four aspects, and DPO learns the preferences of it.

Cui et al. 2023 asked GPT-4 for instruction following, truthfulness, honesty and helpfulness; the mean of the four is a
response's score. Tunstall et al. 2023 took the best response as chosen and another at random as rejected. Here each
aspect is a judge of its own, so that it may be another model, and its ratings stand beside each response.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any

from msgspec import Meta, Struct

from training.recipes import toy
from training.recipes.builders import (
    BENCHMARKS,
    begins,
    evaluated,
    measured,
    needs_of,
    pipeline,
    ranked,
    sampled,
)
from training.recipes.sizes import SIZES, Size
from training.recipes.stages import Asked, Given, Need, Pipeline, Recipe, Stage, StageVersion
from training.specs import LARGE
from training.specs.answers import Pairing


class UltraFeedbackOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is made of the ratings."""

    pairing: Annotated[Pairing, Meta(description="How chosen and rejected are found.")] = "best_random"
    least_gap: Annotated[float, Meta(ge=0, description="Least difference in rating of chosen and rejected.")] = 0.0


MODELS = tuple(f"model_{number}" for number in range(1, 5))
ANSWERS = {
    name: Need("policy", f"Number {place} of the four models that answer.") for place, name in enumerate(MODELS, 1)
}
ASPECTS = ("instruction_following", "truthfulness", "honesty", "helpfulness")
RATERS = {
    name: Need("judge", f"Rates {name.replace('_', ' ')} from 1 to 10; one that rates single responses.", default=name)
    for name in ASPECTS
}
SFT = Need("policy", "The policy that DPO starts from: SFT is left out.")
# Of a toy the four are SFT cut short by so much, and one program stands for all aspects.
TOY_EPOCHS = dict(zip(MODELS, (2.0, 1.0, 0.5, 0.25), strict=True))


def build(asked: Asked) -> Pipeline:
    size = SIZES[asked.scale]
    raters = {ASPECTS[0]: replace(RATERS[ASPECTS[0]], default="rubric_one")} if size.is_toy else RATERS
    return pipeline(stages_of(asked, size), needs_of(size) | ANSWERS | raters | {"sft": SFT})


def stages_of(asked: Asked, size: Size) -> Iterator[Stage]:
    fixed = {"seed": asked.seed}
    yield from begins(asked, size)
    if size.is_toy:
        yield from toy_models(asked, size)
    yield answered(asked, size)
    ratings = {"judge": Given(ASPECTS[0]), "further_judges": [] if size.is_toy else list(map(Given, ASPECTS[1:]))}
    responses = ranked("answers", "responses", "ratings")
    yield Stage("ratings", "rate", ratings | fixed, inputs={"responses": responses["responses"]}, weight=20)
    choosing = {"pairing": asked.options.pairing, "least_gap": asked.options.least_gap, **fixed}
    yield Stage("pairs", "keep_best", choosing, inputs=responses)
    pairs = {"train": StageVersion("pairs", "pairs")}
    yield Stage("dpo", "dpo", {**size.dpo, **fixed}, "sft", pairs, weight=40)
    for name in ("sft", "dpo"):
        yield sampled(name, asked, size)
    yield evaluated(["sft", "dpo"], size)
    yield from measured(asked, ["sft", "dpo"])


def toy_models(asked: Asked, size: Size) -> Iterator[Stage]:
    start = "base" if "base" in asked.given else "create"
    for place, (name, epochs) in enumerate(TOY_EPOCHS.items(), 1):
        if name not in asked.given:
            learning = {**size.sft, "epochs": epochs, "seed": (asked.seed + place) % LARGE}
            yield Stage(name, "sft", learning, start, {"train": Given("demonstrations")}, weight=57 * epochs / 2)


def answered(asked: Asked, size: Size) -> Stage:
    """One response by each of the four to every prompt."""
    first, *others = MODELS
    one = {"name": "responses", "prompts": "prompts", "n": 1, "distinct": False}
    settings: Mapping[str, Any] = {**size.sampling, "seed": asked.seed, "draws": [one]}
    inputs = {"prompts": Given("prompts")}
    return Stage("answers", "sample", settings, first, inputs, loads={"policies": tuple(others)}, weight=40)


ULTRAFEEDBACK = Recipe(
    name="ultrafeedback",
    title="UltraFeedback",
    description="Four models answer, a judge rates four aspects of each response, and DPO learns the best.",
    scales=tuple(SIZES),
    build=build,
    prepare=toy.prepare,
    examples=toy.examples,
    options=UltraFeedbackOptions,
    stands_in={"sft": SFT, "base": needs_of(SIZES["toy"])["base"]},
    more=BENCHMARKS,
    about={name: size.about for name, size in SIZES.items()},
)
