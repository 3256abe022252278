"""The outsider's test of every data page: strangers sign in first, annotators are turned away."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import resolve

from studio.accounts.models import User
from tests.frontend.all_pages.routes import routes

SignIn = Callable[[User], Client]

READ = [
    "/prompts/",
    "/prompts/1/",
    "/prompts/collections/",
    "/prompts/collections/a-collection/",
    "/prompts/collections/a-collection/figures/",
    "/responses/",
    "/responses/1/text/",
    "/pairs/",
    "/pairs/1/",
    "/pairs/?count=1",
    "/flags/",
    "/flags/1/",
    "/datasets/",
    "/datasets/1/",
    "/datasets/1/figures/",
    "/datasets/1/difference/?against=2",
    "/datasets/1/items/",
    "/datasets/1/download/?format=records",
    "/datasets/shared/1/",
    "/datasets/shared/1/download/?format=records",
    "/search/?q=a",
]
CHANGE = [
    "/prompts/collections/new/",
    "/prompts/collections/a-collection/edit/",
    "/prompts/collections/a-collection/length-control/",
    "/prompts/collections/a-collection/pair/",
    "/prompts/collections/a-collection/pair/preview/",
    "/prompts/collections/a-collection/move/",
    "/prompts/collections/a-collection/move/preview/",
    "/datasets/1/share/",
    "/datasets/freeze/",
    "/datasets/freeze/preview/",
    "/datasets/freeze/changes/",
    "/import/",
]
POST = [
    "/prompts/1/pair/",
    "/prompts/collections/a-collection/pair/undo/",
    "/pairs/1/flag/",
    "/pairs/review/",
    "/pairs/review/undo/",
    "/flags/settle/",
    "/datasets/1/share/1/end/",
]
OURS = ("flags/", "prompts/", "responses/", "pairs/", "datasets/", "import/", "search/")


@pytest.mark.parametrize("path", [*READ, *CHANGE])
def test_a_stranger_is_asked_to_sign_in(outsider: Client, path: str) -> None:
    response = outsider.get(path)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/sign-in/?next=")


@pytest.mark.parametrize("path", [*READ, *CHANGE])
def test_an_annotator_is_turned_away(signed_in: SignIn, ann: User, path: str) -> None:
    assert signed_in(ann).get(path).status_code == 403


@pytest.mark.parametrize("part", ["list", ""])
def test_a_fragment_is_guarded_like_its_page(signed_in: SignIn, ann: User, part: str) -> None:
    headers = {"HX-Request": "true", "HX-Target": part}
    assert signed_in(ann).get("/pairs/", headers=headers).status_code == 403


@pytest.mark.parametrize("path", POST)
def test_nobody_else_changes_anything(signed_in: SignIn, outsider: Client, ann: User, path: str) -> None:
    assert outsider.post(path).status_code == 302
    assert signed_in(ann).post(path).status_code == 403
    assert outsider.get(path).status_code == 405


def test_no_data_page_is_forgotten_here() -> None:
    assert set(routes(OURS)) == {resolve(path.partition("?")[0]).route for path in [*READ, *CHANGE, *POST]}
