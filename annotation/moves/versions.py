"""Frozen versions and the collection that moves: which of them go along, which are in the way, and their numbers."""

from typing import Any, NamedTuple

import msgspec
from django.db.models import Exists, Max, OuterRef, QuerySet

from annotation.datasets.definitions import KINDS
from annotation.models import Collection, Version, VersionItem, VersionShare
from annotation.moves.authors import Counterparts

# The fields of a definition that give authors by id: lists of them, and one.
LISTED, SINGLE = ("authors", "written_by"), ("best_by", "scored_by", "unanswered_by")
NAMED = 3


class Numbered(NamedTuple):
    """A version that goes along, and what its number is there."""

    version: Version
    number: int

    @property
    def says(self) -> str:
        """Empty where it keeps its number."""
        return "" if self.number == self.version.number else f"{self.version} becomes v{self.number}"


def touched(collection: Collection) -> QuerySet[Version]:
    """Those that hold at least one of its prompts."""
    items = VersionItem.objects.filter(prompt__collection=collection).order_by()
    return Version._base_manager.filter(pk__in=items.values("version").distinct()).order_by("name", "number")


def mixed(collection: Collection) -> QuerySet[Version]:
    """Those of them that hold prompts of other collections too."""
    others = VersionItem.objects.filter(version=OuterRef("pk")).exclude(prompt__collection=collection)
    return touched(collection).filter(Exists(others))


def refusals(collection: Collection) -> list[str]:
    found = list(mixed(collection)[: NAMED + 1])
    more = " There are more such versions." if len(found) > NAMED else ""
    says = (
        "The dataset version {} also holds prompts of other collections. A frozen version is never cut: freeze a "
        "version of this collection alone, download it, and import that file in the other project instead."
    )
    return [says.format(version) + more for version in found[:NAMED]]


def numbered(collection: Collection, project: int) -> list[Numbered]:
    """What goes along. Where the project has versions of a name already, those that come follow them."""
    found, last = [], dict[str, int]()
    for version in touched(collection).defer("composition"):
        if version.name not in last:
            there = Version._base_manager.filter(project=project, name=version.name)
            last[version.name] = there.aggregate(last=Max("number"))["last"] or 0
        last[version.name] += bool(last[version.name])
        found.append(Numbered(version, last[version.name] or version.number))
    return found


def move(found: list[Numbered], project: int, slugs: tuple[str, str], met: Counterparts) -> None:
    """Into the project, defined in that project's words: `slugs` are the collection's, before and there."""
    numbers = {(one.version.name, one.version.number): one.number for one in found}
    for version, number in found:
        same = version.counts.get("same_as")
        if same is not None:
            version.counts["same_as"] = numbers.get((version.name, same))
        definition = redefined(version, slugs, met)
        # The project has it now, and reads it anyway.
        VersionShare._base_manager.filter(version=version.pk, project=project).delete()
        Version._base_manager.filter(pk=version.pk).update(
            project=project, number=number, definition=definition, counts=version.counts
        )


def redefined(version: Version, slugs: tuple[str, str], met: Counterparts) -> dict[str, Any]:
    """An author whom nothing that moved names keeps its id: freezing again says that there is none."""
    given = dict(version.definition)
    try:
        msgspec.convert(given, KINDS[version.kind])
    except msgspec.ValidationError:
        return given  # A machine wrote its rows, and says freely where they came from.
    given |= {name: [met.get(pk, pk) for pk in given[name]] for name in LISTED if given.get(name)}
    given |= {name: met.get(given[name], given[name]) for name in SINGLE if given.get(name) is not None}
    if given.get("collections"):
        given["collections"] = [slugs[1] if slug == slugs[0] else slug for slug in given["collections"]]
    return given
