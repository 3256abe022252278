"""The plan of a recipe: what each stage will take, and of every figure what it rests on."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from annotation.judges.config import registry
from annotation.judges.config.registry import JudgeInvalid, Price
from annotation.models import Collection, Prompt, Version
from training import recipes
from training.models import Checkpoint
from training.recipes import files, needs
from training.recipes.plans import machine
from training.recipes.plans.flow import RESPONSE_TOKENS, Rows, Work, flow, settings_of
from training.recipes.stages import Given, Pipeline, Stage
from training.runs.kinds import KINDS
from training.runs.launching import rows_of

SAMPLED = 200
# OpenAI's rule of thumb for English.
CHARACTERS_A_TOKEN = 4
# Of a judge: its instructions in each question, and what it answers.
INSTRUCTION_TOKENS, VERDICT_TOKENS = 600, 200


@dataclass(frozen=True)
class PlannedStage:
    """Numbers of rows and tokens, US dollars, hours of one GPU, and bytes. None is not known, or does not apply."""

    name: str
    kind: str
    reads: float | None = None
    makes: float | None = None
    tokens: float | None = None
    questions: float | None = None
    dollars: float | None = None
    gpus: int = 0
    gpu_hours: float | None = None
    gpu_memory: float | None = None
    disk: float | None = None


@dataclass(frozen=True)
class Plan:
    stages: tuple[PlannedStage, ...]
    rests_on: tuple[str, ...]

    def total(self, name: str) -> float | None:
        """Of what is known; None where nothing is."""
        known = [value for stage in self.stages if (value := getattr(stage, name)) is not None]
        return sum(known) if known else None

    @property
    def most_memory(self) -> float | None:
        return max((stage.gpu_memory for stage in self.stages if stage.gpu_memory is not None), default=None)


def plan(pipeline: Pipeline, given: Mapping[str, Any], inputs: Mapping[str, Version]) -> Plan:
    """Of a recipe with what is given so far."""
    response = typical_response(inputs)
    rows = {name: of_version(version, response) for name, version in inputs.items()}
    collections = {name: slug for name, slug in given.items() if pipeline.needs[name].kind == "collection"}
    rows |= {name: of_collection(slug, response) for name, slug in collections.items()}
    works, parameters = flow(pipeline, rows), size(pipeline, given)
    stages = tuple(planned(stage, works[stage.name], parameters, given) for stage in pipeline.stages)
    return Plan(stages, tuple(rests_on(parameters, response)))


def rests_on(parameters: int | None, response: float) -> list[str]:
    """In words, for the foot of the plan."""
    size = f"{parameters / 1e9:.2g} billion parameters, counted." if parameters else "The model's size is not known."
    return [
        f"Rows are counted; tokens are {CHARACTERS_A_TOKEN} characters each, measured on up to {SAMPLED} rows.",
        f"A response that nobody has seen is assumed to have {response:.0f} tokens.",
        f"GPU hours are of an {machine.H100.name}: {machine.TRAINING_SHARE:.0%} of its operations in training,"
        f" {machine.DECODED:,.0f} tokens a second decoded of 7B. {size}",
        "Memory is of weights, gradients and optimiser on each GPU; activations come on top.",
        f"A question to a judge has {INSTRUCTION_TOKENS} tokens of instructions, the answer {VERDICT_TOKENS}.",
    ]


def planned(stage: Stage, work: Work | None, parameters: int | None, given: Mapping[str, Any]) -> PlannedStage:
    if work is None:
        return PlannedStage(stage.name, stage.kind)
    counted = PlannedStage(
        stage.name,
        stage.kind,
        reads=work.reads,
        makes=work.makes or None,
        tokens=work.trained + work.generated + work.read_tokens or None,
        questions=work.questions or None,
        dollars=price(stage, work, given),
    )
    if not parameters or not KINDS[stage.kind].has_program or stage.kind == "keep_best":
        return counted
    spec = settings_of(stage)
    return replace(
        counted,
        gpus=spec.gpus,
        gpu_hours=machine.hours(work, spec, parameters) if spec.gpus else None,
        gpu_memory=machine.memory(spec, parameters) if spec.gpus else None,
        disk=machine.disk(work, spec, parameters),
    )


def price(stage: Stage, work: Work, given: Mapping[str, Any]) -> float | None:
    """US dollars; None where nobody is asked, or the judge names no price."""
    named = stage.settings.get("judge")
    name = given.get(named.name, "") if isinstance(named, Given) else named
    if not work.questions or not name:
        return None
    try:
        judge = registry.load(str(name))
    except JudgeInvalid:
        return None
    if judge.protocol == "program":
        return 0.0
    if judge.price == Price():
        return None
    asked = work.question_tokens + work.questions * INSTRUCTION_TOKENS
    return judge.price.of(round(asked), round(work.questions * VERDICT_TOKENS))


def size(pipeline: Pipeline, given: Mapping[str, Any]) -> int | None:
    """Parameters of the largest checkpoint that is given."""
    ids = [value for name, value in given.items() if pipeline.needs[name].kind == "policy"]
    known = Checkpoint.objects.filter(pk__in=ids).values_list("parameters", flat=True)
    return max(filter(None, known), default=None)


def typical_response(inputs: Mapping[str, Version]) -> float:
    """Mean tokens of the responses that there are, else an assumption."""
    lengths = [length for version in inputs.values() for length in response_lengths(drawn(version))]
    return fmean(lengths) / CHARACTERS_A_TOKEN if lengths else RESPONSE_TOKENS


def drawn(version: Version) -> list[dict[str, Any]]:
    """Some records of a version, spread over it evenly."""
    many = version.counts.get("items", 0)
    places = sorted(random.Random(0).sample(range(1, many + 1), min(SAMPLED, many)))
    return list(version.items.filter(position__in=places).values_list("record", flat=True))


def response_lengths(records: list[dict[str, Any]]) -> list[int]:
    named = ("response", "chosen", "rejected")
    return [len(str(record[name])) for record in records for name in named if name in record]


def of_version(version: Version, response: float) -> Rows:
    records = drawn(version)
    prompts = [sum(len(turn["content"]) for turn in record["prompt"]) for record in records]
    own = response_lengths(records)
    many = version.counts.get("items", 0)
    about = version.counts.get("prompts", many)
    mean = fmean(prompts) / CHARACTERS_A_TOKEN if prompts else 0.0
    said = fmean(own) / CHARACTERS_A_TOKEN if own else response
    return Rows(many, about, mean, said, version.counts.get("test", 0) / many if many else 0.0)


def of_collection(slug: str, response: float) -> Rows:
    found = Collection.objects.get(slug=slug)
    prompts = list(Prompt.objects.filter(collection=found).values_list("messages", flat=True)[:SAMPLED])
    many = Prompt.objects.filter(collection=found).count()
    lengths = [sum(len(turn["content"]) for turn in messages) for messages in prompts]
    return Rows(many, many, fmean(lengths) / CHARACTERS_A_TOKEN if lengths else 0.0, response)


def planned_for(settings: Mapping[str, Any], inputs: Mapping[str, Version]) -> Plan:
    """Of the settings that would start it; what is not given yet is left open. Raises FormInvalid."""
    pipeline = files.pipeline(recipes.built(settings, rows_of(inputs)))
    told = {name: value for name, value in settings.get("given", {}).items() if value and name in pipeline.needs}
    found, _ = needs.checked(pipeline, told)
    # A judge has its price also where it cannot be asked yet.
    found |= {name: value for name, value in told.items() if pipeline.needs[name].kind == "judge"}
    known = {name: version for name, version in inputs.items() if name in pipeline.needs}
    return plan(pipeline, found, known)
