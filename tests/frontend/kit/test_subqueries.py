"""A mean over prompts of a mean over their responses, all within PostgreSQL."""

import pytest
from django.db.models import Avg

from annotation.models import Response
from frontend.kit.subqueries import aggregate
from tests.annotation.making import prompt, response

pytestmark = pytest.mark.django_db


def lengths(of: str) -> list[tuple[object, ...]]:
    inner = Response.objects.filter(author__name=of).values("author_id", "prompt_id").annotate(mean=Avg("length"))
    return aggregate(
        inner.values_list("author_id", "prompt_id", "mean"), "author, prompt, mean", "count(*), avg(mean)", "author"
    )


def test_each_prompt_counts_once_however_many_responses_it_has() -> None:
    often, once = prompt("Often?"), prompt("Once?")
    for n in range(9):
        response(often, f"{n}" * 10, by="m")
    response(once, "x" * 30, by="m")
    ((_, *figures),) = lengths("m")
    assert figures == [2, 20]


def test_nothing_is_no_row() -> None:
    assert lengths("nobody") == []
    none = Response.objects.none().values("prompt_id").annotate(mean=Avg("length"))
    assert aggregate(none.values_list("prompt_id", "mean"), "prompt, mean", "count(*)", "prompt") == []


def test_what_is_asked_for_is_a_value_and_never_part_of_the_statement() -> None:
    assert lengths("'; DROP TABLE annotation_response; --") == []
    assert Response.objects.count() == 0
