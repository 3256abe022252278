"""What an address says of a project, and what addresses of a project say."""

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from studio.accounts.models import User
from studio.projects import addresses


@pytest.mark.parametrize(
    ("path", "slug", "rest"),
    [
        ("/projects/physics/pairs/7/", "physics", "/pairs/7/"),
        ("/projects/physics/", "physics", "/"),
        ("/projects/physics/api/v1/pairs/", "physics", "/api/v1/pairs/"),
        ("/projects/physics/projects/other/", "physics", "/projects/other/"),
        ("/projects/physics", "", "/projects/physics"),
        ("/projects/", "", "/projects/"),
        ("/projects/new/", "", "/projects/new/"),
        ("/pairs/7/", "", "/pairs/7/"),
    ],
)
def test_an_address_names_a_project_and_what_is_asked_of_it(path: str, slug: str, rest: str) -> None:
    assert addresses.parts(path) == (slug, rest)


@pytest.mark.parametrize("path", ["/pairs/?q=prime", "/projects/other/pairs/?q=prime"])
def test_the_same_page_of_a_project(path: str) -> None:
    assert addresses.within("physics", path) == "/projects/physics/pairs/?q=prime"


@pytest.mark.parametrize(
    ("path", "is_one"), [("/", True), ("/pairs/", True), ("/settings/", False), ("/admin/", False)]
)
def test_pages_are_of_a_project_or_of_the_studio(path: str, is_one: bool) -> None:
    assert addresses.is_of_a_project(path) is is_one


@pytest.mark.django_db
def test_addresses_that_a_page_writes_are_of_its_project(signed_in: Callable[[User], Client], lea: User) -> None:
    shown = signed_in(lea).get("/projects/tests/prompts/").content.decode()
    assert 'href="/projects/tests/pairs/' in shown and 'href="/pairs/' not in shown
    assert 'data-root="/projects/tests"' in shown


@pytest.mark.django_db
def test_a_request_that_names_no_project_writes_addresses_without_one(outsider: Client, lea: User) -> None:
    outsider.get("/projects/tests/sign-in/")
    assert reverse("sign_in").startswith("/projects/tests/")
    outsider.get("/sign-in/")
    assert reverse("sign_in") == "/sign-in/"


def test_a_link_for_strangers_names_no_project(rf: RequestFactory) -> None:
    seen = []

    def view(request: object) -> object:
        seen.append(addresses.link(request, "join", "key"))  # type: ignore[arg-type]
        return None

    addresses.mounted(view)(rf.get("/projects/physics/people/invitations/"))  # type: ignore[arg-type]
    assert seen == ["http://testserver/join/key/"]
    assert addresses.slug() == ""
