"""The rows of a dataset version as its definition asks for them, streamed; with each, why it is left out if it is."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import MD5, Concat
from django.db.models.lookups import Exact

from annotation import turns
from annotation.datasets.definitions import Definition, Demonstrations, Preferences, Prompts, Responses
from annotation.datasets.preferences import PairGrades, judged, why_not
from annotation.models import Pair, Prompt, Response
from annotation.models.responses import ResponseQuerySet
from annotation.review.flagging import held_back

AT_ONCE = 500


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
    held = held_back(definition).prompts
    named = found.order_by("pk").values_list("pk", "digest", "messages", "category", "metadata__turns")
    for pk, digest, messages, category, asked in named.iterator(AT_ONCE):
        record = {"prompt_id": pk, "prompt": messages} | in_category(category) | follow_ups(asked)
        yield Row(record, pk, digest, None, held.get(pk, ""))


def in_category(category: str) -> dict[str, str]:
    """By which a benchmark decides how it is answered, and others how many they take of each."""
    return {"category": category} if category else {}


def follow_ups(asked: list[str] | None) -> dict[str, Any]:
    """What is asked after the first answer."""
    after = [{"content": question, "heading": turns.heading(question)} for question in (asked or [])[1:]]
    return {"follow_ups": after} if after else {}


def demonstrations(definition: Demonstrations) -> Iterator[Row]:
    found: QuerySet[Any] = answered(definition, definition.authors).scored_by(definition.best_by).order_by("pk")
    if definition.best_by is not None:
        found = found.order_by("prompt", F("score").desc(nulls_last=True), "pk").distinct("prompt")
    held = held_back(definition).responses
    texts = ("prompt__digest", "prompt__messages", "text")
    named = found.values_list("pk", "prompt", *texts, "score", "metadata__weight")
    for pk, prompt, digest, messages, text, score, weight in named.iterator(AT_ONCE):
        unscored = definition.best_by is not None and score is None
        unfit = "no response has a score" if unscored else "" if text.strip() else "the response is empty"
        left_out = held.get(pk, unfit)
        record = {"prompt_id": prompt, "prompt": messages, "response": text} | weights(weight)
        yield Row(record, prompt, digest, None, left_out)


def weights(given: Any) -> dict[str, Any]:
    """What a demonstration counts by, or each of its answers in turn, where the response says it."""
    several = given if isinstance(given, list) else [given]
    are_numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in several)
    return {"weight": given} if several and are_numbers else {}


def responses(definition: Responses) -> Iterator[Row]:
    found: QuerySet[Any] = (
        answered(definition, definition.authors).scored_by(definition.scored_by).order_by("prompt", "pk")
    )
    held = held_back(definition).responses
    of_prompt = ("prompt", "prompt__digest", "prompt__messages", "prompt__category")
    named = found.values_list("pk", *of_prompt, "text", "score", "author__name")
    for pk, prompt, digest, messages, category, text, score, source in named.iterator(AT_ONCE):
        record = {"response_id": pk, "prompt_id": prompt, "prompt": messages} | in_category(category)
        record |= {"response": text, "score": score, "source": source}
        yield Row(record, prompt, digest, None, held.get(pk, ""))


def answered(definition: Definition, authors: list[int]) -> ResponseQuerySet:
    found = Response.objects.filter(of_prompts(definition, "prompt__"))
    return found.filter(author__in=authors) if authors else found


def preferences(definition: Preferences) -> Iterator[Row]:
    texts, held = ("prompt__digest", "prompt__messages", "left__text", "right__text"), held_back(definition).pairs
    facts = ("prompt__category", "prompt__metadata__language")
    named = judged(definition, pairs(definition)).values_list("pk", "prompt", "said", "unheard", *texts, *facts)
    for pk, prompt, told, unheard, digest, messages, left, right, *about in named.order_by("pk").iterator(AT_ONCE):
        said = PairGrades(*told or ())
        # JSON knows no difference between 1 and 1.0, and the digest of a record does.
        mean = float(said.mean or 0)
        chosen, rejected = (right, left) if mean > 0 else (left, right)
        record = {
            "pair_id": pk,
            "prompt_id": prompt,
            "prompt": messages,
            "chosen": chosen,
            "rejected": rejected,
            "margin": abs(mean),
            "votes": int(said.votes),
            "agreement": said.agreement,
        } | {
            name: fact
            for name, fact in zip(("category", "language"), about, strict=True)
            if isinstance(fact, str) and fact
        }
        left_out = held.get(pk) or why_not(definition, said, unheard, left == right)
        yield Row(record, prompt, digest, pk, left_out, bool(said.inconsistent) and not definition.consistent_only)


def pairs(definition: Preferences) -> QuerySet[Pair]:
    found = Pair.objects.filter(of_prompts(definition, "prompt__"))
    if definition.written_by:
        found = found.filter(left__author__in=definition.written_by, right__author__in=definition.written_by)
    return found


def reasons(definition: Definition) -> Iterator[tuple[int, str]]:
    """Of each row its prompt and why it is left out; of preferences without reading the records."""
    if not isinstance(definition, Preferences):
        yield from ((row.prompt_id, row.left_out) for row in rows(definition))
        return
    same, held = Exact(F("left__text"), F("right__text")), held_back(definition).pairs
    named = judged(definition, pairs(definition)).values_list("pk", "prompt", "said", "unheard", same)
    for pk, prompt, told, unheard, is_same in named.order_by("pk").iterator(AT_ONCE):
        yield prompt, held.get(pk) or why_not(definition, PairGrades(*told or ()), unheard, is_same)
