"""What a version is made of."""

import pytest

from annotation.datasets.composition import PARTS, composition
from annotation.datasets.versions import freeze
from annotation.models import Version, VersionItem
from tests.annotation.making import collection, judge, pair, prompt

pytestmark = pytest.mark.django_db


def frozen(kind: str = "preferences") -> Version:
    return freeze("a-set", kind, {})


def test_lengths_are_percentiles_of_each_text() -> None:
    for n in range(1, 6):
        judge(pair(f"{n}", "x" * n, "y" * 10 * n), 2)
    found = composition(frozen())
    assert found.lengths["chosen"][2] == 30 and found.lengths["rejected"][2] == 3
    assert composition(frozen("prompts")).lengths == {}


def test_margins_are_rounded_to_halves_from_the_closest_to_the_clearest() -> None:
    for n, grades in enumerate([(3,), (1,), (1, 2), (-1,)]):
        of = pair(f"{n}")
        for place, grade in enumerate(grades):
            judge(of, grade, f"judge {place}")
    assert composition(frozen()).margins == [
        {"margin": 1.0, "n": 2},
        {"margin": 1.5, "n": 1},
        {"margin": 3.0, "n": 1},
    ]


def test_parts_are_the_largest_first_and_no_more_than_are_shown() -> None:
    for n in range(PARTS + 3):
        prompt(f"{n}?", category=f"c{n:02}")
    prompt("one more", category="c14", collection=collection("another"))
    found = composition(frozen("prompts"))
    assert found.categories[0] == {"name": "c14", "n": 2} and len(found.categories) == PARTS
    assert [part["n"] for part in found.collections] == [PARTS + 3, 1]


def test_it_is_kept_with_the_version_and_counted_once() -> None:
    judge(pair(), 2)
    version = frozen()
    before = composition(version)
    VersionItem.objects.filter(version=version).delete()
    assert composition(Version.objects.get(pk=version.pk)) == before
    Version.objects.filter(pk=version.pk).update(composition=None)
    assert composition(Version.objects.get(pk=version.pk)).lengths == {}
