"""The stages of a rehearsal that ask a judge: a handful of questions about texts that are stored nowhere."""

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

from annotation.judges import protocols
from annotation.judges.client import endpoints
from annotation.judges.config import registry
from annotation.judges.config.registry import Judge, JudgeInvalid
from annotation.judges.runs import over_texts, programs
from annotation.judges.runs.outcomes import Purpose
from annotation.judges.runs.questions import Question, questions, questions_about
from annotation.models import Author, Pair, Prompt, Response
from annotation.models.responses import text_digest
from training.models import Run
from training.recipes.rehearsals import rows
from training.recipes.rehearsals.programs import Trapped
from training.rundir import read_records
from training.runs import judge_session
from training.runs.failures import RunStopped
from training.worker.program import Asker

# Pairs, or single answers, that are put to the judge of a stage.
PAIRS = 3
Record = dict[str, Any]
# A prompt's record with two texts.
Texts = tuple[Record, str, str]


def ready(name: str) -> Judge:
    """Raises Trapped where nobody can be asked."""
    try:
        judge = registry.ready(name)
    except JudgeInvalid as error:
        raise Trapped(str(error)) from error
    if fault := endpoints.fault(judge):
        raise Trapped(fault)
    return judge


def preferences(
    judge: Judge | None, responses: Path, target: Path, settings: Mapping[str, Any], run: Run, asker: Asker
) -> Record:
    """Pairs of a file of responses, written as preferences; the judge is asked about some of them only.

    The others, those on which it is undecided, and all where people would be asked, are chosen by chance: what learns
    from them here is thrown away.
    """
    found = list(paired(read_records(responses), settings["seed"]))
    if not found:
        raise Trapped("No prompt has two different responses, so there is no pair to judge.")
    grades, told = graded(judge, found[:PAIRS], run, asker) if judge else ([], {"questions": 0, "dollars": 0.0})
    sides = [
        (b, a) if grade > 0 else (a, b) for (_, a, b), grade in zip(found, [*grades, *[0] * len(found)], strict=False)
    ]
    # Some are held out where the recipe holds some out.
    held_out = 1 if settings["test_share"] and len(found) > 1 else 0
    rows.write(
        target,
        (
            {"prompt_id": record["prompt_id"], "prompt": record["prompt"], "chosen": chosen, "rejected": rejected}
            | {"margin": 1.0, "split": "test" if place >= len(found) - held_out else "train"}
            for place, ((record, _, _), (chosen, rejected)) in enumerate(zip(found, sides, strict=True))
        ),
    )
    return told


def ratings(judge: Judge, responses: Path, target: Path, run: Run, asker: Asker) -> Record:
    """The judge is asked about a few responses; all get a score by chance. Raises Trapped, RunStopped."""
    records = list(read_records(responses))
    texts = [(record, record["response"], record["response"]) for record in records]
    _, told = graded(judge, texts[:1], run, asker)
    chance = random.Random(0)
    named = ({name: record[name] for name in ("response_id", "prompt_id")} for record in records)
    rows.write(target, (names | {"score": chance.random()} for names in named))
    return told


def paired(responses: Iterator[Record], seed: int) -> Iterator[Texts]:
    """Two different responses of each prompt, drawn at random."""
    chance = random.Random(seed)
    for _, each in groupby(responses, key=lambda record: record["prompt_id"]):
        answers = list(each)
        different = {text_digest(answer["response"]): answer["response"] for answer in answers}
        if len(different) > 1:
            one, other = chance.choice(list(combinations(different.values(), 2)))
            yield answers[0], one, other


def graded(judge: Judge, found: Sequence[Texts], run: Run, asker: Asker) -> tuple[list[int], Record]:
    """A grade for each (positive where the second is better), and what was asked and paid. Raises Trapped."""
    pairs = [pair_of(*texts) for texts in found]
    if judge.protocol == "program":
        verdicts = [programs.verdict(judge, pair) for pair in pairs]
        if all(verdict.error for verdict in verdicts):
            raise Trapped(verdicts[0].error)
        return [verdict.grade or 0 for verdict in verdicts], {"questions": len(pairs), "dollars": 0.0}
    try:
        asked = [list(asking(judge, pair)) for pair in pairs]
    except JudgeInvalid as error:
        raise Trapped(str(error)) from error
    digests = [{question.digest(judge) for question in each} for each in asked]
    calls, told = answered(judge, [question for each in asked for question in each], run, asker)
    by_digest = {call.prompt_digest: call for call in calls}
    return [sum(by_digest[one].grade or 0 for one in each if one in by_digest) for each in digests], told


def asking(judge: Judge, pair: Pair) -> Iterator[Question]:
    """About both responses, or about the first where the judge rates one by itself."""
    if judge.protocol in protocols.SINGLE:
        yield from questions_about(judge, pair.left)
    else:
        yield from questions(judge, pair)


def answered(judge: Judge, asked: Sequence[Question], run: Run, asker: Asker) -> tuple[list[Any], Record]:
    """Raises Trapped where no answer can be read, RunStopped."""
    purpose = Purpose(judge_session.purpose_of(run), run.started_at)
    calls, outcome = over_texts.ask(judge, asked, purpose, lambda: asker.must_stop)
    if asker.must_stop:
        raise RunStopped
    if outcome.stopped:
        raise Trapped(f"{judge.name}: {outcome.stopped}")
    if calls and all(call.error for call in calls):
        raise Trapped(f"No answer of {judge.name} can be used. {calls[0].error}")
    return calls, {"questions": len(asked), "dollars": outcome.price}


def pair_of(record: Record, left: str, right: str) -> Pair:
    """A row of no table. A question that is stored brings what its benchmark knows of it, such as references."""
    stored = Prompt.objects.filter(pk=record["prompt_id"]).first() if record["prompt_id"] > 0 else None
    prompt = stored or Prompt(messages=record["prompt"], text=record["prompt"][-1]["content"])
    sides = [Response(prompt=prompt, text=text, metadata=told(record)) for text in (left, right)]
    return Pair(prompt=prompt, left=sides[0], right=sides[1])


def told(record: Record) -> Record:
    return {"turns": record["turns"]} if "turns" in record else {}


def compared(judge: Judge, ours: Path, theirs: Path, run: Run, asker: Asker) -> Record:
    """The first responses of two models to the same prompts. Raises Trapped."""
    other = {record["prompt_id"]: record["response"] for record in read_records(theirs)}
    texts = [(one, one["response"], other[one["prompt_id"]]) for one in firsts(ours) if one["prompt_id"] in other]
    if not texts:
        raise Trapped("The two have no prompt in common that both have answered.")
    return graded(judge, different(texts)[:PAIRS], run, asker)[1]


def against(judge: Judge, ours: Path, baseline: int, run: Run, asker: Asker) -> Record:
    """The same with the responses that a baseline has in the studio. Raises Trapped."""
    asked = firsts(ours)
    stored = Response.objects.filter(author=baseline, prompt__in=[one["prompt_id"] for one in asked])
    texts = {response.prompt_id: response.text for response in stored}
    found = [(one, one["response"], texts[one["prompt_id"]]) for one in asked if one["prompt_id"] in texts]
    if not found:
        name = Author.objects.filter(pk=baseline).values_list("name", flat=True).first()
        raise Trapped(f"The baseline {name or baseline} has answered none of these questions. Import its responses.")
    return graded(judge, different(found)[:PAIRS], run, asker)[1]


def alone(judge: Judge, ours: Path, run: Run, asker: Asker) -> Record:
    """One model's answers, each by itself, or beside itself for a judge that reads pairs. Raises Trapped."""
    found = [(one, one["response"], one["response"]) for one in firsts(ours)]
    return graded(judge, found[:1], run, asker)[1]


def firsts(path: Path) -> list[Record]:
    """The first response of each prompt. Raises Trapped."""
    if not path.is_file():
        raise Trapped(f"Nobody left {path.name}.")
    found: dict[int, Record] = {}
    for record in read_records(path):
        found.setdefault(record["prompt_id"], record)
    return list(found.values())


def different(texts: Sequence[Texts]) -> list[Texts]:
    """Those of which a judge is asked something; all where both sides are alike everywhere."""
    return [one for one in texts if one[1] != one[2]] or list(texts)
