"""What judging will take before anybody is asked: calls, tokens, money and time, from a sample of what waits.

Each figure says whether it rests on this judge's own answers or on an assumption.
"""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any, NamedTuple

from django.db.models import Avg, Count, QuerySet, Sum

from annotation.judges.client import endpoints
from annotation.judges.client.calls import CallFailed
from annotation.judges.config.registry import Judge
from annotation.judges.runs.budget import estimated, longest_answer
from annotation.judges.runs.over_pairs import unjudged
from annotation.judges.runs.questions import Question, alike, questions
from annotation.models import Author, JudgeCall, Pair
from studio.words import counted, dollars_as_written

SAMPLED = 200
# So many of the newest answers are asked what an answer is like.
RECENT = 500
# Where nothing is known: how much of the longest answer is written, how fast, and after what wait.
SHARE_OF_LONGEST = 0.5
TOKENS_A_SECOND = 40.0
FIRST_TOKEN_SECONDS = 1.0
IN_FLIGHT = 64


class Figure(NamedTuple):
    """A figure, and what it rests on: `counted`, `measured` or `assumed`, in words."""

    value: float
    rests_on: str
    says: str


@dataclass(frozen=True)
class Forecast:
    """`waiting` pairs have no verdict of the judge, `alike` of them are of identical texts. Money in US dollars."""

    judge: str
    pairs: int
    waiting: int
    sampled: int
    alike: Figure
    cached: Figure
    calls: Figure
    tokens_in: Figure
    tokens_out: Figure
    price: Figure
    seconds: Figure

    @property
    def figures(self) -> dict[str, Figure]:
        return {name: figure for name, figure in vars(self).items() if isinstance(figure, Figure)}

    def plain(self) -> dict[str, Any]:
        """As one JSON object."""
        return asdict(self) | {name: figure._asdict() for name, figure in self.figures.items()}


class PastAnswers(NamedTuple):
    """What this judge's newest answers were like; None where there are none."""

    answers: int
    ratio: float | None
    tokens_out: float | None
    latency: float | None


def forecast(judge: Judge, pairs: QuerySet[Pair], *, seed: int = 0) -> Forecast:
    """Raises JudgeInvalid. Nobody is asked, and nothing is written but the judge's author."""
    author = judge.author
    ids = list(unjudged(pairs, author).values_list("pk", flat=True))
    drawn = sorted(random.Random(seed).sample(ids, min(SAMPLED, len(ids))))
    sample = list(unjudged(pairs.filter(pk__in=drawn), author))
    scale = len(ids) / len(sample) if sample else 0.0
    by_program = judge.protocol == "program"
    same = sum(map(alike, sample))
    asked = [] if by_program else [one for pair in sample if not alike(pair) for one in questions(judge, pair)]
    to_ask, known = unanswered(judge, author, asked)
    lived = experience(judge, author)
    calls = Figure(round(len(to_ask) * scale), *of_sample(sample, ids))
    tokens_in, tokens_out = going_in(to_ask, scale, lived), coming_out(judge, calls.value, lived)
    weakest = min(tokens_in, tokens_out, key=lambda figure: figure.rests_on != "assumed")
    price = judge.price.of(round(tokens_in.value), round(tokens_out.value))
    return Forecast(
        judge=author.name,
        pairs=pairs.count(),
        waiting=len(ids),
        sampled=len(sample),
        alike=Figure(round(same * scale), *of_sample(sample, ids)),
        cached=Figure(round(known * scale), *of_sample(sample, ids)),
        calls=calls,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        price=Figure(price, weakest.rests_on, priced(judge)),
        seconds=duration(calls.value, tokens_out.value, lived, seats(judge)),
    )


def of_sample(sample: Sequence[Pair], ids: Sequence[int]) -> tuple[str, str]:
    if len(sample) == len(ids):
        return "counted", f"Every pair that waits was looked at: {len(ids):,}."
    return "measured", f"From {counted(len(sample), 'pair')} drawn at random of the {len(ids):,} that wait."


def unanswered(judge: Judge, author: Author, asked: Sequence[Question]) -> tuple[list[Question], int]:
    """The questions that must be asked, each once, and how many were answered before or are the same as another."""
    by_digest = {question.digest(judge): question for question in asked}
    answered = JudgeCall.objects.filter(author=author, prompt_digest__in=by_digest, error="")
    known = set(answered.values_list("prompt_digest", flat=True))
    to_ask = [question for digest, question in by_digest.items() if digest not in known]
    return to_ask, len(asked) - len(to_ask)


def experience(judge: Judge, author: Author) -> PastAnswers:
    newest = JudgeCall.objects.filter(author=author, pair__isnull=False, tokens_in__gt=0).order_by("-pk")[:RECENT]
    recent = JudgeCall.objects.filter(pk__in=newest.values("pk"))
    found = recent.aggregate(n=Count("pk"), out=Avg("tokens_out"), latency=Avg("latency"), counted=Sum("tokens_in"))
    if not found["n"]:
        return PastAnswers(0, None, None, None)
    return PastAnswers(found["n"], calibrated(judge, recent), found["out"], found["latency"])


def calibrated(judge: Judge, recent: QuerySet[JudgeCall]) -> float | None:
    """Tokens that were counted for each that our estimate gives, over the questions that can be put again alike."""
    shown = {(call.pair_id, call.prompt_digest): call.tokens_in for call in recent.order_by("-pk")[:SAMPLED]}
    pairs = Pair.every.filter(pk__in={pair for pair, _ in shown}).select_related("prompt", "left", "right")
    ours = counted = 0.0
    for pair in pairs:
        for question in questions(judge, pair):
            if tokens := shown.pop((pair.pk, question.digest(judge)), None):
                ours, counted = ours + estimated(question.messages), counted + tokens
    return counted / ours if ours else None


def going_in(to_ask: Sequence[Question], scale: float, lived: PastAnswers) -> Figure:
    tokens = sum(estimated(question.messages) for question in to_ask) * scale
    if lived.ratio is None:
        return Figure(round(tokens), "assumed", "A token for every four letters of English, or one of Chinese.")
    says = f"{lived.ratio:.2f} tokens for each estimated, as in this judge's last answers."
    return Figure(round(tokens * lived.ratio), "measured", says)


def coming_out(judge: Judge, calls: float, lived: PastAnswers) -> Figure:
    if lived.tokens_out is not None:
        says = f"{lived.tokens_out:.0f} for each, the mean of this judge's last {counted(lived.answers, 'answer')}."
        return Figure(round(calls * lived.tokens_out), "measured", says)
    most = longest_answer(judge.settings)
    says = f"{SHARE_OF_LONGEST:.0%} of the longest answer, {counted(most, 'token')}."
    return Figure(round(calls * most * SHARE_OF_LONGEST), "assumed", says)


def priced(judge: Judge) -> str:
    if not (judge.price.input or judge.price.output):
        return "The judge names no price."
    inward, outward = dollars_as_written(judge.price.input), dollars_as_written(judge.price.output)
    return f"{inward} for a million tokens in, {outward} out, by the judge's own price."


def seats(judge: Judge) -> int:
    """How many questions its endpoints take at once; where nobody can be asked now, as many as one would."""
    try:
        members, _ = endpoints.of_pool(judge.endpoint)
    except CallFailed:
        return IN_FLIGHT
    return sum(member.in_flight for member in members)


def duration(calls: float, tokens_out: float, lived: PastAnswers, in_flight: int) -> Figure:
    if lived.latency:
        rests_on, latency = "measured", lived.latency
    else:
        rests_on, latency = "assumed", FIRST_TOKEN_SECONDS + (tokens_out / calls if calls else 0) / TOKENS_A_SECOND
    # The last of those that are asked at once takes as long as the first: less than a round is a round.
    rounds = ceil(calls / in_flight)
    times = f", {rounds:,} times one after another" if rounds > 1 else ""
    says = f"{latency:.1f} s for an answer, {in_flight} at once{times}, and no limit of the endpoint in the way."
    return Figure(rounds * latency, rests_on, says)
