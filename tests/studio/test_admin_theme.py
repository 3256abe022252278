"""The admin's dress: the studio's theme, and links that whoever looks may follow."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import resolve

from studio.accounts.models import User
from studio.accounts.roles import Role
from studio.admin_theme import NAVIGATION, UNFOLD, never, theme
from tests.conftest import somebody


def links() -> list[dict[str, Any]]:
    return [item for part in NAVIGATION for item in part["items"]]


def seen(rf: RequestFactory, by: User | AnonymousUser) -> set[str]:
    """The links that this person is shown; those without a rule are for everybody who got this far."""
    request = rf.get("/admin/")
    request.user = by
    return {item["title"] for item in links() if "permission" in item and item["permission"](request)}


@pytest.mark.parametrize(("cookie", "found"), [("dark", "dark"), ("light", "light"), ("", None), ("<script>", None)])
def test_the_theme_is_the_one_chosen_for_all_pages(rf: RequestFactory, cookie: str, found: str | None) -> None:
    request = rf.get("/admin/")
    request.COOKIES["theme"] = cookie
    assert theme(request) == found


@pytest.mark.parametrize("item", links(), ids=lambda item: item["title"])
def test_every_link_leads_somewhere(item: dict[str, Any]) -> None:
    assert resolve(str(item["link"]))


def test_no_link_stands_there_twice() -> None:
    addresses = [str(item["link"]) for item in links()]
    assert len(set(addresses)) == len(addresses)


@pytest.mark.django_db
def test_an_admin_by_role_is_shown_every_list(rf: RequestFactory) -> None:
    assert seen(rf, somebody(Role.ADMIN)) == {item["title"] for item in links() if "permission" in item}


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.LEAD, Role.ENGINEER])
def test_others_and_strangers_are_shown_none(rf: RequestFactory, role: Role) -> None:
    user = User.objects.create_user("somebody", role=role)
    assert seen(rf, user) == seen(rf, AnonymousUser()) == set()


def test_the_way_back_is_never_where_we_are(rf: RequestFactory) -> None:
    assert not never(rf.get("/admin/"))
    (back, _) = NAVIGATION[0]["items"]
    assert back["active"] is never and str(back["link"]) == "/"


def test_the_mark_of_the_studio_stands_at_its_side(rf: RequestFactory) -> None:
    assert UNFOLD["SITE_ICON"](rf.get("/")).endswith("mark.svg")
