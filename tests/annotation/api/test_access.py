"""Who may not: every endpoint of the data, asked by strangers, annotators and those who may only half of it."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.datasets.versions import freeze
from annotation.models import Collection
from studio.accounts.models import ApiToken, User
from tests.annotation.making import judge, pair

pytestmark = pytest.mark.django_db

NOUNS = ["authors", "collections", "imports", "judges", "pairs", "prompts", "responses", "scores", "versions"]


@pytest.fixture
def addresses() -> list[str]:
    """Every address of the data, lists and rows and files alike."""
    made = pair()
    judge(made, 2)
    version = freeze("a-set", "prompts", {})
    rows = {
        "authors": made.left.author_id,
        "collections": made.collection.slug,
        "pairs": made.pk,
        "prompts": made.prompt_id,
        "responses": made.left_id,
        "versions": version.pk,
    }
    by = made.judgments.get().author_id
    judges = [f"/api/v1/judges/{by}/", f"/api/v1/judges/{by}/beside/?other={by}"]
    files = ["/api/v1/pairs/export/", f"/api/v1/versions/{version.pk}/export/"]
    return [
        *(f"/api/v1/{noun}/" for noun in NOUNS),
        *(f"/api/v1/{noun}/{pk}/" for noun, pk in rows.items()),
        *judges,
        *files,
    ]


def test_a_stranger_is_asked_who_they_are(outsider: Client, addresses: list[str]) -> None:
    for address in addresses:
        answer = outsider.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json"), address


def test_an_annotator_reads_none_of_it(api: Callable[[User], APIClient], ann: User, addresses: list[str]) -> None:
    for address in addresses:
        assert api(ann).get(address).status_code == 403, address


def test_an_annotator_adds_none_of_it(api: Callable[[User], APIClient], ann: User) -> None:
    for noun in NOUNS:
        assert api(ann).post(f"/api/v1/{noun}/", {}).status_code == 403, noun


def test_a_stranger_adds_none_of_it(outsider: Client) -> None:
    for noun in NOUNS:
        assert outsider.post(f"/api/v1/{noun}/", {}).status_code == 401, noun


@pytest.mark.parametrize("role", ["lea", "eli", "ada"])
def test_whoever_may_read_data_reads_all_of_it(
    api: Callable[[User], APIClient], request: pytest.FixtureRequest, role: str, addresses: list[str]
) -> None:
    user: User = request.getfixturevalue(role)
    for address in addresses:
        assert api(user).get(address).status_code == 200, address


def test_nothing_is_deleted_and_only_a_collection_is_changed(
    api: Callable[[User], APIClient], ada: User, addresses: list[str]
) -> None:
    for address in addresses:
        assert api(ada).delete(address).status_code == 405, address
        if not address.startswith("/api/v1/collections/"):
            assert api(ada).patch(address, {}).status_code == 405, address


def test_a_token_opens_what_its_owner_may_and_nothing_once_revoked(lea: User, ann: User) -> None:
    token, key = ApiToken.issue(lea, "script")
    _, weak = ApiToken.issue(ann, "script")
    client = APIClient()
    assert client.get("/api/v1/pairs/", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert client.get("/api/v1/pairs/", headers={"Authorization": f"Bearer {weak}"}).status_code == 403
    token.delete()
    assert client.get("/api/v1/pairs/", headers={"Authorization": f"Bearer {key}"}).status_code == 401
    assert not Collection.objects.exists()
