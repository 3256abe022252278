"""The rows that a definition asks for, each with why it is left out."""

import pytest

from annotation.datasets.definitions import Demonstrations, Preferences, Prompts, Responses
from annotation.datasets.selection import Row, follow_ups, reasons, rows
from annotation.models import Flag
from studio.accounts.models import User
from tests.annotation.making import author, collection, judge, pair, prompt, response, score

pytestmark = pytest.mark.django_db


def texts(found: object) -> list[str]:
    assert hasattr(found, "__iter__")
    return [row.record["prompt"][-1]["content"] for row in found if not row.left_out]


def test_prompts_are_drawn_by_seed_the_same_each_time_and_others_by_another() -> None:
    for n in range(40):
        prompt(f"{n}?")
    drawn = [texts(rows(Prompts(limit=10, seed=seed))) for seed in (1, 1, 2)]
    assert len(drawn[0]) == 10 and drawn[0] == drawn[1] != drawn[2]


def test_prompts_that_an_author_has_answered_can_be_left_out() -> None:
    response(prompt("Answered?"), by="m")
    prompt("Open?")
    assert texts(rows(Prompts(unanswered_by=author("m").pk))) == ["Open?"]


def test_collections_and_categories_narrow_every_kind() -> None:
    other = collection("other")
    for where in (collection(), other):
        for category in ("maths", "code"):
            of = prompt(f"{where.slug} {category}", collection=where, category=category)
            judge(pair(f"{where.slug} {category} of two", collection=where, category=category), 2)
            response(of)
    for kind in (Prompts, Demonstrations, Preferences, Responses):
        found = set(texts(rows(kind(collections=["other"], categories=["maths"]))))
        assert found and all(text.startswith("other maths") for text in found)


def test_questions_of_several_turns_carry_what_is_asked_later() -> None:
    prompt("One?", category="maths", metadata={"turns": ["One?", "Two?"]})
    (row,) = rows(Prompts())
    assert row.record["category"] == "maths"
    assert [turn["content"] for turn in row.record["follow_ups"]] == ["Two?"]
    assert follow_ups(None) == follow_ups(["One?"]) == {}


def test_responses_come_by_prompt_with_the_score_of_the_model_that_is_named() -> None:
    late, early = prompt("Late?"), prompt("Early?")
    for of in (early, late, early):
        score(response(of, f"to {of.pk} {of.responses.count()}"), 1.5, "rm")
    found = list(rows(Responses(scored_by=author("rm", "reward_model").pk)))
    assert [row.prompt_id for row in found] == [late.pk, early.pk, early.pk]
    assert {row.record["score"] for row in found} == {1.5}
    assert {row.record["score"] for row in rows(Responses())} == {None}


def test_a_preference_that_rests_on_a_contradiction_among_others_is_marked() -> None:
    of = pair()
    judge(of, 0, "gpt-4", consistent=False)
    judge(of, 3, "ann", "person")
    (row,) = rows(Preferences())
    assert row.inconsistent and row.record["margin"] == 1.5 and row.pair_id == of.pk


def test_why_rows_are_left_out_is_the_same_without_reading_them(ann: User) -> None:
    judge(pair("1"), 2)
    judge(pair("2"), 0)
    flagged = pair("3")
    judge(flagged, 1)
    Flag.objects.create(pair=flagged, author=author("ann", "person"), reason="A name")
    for asked in (Preferences(), Responses(), Prompts(), Demonstrations()):
        assert list(reasons(asked)) == [(row.prompt_id, row.left_out) for row in rows(asked)]


def test_what_is_no_kind_of_version_is_refused() -> None:
    with pytest.raises(TypeError, match="Row is no kind of version"):
        rows(Row({}, 1, ""))  # type: ignore[arg-type]
