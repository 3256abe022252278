"""Entries in temporary tables: what is new of each noun, who wrote it, and what is left as it was."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from django.db import connection, transaction

from annotation.interchange import imports
from annotation.interchange.entries import Entry
from annotation.interchange.imports import Report, collection_named, import_entries
from annotation.interchange.staging import Staging, Tally
from annotation.models import Author, Collection, Pair, Prompt, Response, Score
from tests.annotation.making import author, collection, prompt, response, score

pytestmark = pytest.mark.django_db

ONE, OTHER = {"author": "one", "text": "Four."}, {"author": "other", "text": "Seven."}


def entry(text: str = "Name a prime.", **fields: Any) -> Entry:
    return msgspec.convert({"prompt": [{"role": "user", "content": text}]} | fields, Entry)


def pair(text: str = "Name a prime.", **fields: Any) -> Entry:
    return entry(text, **({"responses": [ONE, OTHER], "paired": True} | fields))


@pytest.fixture
def staging() -> Iterator[Staging]:
    with transaction.atomic():
        made = Staging(collection())
        yield made
    made.close()


def added(staging: Staging, *entries: Entry) -> dict[str, int]:
    """What these entries alone added."""
    before = dict(staging.tally.added)
    staging.add(list(entries))
    now = {noun: n - before.get(noun, 0) for noun, n in staging.tally.added.items()}
    return {noun: n for noun, n in now.items() if n}


def test_what_a_chunk_names_twice_is_new_once(staging: Staging) -> None:
    assert added(staging, pair(), pair()) == {"prompts": 1, "responses": 2, "pairs": 1}
    assert staging.tally.known["prompts"] == 1
    assert staging.tally.named["responses"] == 4


def test_a_later_chunk_knows_what_an_earlier_one_added(staging: Staging) -> None:
    added(staging, pair("One?"))
    assert added(staging, pair("One?"), pair("Two?")) == {"prompts": 1, "responses": 2, "pairs": 1}
    assert staging.n_entries == 3


def test_a_known_prompt_keeps_its_category_and_metadata(staging: Staging) -> None:
    known = prompt(category="maths", metadata={"level": 1})
    assert added(staging, entry(category="other", metadata={"level": 9})) == {}
    known.refresh_from_db()
    assert (known.category, known.metadata) == ("maths", {"level": 1})


def test_the_same_prompt_in_another_collection_is_another_one(staging: Staging) -> None:
    prompt(collection=Collection.objects.create(slug="elsewhere", name="Elsewhere"))
    assert added(staging, entry()) == {"prompts": 1}
    assert Prompt.objects.count() == 2


def test_one_text_by_two_authors_is_two_responses_and_by_one_author_one(staging: Staging) -> None:
    twice = [ONE, ONE | {"author": "other"}, ONE, ONE | {"kind": "person"}]
    assert added(staging, entry(responses=twice))["responses"] == 3
    assert Author.objects.filter(name="one").count() == 2


def test_a_pairs_metadata_is_its_own_and_not_its_prompts(staging: Staging) -> None:
    added(staging, pair(metadata={"baseline": "one"}, source="by hand"))
    made = Pair.objects.get()
    assert (made.metadata, made.source, made.prompt.metadata) == ({"baseline": "one"}, "by hand", {})


def test_the_side_of_a_pair_is_that_of_its_older_response(staging: Staging) -> None:
    known = prompt()
    seven, four = response(known, "Seven.", "other"), response(known, "Four.", "one")
    added(staging, pair())
    assert (Pair.objects.get().left, Pair.objects.get().right) == (seven, four)


def test_a_score_that_is_there_stays_and_a_new_one_is_added(staging: Staging) -> None:
    score(response(prompt(), "Four.", "one"), 1.5, "rm")
    assert added(staging, entry(responses=[ONE | {"scores": {"rm": 9.0, "other-rm": 2.0}}])) == {"scores": 1}
    assert dict(Score.objects.values_list("author__name", "value")) == {"rm": 1.5, "other-rm": 2.0}


def rated(points: float | None) -> Entry:
    return entry(responses=[ONE | {"ratings": [{"author": "gpt-4", "points": points}]}])


def test_of_a_judges_ratings_the_last_counts_within_a_chunk_and_after_it(staging: Staging) -> None:
    added(staging, rated(3.0), rated(7.0))
    assert Score.objects.get().value == 7.0
    assert added(staging, rated(8.0)) == {"ratings": 1}
    assert added(staging, rated(8.0)) == {}
    assert Score.objects.get().value == 8.0


def test_a_rating_that_could_not_be_read_leaves_the_one_that_is_there(staging: Staging) -> None:
    added(staging, rated(7.0))
    assert added(staging, rated(None)) == {}
    assert Score.objects.get().value == 7.0


def test_a_reference_is_added_to_a_known_prompt_beside_what_it_says(staging: Staging) -> None:
    known = prompt(metadata={"level": 1})
    assert added(staging, entry(reference=["Two."])) == {"references": 1}
    known.refresh_from_db()
    assert known.metadata == {"level": 1, "reference": ["Two."]}
    assert added(staging, entry(reference=["Two."])) == {}


def test_an_author_is_described_at_the_first_mention_and_not_changed_after(staging: Staging) -> None:
    first = staging.author("judge", "gpt-4", {"version": 1})
    assert staging.author("judge", "gpt-4", {"version": 2}) == first
    assert Author.objects.get(pk=first).details == {"version": 1}


def test_each_author_is_asked_for_once_however_often_it_is_named(
    staging: Staging, django_assert_num_queries: Callable[[int], Any]
) -> None:
    staging.author("model", "one")
    with django_assert_num_queries(0):
        assert [len(list(staging.rows(pair(f"{n}?", responses=[ONE, ONE])))) for n in range(9)] == [4] * 9


def test_an_author_with_the_name_of_a_known_one_is_that_one(staging: Staging) -> None:
    known = author("one")
    added(staging, entry(responses=[ONE]))
    assert Response.objects.get().author == known


def test_an_answer_of_a_judge_that_could_not_be_read_is_counted_apart(staging: Staging) -> None:
    call = {"raw": "Hm.", "digest": "d", "error": "It has no rating."}
    read = {"raw": "[[7]]", "digest": "e", "scores": [7.0]}
    of = ONE | {"ratings": [{"author": "gpt-4", "points": 7.0, "calls": [call, read]}]}
    new = added(staging, entry(responses=[of]))
    assert (new["calls"], new["failures"], new["ratings"]) == (1, 1, 1)


def test_a_tally_adds_chunks_up_and_knows_what_was_there() -> None:
    tally = Tally()
    tally.count("prompts", 5, 3)
    tally.count("prompts", 2, 0)
    tally.count("pairs", 1, 1)
    assert (tally.named, tally.added) == ({"prompts": 7, "pairs": 1}, {"prompts": 3, "pairs": 1})
    assert tally.known == {"prompts": 4, "pairs": 0}


def test_nothing_of_the_tables_is_left_once_it_is_closed() -> None:
    with transaction.atomic():
        made = Staging(collection())
        made.add([pair()])
    made.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()")
        assert cursor.fetchone() == (0,)


def written_by(slug: str, *names: str) -> Report:
    """An import into a collection of its own, an entry a chunk, each by another author."""
    said = (entry(f"{name}?", responses=[{"author": name, "text": "Yes."}]) for name in names)
    return import_entries(said, collection_named(slug))


@pytest.mark.django_db(transaction=True)
def test_two_imports_that_make_the_same_authors_in_different_orders_both_come_in(
    overlapping: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 1)
    waited = overlapping(
        lambda: written_by("one", "x", "y"),
        lambda: written_by("other", "y", "x"),
        at='INSERT INTO "annotation_author"',
    )
    assert waited and Author.objects.count() == 2 and Response.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_an_import_by_known_authors_waits_for_no_other(
    overlapping: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    author("known")
    waited = overlapping(
        lambda: written_by("one", "new"), lambda: written_by("other", "known"), at='INSERT INTO "annotation_author"'
    )
    assert not waited and Response.objects.count() == 2
