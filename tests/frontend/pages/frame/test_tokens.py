import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from studio.accounts.models import ApiToken, User
from studio.accounts.scopes import Scope

SignIn = Callable[[User], Client]
TOKENS = "/settings/tokens/"


def test_the_first_request_goes_to_the_address_that_the_person_is_at(signed_in: SignIn, ann: User) -> None:
    page = signed_in(ann).get("/settings/tokens/", headers={"host": "localhost:8107"}).content.decode()
    assert "http://localhost:8107/api/v1/tokens/" in page and ":8000" not in page


def test_a_token_is_shown_once_and_works(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    answer = client.post("/settings/tokens/", {"name": "laptop", "scopes": ["read", "annotate"], "days": "90"})
    found = re.search(r"<code>(xw_[\w-]+)</code>", answer.content.decode())
    assert found is not None
    assert ApiToken.find(found[1]) == ApiToken.objects.get(user=ann)
    assert "no-store" in answer.headers["Cache-Control"]
    assert found[1] not in client.get("/settings/tokens/").content.decode()


def test_a_token_is_revoked_by_its_owner(signed_in: SignIn, ann: User) -> None:
    token, key = ApiToken.issue(ann, "laptop")
    signed_in(ann).post(f"/settings/tokens/{token.pk}/revoke/")
    assert ApiToken.find(key) is None


def test_nobody_else_sees_or_revokes_it(signed_in: SignIn, ann: User, bob: User) -> None:
    token, key = ApiToken.issue(ann, "laptop of Ann")
    client = signed_in(bob)
    assert "laptop of Ann" not in client.get("/settings/tokens/").content.decode()
    assert client.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
    assert ApiToken.find(key) is not None


def test_a_link_alone_revokes_nothing(signed_in: SignIn, ann: User) -> None:
    token, _ = ApiToken.issue(ann, "laptop")
    assert signed_in(ann).get(f"/settings/tokens/{token.pk}/revoke/").status_code == 405


@pytest.mark.parametrize(("days", "least"), [("7", 6), ("365", 364)])
def test_a_token_does_what_is_ticked_until_the_day_that_is_chosen(
    signed_in: SignIn, ann: User, days: str, least: int
) -> None:
    signed_in(ann).post(TOKENS, {"name": "laptop", "scopes": ["annotate"], "days": days})
    token = ApiToken.objects.get()
    assert token.scopes == ["annotate"]
    assert token.ends_at and least < (token.ends_at - timezone.now()) / timedelta(days=1) < int(days)


def test_a_token_never_ends_only_where_that_is_chosen(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    assert '<option value="90" selected>In 90 days' in client.get(TOKENS).content.decode()
    client.post(TOKENS, {"name": "laptop", "scopes": ["read"]})
    assert not ApiToken.objects.exists()
    client.post(TOKENS, {"name": "laptop", "scopes": ["read"], "days": "never"})
    assert ApiToken.objects.get().ends_at is None


def test_a_token_without_a_scope_or_with_one_beyond_the_role_is_not_made(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    assert "Choose at least one" in client.post(TOKENS, {"name": "laptop", "days": "7"}).content.decode()
    page = client.post(TOKENS, {"name": "laptop", "scopes": ["train"], "days": "7"}).content.decode()
    assert 'class="error"' in page and 'value="train"' not in page
    assert not ApiToken.objects.exists()


def test_a_lead_is_offered_more_scopes_each_with_its_sentence(signed_in: SignIn, lea: User) -> None:
    page = signed_in(lea).get(TOKENS).content.decode()
    assert 'value="write"' in page and "Add and change data" in page and "Chat with a checkpoint" in page


def test_the_list_says_what_a_token_can_and_that_it_ended(signed_in: SignIn, ann: User) -> None:
    ApiToken.issue(ann, "old", [Scope.READ, Scope.ANNOTATE], timezone.now() - timedelta(days=1))
    page = " ".join(signed_in(ann).get(TOKENS).content.decode().split())
    assert "<td>read, annotate</td>" in page and '<span class="badge warn">ended</span>' in page


def test_a_long_list_costs_no_more_queries(
    signed_in: SignIn, ann: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(ann)
    for n in (1, 9):
        for _ in range(n):
            ApiToken.issue(ann, "laptop")
        with django_assert_num_queries(4):
            client.get(TOKENS)
