"""What an admin keeps to some projects is not there for others: judges and endpoints."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotation.judges.client import endpoints, withdrawals
from annotation.judges.client.calls import CallFailed
from annotation.judges.config import registry
from annotation.judges.config.registry import JudgeInvalid
from annotation.judges.runs import over_pairs
from annotation.judges.runs.outcomes import Outcome
from annotation.models import Endpoint, KeptJudge, Pair
from studio.accounts.models import AuditEntry, User
from studio.projects import erasing
from studio.projects.models import Project
from studio.projects.scope import everywhere, inside
from tests.annotation.judges import endpoint as endpoint_of_tests
from tests.annotation.judges.endpoint import serving
from tests.annotation.making import pair
from training.runs.judge_errors import judge_errors

pytestmark = pytest.mark.django_db

NAMING = ("/runs/new/judge/", "/runs/new/evaluate/", "/runs/new/benchmark/", "/defaults/", "/palette/?q=evid")


@pytest.fixture
def other() -> Project:
    return Project.objects.create(slug="other", name="Other")


@pytest.fixture
def served() -> Iterator[endpoint_of_tests.Endpoint]:
    with serving(endpoint_of_tests.Endpoint(verdict=lambda first, second: "Verdict: A+")) as running:
        yield running


def row(name: str = "east", **fields: Any) -> Endpoint:
    given = {"base_url": "https://judges.example/v1", "key_variable": "EAST_API_KEY"}
    return Endpoint.objects.create(name=name, **given | fields)


def asked(pool: str = "default") -> list[str]:
    return [access.name for access in endpoints.of_pool(pool)[0]]


@pytest.fixture(autouse=True)
def _a_key(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setenv("EAST_API_KEY", "sk-test")
    settings.OPENAI_API_KEY = "sk-of-the-studio"


def test_an_endpoint_is_for_all_until_it_is_kept(other: Project, project: Project) -> None:
    row(), row("west", kept_to=[project.pk])
    assert asked() == ["east", "west"]
    with inside(other.pk):
        assert asked() == ["east"]
    with everywhere():
        assert asked() == ["east", "west"]


def test_where_all_are_kept_to_others_nobody_is_asked_and_no_name_is_told(other: Project) -> None:
    row(kept_to=[other.pk])
    with pytest.raises(CallFailed) as refused:
        asked()
    assert "has no endpoint that is switched on here" in str(refused.value) and "east" not in str(refused.value)
    assert "switched on here" in judge_errors("judge", {"judge": "xwin_pair"})["judge"]


def test_a_judge_that_is_kept_to_others_is_as_if_there_were_none(other: Project) -> None:
    KeptJudge.objects.create(name="rating", kept_to=[other.pk])
    assert "rating" not in registry.names() and "rating" not in registry.found()
    with pytest.raises(JudgeInvalid) as refused:
        registry.ready("rating")
    assert str(refused.value).count("rating") == 1 and "There is no judge 'rating'" in str(refused.value)
    with inside(other.pk):
        assert registry.ready("rating").name == "rating" and "rating" in registry.names()


@pytest.mark.parametrize("kind", ["judge", "evaluate", "benchmark"])
def test_no_run_is_launched_with_it(other: Project, kind: str) -> None:
    KeptJudge.objects.create(name="rating", kept_to=[other.pk])
    assert "There is no judge 'rating'" in judge_errors(kind, {"judge": "rating"})["judge"]


def test_pages_and_endpoints_do_not_name_it(
    signed_in: Callable[[User], Client], api: Callable[[User], APIClient], eli: User, other: Project
) -> None:
    assert [path for path in NAMING if "evidence" in named(signed_in(eli), path)] == list(NAMING)
    KeptJudge.objects.create(name="evidence", kept_to=[other.pk])
    row("secret-east", kept_to=[other.pk], pool="apart")
    assert not [path for path in NAMING if {"evidence", "secret-east"} & named(signed_in(eli), path)]
    answer = api(eli).get("/api/v1/judging/forecast/", {"judge": "evidence", "collection": pair().collection.slug})
    assert "There is no judge 'evidence'" in str(answer.json())


def named(client: Client, path: str) -> set[str]:
    """What a page has as a value or a text of its own, or the palette as a title."""
    return set(re.findall(r'(?:value="|"title": "|>)\s*([\w-]+)\s*(?:"|<)', client.get(path).content.decode()))


@pytest.mark.parametrize(
    ("withdrawn", "says"),
    [("east", "An admin has withdrawn east from"), ("judge", "An admin has withdrawn the judge xwin_pair from")],
)
def test_a_run_at_work_stops_with_words_when_what_it_asks_is_withdrawn(
    served: endpoint_of_tests.Endpoint, monkeypatch: pytest.MonkeyPatch, other: Project, withdrawn: str, says: str
) -> None:
    monkeypatch.setattr(withdrawals, "EVERY", 0.0)
    east = row(base_url=served.address, allow_private=True, in_flight=1)
    kept = east if withdrawn == "east" else KeptJudge(name="xwin_pair")
    for number in range(40):
        pair(f"Name {number} primes.")

    def withdraw(outcome: Outcome) -> None:
        if outcome.calls and not kept.kept_to:
            kept.kept_to = [other.pk]
            kept.save()

    outcome = over_pairs.judge_pairs(registry.load("xwin_pair"), Pair.objects.all(), report=withdraw)
    assert outcome.stopped.startswith(f"{says} this project.") and outcome.done < 40


def test_an_endpoint_that_is_put_into_another_pool_is_not_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withdrawals, "EVERY", 0.0)
    row()
    begun = withdrawals.Withdrawals(registry.load("xwin_pair"))
    Endpoint.objects.update(pool="another")
    assert begun.words() == ""


def test_what_was_kept_to_a_deleted_project_is_not_open_to_all(other: Project) -> None:
    row(kept_to=[other.pk])
    erasing.erase(other)
    assert Endpoint.objects.get().kept_words == "no project any more"
    with pytest.raises(CallFailed):
        asked()


def test_an_admin_keeps_an_endpoint_by_api_and_it_is_on_record(
    api: Callable[[User], APIClient], ada: User, other: Project
) -> None:
    path = f"/projects/tests/api/v1/endpoints/{row().pk}/"
    answer = api(ada).patch(path, {"projects": ["other"]})
    assert answer.json().get("projects") == ["other"], answer.json()
    assert api(ada).patch(path, {"in_flight": 3}).json()["projects"] == ["other"]
    assert Endpoint.objects.get().kept_to == [other.pk]
    assert not AuditEntry.objects.exists()
    with everywhere():
        assert AuditEntry.objects.get().words == "ada keeps the endpoint east to other"
    assert api(ada).patch(path, {"projects": []}).json()["projects"] == []


def test_an_admin_keeps_a_judge_on_the_admin_site(
    signed_in: Callable[[User], Client], ada: User, lea: User, other: Project
) -> None:
    path, given = "/admin/annotation/keptjudge/add/", {"name": "rating", "projects": [other.pk]}
    assert signed_in(lea).post(path, given).status_code == 302 and not KeptJudge.objects.exists()
    assert signed_in(ada).post(path, given).status_code == 302
    assert (KeptJudge.objects.get().name, KeptJudge.objects.get().kept_to) == ("rating", [other.pk])
    with everywhere():
        assert AuditEntry.objects.get().words == "ada keeps the judge rating to other"


def test_what_is_kept_to_deleted_projects_is_not_opened_to_all_by_a_list_of_none(
    api: Callable[[User], APIClient], ada: User, other: Project
) -> None:
    path = f"/projects/tests/api/v1/endpoints/{row(kept_to=[other.pk]).pk}/"
    erasing.erase(other)
    said = api(ada).get(path).json()
    assert (said["projects"], said["is_for_all"]) == ([], False)
    refused = api(ada).patch(path, {"projects": []})
    assert refused.status_code == 400 and "are deleted" in refused.json()["errors"][0]["message"]
    assert api(ada).patch(path, {"projects": ["tests"]}).json()["projects"] == ["tests"]


def test_a_project_that_there_is_not_is_named(api: Callable[[User], APIClient], ada: User) -> None:
    refused = api(ada).patch(f"/projects/tests/api/v1/endpoints/{row().pk}/", {"projects": ["none", "tests"]})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["message"] == "There is no project none. Take it out."


def test_projects_of_a_list_of_endpoints_are_read_once(
    api: Callable[[User], APIClient], ada: User, project: Project
) -> None:
    client = api(ada)
    row(kept_to=[project.pk])
    few = asked_by(client)
    for number in range(9):
        row(f"more-{number}", kept_to=[project.pk])
    assert asked_by(client) == few


def asked_by(client: APIClient) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/projects/tests/api/v1/endpoints/").status_code == 200
    return len(asked)


def test_a_judge_that_is_kept_has_another_name_only_as_another_row(
    signed_in: Callable[[User], Client], ada: User, other: Project
) -> None:
    kept = KeptJudge.objects.create(name="rating", kept_to=[other.pk])
    path = f"/admin/annotation/keptjudge/{kept.pk}/change/"
    assert signed_in(ada).get(path).status_code == 200
    assert signed_in(ada).post(path, {"name": "evidence", "projects": [other.pk]}).status_code == 302
    assert KeptJudge.objects.get().name == "rating"


def test_to_delete_the_row_opens_the_judge_to_all_and_is_on_record(
    signed_in: Callable[[User], Client], ada: User, other: Project
) -> None:
    kept = [KeptJudge.objects.create(name=name, kept_to=[other.pk]) for name in ("rating", "evidence")]
    signed_in(ada).post(f"/admin/annotation/keptjudge/{kept[0].pk}/delete/", {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [kept[1].pk], "post": "yes"}
    signed_in(ada).post("/admin/annotation/keptjudge/", chosen)
    assert not KeptJudge.objects.exists()
    with everywhere():
        said = AuditEntry.objects.order_by("pk").values_list("words", flat=True)
        assert list(said) == [f"ada keeps the judge {name} to all projects" for name in ("rating", "evidence")]
