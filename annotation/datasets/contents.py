"""What a version holds, in one line: how many of what, from which collections, by whom."""

from collections.abc import Sequence
from typing import Any

from annotation.datasets.composition import composition
from annotation.models import Author, Version
from annotation.models.datasets import LONGEST_CONTENTS
from studio.words import counted

NOUNS = {
    Version.Kind.PROMPTS: "prompt",
    Version.Kind.DEMONSTRATIONS: "demonstration",
    Version.Kind.PREFERENCES: "preference",
    Version.Kind.RESPONSES: "response",
}
GROUPS = {"person": "people", "judge": "judges"}
NAMED = 2


def contents(version: Version) -> str:
    """`4,082 preferences from arena and alpaca, by people and judges`."""
    kept = counted(version.counts["items"], NOUNS[Version.Kind(version.kind)])
    collections = [part["name"] for part in composition(version).collections]
    by = authors(version.definition)
    whole = f"{kept} from {listed(collections, 'collection')}" + (f", by {by}" if by else "")
    return whole if len(whole) <= LONGEST_CONTENTS else f"{whole[: LONGEST_CONTENTS - 1]}…"


def authors(definition: dict[str, Any]) -> str:
    """Who judged, wrote or scored what was kept, where the definition says it."""
    if rater := definition.get("scores_by"):
        return f"the scores of {rater}"
    if chosen := definition.get("authors"):
        return listed(list(Author.objects.filter(pk__in=chosen).order_by("name").values_list("name", flat=True)), "")
    return " and ".join(GROUPS[kind] for kind in definition.get("kinds", ()))


def listed(names: Sequence[str], noun: str) -> str:
    """`a`, `a and b`, `a, b and 3 more collections`."""
    if len(names) <= NAMED + 1:
        return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    left = len(names) - NAMED
    return f"{', '.join(names[:NAMED])} and {counted(left, f'more {noun}') if noun else f'{left} more'}"
