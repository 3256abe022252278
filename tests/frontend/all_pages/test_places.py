"""Every place answers whom it should."""

from collections.abc import Callable

import pytest
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import Client

from frontend.kit.navigation import ADMIN, PEOPLE, PLACES, SETTINGS, Place
from studio.accounts.models import User

SignIn = Callable[[User], Client]
EVERY_PLACE = [*PLACES, PEOPLE, SETTINGS, ADMIN]


def by_name(place: Place) -> str:
    return place.name


@pytest.mark.parametrize("place", EVERY_PLACE, ids=by_name)
def test_an_admin_enters_every_place(signed_in: SignIn, ada: User, place: Place) -> None:
    assert signed_in(ada).get(place.path).status_code == 200


@pytest.mark.parametrize("place", EVERY_PLACE, ids=by_name)
def test_a_stranger_is_sent_to_sign_in(outsider: Client, place: Place) -> None:
    response = outsider.get(place.path)
    assert response.status_code == 302
    assert "next=" in response.headers["Location"]


@pytest.mark.parametrize("place", EVERY_PLACE, ids=by_name)
def test_an_annotator_enters_what_is_theirs_and_nothing_else(signed_in: SignIn, ann: User, place: Place) -> None:
    # Django's admin sends on to its own sign-in whom it does not let in.
    turned_away = 302 if place is ADMIN else 403
    assert signed_in(ann).get(place.path).status_code == (200 if ann.can(place.capability) else turned_away)


def test_a_browser_finds_the_mark_where_it_looks_for_it(outsider: Client) -> None:
    response = outsider.get("/favicon.ico")
    assert (response.status_code, response.headers["Location"]) == (302, static("mark.svg"))
    assert finders.find("mark.svg")
