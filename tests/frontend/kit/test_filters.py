"""What a list may be narrowed by, and addresses with other parameters."""

from typing import Any

import pytest
from django import forms
from django.http import QueryDict

from annotation.models import Author, Prompt
from frontend.kit.filters import Filters, address
from tests.annotation.making import author, prompt

SIDES = [("", "Any"), ("a", "A is better"), ("b", "B is better")]


class Mine(Filters):
    q = forms.CharField(label="Search")
    side = forms.ChoiceField(choices=SIDES)
    gap = forms.FloatField(label="Gap from")
    fast = forms.BooleanField(label="Too fast")
    by_whom = forms.ModelChoiceField(Author.objects.order_by("name"), label="By")
    category = forms.CharField()

    by = {"category": lambda rows, category: rows.filter(category=category)}


def chips(query: str) -> list[tuple[str, str, str]]:
    asked = QueryDict(query)
    return [(chip.label, chip.value, chip.removed) for chip in Mine(asked).chips(asked)]


def test_every_field_may_be_left_empty() -> None:
    assert Mine(QueryDict("")).is_valid() and Mine(QueryDict("")).chosen == {}


@pytest.mark.parametrize("query", ["side=c", "gap=wide", "gap=", "side=", "fast=", "q="])
def test_what_is_empty_or_wrong_narrows_nothing(query: str) -> None:
    assert Mine(QueryDict(query)).chosen == {}


def test_a_wrong_field_takes_nothing_from_the_others() -> None:
    assert Mine(QueryDict("gap=wide&side=a")).chosen == {"side": "a"}


@pytest.mark.django_db
def test_rows_are_narrowed_by_what_the_table_says_and_by_nothing_else() -> None:
    maths = prompt("1?", category="maths")
    prompt("2?", category="code")
    for query, found in (("category=maths", [maths]), ("category=maths&q=x&side=a", [maths]), ("q=x", None)):
        rows: Any = Mine(QueryDict(query)).narrow(Prompt.objects.all())
        assert list(rows) == (found or list(Prompt.objects.all())), query


@pytest.mark.django_db
def test_a_chip_says_what_is_set_in_words() -> None:
    ann = author("ann", "person")
    found = [(label, value) for label, value, _ in chips(f"side=a&gap=-1.5&fast=on&by_whom={ann.pk}&category=<b>")]
    assert found == [
        ("Side", "A is better"),
        ("Gap from", "−1.5"),
        ("Too fast", ""),
        ("By", "ann"),
        ("Category", "<b>"),
    ]
    assert chips("gap=2")[0][1] == "+2"


def test_a_chip_leads_to_the_list_without_it_from_its_beginning() -> None:
    assert chips("side=a&gap=2&after=77&sort=-gap") == [
        ("Side", "A is better", "?gap=2&sort=-gap"),
        ("Gap from", "+2", "?side=a&sort=-gap"),
    ]


def test_words_that_are_searched_for_have_no_chip_and_no_place_in_the_menu() -> None:
    assert chips("q=prime") == []
    assert "q" not in [bound.name for bound in Mine(QueryDict("")).menu]


def test_fields_have_the_frames_look() -> None:
    fields = Mine(QueryDict("")).fields
    looks = {name: field.widget.attrs.get("class", "") for name, field in fields.items()}
    assert (looks["side"], looks["gap"], looks["fast"]) == ("select small", "input small", "")


@pytest.mark.parametrize(
    ("query", "changes", "found"),
    [
        ("a=1&b=2", {"a": "3"}, "?a=3&b=2"),
        ("a=1&b=2", {"a": None}, "?b=2"),
        ("a=1&a=2", {"b": "3"}, "?a=1&a=2&b=3"),
        ("a=1&a=2", {"a": "3"}, "?a=3"),
        ("a=&b=2", {}, "?b=2"),
        ("a=1", {"a": None}, "?"),
        ("", {"a": "x y&z"}, "?a=x%20y%26z"),
        ("", {"a": "1,people"}, "?a=1,people"),
    ],
)
def test_an_address_keeps_what_is_not_changed(query: str, changes: dict[str, str | None], found: str) -> None:
    assert address(QueryDict(query), **changes) == found
