"""The people every test may ask for, their clients, and a browser."""

import asyncio
import gc
import os
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import update_last_login
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.cache import cache
from django.core.servers.basehttp import WSGIRequestHandler
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.test import Client, TransactionTestCase
from django.urls import set_script_prefix
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from rest_framework.test import APIClient

from annotation.arena import arena
from studio.accounts.models import Membership, User
from studio.accounts.roles import Role
from studio.accounts.sign_in.sessions import SessionStore
from studio.celery import app
from studio.monitoring import health
from studio.projects import addresses
from studio.projects.models import Project
from studio.projects.scope import enter, here, inside
from tests import chromium as chromium_at
from tests import emptying

LOOKS = 3
TESTS = {"slug": "tests", "name": "Tests"}
# Before every address that a page of that project writes.
HERE = addresses.root(TESTS["slug"]).removesuffix("/")
USES_DATABASE = {"db", "transactional_db", "live_server"}
DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Some eight thousand tests and all they import stay until the end: nobody looks for garbage among them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _emptied_quickly() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", emptying.empty)
        yield


@pytest.fixture(scope="session", autouse=True)
def _signed_in_quickly() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "force_login", sign_in)
        yield


def sign_in(client: Client, user: User, backend: str | None = None) -> None:
    """In place of Django's `force_login`, in 5 queries of 17: nothing that concerns passwords is done."""
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = backend or settings.AUTHENTICATION_BACKENDS[-1]
    session.save()
    assert session.session_key
    update_last_login(User, user)
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key


@pytest.fixture(scope="session", autouse=True)
def _answered_quickly() -> Iterator[None]:
    """By the server of browser tests.

    It sends headers and body apart, and a kept connection would hold back the second for 40 ms until the first was
    acknowledged. Of a static file it says nothing of keeping, so that a browser asks for all of them again on every
    page of a checkout that is young.
    """
    serve = StaticFilesHandler.serve

    def kept(handler: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
        answer = serve(handler, request)
        answer.headers["Cache-Control"] = "max-age=3600"
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)
        patch.setattr(StaticFilesHandler, "serve", kept)
        yield


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """What one test left in the cache, or in the memory of the process, is no part of the next."""
    health.memory.report = health.Report((), made_at=float("-inf"))
    arena.remembered.cache_clear()
    cache.clear()
    set_script_prefix("/")


class ProjectClient(Client):
    """Pages are asked for in the project of all tests, unless an address says otherwise."""

    def generic(self, method: str, path: str, *args: Any, **options: Any) -> Any:  # type: ignore[override]
        if addresses.is_of_a_project(path):
            path = addresses.within(TESTS["slug"], path)
        return super().generic(method, path, *args, **options)


@contextmanager
def at_work() -> Iterator[Project]:
    """In the project of all tests, which is made where it is not there."""
    found, _ = Project.objects.get_or_create(slug=TESTS["slug"], name=TESTS["name"])
    with inside(found.pk):
        yield found


@pytest.fixture(autouse=True)
def project(request: pytest.FixtureRequest) -> Iterator[Project]:
    """Where a test is at work."""
    if USES_DATABASE & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("_django_db_helper")
        with at_work() as found:
            yield found
    else:
        with inside(1):
            yield Project(pk=1, **TESTS)


@pytest.fixture
def data() -> Path:
    """Published data beside the repository; the test skips where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"the published data is not at {DATA}")
    return DATA


def somebody(role: Role, **fields: Any) -> User:
    """With a role and without a database."""
    made = User(**fields)
    made.role = role
    return made


def person(name: str, role: Role) -> User:
    """With an account, and a member of the project at work; an admin stands above it."""
    known: dict[str, Any] = {"password": "correct horse", "first_name": name, "last_project_id": here()}
    if role == Role.ADMIN:
        return User.objects.create_superuser(name.lower(), **known)
    made = User.objects.create_user(name.lower(), **known)
    Membership.objects.create(user=made, project_id=here(), role=role)
    return made


@pytest.fixture
def ann(db: None) -> User:
    """An annotator."""
    return person("Ann", Role.ANNOTATOR)


@pytest.fixture
def bob(db: None) -> User:
    """Another annotator, who must not see Ann's things."""
    return person("Bob", Role.ANNOTATOR)


@pytest.fixture
def lea(db: None) -> User:
    """A lead: manages data, trains nothing."""
    return person("Lea", Role.LEAD)


@pytest.fixture
def eli(db: None) -> User:
    """An engineer: trains."""
    return person("Eli", Role.ENGINEER)


@pytest.fixture
def ada(db: None) -> User:
    """An admin."""
    return person("Ada", Role.ADMIN)


@pytest.fixture
def outsider(db: None) -> Client:
    """Somebody who has not signed in."""
    return Client()


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """`signed_in(ann).get("/")`."""

    def begin(user: User) -> Client:
        client = ProjectClient()
        client.force_login(user)
        return client

    return begin


@pytest.fixture
def api() -> Callable[[User], APIClient]:
    """`api(lea).get("/api/v1/prompts/")`: a session client that sends and reads JSON."""

    def speak(user: User) -> APIClient:
        client = APIClient()
        client.force_login(user)
        client.default_format = "json"
        return client

    return speak


@pytest.fixture
def at_once() -> Callable[[int, Callable[[int], object]], None]:
    """`at_once(16, act)` calls act(0) … act(15) at the same moment in threads; whatever one raises is raised here."""

    def run(count: int, act: Callable[[int], object]) -> None:
        together = Barrier(count)

        def one(number: int) -> None:
            try:
                connection.ensure_connection()
                together.wait(timeout=30)
                act(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(count, initializer=enter, initargs=(here(),)) as pool:
            list(pool.map(one, range(count)))

    return run


@pytest.fixture
def tasks_run_at_once() -> Iterator[None]:
    """A task runs where it is asked for. With `django_db(transaction=True)`, or commit callbacks captured."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A browser's event loop turns in this thread from its first test on.

    In it Django's client would ask no asynchronous view, and Django has other connections: tests without a browser see
    none, from their fixtures' setup to its end, whatever ran before them.
    """
    turning = None if "chromium" in getattr(item, "fixturenames", ()) else asyncio._get_running_loop()
    if turning:
        asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        if turning:
            asyncio._set_running_loop(turning)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = chromium_at.program()
    if program is None:
        pytest.skip("no chromium on this machine: apt-get install chromium-headless-shell")
    # Playwright's event loop runs in this thread until the end, and Django would take us for an asynchronous caller.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=chromium_at.FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A fresh page of a live studio, for relative addresses.

    Script errors, breaches of the CSP and a form's secret in an address, which logs keep, fail the test.
    """
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda sent: errors.append(sent.url) if "csrfmiddlewaretoken" in sent.url else None)
    page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    wait_for_requests()
    assert not errors, errors


def wait_for_requests() -> None:
    """What a page had asked for when it was closed is answered to nobody, but holds locks until then.

    A page sends some of it while it closes, so that a moment's rest is not the end.
    """
    at_work = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> %s"
    )
    latest, quiet = time.monotonic() + 10, 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ours = cursor.fetchone()
        while time.monotonic() < latest:
            cursor.execute(at_work, ours)
            quiet = quiet + 1 if cursor.fetchone() == (0,) else 0
            if quiet == LOOKS:
                break
            time.sleep(0.05)


@pytest.fixture
def browse_as(browser_page: Page, live_server: LiveServer) -> Callable[[User], Page]:
    """`browse_as(ann).goto("/")`: the page of somebody who is signed in."""

    def sign_in(user: User) -> Page:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        browser_page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        return browser_page

    return sign_in
