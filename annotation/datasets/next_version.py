"""The next version of a name: which was the last, what has changed since, and what to be warned of before training."""

import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from annotation.datasets import selection
from annotation.datasets.definitions import Definition
from annotation.datasets.differences import Changes, Content, compared
from annotation.datasets.versions import frozen
from annotation.interchange.json_output import line
from annotation.models import Version
from studio.words import counted

# A page waits for the comparison: of more rows than can be read by then it says nothing.
SECONDS = 8.0


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
            written = line(record)
            whole.update(written)
            ours[(row.pair_id, row.prompt_id, record.get("response_id")), sha256(written).digest()] += 1
    for pair, prompt, record in before.items.order_by("pk").values_list("pair", "prompt", "record").iterator(500):
        if time.monotonic() > until:
            return None
        theirs[(pair, prompt, record.get("response_id")), sha256(line(record)).digest()] += 1
    return compared(ours, theirs, same=whole.hexdigest() == before.digest)


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
