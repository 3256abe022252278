"""One row must not hide all others: a number of more than 64 bits in a column of JSON is sent as it is."""

from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from annotation.models import Author
from studio.accounts.models import User


def test_a_large_number_in_one_row_leaves_the_list_readable(api: Callable[[User], APIClient], lea: User) -> None:
    Author.objects.create(kind="model", name="large", details={"tokens": 10**30})
    Author.objects.create(kind="model", name="small")
    found: list[dict[str, Any]] = api(lea).get("/api/v1/authors/").json()["results"]
    assert {one["name"] for one in found} == {"large", "small"}
    assert [one["details"]["tokens"] for one in found if one["details"]] == [10**30]
