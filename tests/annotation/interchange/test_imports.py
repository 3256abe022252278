import io
import threading
from contextvars import copy_context
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection

from annotation.interchange.exports import export_pairs
from annotation.interchange.formats import READ
from annotation.interchange.imports import CHUNK, FAULTS_SHOWN, Report, collection_named, import_file
from annotation.models import Author, Collection, Judgment, Pair, Prompt, Response, Score

pytestmark = pytest.mark.django_db

ONE, OTHER = {"author": "one", "text": "Four."}, {"author": "other", "text": "Seven."}


def pair(prompt: str = "Name a prime.", *judgments: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"prompt": prompt, "responses": [ONE, OTHER], "judgments": judgments} | fields


def taken(*rows: object, format: str = "pairs", **options: Any) -> Report:
    content = b"\n".join(orjson.dumps(row) for row in rows)
    return import_file(io.BytesIO(content), format, collection_named("a-collection"), **options)


def test_a_pair_comes_in_with_all_that_hangs_on_it() -> None:
    scored = {**ONE, "scores": {"rm": 1.5}}
    report = taken(pair("Name a prime.", {"author": "ann", "grade": 2}, responses=[scored, OTHER], source="by hand"))
    assert report.tally.added == {"prompts": 1, "responses": 2, "scores": 1, "pairs": 1, "judgments": 1}
    only = Pair.objects.get()
    assert (only.prompt.text, only.left.text, only.right.text) == ("Name a prime.", "Four.", "Seven.")
    assert (only.source, only.n_judgments, only.mean_grade, only.disputed) == ("by hand", 1, 2.0, False)
    assert Score.objects.get().response == only.left


def test_the_same_file_twice_adds_nothing() -> None:
    row = pair("Name a prime.", {"author": "ann", "grade": 2})
    taken(row)
    again = taken(row)
    assert set(again.tally.added.values()) == {0}
    assert again.tally.known == {"prompts": 1, "responses": 2, "scores": 0, "pairs": 1, "judgments": 1}


def test_a_pair_named_the_other_way_round_is_the_same_pair_and_its_grade_is_turned() -> None:
    taken(pair("Name a prime.", {"author": "ann", "grade": 2, "shown": "first"}))
    turned = pair("Name a prime.", {"author": "bob", "grade": -1, "shown": "first"}, responses=[OTHER, ONE])
    taken(turned)
    by_ann, by_bob = Judgment.objects.order_by("pk")
    assert by_ann.pair == by_bob.pair
    assert (by_ann.grade, by_ann.shown) == (2, "left_first")
    assert (by_bob.grade, by_bob.shown) == (1, "right_first")


def test_one_fault_anywhere_and_nothing_is_written() -> None:
    report = taken(pair("One."), pair("Two.", {"author": "ann", "grade": 9}), pair("Three."))
    assert (report.n_faults, report.imported) == (1, False)
    assert str(report.faults[0]).startswith("line 2, judgments[0].grade: 9 is off the scale.")
    assert not Prompt.objects.exists()
    assert not Collection.objects.exists()


def test_faults_beyond_the_first_are_counted_and_not_kept() -> None:
    report = taken(*[{"prompt": 1}] * (FAULTS_SHOWN + 20))
    assert (report.n_faults, len(report.faults)) == (FAULTS_SHOWN + 20, FAULTS_SHOWN)


def test_a_file_cut_short_is_a_fault_and_writes_nothing() -> None:
    whole = b"[" + orjson.dumps(pair("One.")) + b"," + orjson.dumps(pair("Two."))
    report = import_file(io.BytesIO(whole), "pairs", collection_named("a-collection"))
    assert report.n_faults == 1
    assert not Pair.objects.exists()


def test_a_dry_run_says_what_would_be_added_and_adds_nothing() -> None:
    report = taken(pair(), dry_run=True)
    assert (report.tally.added["pairs"], report.imported) == (1, False)
    assert not Pair.objects.exists()


def test_a_valid_judgment_supersedes_a_failed_one_of_the_same_judge() -> None:
    failed = {"author": "gpt-4", "kind": "judge", "grade": None, "error": "no verdict"}
    valid = {"author": "gpt-4", "kind": "judge", "grade": 2}
    taken(pair("Name a prime.", failed))
    taken(pair("Name a prime.", valid))
    old, new = Judgment.objects.order_by("pk")
    assert (old.state, new.grade, new.superseded_at) == ("failed", 2, None) and old.superseded_at
    assert Pair.objects.get().n_judgments == 1
    # Neither the failure again, nor the verdict again, nor both in one file change anything.
    taken(pair("Name a prime.", failed), pair("Name a prime.", valid))
    taken(pair("Name a prime.", failed, valid))
    assert Judgment.objects.count() == 2


def test_of_a_failed_and_a_valid_judgment_in_one_file_the_valid_one_stays() -> None:
    failed = {"author": "gpt-4", "kind": "judge", "grade": None, "error": "no verdict"}
    taken(pair("Name a prime.", failed, {"author": "gpt-4", "kind": "judge", "grade": 2}))
    assert [(j.state, j.grade) for j in Judgment.objects.all()] == [("valid", 2)]


def test_a_failed_judgment_keeps_its_state_and_does_not_count() -> None:
    failed = {"author": "gpt-4", "kind": "judge", "grade": None, "error": "no verdict"}
    taken(pair("Name a prime.", failed, {"author": "ann", "grade": -1}))
    assert Judgment.objects.get(author__name="gpt-4").state == "failed"
    assert Pair.objects.values_list("n_judgments", "mean_grade").get() == (1, -1.0)


def test_judgments_for_both_sides_dispute_a_pair() -> None:
    taken(pair("Name a prime.", {"author": "ann", "grade": -1}, {"author": "bob", "grade": 3}))
    assert Pair.objects.values_list("n_judgments", "mean_grade", "disputed").get() == (2, 1.0, True)


def test_one_author_has_one_current_judgment_of_a_pair() -> None:
    taken(pair("Name a prime.", {"author": "ann", "grade": -1}))
    report = taken(pair("Name a prime.", {"author": "ann", "grade": 3}))
    assert report.tally.known["judgments"] == 1
    assert Judgment.objects.get().grade == -1


def test_two_authors_with_the_same_text_wrote_two_responses() -> None:
    taken(pair(responses=[ONE, {**ONE, "author": "other"}]))
    assert Response.objects.count() == 2
    assert Pair.objects.count() == 1


def test_rows_keep_the_order_of_the_file() -> None:
    texts = [f"Prompt {n}." for n in range(30)]
    taken(*({"prompt": text} for text in texts), format="prompts")
    assert list(Prompt.objects.order_by("pk").values_list("text", flat=True)) == texts


def test_text_survives_the_copy_byte_for_byte() -> None:
    text = "tab\t, \\ and \\N and \\.\r\n\n漢字 🙂 'quotes' \"double\"\x0b\x1f"
    taken({"prompt": text, "metadata": {"key\t\\": text}}, format="prompts")
    only = Prompt.objects.get()
    assert (only.text, only.metadata) == (text, {"key\t\\": text})
    assert only.messages == [{"role": "user", "content": text}]


def test_an_imported_prompt_is_the_one_that_the_model_makes() -> None:
    taken({"prompt": "Name a prime."}, format="prompts")
    imported = Prompt.objects.get()
    before = (imported.digest, imported.text)
    imported.save()
    assert (imported.digest, imported.text) == before


def test_more_than_one_chunk_is_one_import() -> None:
    report = taken(*({"prompt": f"Prompt {n}."} for n in range(CHUNK + 10)), format="prompts")
    assert report.tally.added["prompts"] == CHUNK + 10
    refused = taken(*({"prompt": f"More {n}."} for n in range(CHUNK)), {"prompt": ""}, format="prompts")
    assert refused.n_faults == 1
    assert Prompt.objects.count() == CHUNK + 10


def test_what_is_exported_comes_in_again_as_it_was() -> None:
    judgments: list[dict[str, Any]] = [
        {"author": "ann", "grade": 2, "shown": "second", "rationale": "It is prime.", "seconds": 4.5},
        {"author": "gpt-4", "kind": "judge", "grade": None, "shown": "both", "error": "no verdict"},
    ]
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "A prime?"}]
    rows = [pair("One.", *judgments, category="maths", metadata={"n": 1}), pair("Two.") | {"prompt": turns}]
    taken(*rows)
    first = b"".join(export_pairs(Pair.objects.all()))
    import_file(io.BytesIO(first), "pairs", collection_named("another"))
    assert b"".join(export_pairs(Pair.objects.filter(collection__slug="another"))) == first


def test_the_published_judgments_come_in_whole(data: Path) -> None:
    with (data / "alpaca_eval/annotations_ae1/vicuna-13b.json").open("rb") as stream:
        report = import_file(stream, "alpaca_annotations", collection_named("alpaca-eval"))
    assert report.tally.added == {"prompts": 805, "responses": 1610, "scores": 0, "pairs": 805, "judgments": 805}
    assert Author.objects.get(name="alpaca_eval_gpt4").kind == "judge"


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_rows_at_once_add_them_once() -> None:
    rows = [pair(f"Prompt {n}.", {"author": "ann", "grade": 1}) for n in range(300)]

    def work(order: list[dict[str, Any]]) -> None:
        taken(*order)
        connection.close()

    threads = [threading.Thread(target=copy_context().run, args=(work, order)) for order in (rows, rows[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Prompt.objects.count() == Pair.objects.count() == Judgment.objects.count() == 300


def test_every_format_that_is_read_says_what_it_is() -> None:
    assert all(format.label and format.says for format in READ.values())
