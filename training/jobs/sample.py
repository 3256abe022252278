"""Distinct responses to prompts: `python -m training.jobs.sample RUNDIR`.

Each draw of the spec answers one input file and writes `output/NAME.jsonl`. Two responses that differ in white space
only count once, and an empty one is none of several: the prompt is asked again, up to `attempts` times, and what is
missing then is counted. A draw of one response, or that is not `distinct`, takes what the model says. A prompt that
cannot be asked is counted, named in the log and left out. A killed program goes on with the chunk it was at; no
response is lost or there twice. A record with `follow_ups` is asked these too, each with the answers before it.
Of several checkpoints each answers all prompts of a draw before the next one is loaded; `source` names who answered.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import Any, get_args
from zlib import crc32

from training.jobs import fan_out, turns
from training.jobs.engines import Answer, Reason, Refusal, Sampler, load_sampler
from training.jobs.running import Job, log, main
from training.specs import Draw, Sample

Record = dict[str, Any]

REASONS: tuple[str, ...] = get_args(Reason)
# Prompts without an answer that the log names; there may be thousands.
NAMED = 20


@dataclass
class PromptAnswers:
    """A prompt and the answers it has so far, the distinct ones by their text without superfluous white space."""

    record: Record
    answers: dict[str, Answer] = field(default_factory=dict)
    empty: int = 0
    refusal: Refusal | None = None
    unasked: bool = False

    def take(self, replies: turns.Replies, distinct: bool) -> None:
        self.unasked = replies.unasked
        self.refusal = next(iter(replies.refusals), self.refusal)
        for answer in replies.answers:
            key = " ".join(answer.text.split()) if distinct else str(len(self.answers))
            if key:
                self.answers.setdefault(key, answer)
            else:
                self.empty += 1


def sample(job: Job[Sample]) -> None:
    spec, draws = job.spec, {draw.name: draw for draw in job.spec.draws}
    folders = [job.checkpoint("base"), *job.checkpoints("policies")]

    def load() -> tuple[str, fan_out.Work]:
        samplers = OneAtATime(spec, folders)
        return samplers.at(0).name, partial(drawn, samplers, spec, draws)

    outputs = [
        fan_out.Output(name, prompts_in(job, draw), partial(prompts_of, job, draw)) for name, draw in draws.items()
    ]
    for name, counts in fan_out.make(job, fan_out.Plan(outputs, spec.chunk, "prompts", load)).items():
        job.found.counts.update({f"{name}_{counted}": count for counted, count in counts.items()})


class OneAtATime:
    """The checkpoints of a run, by their places; no two are in memory together."""

    def __init__(self, spec: Sample, folders: Sequence[Path]) -> None:
        self.spec, self.folders = spec, folders
        self.loaded: tuple[int, Sampler] | None = None

    def at(self, place: int) -> Sampler:
        if self.loaded and self.loaded[0] != place:
            self.loaded[1].close()
            self.loaded = None
        if self.loaded is None:
            self.loaded = place, load_sampler(self.spec, self.folders[place])
        return self.loaded[1]


def drawn(
    samplers: OneAtATime,
    spec: Sample,
    draws: Mapping[str, Draw],
    name: str,
    chunk: Sequence[Record],
    first: int,
    before: Mapping[str, int],
) -> tuple[Iterator[Record], dict[str, int]]:
    """The lines of a chunk of a draw's prompts, and what is counted of them."""
    draw, asked = draws[name], list[PromptAnswers]()
    # A chunk may begin with one checkpoint and end with the next.
    for place, records in groupby(chunk, key=lambda record: record.get("place", 0)):
        asked += answered(samplers.at(place), spec, draw, list(records), first + len(asked))
    name_refused(draw, asked, before)
    return lines(draw, asked), tally(draw, asked)


def prompts_in(job: Job[Sample], draw: Draw) -> int:
    """How many prompts a draw answers, each as often as there are checkpoints."""
    following = max(0, job.number_of(draw.prompts) - draw.first)
    return (min(following, draw.limit) if draw.limit else following) * (1 + len(job.spec.policies))


def prompts_of(job: Job[Sample], draw: Draw) -> Iterator[Record]:
    """All prompts for the first checkpoint, then all for the next; each says who is to answer it, of several."""
    last = draw.first + draw.limit if draw.limit else None
    if not job.spec.policies:
        yield from islice(job.records(draw.prompts), draw.first, last)
        return
    for place in range(1 + len(job.spec.policies)):
        source = {"place": place, "source": job.spec.sources[place]} if job.spec.sources else {"place": place}
        yield from (record | source for record in islice(job.records(draw.prompts), draw.first, last))


def answered(sampler: Sampler, spec: Sample, draw: Draw, chunk: Sequence[Record], first: int) -> list[PromptAnswers]:
    """The chunk's prompts with their answers. Its randomness hangs on nothing but the seed, the draw and its place."""
    asked = [PromptAnswers(record) for record in chunk]
    distinct = draw.distinct and draw.n > 1
    for attempt in range(spec.attempts if distinct else 1):
        short = [one for one in asked if len(one.answers) < draw.n and not one.unasked]
        if attempt:
            short = [one for one in short if turns.temperature_of(draw, one.record) > 0]
        if not short:
            break
        wanted = [(one.record, draw.n - len(one.answers)) for one in short]
        seed = crc32(f"{spec.seed} {draw.name} {first} {attempt}".encode()) % 2**31
        for one, replies in zip(short, turns.answers(sampler, draw, wanted, seed), strict=True):
            one.take(replies, distinct)
    return asked


def refused(draw: Draw, asked: Sequence[PromptAnswers]) -> Iterator[tuple[PromptAnswers, Refusal]]:
    """Prompts that lack answers because they could not be asked, or asked on."""
    for one in asked:
        if one.refusal and len(one.answers) < draw.n:
            yield one, one.refusal


def name_refused(draw: Draw, asked: Sequence[PromptAnswers], before: Mapping[str, int]) -> None:
    """In the log, the first NAMED of a draw; the others are only counted."""
    left = NAMED - sum(before.get(reason, 0) for reason in REASONS)
    for one, refusal in islice(refused(draw, asked), max(left, 0)):
        kept = f"it has {len(one.answers)} of {draw.n} answers" if one.answers else "it has no answer"
        log.warning("%s, prompt %s: %s; %s", draw.name, one.record["prompt_id"], refusal.words, kept)


def lines(draw: Draw, asked: Sequence[PromptAnswers]) -> Iterator[Record]:
    for one in asked:
        for index, answer in enumerate(one.answers.values()):
            more: Record = {"turns": answer.turns} if answer.turns else {}
            if answer.logprob is not None:
                more |= {"logprob": answer.logprob, "logprob_mean": answer.logprob / max(answer.tokens, 1)}
            yield {
                "response_id": "/".join(map(str, (one.record["prompt_id"], draw.name, *place_of(one.record), index))),
                "prompt_id": one.record["prompt_id"],
                "prompt": one.record["prompt"],
                **asked_of(one.record),
                "response": answer.text,
                "finish_reason": answer.finish_reason,
                "tokens": answer.tokens,
                "prompt_tokens": answer.prompt_tokens,
                "temperature": turns.temperature_of(draw, one.record),
                "top_p": draw.top_p,
            } | more


def place_of(record: Record) -> tuple[int, ...]:
    """In the name of a response, which of several checkpoints gave it."""
    return (record["place"],) if "place" in record else ()


def asked_of(record: Record) -> Record:
    """What a response has of its prompt: also whether it is held out from whoever learns of it, and who answered."""
    return {name: record[name] for name in ("split", "category", "place", "source") if name in record}


def tally(draw: Draw, asked: Sequence[PromptAnswers]) -> dict[str, int]:
    """`short`, `too_long` and `refused` count prompts, each once. What is rare is there only where there is any."""
    answers = [answer for one in asked for answer in one.answers.values()]
    unanswered = Counter(refusal.reason for _, refusal in refused(draw, asked))
    rare = Counter(unanswered) + Counter(empty=sum(one.empty for one in asked))
    return {
        "responses": len(answers),
        "tokens": sum(answer.tokens for answer in answers),
        "unfinished": sum(answer.finish_reason == "length" for answer in answers),
        "short": sum(len(one.answers) < draw.n for one in asked) - unanswered.total(),
    } | rare


if __name__ == "__main__":
    main(sample, Sample)
