"""A collection goes to another project whole: every row, with authors of that project, and nothing else."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from annotation.judges.cards.cache import kept
from annotation.models import (
    Assignment,
    Author,
    Collection,
    Flag,
    JudgeCall,
    JudgeCard,
    Judgment,
    Pair,
    ProjectDefaults,
    Response,
)
from annotation.moves import move as moves
from annotation.moves.move import gather, move
from annotation.moves.preview import Asked, preview, targets
from annotation.review import flagging, judgments, queue
from annotation.review.judgments import JudgmentInvalid
from annotation.review.pairing import turn_of
from studio.accounts.models import AuditEntry, User
from studio.database.turns import Occupied
from studio.projects.models import Project
from studio.projects.scope import everywhere, inside
from tests.annotation.making import author, collection, judge, pair, score
from tests.annotation.moves.filled import unmix
from tests.annotation.moves.strays import strays
from tests.frontend.filled import fill
from tests.turns import taken

pytestmark = pytest.mark.django_db


def rows() -> dict[str, int]:
    tables = apps.get_app_config("annotation").get_models()
    return {model.__name__: model._base_manager.count() for model in tables}


def test_every_row_of_a_filled_collection_moves_with_its_authors(ada: User, other: Project) -> None:
    fill(ada)
    unmix()
    before = rows()
    for one in Collection.objects.all():
        move(Asked(one, other, one.slug), ada)
    with everywhere():
        assert Collection.objects.filter(project=other).exists() and not strays()
        after = rows()
        changed = {name for name in before if before[name] != after[name]}
        assert {"Author", "Move"} <= changed <= {"Author", "Move", "JudgeCard"}


def test_a_person_is_themselves_there_and_keeps_their_judgments(moving: Asked, lea: User, ann: User) -> None:
    judgments.record(pair(), Author.of(ann), shown="left_first", grade=2)
    move(moving, lea)
    assert not Judgment.objects.exists()
    with inside(moving.project.pk):
        assert Judgment.objects.get().author.user == ann and Pair.objects.get().n_judgments == 1


def test_a_judge_whom_both_know_is_one_there(moving: Asked, lea: User) -> None:
    with inside(moving.project.pk):
        known = author("a-judge", "judge")
    judge(pair(), 1)
    move(moving, lea)
    with inside(moving.project.pk):
        assert Judgment.objects.get().author == known
    assert Author.objects.filter(name="a-judge").exists()


def test_two_authors_never_become_one(moving: Asked, lea: User, ann: User) -> None:
    with inside(moving.project.pk):
        author("ann", "person")
        theirs = Author.of(ann)
        Author.objects.filter(pk=theirs.pk).update(name="annie")
    of = pair()
    judgments.record(of, Author.of(ann), shown="left_first", grade=2)
    judge(of, -1, "annie", "person")
    move(moving, lea)
    with inside(moving.project.pk):
        assert sorted(Judgment.objects.values_list("author__name", flat=True)) == ["annie", "annie (2)"]


def test_who_had_a_pair_on_the_screen_is_told_and_nothing_is_written(moving: Asked, lea: User, ann: User) -> None:
    of = pair()
    queue.open_slots(Pair.objects.all())
    queue.next_slots(ann)
    move(moving, lea)
    with pytest.raises(JudgmentInvalid, match="moved to another project"):
        judgments.record(of, Author.of(ann), shown="left_first", grade=2)
    with inside(moving.project.pk):
        assert not Judgment.objects.exists() and Assignment.objects.get().state == "waiting"


def test_what_was_written_meanwhile_is_gathered(moving: Asked, lea: User, ann: User, project: Project) -> None:
    raised = flagging.flag(ann, pair(), "Both are empty.")
    made = move(moving, lea)
    Flag._base_manager.filter(pk=raised.pk).update(project=project, author=Author.of(ann))
    gather(made.collection, moving.project, {})
    with everywhere():
        assert not strays()


@pytest.mark.parametrize("archived", ["other", "tests"])
def test_an_archived_project_is_left_as_it_is(moving: Asked, lea: User, archived: str) -> None:
    Project.objects.filter(slug=archived).update(archived_at="2026-01-01T00:00Z")
    moving.project.refresh_from_db()
    assert any("is archived" in one for one in preview(Asked(collection(), moving.project, "x")).refusals)


def test_while_a_file_is_imported_nothing_moves(moving: Asked, lea: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "SECONDS", 1)
    of = pair()
    with taken(turn_of(moving.collection.pk)), pytest.raises(Occupied, match="Move it when that has ended"):
        move(moving, lea)
    assert Pair.objects.get() == of


def test_a_slug_that_is_taken_there_is_refused(moving: Asked) -> None:
    with inside(moving.project.pk):
        collection()
    assert "Choose another short name" in preview(moving).refusals[0]
    assert not preview(Asked(moving.collection, moving.project, "free")).refusals


def test_the_preview_counts_what_moves_and_names_the_people(moving: Asked, ann: User) -> None:
    judgments.record(pair(), Author.of(ann), shown="left_first", grade=2)
    score(Response.objects.all()[0], 1.0)
    found = preview(moving)
    assert found.counts == {"prompts": 1, "responses": 2, "pairs": 1, "judgments": 1, "scores": 1}
    assert [one["name"] for one in found.people] == ["ann"]


def test_both_projects_keep_a_record_of_it(moving: Asked, lea: User) -> None:
    made = move(moving, lea)
    assert (made.left_name, made.reached_name, made.by) == ("Tests", "Team B", lea)
    said = AuditEntry.objects.get().words
    assert said == "lea moved the collection a-collection to the project Team B"
    with inside(moving.project.pk):
        assert "here from the project Tests" in AuditEntry.objects.get().words


def test_only_projects_whose_data_one_manages_are_offered(lea: User, other: Project, ada: User) -> None:
    Project.objects.create(slug="third", name="Third")
    lea.forget_roles()
    assert [one.slug for one in targets(lea)] == ["other", "tests"]
    assert targets(ada).count() == 3


def test_cards_of_its_judges_are_counted_anew_in_both(moving: Asked, lea: User) -> None:
    of = judge(pair(), 1)
    kept(of.author)
    mark = Judgment.mark()
    move(moving, lea)
    with everywhere():
        assert not JudgeCard.objects.exists()
    assert Judgment.mark() != mark


@pytest.mark.parametrize(("age", "days", "told"), [(9, 7, True), (5, 7, False), (9, None, False)])
def test_the_preview_warns_of_what_the_other_project_would_erase(
    moving: Asked, age: int, days: int | None, told: bool
) -> None:
    call = {"author": author("gpt-4", "judge"), "prompt_digest": "0" * 64, "raw": "[[A]]", "shown": "left_first"}
    JudgeCall.objects.create(pair=pair(), **call)
    JudgeCall.objects.update(created_at=timezone.now() - timedelta(days=age))
    with inside(moving.project.pk):
        ProjectDefaults.objects.create(keep_raw_days=days)
    says = (
        "Team B keeps raw records for 7 days: the night after the move what judges wrote in 1 judge call goes for good"
    )
    assert preview(moving).warning == (f"{says}." if told else "")
