"""Frozen versions go along with the collection whose prompts they hold, in the words of the other project."""

import pytest

from annotation.datasets.versions import freeze, freeze_rows
from annotation.models import Author, Prompt, Version
from annotation.moves.move import move
from annotation.moves.preview import Asked, MoveRefused
from annotation.moves.versions import refusals
from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.annotation.making import author, collection, prompt, response, score
from tests.frontend.machines import version

pytestmark = pytest.mark.django_db


@pytest.fixture
def moving(other: Project) -> Asked:
    return Asked(collection(), other, "renamed")


def test_a_version_of_its_prompts_alone_goes_along_with_the_next_free_number(moving: Asked, lea: User) -> None:
    made = version([prompt()])
    with inside(moving.project.pk):
        version([prompt("Another.", collection=collection("else"))])
    move(moving, lea)
    assert not Version.objects.exists()
    with inside(moving.project.pk):
        assert Version.objects.get(pk=made.pk).number == 2 and made.number == 1


def test_its_definition_names_the_collection_and_authors_of_that_project(moving: Asked, lea: User) -> None:
    mine = response(prompt()).author
    freeze("mine", "responses", {"collections": ["a-collection"], "authors": [mine.pk]})
    move(moving, lea)
    with inside(moving.project.pk):
        theirs = Author.objects.get(name=mine.name)
        made = Version.objects.get()
    assert made.definition["collections"] == ["renamed"] and made.definition["authors"] == [theirs.pk] != [mine.pk]


def test_a_version_that_mixes_collections_is_in_the_way_and_named(moving: Asked, lea: User) -> None:
    version([prompt(), prompt("Another.", collection=collection("else"))], name="mixture")
    with pytest.raises(MoveRefused, match="mixture v1 also holds prompts of other collections"):
        move(moving, lea)
    assert Prompt.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "field", "named"),
    [
        ("demonstrations", "best_by", "a-reward-model"),
        ("responses", "scored_by", "a-reward-model"),
        ("prompts", "unanswered_by", "a-model"),
    ],
)
def test_the_one_author_that_a_definition_names_is_that_of_the_project_there(
    moving: Asked, lea: User, kind: str, field: str, named: str
) -> None:
    score(response(prompt()), 1.0)
    prompt("Nobody answered this.")
    here = Author.objects.get(name=named)
    freeze("mine", kind, {field: here.pk})
    move(moving, lea)
    with inside(moving.project.pk):
        there = Author.objects.get(name=named)
        assert Version.objects.get().definition[field] == there.pk != here.pk


def test_an_author_whom_nothing_that_moved_names_keeps_the_id(moving: Asked, lea: User) -> None:
    prompt()
    absent = author("an-absent-model")
    freeze("mine", "prompts", {"unanswered_by": absent.pk})
    move(moving, lea)
    with inside(moving.project.pk):
        assert Version.objects.get().definition["unanswered_by"] == absent.pk


def test_what_a_machine_wrote_of_where_its_rows_came_from_stays(moving: Asked, lea: User) -> None:
    of = prompt()
    definition = {"run": 7, "authors": [of.pk], "collections": ["a-collection"]}
    freeze_rows("made", "prompts", [{"prompt_id": of.pk, "prompt": of.messages}], definition)
    move(moving, lea)
    with inside(moving.project.pk):
        assert Version.objects.get().definition == definition


@pytest.mark.parametrize(("gone", "same"), [(False, [None, 2]), (True, [None])])
def test_the_version_whose_content_is_the_same_has_its_number_there(
    moving: Asked, lea: User, gone: bool, same: list[int | None]
) -> None:
    first, again = version([prompt()]), version(Prompt.objects.all())
    assert again.counts["same_as"] == first.number
    if gone:
        first.delete()
    with inside(moving.project.pk):
        version([prompt("Another.", collection=collection("else"))])
    move(moving, lea)
    with inside(moving.project.pk):
        moved = Version.objects.filter(number__gt=1).order_by("number")
        assert [one.counts.get("same_as") for one in moved] == same


def test_of_many_that_mix_collections_three_are_named(moving: Asked) -> None:
    both = [prompt(), prompt("Another.", collection=collection("else"))]
    for number in range(4):
        version(both, name=f"mixture {number}")
        more = refusals(moving.collection)[0].endswith("There are more such versions.")
        assert len(refusals(moving.collection)) == min(number + 1, 3) and more == (number == 3)
