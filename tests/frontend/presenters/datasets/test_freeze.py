"""The form that freezes a version: what it makes of its fields, and the fields that a definition fills."""

from typing import Any

import pytest

from annotation.datasets.definitions import Demonstrations, Preferences, Prompts, Responses, Trust
from annotation.models import Author
from frontend.presenters.datasets.freeze import FreezeForm, definition, filled
from tests.annotation.making import author, collection, pair, response, score

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer() -> Author:
    """Who has written something, so that the form offers them."""
    made = pair()
    score(made.left, 1.0)
    return made.left.author


def posted(kind: str, **fields: Any) -> FreezeForm:
    return FreezeForm({"name": "mine", "kind": kind} | fields)


def asked(kind: str, **fields: Any) -> Any:
    form = posted(kind, **fields)
    assert form.is_valid(), form.errors
    return form.asked


def test_what_says_nothing_is_no_part_of_a_definition() -> None:
    empty = {"kind": "preferences", "kinds": [], "categories": " \n ", "consistent_only": False, "collections": []}
    assert definition(empty) == {}
    assert definition({"kind": "preferences", "min_grade": 0.0, "seed": 0}) == {"min_grade": 0.0, "seed": 0}


def test_fields_of_another_kind_say_nothing_of_this_one(writer: Author) -> None:
    said = definition({"kind": "prompts", "limit": 5, "min_votes": 3, "authors": [writer], "consistent_only": True})
    assert said == {"limit": 5}


def test_categories_are_lines_without_their_blanks() -> None:
    assert definition({"kind": "prompts", "categories": " maths \n\n code\n"})["categories"] == ["maths", "code"]


def test_what_judges_must_reach_is_asked_in_per_cent_and_kept_as_shares() -> None:
    found = asked("preferences", kinds=["judge"], trust_agreement="65.5", trust_pairs="50")
    assert found.trust == Trust(agreement=0.655, consistency=0.0, pairs=50)
    assert asked("preferences", kinds=["judge"], trust_agreement="0").trust is None


def test_the_same_author_is_chosen_as_writer_and_as_grader_apart(writer: Author) -> None:
    ann = author("ann", "person")
    found = asked("preferences", kinds=["person"], authors=[writer.pk], graders=[ann.pk])
    assert (found.written_by, found.authors) == ([writer.pk], [ann.pk])


@pytest.mark.parametrize(("kind", "field"), [("demonstrations", "best_by"), ("responses", "scored_by")])
def test_one_field_of_scores_serves_two_kinds_by_their_own_names(writer: Author, kind: str, field: str) -> None:
    rm = Author.objects.get(kind="reward_model")
    assert getattr(asked(kind, scored_by=rm.pk), field) == rm.pk


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"test_share": "1.5"}, "test_share"),
        ({"seed": "-1"}, "seed"),
        ({"limit": "0"}, "limit"),
        ({"collections": ["no-such"]}, "collections"),
        ({"unanswered_by": "999"}, "unanswered_by"),
    ],
)
def test_a_value_out_of_bounds_stands_at_its_own_field(fields: dict[str, Any], field: str) -> None:
    form = posted("prompts", **fields)
    assert not form.is_valid() and field in form.errors


def test_a_kind_that_there_is_not_is_refused_and_nothing_is_asked() -> None:
    form = posted("thoughts")
    assert not form.is_valid() and "kind" in form.errors


def test_only_who_wrote_something_is_offered_as_a_writer(writer: Author) -> None:
    author("silent")
    offered = set(FreezeForm().fields["authors"].queryset.values_list("name", flat=True))  # type: ignore[attr-defined]
    assert offered == {"one-model", "other-model"}


def test_fields_that_are_folded_away_open_where_they_say_something(writer: Author) -> None:
    assert not FreezeForm().says_rare_things
    assert FreezeForm(initial={"categories": "maths"}).says_rare_things
    assert posted("preferences", kinds=["person"], trust_pairs="many").says_rare_things


@pytest.mark.parametrize("share", [0.1, 0.07, 0.655, 0.29, 1.0])
def test_a_share_comes_back_from_the_form_as_it_was(share: float) -> None:
    meant = Preferences(trust=Trust(agreement=share, consistency=share), kinds=("judge",), test_share=0.05)
    given = {name: value for name, value in filled(meant).items() if value is not None}
    assert asked("preferences", **{name: value for name, value in given.items() if name != "kind"}) == meant


def test_what_a_definition_fills_makes_that_definition_again(writer: Author) -> None:
    collection("mine")
    rm = Author.objects.get(kind="reward_model").pk
    everywhere: dict[str, Any] = {"collections": ["mine"], "categories": ["a", "b"], "seed": 7, "flagged": "open"}
    for meant in (
        Prompts(limit=5, unanswered_by=writer.pk, **everywhere),
        Demonstrations(authors=[writer.pk], best_by=rm, **everywhere),
        Responses(authors=[writer.pk], scored_by=rm, **everywhere),
        Preferences(written_by=[writer.pk], kinds=("person",), min_votes=2, min_grade=1.5, consistent_only=True),
    ):
        given = {name: value for name, value in filled(meant).items() if value not in (None, False)}
        assert asked(given.pop("kind"), **given) == meant


def test_numbers_are_filled_in_as_people_write_them() -> None:
    given = filled(Preferences(min_grade=1.0, test_share=0.5, trust=Trust(agreement=0.07)))
    assert (given["min_grade"], given["test_share"], given["trust_agreement"]) == ("1", "0.5", "7")
    assert given["trust_consistency"] is None


def test_a_response_by_nobody_else_is_a_writer_once(writer: Author) -> None:
    response(pair("Another?").prompt, "Nine.", writer.name)
    offered = FreezeForm().fields["authors"].queryset  # type: ignore[attr-defined]
    assert [one.name for one in offered].count(writer.name) == 1
