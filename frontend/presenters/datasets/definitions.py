"""The definition of a dataset version in words."""

from typing import Any

from annotation.datasets import definitions
from annotation.datasets.definitions import (
    Definition,
    DefinitionInvalid,
    Demonstrations,
    Preferences,
    Prompts,
    Responses,
    Trust,
)
from annotation.models import Author, Version
from studio.words import counted

Line = tuple[str, str]
FLAGGED = {
    "out": "left out",
    "open": "kept where the flag is not settled, left out where excluded",
    "all": "kept, also where excluded",
}


def in_words(version: Version) -> list[Line]:
    """Terms and what they are; a definition that a machine wrote freely is given as it is."""
    try:
        asked = definitions.stored(version)
    except DefinitionInvalid:
        return [(name.replace("_", " ").capitalize(), plain(value)) for name, value in version.definition.items()]
    return worded(asked)


def worded(asked: Definition) -> list[Line]:
    flagged = ("Flagged", FLAGGED[asked.flagged])
    return [("What", what(asked)), ("Of", of(asked)), *more(asked), flagged, ("Split", split(asked))]


def differing(before: Version, asked: Definition) -> list[tuple[str, str, str]]:
    """Terms that are not what they were in a version's definition: the term, what it was and what it is now."""
    was, now = dict(in_words(before)), dict(worded(asked))
    return [(term, was.get(term, ""), now.get(term, "")) for term in was | now if was.get(term) != now.get(term)]


def what(asked: Definition) -> str:
    match asked:
        case Preferences():
            kinds = {"person": "people", "judge": "judges"}
            return f"Pairs with the mean grade given by {' and '.join(kinds[kind] for kind in asked.kinds)}"
        case Demonstrations(best_by=None):
            return "Every response"
        case Demonstrations():
            return "The best scored response to each prompt"
        case Responses():
            return "Every response with its score"
    return "Prompts"


def of(asked: Definition) -> str:
    collections = f"Prompts in {listed(asked.collections)}" if asked.collections else "Prompts in all collections"
    return collections + (f", categories {listed(asked.categories)}" if asked.categories else "")


def more(asked: Definition) -> list[Line]:
    """What only some kinds have."""
    match asked:
        case Preferences():
            lines = [("Judged by", names(asked.authors)), ("Written by", names(asked.written_by))]
            least = f"at least {asked.min_votes}" if asked.min_votes > 1 else ""
            grade = f"{asked.min_grade:g} or more from a tie" if asked.min_grade else ""
            left_out = "ties, and verdicts of judges that contradict themselves" if asked.consistent_only else "ties"
            lines += [("Judgments", least), ("Mean grade", grade), ("Left out", left_out)]
            return kept([*lines, ("Judges must", musts(asked.trust))])
        case Prompts():
            limit = f"{counted(asked.limit, 'prompt')}, drawn by seed {asked.seed}" if asked.limit else ""
            return kept([("At most", limit), ("Not answered by", names(one(asked.unanswered_by)))])
        case Demonstrations():
            return kept([("Written by", names(asked.authors)), ("Scored by", names(one(asked.best_by)))])
        case Responses():
            return kept([("Written by", names(asked.authors)), ("Scored by", names(one(asked.scored_by)))])
    return []


def musts(trust: Trust | None) -> str:
    """What judges must reach, at the low ends of their intervals."""
    if trust is None:
        return ""
    agreement = f"surely agree with people in {trust.agreement * 100:g} %" if trust.agreement else ""
    swap = f"surely be consistent over the swap in {trust.consistency * 100:g} %" if trust.consistency else ""
    pairs = f"share {counted(trust.pairs, 'pair')} with people" if trust.pairs else ""
    return listed([words for words in (agreement, swap, pairs) if words])


def split(asked: Definition) -> str:
    if not asked.test_share:
        return "All of it is for training"
    share = f"{asked.test_share * 100:g} %"
    return f"About {share} of the prompts are for testing, by the hash of the prompt and seed {asked.seed}"


def names(authors: list[int]) -> str:
    return listed(list(Author.objects.filter(pk__in=authors).order_by("name").values_list("name", flat=True)))


def one(author: int | None) -> list[int]:
    return [] if author is None else [author]


def listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def kept(lines: list[Line]) -> list[Line]:
    return [(term, words) for term, words in lines if words]


def plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
