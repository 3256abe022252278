"""An import writes judgments of pairs that others judge at the same moment: nobody waits for the file."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from django.utils import timezone

from annotation.interchange import imports, staged_judgments
from annotation.interchange.entries import Entry, Fault
from annotation.interchange.formats import READ
from annotation.interchange.imports import Report, collection_named, import_entries, import_file
from annotation.models import Author, JudgeCall, Judgment, Pair
from annotation.review import judgments
from studio.accounts.models import User
from studio.projects.scope import enter, here

pytestmark = pytest.mark.django_db(transaction=True)

SIDES = [{"author": "one", "text": "Four."}, {"author": "other", "text": "Seven."}]
PROMPTS = [f"Name prime {n}." for n in range(6)]
# By which an import stands: the counts of pairs, of which it makes those of the file's own first.
COUNTS = 'UPDATE "annotation_pair"'

Overlapping = Callable[..., bool]


def line(prompt: str, *by: str, grade: int = 1) -> dict[str, Any]:
    verdicts = [{"author": name, "kind": "judge", "grade": grade} for name in by]
    return {"prompt": prompt, "responses": SIDES, "judgments": verdicts}


def stream(*rows: dict[str, Any]) -> io.BytesIO:
    return io.BytesIO(b"\n".join(map(orjson.dumps, rows)))


def taken(*rows: dict[str, Any], **options: Any) -> Report:
    return import_file(stream(*rows), "pairs", collection_named("a-collection"), **options)


@pytest.fixture
def known() -> list[Pair]:
    """Pairs that the studio has before the file comes."""
    taken(*map(line, PROMPTS))
    return list(Pair.objects.order_by("pk"))


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of one entry, and one pair locked at a time."""
    monkeypatch.setattr(imports, "CHUNK", 1)
    monkeypatch.setattr(staged_judgments, "AT_ONCE", 1)


def counts() -> list[tuple[int, float | None]]:
    return list(Pair.objects.order_by("pk").values_list("n_judgments", "mean_grade"))


def test_what_a_file_says_of_pairs_new_and_known_is_counted(known: list[Pair]) -> None:
    report = taken(
        line(PROMPTS[0], "gpt-4"), line("Another?", "gpt-4", "claude"), line(PROMPTS[1], "claude", grade=-2)
    )
    assert (report.tally.added["judgments"], report.tally.named["judgments"]) == (4, 4)
    assert counts() == [(1, 1.0), (1, -2.0), *[(0, None)] * 4, (2, 1.0)]


def test_a_pair_of_the_file_itself_that_comes_again_later_is_judged_with_it(one_by_one: None) -> None:
    report = taken(line("One?", "gpt-4"), line("Two?", "gpt-4"), line("One?", "claude", "gpt-4", grade=-1))
    assert report.tally.added["judgments"] == 3
    assert counts() == [(2, 0.0), (1, 1.0)]


@pytest.mark.usefixtures("known", "one_by_one")
def test_a_dry_run_counts_what_would_be_new_of_known_pairs_and_keeps_none() -> None:
    rows = [line(prompt, "gpt-4") for prompt in PROMPTS]
    report = taken(*rows, rows[0], dry_run=True)
    assert (report.tally.added["judgments"], report.tally.known["judgments"]) == (6, 1)
    assert not Judgment.objects.exists() and set(counts()) == {(0, None)}
    assert taken(*rows).tally.added["judgments"] == 6


@pytest.mark.usefixtures("known")
def test_a_fault_at_the_end_leaves_known_pairs_alone() -> None:
    report = taken(line(PROMPTS[0], "gpt-4"), line(PROMPTS[1], "gpt-4", grade=9))
    assert report.n_faults == 1
    assert not Judgment.objects.exists() and set(counts()) == {(0, None)}


def test_answers_beneath_a_judgment_of_a_known_pair_hang_on_it(known: list[Pair]) -> None:
    call = {"raw": "A is better.", "digest": "d", "grade": -1, "shown": "first"}
    row = line(PROMPTS[0], "gpt-4", grade=-1)
    row["judgments"][0]["calls"] = [call]
    report = taken(row)
    assert report.tally.added["calls"] == 1
    assert Judgment.objects.get().calls.get().pair == known[0]
    assert taken(row).tally.added == dict.fromkeys(report.tally.added, 0)


@pytest.mark.usefixtures("known")
def test_an_answer_whose_words_were_erased_does_not_come_in_again() -> None:
    row = line(PROMPTS[0], "gpt-4", grade=-1)
    row["judgments"][0]["calls"] = [{"raw": "A is better.", "digest": "d", "grade": -1, "shown": "first"}]
    taken(row)
    JudgeCall.objects.update(raw="", raw_erased_at=timezone.now())
    assert taken(row).tally.added["calls"] == 0
    row["judgments"][0]["calls"][0]["grade"] = -2
    assert taken(row).tally.added["calls"] == 1


def test_nobody_waits_for_a_file_in_the_middle(known: list[Pair], ann: User, one_by_one: None) -> None:
    """While the file is read, its first pairs are judged; so are they when another pair's judgments are written."""
    me, seen = Author.of(ann), list[int]()

    def entries() -> Iterator[Entry | Fault]:
        for entry in READ["pairs"].parse(stream(*(line(prompt, "gpt-4", grade=3) for prompt in PROMPTS))):
            yield entry
            # What came before is staged and merged by now.
            elsewhere(lambda: judgments.record(known[len(seen)], me, grade=-1, shown="left_first"))
            seen.append(1)

    assert import_entries(entries(), collection_named("a-collection")).imported
    assert counts() == [(2, 1.0)] * len(PROMPTS)


@pytest.mark.parametrize("dry_run", [False, True], ids=["import", "dry run"])
def test_only_the_pairs_that_are_written_are_locked(
    dry_run: bool, known: list[Pair], ann: User, one_by_one: None, overlapping: Overlapping
) -> None:
    """It stands where it has counted the third of six pairs, and nothing of that is committed."""
    me = Author.of(ann)

    def waits_for(of: Pair) -> bool:
        rows = [line(prompt, f"judge of {of.pk}") for prompt in PROMPTS]
        judged = lambda: judgments.record(of, me, grade=1, shown="left_first")  # noqa: E731
        return overlapping(lambda: taken(*rows, dry_run=dry_run), judged, COUNTS, 3)

    assert [waits_for(of) for of in known[1:4]] == [False, True, False]
    by_files = 0 if dry_run else 3
    assert [n for n, _ in counts()] == [by_files + own for own in (0, 1, 1, 1, 0, 0)]


def test_the_same_file_twice_locks_no_pair(known: list[Pair], ann: User, overlapping: Overlapping) -> None:
    me, rows = Author.of(ann), [line(prompt, "gpt-4") for prompt in PROMPTS]
    taken(*rows)
    # It stands behind the last of its statements that could have locked one.
    waited = overlapping(
        lambda: taken(*rows),
        lambda: judgments.record(known[0], me, grade=-1, shown="both"),
        "INSERT INTO annotation_judgment",
    )
    assert not waited and counts()[0] == (2, 0.0)


def test_a_pair_that_is_deleted_meanwhile_is_passed_over(
    known: list[Pair], one_by_one: None, overlapping: Overlapping
) -> None:
    rows = [line(prompt, "gpt-4") for prompt in PROMPTS]
    assert not overlapping(lambda: taken(*rows), known[3].delete)
    assert counts() == [(1, 1.0)] * (len(PROMPTS) - 1)


def test_two_files_about_the_same_pairs_in_other_orders_are_both_counted(
    known: list[Pair], one_by_one: None, at_once: Callable[..., None]
) -> None:
    files = [[line(prompt, judge) for prompt in order] for judge, order in (("a", PROMPTS), ("b", PROMPTS[::-1]))]
    at_once(2, lambda n: taken(*files[n]))
    assert counts() == [(2, 1.0)] * len(PROMPTS)


def test_an_import_leaves_no_table_behind(known: list[Pair]) -> None:
    taken(line(PROMPTS[0], "gpt-4"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relpersistence = 't'")
        assert cursor.fetchone() == (0,)


def elsewhere(act: Callable[[], object]) -> None:
    """On a connection of its own, which waits for no lock."""

    def alone() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1, initializer=enter, initargs=(here(),)) as pool:
        pool.submit(alone).result(30)
