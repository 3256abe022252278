"""Each endpoint of the API opens to tokens of one scope, and to no others."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from drf_spectacular.generators import SchemaGenerator

from studio.accounts.models import ApiToken, User
from studio.accounts.scopes import SAFE_METHODS, Scope

pytestmark = pytest.mark.django_db

# What stands below an address is asked for by another method than reading; everything else takes the scope `write`.
CHANGES = {
    "/api/v1/assignments/": {Scope.ANNOTATE},
    "/api/v1/judgments/": {Scope.ANNOTATE},
    "/api/v1/runs/": {Scope.TRAIN},
    "/api/v1/recipes/": {Scope.TRAIN},
    "/api/v1/checkpoints/{id}/chat/": {Scope.USE_MODELS},
    "/api/v1/checkpoints/{id}/shares/": {Scope.WRITE},
    "/api/v1/judging/trial/": {Scope.TRAIN},
    # By no token at all.
    "/api/v1/tokens/": set(),
    "/api/v1/people/": set(),
    "/api/v1/projects/": set(),
    "/api/v1/invitations/": set(),
    "/api/v1/endpoints/": set(),
    "/api/v1/judges/{id}/projects/": set(),
    "/api/v1/checkpoints/": set(),
}
# No view of Django REST framework, so the schema does not know them.
UNWRITTEN = {"/api/v1/checkpoints/{id}/chat/": ("post",)}
PAGES = {"api/docs/", "api/reference/"}


def operations() -> list[tuple[str, str]]:
    """Every address of the schema, and every one besides, with each of its methods."""
    paths = SchemaGenerator().get_schema(public=True)["paths"] | UNWRITTEN  # type: ignore[no-untyped-call]
    found = [(path, method.upper()) for path, methods in paths.items() for method in methods]
    return [*found, ("/api/schema/", "GET")]


def expected(path: str, method: str) -> set[Scope]:
    if method in SAFE_METHODS:
        return {Scope.READ}
    return next((scopes for begin, scopes in CHANGES.items() if path.startswith(begin)), {Scope.WRITE})


def asked(path: str) -> str:
    path = path.replace("/recipes/{id}", "/recipes/xwin").replace("{slug}", "a-collection")
    return path.replace("{id}", "1").replace("{share}", "1").replace("{run}", "1")


def test_each_endpoint_opens_to_tokens_of_its_one_scope(ada: User, client: Client) -> None:
    opened: dict[tuple[str, str], set[Scope]] = {one: set() for one in operations()}
    for scope in Scope:
        bearer = {"Authorization": f"Bearer {ApiToken.issue(ada, scope, [scope])[1]}"}
        for path, method in opened:
            answer = client.generic(method, asked(path), "", "application/json", headers=bearer)
            if answer.status_code != 403:
                opened[path, method].add(scope)
    assert len(opened) > 80
    assert opened == {one: expected(*one) for one in opened}


def test_no_address_of_the_api_is_left_out_of_that_walk() -> None:
    walked = {resolve(asked(path)).route for path, _ in operations()}
    assert {route[1:] for route in routes(get_resolver()) if route.startswith("/api/")} == walked | PAGES


def routes(above: URLResolver, begin: str = "") -> set[str]:
    begin += str(above.pattern).removeprefix("^")
    below = above.url_patterns
    single = {begin + str(one.pattern).removeprefix("^") for one in below if isinstance(one, URLPattern)}
    return single.union(*(routes(one, begin) for one in below if isinstance(one, URLResolver)))
