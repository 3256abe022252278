"""The next version of a name: which was the last, what has changed since, and what to be warned of before training."""

import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from annotation import querying
from annotation.definitions import Definition, Preferences
from annotation.formats.writing import line
from annotation.models import Version
from annotation.splitting import split_of
from studio.words import counted as nouns

# A page waits for the comparison: of more rows than can be read by then it says nothing.
SECONDS = 8.0
Fingerprint = tuple[int | None, bytes]


class Changes(NamedTuple):
    """Items by what they came from, against the last version; `same` where the digest would be the same."""

    alike: int
    changed: int
    added: int
    gone: int
    same: bool


def last(name: str, kind: str) -> Version | None:
    """The last version of that name; None where it has another kind or there is none."""
    found = Version.objects.filter(name=name).order_by("-number").first()
    return found if found and found.kind == kind else None


def changes(asked: Definition, before: Version) -> Changes | None:
    """What freezing `asked` now would give beside `before`; nothing is written. None where there are too many rows."""
    until, whole = time.monotonic() + SECONDS, sha256()
    ours: set[Fingerprint] = set()
    by_pair = isinstance(asked, Preferences)
    for row in querying.rows(asked):
        if time.monotonic() > until:
            return None
        if not row.left_out:
            written = line(row.record | {"split": split_of(row.digest, asked.test_share, asked.seed)})
            whole.update(written)
            ours.add((row.pair_id if by_pair else row.prompt_id, sha256(written).digest()))
    theirs: set[Fingerprint] = set()
    key = "pair_id" if by_pair else "prompt_id"
    for came_from, record in before.items.order_by("pk").values_list(key, "record").iterator(500):
        if time.monotonic() > until:
            return None
        theirs.add((came_from, sha256(line(record)).digest()))
    return counted(ours, theirs, same=whole.hexdigest() == before.digest)


def counted(ours: set[Fingerprint], theirs: set[Fingerprint], *, same: bool) -> Changes:
    here, there = {key for key, _ in ours}, {key for key, _ in theirs}
    alike = {key for key, _ in ours & theirs}
    return Changes(len(alike), len(here & there - alike), len(here - there), len(there - here), same)


def warnings(counts: Mapping[str, Any], test_share: float, is_partial: bool = False) -> list[str]:
    """Sentences about a version, by its counts, or about one that would be frozen; `is_partial`: by its first rows."""
    items, demo, same = counts["items"], counts.get("demo", 0), counts.get("same_as")
    found = []
    if same:
        found.append(f"It has the same records as v{same}, and the same digest: nothing has changed since.")
    if items and test_share and not counts["test"]:
        found.append(
            f"No item is for testing, although {test_share * 100:g} % of the prompts were asked for."
            " Choose a larger share or another seed."
        )
    if demo:
        whole = "the first" if is_partial else "its"
        found.append(f"The demo’s collections gave {demo:,} of {whole} {nouns(items, 'item')}.")
    return found


def warnings_of(version: Version) -> list[str]:
    return warnings(version.counts, version.definition.get("test_share") or 0.0)
