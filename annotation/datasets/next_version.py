"""The next version of a name: which was the last, what has changed since, and what to be warned of before training."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from annotation.datasets import selection
from annotation.datasets.definitions import Definition
from annotation.datasets.versions import frozen
from annotation.interchange.json_lines import line
from annotation.models import Version
from studio.words import counted

# A page waits for the comparison: of more rows than can be read by then it says nothing.
SECONDS = 8.0
# The ids of a pair, a prompt and a response.
Source = tuple[int | None, int | None, int | None]


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
    ours, theirs = Content(), Content()
    for row in selection.rows(asked):
        if time.monotonic() > until:
            return None
        if not row.left_out:
            record = frozen(row, asked)
            whole.update(line(record))
            ours.add(row.pair_id, row.prompt_id, record)
    for pair, prompt, record in before.items.order_by("pk").values_list("pair", "prompt", "record").iterator(500):
        if time.monotonic() > until:
            return None
        theirs.add(pair, prompt, record)
    return compared(ours, theirs, same=whole.hexdigest() == before.digest)


class Content:
    """Items by what they came from. One prompt may have given several demonstrations, alike or not."""

    def __init__(self) -> None:
        self.records: defaultdict[Source, Counter[bytes]] = defaultdict(Counter)

    def add(self, pair: int | None, prompt: int | None, record: dict[str, Any]) -> None:
        self.records[pair, prompt, record.get("response_id")][sha256(line(record)).digest()] += 1


def compared(ours: Content, theirs: Content, *, same: bool) -> Changes:
    alike = changed = added = gone = 0
    for source in ours.records.keys() | theirs.records.keys():
        here, there = ours.records[source], theirs.records[source]
        both = (here & there).total()
        only_here, only_there = here.total() - both, there.total() - both
        alike += both
        changed += min(only_here, only_there)
        added += max(only_here - only_there, 0)
        gone += max(only_there - only_here, 0)
    return Changes(alike, changed, added, gone, same)


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
        found.append(f"The demo’s collections gave {demo:,} of {whole} {counted(items, 'item')}.")
    return found


def warnings_of(version: Version) -> list[str]:
    return warnings(version.counts, version.definition.get("test_share") or 0.0)
