"""What a list's address cannot mean is refused, not left out."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from studio.accounts.models import User

Api = Callable[[User], APIClient]


@pytest.mark.parametrize("query", ["page_size=many", "page_size=0", "page_size=²", "page_size=-1"])
def test_a_page_has_a_size(api: Api, ada: User, query: str) -> None:
    refused = api(ada).get(f"/api/v1/prompts/?{query}")
    assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == "page_size"
    assert api(ada).get("/api/v1/prompts/?page_size=100000").status_code == 200


def test_a_yes_or_no_is_one_of_them(api: Api, ada: User) -> None:
    codes = {said: api(ada).get(f"/api/v1/runs/?top={said}").status_code for said in ("true", "0", "", "maybe")}
    assert codes == {"true": 200, "0": 200, "": 200, "maybe": 400}
