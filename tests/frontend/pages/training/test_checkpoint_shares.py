"""How another project finds and uses a checkpoint that is shared with it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from annotation import sharing
from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.annotation.making import prompt
from tests.frontend.machines import checkpoint, evaluation, run, version
from tests.teams import THERE, engineer_of, team_b
from training.models import Checkpoint, CheckpointShare

SignIn = Callable[[User], Client]
Api = Callable[[User], Any]
pytestmark = pytest.mark.django_db


@pytest.fixture
def other(lea: User) -> Project:
    return team_b(lea)


@pytest.fixture
def shared(other: Project, lea: User) -> CheckpointShare:
    made = run(name="Secret run", requested_by=lea)
    ours = checkpoint("ours", run=made, base=checkpoint("Secret base"), notes="Secret note", path="secret/output")
    evaluation(ours, ours.base, version([prompt()], name="Secret set"), rate=(0.6, 0.5, 0.7))
    return sharing.share(CheckpointShare, ours, other, lea)


@pytest.fixture
def max_(other: Project) -> User:
    return engineer_of(other)


@pytest.fixture
def there(shared: CheckpointShare, other: Project) -> Checkpoint:
    with inside(other.pk):
        return Checkpoint.objects.get()


def test_they_find_it_with_whose_it_is(signed_in: SignIn, max_: User, there: Checkpoint) -> None:
    client, asked = signed_in(max_), "/compare/?mode=live"
    for address in ("/checkpoints/", "/search/?q=ours", "/palette/?q=ours", "/runs/new/sft/", "/runs/new/evaluate/"):
        page = client.get(THERE + address).content.decode()
        assert "ours" in page and "shared by Tests" in page, address
    assert f'value="{there.author_id}"' in client.get(THERE + asked).content.decode()


def test_its_page_shows_nothing_of_the_owner(signed_in: SignIn, max_: User, there: Checkpoint) -> None:
    page = signed_in(max_).get(f"{THERE}/checkpoints/{there.pk}/").content.decode()
    assert "shared by Tests" in page and "New run from it" in page and "Not evaluated yet" in page
    for hidden in ("ecret", "lea", "/projects/tests", "/share/"):
        assert hidden not in page


def test_they_do_not_share_it_on(signed_in: SignIn, lea: User, there: Checkpoint) -> None:
    assert signed_in(lea).get(f"{THERE}/checkpoints/{there.pk}/share/").status_code == 404


def test_once_it_is_ended_only_what_was_made_with_it_leads_to_it(
    signed_in: SignIn, max_: User, there: Checkpoint, shared: CheckpointShare, lea: User
) -> None:
    with inside(there.project_id):
        made = run("sft", state="succeeded", checkpoint=there)
    sharing.end(shared, lea)
    client, at = signed_in(max_), f"/checkpoints/{there.pk}/"
    assert at in client.get(f"{THERE}/runs/{made.pk}/").content.decode()
    page = client.get(THERE + at).content.decode()
    assert "was shared by Tests" in page and "New run from it" not in page
    for address in ("/checkpoints/", "/search/?q=ours", "/palette/?q=ours"):
        assert at not in client.get(THERE + address).content.decode(), address


def test_chat_asks_it_as_long_as_it_is_shared(
    api: Api, max_: User, there: Checkpoint, shared: CheckpointShare, lea: User
) -> None:
    at, asked = f"{THERE}/api/v1/checkpoints/{there.pk}/chat/", {"messages": [{"role": "user", "content": "Hi"}]}
    assert api(max_).post(at, asked).status_code == 200
    sharing.end(shared, lea)
    assert api(max_).post(at, asked).status_code == 404
