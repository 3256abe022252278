"""The rows of a dataset version as its definition asks for them, streamed; with each, why it is left out if it is."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Avg, Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import MD5, Concat, JSONObject

from annotation import trusting, turns
from annotation.definitions import Definition, Demonstrations, Preferences, Prompts, Responses
from annotation.models import Judgment, Pair, Prompt, Response
from annotation.models.responses import ResponseQuerySet

AT_ONCE = 500
# The mean of the valid votes on a pair, their number, whether one failed, and how many contradict themselves.
UNSAID = {"mean": None, "votes": 0, "failed": False, "inconsistent": 0}
CONTRADICTS = "the judge contradicts itself over the swap"
UNJUDGED, FELL_SHORT = "not judged", "its judge falls short of what is asked"


class Row(NamedTuple):
    """A record to freeze; `left_out` is the reason why not, and empty for one that is kept."""

    record: dict[str, Any]
    prompt_id: int
    digest: str
    pair_id: int | None = None
    left_out: str = ""
    # Among its verdicts is one of a judge that contradicts itself over the swap.
    inconsistent: bool = False


def rows(definition: Definition) -> Iterator[Row]:
    match definition:
        case Prompts():
            return prompts(definition)
        case Demonstrations():
            return demonstrations(definition)
        case Preferences():
            return preferences(definition)
        case Responses():
            return responses(definition)
    raise TypeError(f"{type(definition).__name__} is no kind of version")


def of_prompts(definition: Definition, prefix: str = "") -> Q:
    """The condition on prompts, from a model that reaches them by `prefix`."""
    condition = Q()
    if definition.collections:
        condition &= Q(**{f"{prefix}collection__slug__in": definition.collections})
    if definition.categories:
        condition &= Q(**{f"{prefix}category__in": definition.categories})
    return condition


def prompts(definition: Prompts) -> Iterator[Row]:
    found = Prompt.objects.filter(of_prompts(definition))
    if definition.unanswered_by is not None:
        answers = Response.objects.filter(prompt=OuterRef("pk"), author=definition.unanswered_by)
        found = found.exclude(Exists(answers))
    if definition.limit is not None:
        drawn = found.order_by(MD5(Concat(Value(f"{definition.seed}:"), "digest")), "pk")[: definition.limit]
        found = Prompt.objects.filter(pk__in=drawn.values("pk"))
    named = found.order_by("pk").values_list("pk", "digest", "messages", "category", "metadata__turns")
    for pk, digest, messages, category, asked in named.iterator(AT_ONCE):
        yield Row({"prompt_id": pk, "prompt": messages} | follow_ups(category, asked), pk, digest)


def follow_ups(category: str, asked: list[str] | None) -> dict[str, Any]:
    """What is asked after the first answer, and the category, by which a benchmark decides how it is answered."""
    if not asked:
        return {}
    after = [{"content": question, "heading": turns.heading(question)} for question in asked[1:]]
    return {"category": category} | ({"follow_ups": after} if after else {})


def demonstrations(definition: Demonstrations) -> Iterator[Row]:
    found: QuerySet[Any] = answered(definition, definition.authors).scored_by(definition.best_by).order_by("pk")
    if definition.best_by is not None:
        found = found.order_by("prompt", F("score").desc(nulls_last=True), "pk").distinct("prompt")
    named = found.values_list("prompt", "prompt__digest", "prompt__messages", "text", "score")
    for prompt, digest, messages, text, score in named.iterator(AT_ONCE):
        unscored = definition.best_by is not None and score is None
        left_out = "no response has a score" if unscored else "" if text.strip() else "the response is empty"
        yield Row({"prompt_id": prompt, "prompt": messages, "response": text}, prompt, digest, None, left_out)


def responses(definition: Responses) -> Iterator[Row]:
    found: QuerySet[Any] = (
        answered(definition, definition.authors).scored_by(definition.scored_by).order_by("prompt", "pk")
    )
    named = found.values_list("pk", "prompt", "prompt__digest", "prompt__messages", "text", "score")
    for pk, prompt, digest, messages, text, score in named.iterator(AT_ONCE):
        record = {"response_id": pk, "prompt_id": prompt, "prompt": messages, "response": text, "score": score}
        yield Row(record, prompt, digest)


def answered(definition: Definition, authors: list[int]) -> ResponseQuerySet:
    found = Response.objects.filter(of_prompts(definition, "prompt__"))
    return found.filter(author__in=authors) if authors else found


def preferences(definition: Preferences) -> Iterator[Row]:
    found = Pair.objects.filter(of_prompts(definition, "prompt__"))
    if definition.written_by:
        found = found.filter(left__author__in=definition.written_by, right__author__in=definition.written_by)
    distrusted = trusting.fallen(trusting.standings(definition))
    named = voted(found, definition, distrusted).values_list(
        "pk", "prompt", "prompt__digest", "prompt__messages", "left__text", "right__text", "said", "unheard"
    )
    for pk, prompt, digest, messages, left, right, said, unheard in named.order_by("pk").iterator(AT_ONCE):
        mean, votes, failed, swayed = map((said or UNSAID).get, UNSAID)
        reason = why_no_preference(definition, mean, votes, failed, swayed)
        if unheard and reason == UNJUDGED:
            reason = FELL_SHORT
        # JSON knows no difference between 1 and 1.0, and the digest of a record does.
        mean = float(mean or 0)
        chosen, rejected = (right, left) if mean > 0 else (left, right)
        record = {
            "pair_id": pk,
            "prompt_id": prompt,
            "prompt": messages,
            "chosen": chosen,
            "rejected": rejected,
            "margin": abs(mean),
            "votes": votes,
        }
        left_out = reason or ("both responses are the same" if left == right else "")
        yield Row(record, prompt, digest, pk, left_out, bool(swayed) and not definition.consistent_only)


def voted(found: QuerySet[Pair], definition: Preferences, distrusted: list[int]) -> QuerySet[Any, Any]:
    """The pairs with what the chosen authors `said`, as `UNSAID` has it; null where they said nothing.

    The `distrusted` are not asked; `unheard` is true where one of them had a verdict.
    """
    of_pair = Judgment.objects.filter(pair=OuterRef("pk"), superseded_at=None, author__kind__in=definition.kinds)
    if definition.authors:
        of_pair = of_pair.filter(author__in=definition.authors)
    theirs = of_pair.filter(author__in=distrusted, state=Judgment.State.VALID)
    of_pair = of_pair.exclude(author__in=distrusted)
    # As one object: three subqueries would each look for the pair's judgments.
    counts = ~Q(consistent=False) if definition.consistent_only else None
    said = JSONObject(
        mean=Avg("grade", filter=counts, output_field=FloatField()),
        votes=Count("grade", filter=counts),
        failed=BoolOr(Q(state=Judgment.State.FAILED)),
        inconsistent=Count("pk", filter=Q(consistent=False)),
    )
    heard = Subquery(of_pair.order_by().values("pair").annotate(said=said).values("said"))
    return found.annotate(said=heard, unheard=Exists(theirs))


def why_no_preference(definition: Preferences, mean: float | None, votes: int, failed: bool, inconsistent: int) -> str:
    """The reason to leave a pair out, or nothing. `inconsistent` votes contradict themselves over the swap."""
    if mean is None:
        return CONTRADICTS if inconsistent else "the judge failed" if failed else UNJUDGED
    if votes < definition.min_votes:
        return "too few votes"
    if mean == 0:
        return CONTRADICTS if votes == inconsistent and not definition.consistent_only else "tie"
    return "too close to a tie" if abs(mean) < definition.min_grade else ""
