"""Distinct responses to prompts: `python -m training.jobs.sample RUNDIR`.

Each draw of the spec answers one input file and writes `output/NAME.jsonl`. Two responses that differ in white space
only count once: the prompt is asked again, up to `attempts` times, and what is missing then is counted. A killed
program goes on with the chunk it was at; no response is lost or there twice. A record with `follow_ups` is asked these
too, each with the answers before it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from training.jobs import turns
from training.jobs.appending import Appender
from training.jobs.conversations import batched
from training.jobs.engines import Answer, Sampler, load_sampler
from training.jobs.running import Job, log, main
from training.rundir import ProgressWriter
from training.specs import Draw, Sample

Record = dict[str, Any]


@dataclass
class PromptAnswers:
    """A prompt and the distinct answers it has so far, by their text without superfluous white space."""

    record: Record
    answers: dict[str, Answer] = field(default_factory=dict)

    def take(self, answers: Sequence[Answer], distinct: bool) -> None:
        for answer in answers:
            key = " ".join(answer.text.split()) if distinct else str(len(self.answers))
            self.answers.setdefault(key, answer)


def sample(job: Job[Sample]) -> None:
    spec = job.spec
    chosen = {draw.name: list(prompts_of(job, draw)) for draw in spec.draws}
    appenders = {draw.name: Appender(job.run, draw.name) for draw in spec.draws}
    done = sum(appender.mark.inputs for appender in appenders.values())
    ticker = ProgressWriter(job.run, sum(map(len, chosen.values())), "prompts", done)
    sampler = load_sampler(spec, job.checkpoint("base"))
    if done:
        job.found.resumed_from = f"prompt {done}"
    for draw in spec.draws:
        appender = appenders[draw.name]
        for chunk in batched(chosen[draw.name][appender.mark.inputs :], spec.chunk):
            job.stop.check()
            asked = answered(sampler, spec, draw, chunk, appender.mark.inputs)
            appender.append(lines(draw, asked), len(chunk), tally(draw, asked))
            done += len(chunk)
            ticker.tell(done)
        job.found.counts.update({f"{draw.name}_{name}": count for name, count in appender.mark.counts.items()})
        log.info("%s: %s", draw.name, dict(appender.mark.counts))
    job.found.figures["engine"] = sampler.name


def prompts_of(job: Job[Sample], draw: Draw) -> Iterator[Record]:
    last = draw.first + draw.limit if draw.limit else None
    for number, record in enumerate(job.records(draw.prompts)):
        if number >= draw.first and (last is None or number < last):
            yield record


def answered(sampler: Sampler, spec: Sample, draw: Draw, chunk: Sequence[Record], first: int) -> list[PromptAnswers]:
    """The chunk's prompts with their answers. Its randomness hangs on nothing but the seed, the draw and its place."""
    asked = [PromptAnswers(record) for record in chunk]
    for attempt in range(spec.attempts):
        short = [one for one in asked if len(one.answers) < draw.n]
        if attempt:
            short = [one for one in short if turns.temperature_of(draw, one.record) > 0]
        if not short:
            break
        wanted = [(one.record, draw.n - len(one.answers)) for one in short]
        seed = crc32(f"{spec.seed} {draw.name} {first} {attempt}".encode()) % 2**31
        for one, answers in zip(short, turns.answers(sampler, draw, wanted, seed), strict=True):
            one.take(answers, draw.distinct)
    return asked


def lines(draw: Draw, asked: Sequence[PromptAnswers]) -> Iterator[Record]:
    for one in asked:
        for index, answer in enumerate(one.answers.values()):
            of_turns = {"turns": answer.turns} if answer.turns else {}
            yield {
                "response_id": f"{one.record['prompt_id']}/{draw.name}/{index}",
                "prompt_id": one.record["prompt_id"],
                "prompt": one.record["prompt"],
                "response": answer.text,
                "finish_reason": answer.finish_reason,
                "tokens": answer.tokens,
                "prompt_tokens": answer.prompt_tokens,
                "temperature": turns.temperature_of(draw, one.record),
                "top_p": draw.top_p,
            } | of_turns


def tally(draw: Draw, asked: Sequence[PromptAnswers]) -> dict[str, int]:
    answers = [answer for one in asked for answer in one.answers.values()]
    return {
        "responses": len(answers),
        "tokens": sum(answer.tokens for answer in answers),
        "unfinished": sum(answer.finish_reason == "length" for answer in answers),
        "short": sum(len(one.answers) < draw.n for one in asked),
    }


if __name__ == "__main__":
    main(sample, Sample)
