"""Nobody finds a trace of a project that they are not in: every route, asked for what an admin sees at it."""

import json
import logging
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.db.models import F, Model, Value
from django.db.models.functions import Concat
from django.test import Client
from pytest_django import DjangoDbBlocker

from annotation.models import Author, Collection, Judgment, Pair, Prompt, Response, Version, VersionShare
from annotation.moves.move import move
from annotation.moves.preview import Asked
from studio.accounts.models import Membership, User
from studio.accounts.roles import Role
from studio.projects import addresses
from studio.projects.models import Project
from studio.projects.rows import Rows
from studio.projects.scope import everywhere, inside
from tests.annotation.moves.filled import unmix
from tests.conftest import TESTS, at_work, person
from tests.fuzz.asking import Asker
from tests.fuzz.conftest import People
from tests.fuzz.routes import Route, known_values, routes
from training.models import BenchmarkResult, Checkpoint, CheckpointShare, Run
from training.models.benchmarks import ResultsHere

# Endpoints of what belongs to the studio.
OF_THE_STUDIO = ("/api/v1/endpoints/", "/api/v1/workers/", "/api/v1/queue/", "/api/v1/recipes/")
# Tables that are reached through a row of a project only, and those of the studio.
PARTS = {"Move", "VersionItem", "Settlement", "ResponseStyle", "Metric", "BenchmarkVerdict"}
STUDIO_TABLES = {"Endpoint", "KeptJudge", "Worker"}
Others = dict[str, User | None]
Reached = list[tuple[Route, str]]
Saying = Callable[[Client, str], tuple[int, bool]]
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1200)]

# Stands in every name and text of the project that is not theirs, and nowhere else.
TRACE = "zqx-trace"
# As somebody would look for it: pages repeat it, and not the trace.
SEARCHED = "q=trace"
OURS, THEIRS = TESTS["slug"], "theirs"
STUDIO_WIDE = tuple(part for part in addresses.STUDIO_WIDE if part != "/api/")
TEXTS: tuple[tuple[type[Model], str], ...] = ((Prompt, "text"), (Response, "text"))
# What stays in a project when a collection moves away.
STAYING = ("/runs/", "/leaderboards/", "/benchmarks/", "/api/v1/runs/", "/api/v1/benchmark-results/")
# Fields that give a row by its id, and what they may be the id of.
BY_ID = (
    *("pair", "prompt", "author", "left", "right", "response", "run", "checkpoint", "reference", "version"),
    *("judgment", "a", "b", "share", "to"),
)
IDENTIFIED: tuple[type[Model], ...] = (
    *(Collection, Author, Prompt, Response, Pair, Judgment, Version, Run, Checkpoint, VersionShare, CheckpointShare),
)
# What every other page and endpoint says to who is no member: that there is no such address.
ABOUT_THE_ASKER = ("/api/docs/", "/api/reference/", "/api/schema/")


class Inside(Client):
    """Asks for everything in one project, endpoints too."""

    def __init__(self, slug: str, user: User | None) -> None:
        super().__init__()
        self.slug = slug
        if user:
            self.force_login(user)

    def generic(self, method: str, path: str, *args: object, **options: object) -> object:  # type: ignore[override]
        return super().generic(method, addresses.within(self.slug, path), *args, **options)  # type: ignore[arg-type]


@pytest.fixture
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def reached(people: People, django_db_blocker: DjangoDbBlocker) -> list[tuple[Route, str]]:
    """Every route with an address that shows an admin something of our project."""
    with django_db_blocker.unblock(), at_work():
        asker, known = Asker(Inside(OURS, people["ada"])), known_values()
        return [(route, route.at(**asker.reach(route, known))) for route in routes() if is_of_projects(route)]


@pytest.fixture
def others(people: People, _quiet: None) -> Others:
    """Members of another project, of none, and a stranger."""
    theirs = Project.objects.create(slug=THEIRS, name="Theirs")
    with inside(theirs.pk):
        told: dict[str, User | None] = {
            role.value: person(f"Other{role}", role) for role in Role if role != Role.ADMIN
        }
    return told | {"guest": User.objects.create_user("guest", password="correct horse"), "stranger": None}


def mark(*columns: tuple[type[Model], str]) -> None:
    for model, column in columns:
        model._base_manager.update(**{column: Concat(F(column), Value(f" {TRACE}"))})


def mark_turns() -> None:
    """Of questions and answers that have two: pages show those in place of the text."""
    for model in (Prompt, Response):
        for row in model._base_manager.filter(metadata__has_key="turns"):
            turns = [f"{turn} {TRACE}" for turn in row.metadata["turns"]]
            model._base_manager.filter(pk=row.pk).update(metadata=row.metadata | {"turns": turns})


def told(client: Client, path: str) -> tuple[int, bool]:
    """The status of an answer, and whether there is a trace in it."""
    answer = Asker(client).ask("GET", path, SEARCHED)
    said = b"".join(answer) if answer.streaming else answer.content
    return answer.status_code, TRACE.encode() in said


def is_of_projects(route: Route) -> bool:
    return not route.form.startswith((*STUDIO_WIDE, *ABOUT_THE_ASKER))


@pytest.fixture
def saying() -> Saying:
    """What is told once everything bears a trace."""
    mark((Collection, "name"), (Author, "name"), (Version, "name"), (Run, "name"), (Checkpoint, "name"), *TEXTS)
    return told


def test_no_route_shows_a_trace_to_anybody_else(reached: Reached, others: Others, saying: Saying) -> None:
    found = []
    for (who, user), slug in product(others.items(), (OURS, THEIRS)):
        client = Inside(slug, user)
        for route, path in reached:
            status, has_trace = saying(client, path)
            if has_trace or (slug == OURS and is_let_in(status, user)):
                found.append(f"{who} in {slug}: {route.form} {status}")
    assert not found, found[:20]


def test_an_admin_sees_traces_at_the_same_addresses(reached: Reached, people: People, saying: Saying) -> None:
    client = Inside(OURS, people["ada"])
    assert sum(saying(client, path)[1] for _, path in reached) > len(reached) // 3


def test_no_text_of_a_collection_that_moved_away_is_shown(reached: Reached, others: Others, people: People) -> None:
    """Runs and results stay; the texts that they are about are seen where they are now."""
    unmix()
    mark(*TEXTS)
    mark_turns()
    client, theirs = Inside(OURS, people["eli"]), Project.objects.get(slug=THEIRS)
    compared = f"/api/v1/benchmark-results/{BenchmarkResult.objects.get(name='plain').pk}/"
    asked = {path for _, path in reached} | {f"{compared}prompts/", f"{compared}annotations/"}
    shown = {path for path in asked if path.startswith(STAYING) and told(client, path)[1]}
    assert shown >= {f"{compared}prompts/", f"{compared}annotations/"} and any("/answers/" in path for path in shown)
    for one in Collection.objects.all():
        move(Asked(one, theirs, one.slug), people["ada"])
    found = [path for path in sorted(asked) if told(client, path)[1]]
    assert not found, found


def test_endpoints_list_and_show_no_row_of_another_project(reached: Reached, others: Others, people: People) -> None:
    """A row without a word in it, such as a score, leaves no trace: its id does."""
    admin, lead, found = Inside(OURS, people["ada"]), Inside(THEIRS, others["lead"]), []
    published = set(BenchmarkResult.objects.filter(run=None).values_list("pk", flat=True))
    admins = {people["ada"].pk}
    of_all = {"/api/v1/annotators/": admins, "/api/v1/people/": admins, "/api/v1/benchmark-results/": published}
    for route, path in reached:
        if not route.form.startswith("/api/v1/") or route.form.startswith(OF_THE_STUDIO):
            continue
        ours, theirs = admin.get(path), lead.get(path)
        if route.names:
            found += [route.form] if ours.status_code == theirs.status_code == 200 else []
        else:
            found += [route.form] if ids(ours) & ids(theirs) - of_all.get(route.form, set()) else []
    assert not found, found


def test_every_table_belongs_to_a_project_or_is_known_not_to() -> None:
    tables = {model for app in ("annotation", "training") for model in apps.get_app_config(app).get_models()}
    without = {model.__name__ for model in tables if not isinstance(model._default_manager, (Rows, ResultsHere))}
    assert without == PARTS | STUDIO_TABLES


def ids(answer: Any) -> set[int]:
    if answer.streaming or answer.status_code != 200 or "json" not in answer.headers["Content-Type"]:
        return set()
    said = json.loads(answer.content)
    rows = said if isinstance(said, list) else said.get("results", [])
    return {row["id"] for row in rows if isinstance(row, dict) and "id" in row}


def is_let_in(status: int, user: User | None) -> bool:
    """Into a project that is not theirs. A stranger is asked to sign in, whatever the address."""
    if user is None:
        return status not in {302, 401, 403, 404, 405}
    return status != 404


def test_an_id_of_another_project_does_nothing_wherever_it_is_sent(
    reached: Reached, others: Others, people: People
) -> None:
    """As fields of a request inside of their own project. The first of everything of ours has the id 1."""
    assert {model._default_manager.order_by("pk")[0].pk for model in IDENTIFIED} == {1}
    before, sent, changed = rows_of_ours(), fields(), list[str]()
    for user in (others["lead"], others["engineer"]):
        asker = Asker(Watching(THEIRS, user, before, changed))
        for _, path in reached:
            asker.ask("POST", path, "", sent)
            asker.ask("DELETE", path)
        assert not asker.faults, asker.faults
    assert not changed, changed
    # So that this can fail.
    client = Asker(Watching(OURS, people["lea"], before, changed))
    assert any(client.ask("POST", path, "", sent) and changed for _, path in reached)


class Watching(Inside):
    """Notes what changed ours, before that is undone."""

    def __init__(self, slug: str, user: User | None, before: dict[str, int], changed: list[str]) -> None:
        super().__init__(slug, user)
        self.before, self.changed = before, changed

    def generic(self, method: str, path: str, *args: object, **options: object) -> Any:  # type: ignore[override]
        answer: Any = super().generic(method, path, *args, **options)
        if answer.status_code < 400 and rows_of_ours() != self.before:
            self.changed.append(f"{method} {path}")
        return answer


def fields() -> bytes:
    given = dict.fromkeys(BY_ID, "1") | {"project": OURS, "collection": Collection.objects.earliest("pk").slug}
    return urlencode(given).encode()


def rows_of_ours() -> dict[str, int]:
    with everywhere():
        ours = Project.objects.get(slug=OURS).pk
    with inside(ours):
        return {model.__name__: model._default_manager.count() for model in IDENTIFIED}


def test_membership_opens_it(reached: Reached, others: Others) -> None:
    """So that the walk above can fail."""
    lead, ours = others["lead"], Project.objects.get(slug=OURS)
    assert lead
    client = Inside(OURS, lead)
    assert client.get("/pairs/").status_code == 404
    Membership.objects.create(user=lead, project=ours, role=Role.LEAD)
    assert client.get("/pairs/").status_code == 200
