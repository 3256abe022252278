"""No request ends in a 5xx, whoever sends it: every route, its parameters and fields with some hostile values.

Of the admin site's routes, some are, since all of them take five minutes; each is tried once in each way.
`FUZZ_SEED` draws others, `FUZZ_DRAWN` more.
"""

import logging
from collections.abc import Callable, Iterator
from random import Random

import pytest
from django.test import Client

from studio.accounts.models import User
from tests.fuzz.asking import DRAWN, SEED, Asker
from tests.fuzz.conftest import People
from tests.fuzz.routes import Route, known_values, routes

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(3000)]

SignIn = Callable[[User], Client]
OF_ADMIN = 4


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of refusals are no news."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("under", ["/admin/", "/api/", "/"])
def test_no_request_of_an_admin_ends_in_an_error(people: People, signed_in: SignIn, under: str) -> None:
    asker, known = Asker(signed_in(people["ada"])), known_values()
    assailed = parts(under)
    for route in assailed:
        asker.assail(route, known)
    assert_well(asker)
    # What is reached is what is there: most routes show something, refuse a field, or name what they do not take.
    assert asker.asked[200] > len(assailed)


def test_no_route_of_the_admin_site_ends_in_an_error_for_an_admin(people: People, signed_in: SignIn) -> None:
    asker, known = Asker(signed_in(people["ada"])), known_values()
    for route in routes():
        if route.form.startswith("/admin/"):
            asker.knock(route, known)
    assert_well(asker)


# An engineer may all that a lead may.
@pytest.mark.parametrize("who", ["outsider", "ann", "eli"])
def test_no_request_of_anybody_does(people: People, signed_in: SignIn, who: str) -> None:
    asker, known = Asker(signed_in(people[who]) if who in people else Client()), known_values()
    for route in routes():
        asker.knock(route, known)
    assert_well(asker)


def parts(under: str) -> list[Route]:
    """The routes of the admin site, of the API, or the pages."""
    others = [other for other in ("/admin/", "/api/") if other != under]
    found = [one for one in routes() if one.form.startswith(under) and not one.form.startswith(tuple(others))]
    return Random(SEED).sample(found, min(OF_ADMIN * DRAWN, len(found))) if under == "/admin/" else found


def assert_well(asker: Asker) -> None:
    told = [f"{where}\n    {sent}" for where, sent in asker.faults.items()]
    assert not told, "\n".join([f"FUZZ_SEED={SEED} FUZZ_DRAWN={DRAWN}, {asker.asked.total()} requests", *told])
