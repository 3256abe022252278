"""How many rows and tokens go through each stage of a recipe, from those of the versions that are given. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import comb
from typing import Any

from training import specs
from training.recipes.stages import CheckpointOf, Given, Pipeline, Source, Stage, StageOutput, StageVersion
from training.runs.kinds import KINDS
from training.specs.mixtures import in_order

# A stage whose answers nobody has seen is assumed to write as much as the demonstrations, else this.
RESPONSE_TOKENS = 300.0
# Both orders of a pair, so that a judge's liking for the first counts for nobody.
ORDERS = 2
TURNS = {"mt_bench": 2}


@dataclass(frozen=True)
class Rows:
    """So many rows about so many prompts, with the mean tokens of a row's prompt and of one response.

    A share of them is held out: nobody trains on it.
    """

    rows: float
    prompts: float
    prompt: float
    response: float = RESPONSE_TOKENS
    held_out: float = 0.0

    @property
    def each(self) -> float:
        return self.prompt + self.response


@dataclass(frozen=True)
class Work:
    """What a stage does. Tokens are counted once for each pass: `trained` over all epochs, of both sides of a pair."""

    reads: float = 0.0
    makes: float = 0.0
    trained: float = 0.0
    generated: float = 0.0
    read_tokens: float = 0.0
    questions: float = 0.0
    question_tokens: float = 0.0


Known = dict[str, Rows]


def flow(pipeline: Pipeline, given: Mapping[str, Rows]) -> dict[str, Work | None]:
    """The work of each stage by its name; None where what it reads is not known."""
    known: Known = dict(given)
    return {stage.name: work(stage, known) for stage in pipeline.stages}


def work(stage: Stage, known: Known) -> Work | None:
    """Also notes what the stage makes."""
    of_kind = OF_KIND.get(stage.kind) or (training if KINDS[stage.kind].has_curves else None)
    read = {role: known.get(place(source)) for role, source in stage.inputs.items()}
    if of_kind is None or any(rows is None for rows in read.values()):
        return None
    return of_kind(stage, settings_of(stage), {role: rows for role, rows in read.items() if rows}, known)


def place(source: Source) -> str:
    match source:
        case Given(name):
            return name
        case StageOutput(stage, file):
            return f"{stage}/{file}"
        case StageVersion(stage, name):
            return f"{stage}:{name}"


def settings_of(stage: Stage) -> Any:
    """All settings of a stage, with the defaults of its kind; of one without a program those that are given."""
    if not KINDS[stage.kind].has_program:
        return dict(stage.settings)
    return specs.parse(stage.kind, dict(stage.settings))


def sampling(stage: Stage, spec: specs.Sample, read: Known, known: Known) -> Work:
    generated = made = read_tokens = 0.0
    for draw in spec.draws:
        asked = read[draw.prompts]
        prompts = min(draw.limit or asked.prompts, max(asked.prompts - draw.first, 0))
        response = min(asked.response, spec.max_tokens)
        prompts_read = prompts * (1 + sum(map(len, stage.loads.values())))
        rows = prompts_read * draw.n
        known[f"{stage.name}/{draw.name}.jsonl"] = Rows(rows, prompts, asked.prompt, response)
        made, generated, read_tokens = (
            made + rows,
            generated + rows * response,
            read_tokens + prompts_read * asked.prompt,
        )
    return Work(sum(rows.prompts for rows in read.values()), made, generated=generated, read_tokens=read_tokens)


def scoring(stage: Stage, spec: specs.Score, read: Known, known: Known) -> Work:
    rows = read["responses"]
    known[f"{stage.name}/scores.jsonl"] = rows
    models = 1 + sum(map(len, stage.loads.values()))
    return Work(rows.rows, rows.rows * models, read_tokens=rows.rows * rows.each * models)


def reviewing(stage: Stage, settings: dict[str, Any], read: Known, known: Known) -> Work | None:
    """As many pairs as a judge would be given; people are asked, and cost nothing that is known."""
    made = judging(stage, settings, read, known)
    return made and Work(made.reads, made.makes)


def rating(stage: Stage, settings: dict[str, Any], read: Known, known: Known) -> Work:
    rows = read["responses"]
    known[f"{stage.name}/scores.jsonl"] = rows
    questions = rows.rows * (1 + len(settings.get("further_judges", ())))
    return Work(rows.rows, questions, questions=questions, question_tokens=questions * rows.each)


def judging(stage: Stage, settings: dict[str, Any], read: Known, known: Known) -> Work | None:
    if "responses" not in read:
        return None
    rows = read["responses"]
    of_each = min(settings.get("per_prompt", 1), comb(round(rows.rows / max(rows.prompts, 1)), 2))
    pairs = rows.prompts * of_each
    known[f"{stage.name}:preferences"] = replace(rows, rows=pairs, held_out=settings.get("test_share", 0.0))
    tokens = ORDERS * pairs * (rows.prompt + 2 * rows.response)
    return Work(rows.rows, pairs, questions=ORDERS * pairs, question_tokens=tokens)


def choosing(stage: Stage, spec: specs.KeepBest, read: Known, known: Known) -> Work:
    rows = read["responses"]
    kept = min(spec.keep * rows.prompts, rows.rows)
    pairs = min(spec.pairs * rows.prompts, rows.rows / 2)
    for name, number in (("best", kept), ("random", kept), ("pairs", pairs)):
        known[f"{stage.name}:{name}"] = replace(rows, rows=number)
    return Work(rows.rows, kept + pairs)


def training(stage: Stage, spec: specs.Training, read: Known, known: Known) -> Work:
    """A pair is two conversations; a row that is too long is cut."""
    rows = mixed(spec, [read[role] for role in in_order(read)])
    sides = 2 if any("preferences" in kind for kind in KINDS[stage.kind].inputs.values()) else 1
    passes = rows.rows * (1 - rows.held_out) * spec.epochs if spec.max_steps < 0 else spec.max_steps * spec.batch_size
    return Work(rows.rows, trained=passes * sides * min(rows.each, spec.max_length))


def mixed(spec: specs.Training, several: list[Rows]) -> Rows:
    """The datasets of a trainer as one: what it holds out of each, and what it learns of each by its share."""
    learnt = [rows.rows * (1 - rows.held_out) for rows in several]
    if spec.shares:
        total, weights = float(spec.mixed_rows) or sum(learnt), sum(spec.shares)
        learnt = [total * share / weights for share in spec.shares]
    held_out = sum(rows.rows * rows.held_out for rows in several)
    every = sum(learnt) + held_out

    def mean(of_each: Iterable[float]) -> float:
        return sum(value * count for value, count in zip(of_each, learnt, strict=True)) / (sum(learnt) or 1.0)

    prompts = sum(rows.prompts for rows in several)
    prompt, response = (mean(getattr(rows, name) for rows in several) for name in ("prompt", "response"))
    return Rows(every, prompts, prompt, response, held_out / (every or 1.0))


def learning_online(stage: Stage, spec: specs.Online, read: Known, known: Known) -> Work:
    """Each answer is written, read by every reward model, and learnt from as often as there are passes."""
    rows = mixed(spec, [read[role] for role in in_order(read)])
    prompts = rows.rows * (1 - rows.held_out) * spec.epochs
    answers = prompts * spec.n if spec.max_steps < 0 else spec.max_steps * spec.batch_size / spec.passes
    said = answers * min(rows.response, spec.max_tokens)
    each = answers * rows.prompt + said
    scored = each * len(stage.loads["reward_models"])
    return Work(rows.rows, answers, trained=each * spec.passes, generated=said, read_tokens=scored)


def evaluating(stage: Stage, settings: dict[str, Any], read: Known, known: Known) -> Work:
    rows = read["prompts"]
    against = [one for one in settings["comparisons"] if isinstance(one.get("baseline"), CheckpointOf)]
    questions = ORDERS * rows.prompts * len(against)
    return Work(rows.prompts, questions, questions=questions, question_tokens=questions * (rows.each + rows.response))


def measuring(stage: Stage, settings: dict[str, Any], read: Known, known: Known) -> Work | None:
    slug = settings.get("collection")
    rows = known.get(slug.name) if isinstance(slug, Given) else None
    if rows is None:
        return None
    questions = rows.prompts * len(settings["authors"]) * TURNS.get(settings["benchmark"], 1)
    sides = 2 if settings.get("baseline") else 1
    tokens = questions * (rows.prompt + sides * rows.response)
    return Work(rows.prompts, questions, questions=questions, question_tokens=tokens)


OF_KIND: dict[str, Callable[[Stage, Any, Known, Known], Work | None]] = {
    "online": learning_online,
    "sample": sampling,
    "score": scoring,
    "judge": judging,
    "review": reviewing,
    "rate": rating,
    "keep_best": choosing,
    "evaluate": evaluating,
    "benchmark": measuring,
}
