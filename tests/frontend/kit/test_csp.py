from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory

from frontend.kit.csp import HEADER, ContentSecurityPolicy
from studio.accounts.models import User
from tests.looping import looped


def directives(header: str) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in header.split(";"))


@pytest.mark.parametrize("path", ["/sign-in/", "/nothing-here/", "/api/v1/tokens/", "/styleguide/"])
def test_our_own_pages_get_the_strict_policy(outsider: Client, path: str) -> None:
    policy = directives(outsider.get(path)[HEADER])
    assert policy["default-src"] == policy["style-src"] == policy["img-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in policy["script-src"]


def test_the_admin_may_run_alpine_and_nothing_from_elsewhere(signed_in: Callable[[User], Client], ada: User) -> None:
    policy = directives(signed_in(ada).get("/admin/")[HEADER])
    assert policy["script-src"] == "'self' 'unsafe-inline' 'unsafe-eval'"
    assert policy["default-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"


def test_a_view_may_set_a_policy_of_its_own() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={HEADER: "default-src 'none'"})

    response = ContentSecurityPolicy(view)(RequestFactory().get("/"))
    assert isinstance(response, HttpResponse)
    assert response[HEADER] == "default-src 'none'"


def test_an_asynchronous_server_gets_it_too() -> None:
    response = looped(AsyncClient().get("/nothing-here/"))
    assert "default-src 'self'" in response[HEADER]
