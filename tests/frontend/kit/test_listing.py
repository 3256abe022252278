"""Filters, sorts and pages that live in the address."""

from dataclasses import replace

import pytest
from django import forms
from django.core.exceptions import BadRequest
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from annotation.models import Response
from frontend.kit.filters import Filters, address
from frontend.kit.listing import Column, Listing, Page, counted
from studio.accounts.roles import Capability
from tests.annotation.making import prompt, response

pytestmark = pytest.mark.django_db


class Lengths(Filters):
    longer = forms.IntegerField(label="Longer than")
    author = forms.CharField(label="By")

    by = {
        "longer": lambda rows, length: rows.filter(length__gt=length),
        "author": lambda rows, name: rows.filter(author__name=name),
    }


LISTING = Listing(
    words="prompts",
    filters=Lengths,
    columns=(
        Column("added", "Response", sort="id"),
        Column("length", "Characters", sort="length", number=True),
        Column("kind", "Kind", shown=False),
    ),
    sort="-added",
    size=3,
)


def page(query: str = "") -> Page:
    return LISTING.page(Response.objects.values("id", "length"), QueryDict(query.removeprefix("?")))


def lengths(of: Page) -> list[int]:
    return [row["length"] for row in of.rows]


@pytest.fixture
def seven() -> list[Response]:
    """Responses of 1, 2, 2, 2, 3, 4 and 5 characters."""
    of = prompt()
    return [response(of, text) for text in ("a", "bb", "cc", "dd", "eee", "ffff", "ggggg")]


def test_pages_follow_each_other_without_gap_or_repetition(seven: list[Response]) -> None:
    first = page("sort=length")
    second = page(first.older)
    third = page(second.older)
    assert [*lengths(first), *lengths(second), *lengths(third)] == [1, 2, 2, 2, 3, 4, 5]
    assert (first.newer, third.older) == ("", "")


def test_the_way_back_leads_over_the_same_pages(seven: list[Response]) -> None:
    second = page(page("sort=-length").older)
    assert lengths(page(second.newer)) == [5, 4, 3]
    assert lengths(page(page(second.older).newer)) == lengths(second)


def test_a_filter_becomes_a_chip_that_can_be_removed(seven: list[Response]) -> None:
    narrowed = page("longer=2&sort=length&after=2~1")
    (chip,) = narrowed.chips
    assert (chip.label, chip.value, chip.removed) == ("Longer than", "2", "?sort=length")
    assert lengths(page("longer=2")) == [5, 4, 3]


def test_a_filter_that_cannot_be_read_is_named_and_left_out(seven: list[Response]) -> None:
    narrowed = page("longer=much")
    assert "longer" in narrowed.filters.errors
    assert len(narrowed.rows) == 3 and not narrowed.chips


def test_columns_are_chosen_in_the_address() -> None:
    shown = page("columns=added,kind")
    assert [name for name, is_on in shown.shows.items() if is_on] == ["added", "kind"]
    assert [option.url for option in shown.options if not option.on] == ["?columns=added,length,kind"]


def test_a_list_that_can_be_of_all_projects_knows_whether_it_shows_them() -> None:
    assert replace(LISTING, across=Capability.READ_DATA).shows(QueryDict())["project"] is False


@pytest.mark.parametrize("query", ["sort=secret", "after=nonsense", "sort=length&after=long~1", "before=1~x"])
def test_an_address_that_means_nothing_is_refused(query: str) -> None:
    with pytest.raises(BadRequest):
        page(query)


def test_the_count_is_known_at_once_where_the_page_has_it_all(seven: list[Response]) -> None:
    assert page("longer=2").total == "3"
    assert page().total is None
    assert counted(LISTING.narrowed(Response.objects.values("id"), QueryDict("longer=1"))) == "6"


def test_the_rows_beside_one_follow_the_list(seven: list[Response]) -> None:
    beside = LISTING.beside(Response.objects.values("id"), QueryDict("sort=length"), seven[3].pk)
    assert (beside.before, beside.behind) == (seven[2].pk, seven[4].pk)
    assert lengths(page(beside.list_state)) == [2, 3, 4]


def test_who_came_from_a_page_returns_to_it(seven: list[Response]) -> None:
    beside = LISTING.beside(Response.objects.values("id"), QueryDict("sort=length&after=1~1"), seven[3].pk)
    assert beside.list_state == "?sort=length&after=1~1"


def test_a_page_takes_one_query(seven: list[Response], django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        page("longer=1&longer=4")


def test_empty_parameters_are_not_written() -> None:
    assert address(QueryDict("q=&a=1&b=2"), b=None, c="3") == "?a=1&c=3"


def test_a_list_without_rows_has_no_page_before_or_behind() -> None:
    for place in ("before=1", "after=1", "before=~1"):
        page = LISTING.page(Response.objects.values("id"), QueryDict(place))
        assert (list(page.rows), page.older) == ([], "")
