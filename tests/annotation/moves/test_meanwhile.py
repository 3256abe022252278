"""While a collection moves others write on: what they wrote goes along, and nothing lies in two projects."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from annotation import sharing
from annotation.datasets import selection, versions
from annotation.datasets.contents import contents
from annotation.datasets.definitions import DefinitionInvalid
from annotation.interchange import staging
from annotation.interchange.imports import import_file
from annotation.interchange.staged_judgments import judge_known_pairs
from annotation.models import Author, Collection, Flag, Import, Judgment, Score, Version, VersionShare
from annotation.moves.move import gather, move
from annotation.moves.preview import Asked
from annotation.review import flagging
from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import enter, everywhere, here, inside
from tests.annotation.making import collection, judge, pair, prompt, score
from tests.annotation.moves.strays import strays
from tests.frontend.machines import checkpoint, version

pytestmark = pytest.mark.django_db(transaction=True)


def begun(work: Callable[[], Any]) -> Future[Any]:
    """What another person does at this moment."""

    def alone() -> Any:
        try:
            return work()
        finally:
            connection.close()

    return ThreadPoolExecutor(1, initializer=enter, initargs=(here(),)).submit(alone)


def done(work: Callable[[], Any]) -> Any:
    """The same to its end."""
    return begun(work).result(timeout=60)


def once(work: Callable[[], Any]) -> Callable[..., None]:
    left = [work]
    return lambda *_: left.pop()() if left else None


def test_whoever_judges_for_the_first_time_while_it_moves_goes_along(moving: Asked, lea: User) -> None:
    of = pair()
    move(moving, lea, told=once(lambda: done(lambda: judge(of, 1, "a-newcomer"))))
    with inside(moving.project.pk):
        assert Judgment.objects.get().author.name == "a-newcomer"
    with everywhere():
        assert not strays()


def test_an_import_that_ended_meanwhile_is_listed_where_its_collection_is(
    moving: Asked, lea: User, project: Project
) -> None:
    made = move(moving, lea)
    Import._base_manager.create(project=project, collection=made.collection, file="late.jsonl", entries=1)
    gather(made.collection, moving.project)
    assert not Import.objects.exists()


def test_what_was_gathered_once_is_gathered_again_without_change(moving: Asked, lea: User, ann: User) -> None:
    flagging.flag(ann, pair(), "Both are empty.")
    made = move(moving, lea)
    with everywhere():
        before = list(Flag.objects.values())
        gather(made.collection, moving.project)
        assert list(Flag.objects.values()) == before and not strays()


def test_a_version_that_is_frozen_of_what_goes_is_refused(moving: Asked, lea: User) -> None:
    prompt()
    asked = selection.rows

    def slow(definition: Any) -> Iterator[Any]:
        yield from list(asked(definition))
        done(lambda: move(moving, lea))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection, "rows", slow)
        with pytest.raises(DefinitionInvalid, match="a-collection went to another project"):
            versions.freeze("late", "prompts", {})
    assert not Version._base_manager.exists()


def test_a_collection_of_which_a_version_was_just_frozen_takes_it_along(
    moving: Asked, lea: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt()
    at_work: list[Future[Any]] = []

    def slow(frozen: Version) -> Any:
        at_work.append(begun(lambda: move(moving, lea)))
        with pytest.raises(TimeoutError):
            at_work[0].result(timeout=1)
        return contents(frozen)

    monkeypatch.setattr(versions, "contents", slow)
    made = versions.freeze("just", "prompts", {})
    at_work[0].result(timeout=60)
    assert Version._base_manager.get(pk=made.pk).project == moving.project


def test_verdicts_of_a_file_about_pairs_that_have_gone_are_left_out(
    moving: Asked, lea: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = pair()
    line: dict[str, Any] = {
        "prompt": "Name a prime.",
        "responses": [{"author": one.author.name, "text": one.text} for one in (of.left, of.right)],
        "judgments": [{"author": "gpt-4", "kind": "judge", "grade": 1}],
    }

    def late(*, keep: bool) -> Iterator[dict[str, int]]:
        done(lambda: move(moving, lea))
        yield from judge_known_pairs(keep=keep)

    monkeypatch.setattr(staging, "judge_known_pairs", late)
    report = import_file(io.BytesIO(orjson.dumps(line)), "pairs", moving.collection)
    assert report.entries == 1 and not report.n_faults
    with everywhere():
        assert not Judgment.objects.exists() and not strays()


def test_a_version_that_went_is_shared_by_nobody_here(moving: Asked, lea: User, ada: User) -> None:
    made, third = version([prompt()]), Project.objects.create(slug="third", name="Third")
    move(moving, lea)
    with pytest.raises(PermissionDenied):
        sharing.share(VersionShare, made, third, ada)
    assert not VersionShare._base_manager.exists()


def test_who_stands_for_one_thing_is_not_met_by_name(moving: Asked, lea: User) -> None:
    with inside(moving.project.pk):
        theirs = checkpoint("reward-7", "reward").author
    score(pair().left, 1.0, "reward-7")
    move(moving, lea)
    with inside(moving.project.pk):
        assert Score.objects.get().author.name == "reward-7 (2)" and not theirs.scores.exists()


def test_one_thing_that_comes_twice_is_one_author_there(moving: Asked, lea: User) -> None:
    checkpoint("reward-7", "reward")
    for slug in ("a-collection", "second"):
        score(pair(collection=collection(slug)).left, 1.0, "reward-7")
    for one in Collection.objects.all():
        move(Asked(one, moving.project, one.slug), lea)
    with inside(moving.project.pk):
        assert Author.objects.get(kind="reward_model").scores.count() == 2
