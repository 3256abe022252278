"""Pairs of the responses that a run reads: some of each prompt, drawn at random, the same for the same seed."""

import random
from collections.abc import Iterable, Iterator
from itertools import combinations, islice
from typing import Any

from django.db.models import QuerySet

from annotation.models import Pair, Response
from annotation.models.responses import text_digest
from annotation.models.row_estimates import unindexed
from annotation.review.pairing import pair_chosen
from studio.database.statistics import MANY, analyse
from training.models import Run
from training.runs import samples
from training.runs.sources import responder
from training.runs.staged_rows import storable

PROMPTS_AT_ONCE = 500

# Two responses to a prompt, by their digests.
Drawn = tuple[int, str, str]


def pairs(run: Run) -> QuerySet[Pair]:
    """Those that were made now, and those among them that were there already."""
    settings = run.spec["settings"]
    found = drawn(samples.records(run, "responses"), settings["per_prompt"], settings["seed"])
    author, made = responder(run), list[int]()
    while chunk := list(islice(found, PROMPTS_AT_ONCE)):
        made += store(chunk, author, run.name[:80])
    if len(made) >= MANY:
        analyse(Pair)
    return Pair.objects.filter(pk__in=made)


def drawn(records: Iterable[dict[str, Any]], per_prompt: int, seed: int) -> Iterator[Drawn]:
    """Pairs of each prompt's different responses, wherever they lie: of several checkpoints, one answers after the
    other. Of a response only its digest is in memory.
    """
    chance, answers = random.Random(seed), dict[int, set[str]]()
    for record in records:
        answers.setdefault(record["prompt_id"], set()).add(text_digest(storable(record["response"])))
    for prompt, digests in answers.items():
        possible = list(combinations(sorted(digests), 2))
        for one, other in chance.sample(possible, min(per_prompt, len(possible))):
            yield prompt, one, other


def store(chunk: list[Drawn], author: int | None, source: str) -> list[int]:
    """The ids of the pairs, made if they are new."""
    known = responses(chunk, author)
    sides = [(known.get((prompt, one)), known.get((prompt, other))) for prompt, one, other in chunk]
    return [pair.pk for pair in pair_chosen([(a, b) for a, b in sides if a and b], source).values()]


def responses(chunk: list[Drawn], author: int | None) -> dict[tuple[int, str], int]:
    """Ids of the responses by prompt and digest; of one author, where a single one wrote them."""
    digests = {digest for _, *both in chunk for digest in both}
    found = Response.objects.filter(prompt__in={prompt for prompt, *_ in chunk}, digest__in=digests)
    if author:
        found = found.alias(by=unindexed("author")).filter(by=author)
    return {(prompt, digest): pk for prompt, digest, pk in found.values_list("prompt", "digest", "pk")}
