"""How two versions of a dataset differ, item by item: frozen ones, or one that is not frozen yet beside the last.

An item is known by what it came from, and one source may have given several items, alike or not: a prompt that was
answered twice gives two demonstrations.
"""

from collections import Counter
from typing import NamedTuple

from django.db.models import F, Func, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from annotation.models import Version

# The ids of a pair, a prompt and a response.
Source = tuple[int | None, int | None, int | str | None]
# Items by their source and a digest of their record.
Content = Counter[tuple[Source, bytes | str]]


class Changes(NamedTuple):
    """Items of one version against another: in both, in both but changed, only in the one, only in the other.

    `same`: also their order is the same, and so is the digest.
    """

    alike: int
    changed: int
    added: int
    gone: int
    same: bool


def compared(ours: Content, theirs: Content, *, same: bool) -> Changes:
    both = ours & theirs
    here, there = by_source(ours - both), by_source(theirs - both)
    return Changes(both.total(), (here & there).total(), (here - there).total(), (there - here).total(), same)


def by_source(content: Content) -> Counter[Source]:
    found = Counter[Source]()
    for (source, _), n in content.items():
        found[source] += n
    return found


def difference(version: Version, other: Version) -> Changes:
    """What `version` has beside the `other`."""
    return compared(content(version), content(other), same=version.digest == other.digest)


def content(version: Version) -> Content:
    """With the MD5 of each record, made in the database so that no record travels."""
    text = Func(F("record"), function="md5", template="md5(%(expressions)s::text)", output_field=TextField())
    response = KeyTextTransform("response_id", "record")
    named = version.items.values_list("pair_id", "prompt_id", Cast(response, TextField()), text)
    return Counter(((pair, prompt, answer), digest) for pair, prompt, answer, digest in named.iterator(10_000))
