"""What a version asks of judges, on the pages that freeze it and show it."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.datasets.versions import freeze
from annotation.models import Version
from studio.accounts.models import User
from tests.annotation.making import author, judge, pair
from tests.conftest import HERE


@pytest.fixture
def lead(signed_in: Callable[[User], Client], lea: User) -> Client:
    for number in range(5):
        made = pair(f"{number}?")
        judge(made, 1)
        judge(made, 1, "ann", "person")
    return signed_in(lea)


def page(client: Client, path: str) -> str:
    found = client.get(path)
    assert found.status_code == 200
    return " ".join(found.content.decode().split())


def test_the_preview_names_the_judge_and_what_it_lacks(lead: Client) -> None:
    path = "/datasets/freeze/preview/?kind=preferences&kinds=judge"
    assert "does not count" not in page(lead, path)
    html = page(lead, f"{path}&trust_agreement=80")
    assert "a-judge</a> does not count: agreement with people is 100.0 % (n = 5)" in html
    assert "Its judge falls short of what is asked" in html
    assert "counts: agreement" in page(lead, f"{path}&trust_agreement=50")


def test_per_cent_become_shares_and_the_version_says_what_it_asked(lead: Client) -> None:
    given = {"name": "trusted", "kind": "preferences", "kinds": ["person", "judge"]}
    answer = lead.post("/datasets/freeze/", given | {"trust_agreement": "50", "trust_pairs": "5"})
    made = Version.objects.get()
    assert answer.status_code == 302
    assert made.definition["trust"] == {"agreement": 0.5, "consistency": 0.0, "pairs": 5}
    html = page(lead, f"/datasets/{made.pk}/")
    assert "surely agree with people in 50 % and share 5 pairs with people" in html
    assert f'href="{HERE}/judges/{author("a-judge", "judge").pk}/"' in html and "counts: agreement" in html


def test_a_version_that_asked_nothing_says_nothing_of_judges(lead: Client) -> None:
    made = freeze("plain", "preferences", {})
    html = page(lead, f"/datasets/{made.pk}/")
    assert "Judges must" not in html and "counts: agreement" not in html
