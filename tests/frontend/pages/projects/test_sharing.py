"""A version or a checkpoint is shared on its page, by whom may, and taken back there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from annotation import sharing
from annotation.models import VersionShare
from annotation.models.shares import Share
from studio.accounts.models import User
from studio.projects.models import Project
from tests.annotation.making import prompt
from tests.conftest import HERE
from tests.frontend.machines import checkpoint, version
from tests.teams import THERE, engineer_of, team_b
from training.models import CheckpointShare

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def other(lea: User) -> Project:
    return team_b(lea)


@pytest.fixture(params=[VersionShare, CheckpointShare])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def ours(kind: type[Share]) -> Any:
    return version([prompt()], name="ours") if kind is VersionShare else checkpoint("ours")


@pytest.fixture
def at(kind: type[Share], ours: Any) -> str:
    return f"/{'datasets' if kind is VersionShare else 'checkpoints'}/{ours.pk}/"


@pytest.fixture
def shared(kind: type[Share], ours: Any, other: Project, lea: User) -> Share:
    return sharing.share(kind, ours, other, lea)


def test_the_page_says_what_they_will_see_shares_it_and_ends_it(
    signed_in: SignIn, lea: User, other: Project, kind: type[Share], at: str
) -> None:
    client, page = signed_in(lea), f"{at}share/"
    assert page in client.get(at).content.decode()
    assert "What the other project sees" in client.get(page).content.decode()
    client.post(page, {"project": "other"})
    made = kind.given.get()
    assert f"{page}{made.pk}/end/" in client.get(page).content.decode()
    client.post(f"{page}{made.pk}/end/")
    assert not kind.given.filter(ended_at=None).exists()


def test_who_would_delete_the_project_is_told_who_has_it(signed_in: SignIn, lea: User, shared: Share) -> None:
    assert f"{shared.shared} (Team B)" in signed_in(lea).get("/project/contents/").content.decode()


def test_pages_of_the_owner_stay_closed(signed_in: SignIn, other: Project, shared: Share, at: str) -> None:
    client = signed_in(engineer_of(other))
    assert client.get(f"{THERE}{at}share/").status_code == client.get(f"{THERE}{at}").status_code == 404
    assert client.post(f"{THERE}{at}share/{shared.pk}/end/").status_code in {403, 404}
    assert type(shared).given.get().is_open


def test_it_is_not_for_annotators_nor_strangers(
    signed_in: SignIn, ann: User, outsider: Client, shared: Share, at: str
) -> None:
    assert signed_in(ann).get(f"{at}share/").status_code == 403
    assert signed_in(ann).post(f"{at}share/{shared.pk}/end/").status_code == 403
    assert outsider.get(f"{HERE}{at}share/").status_code == 302
    assert outsider.post(f"{HERE}{at}share/{shared.pk}/end/").status_code == 302
    assert type(shared).given.get().is_open
