"""The outsider's test of every page about machines: strangers sign in first, who may read may not launch."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import resolve

from studio.accounts.models import User
from tests.frontend.all_pages.routes import routes
from tests.frontend.machines import checkpoint, run
from training.models import Run

SignIn = Callable[[User], Client]

READ = [
    "/machines/",
    "/runs/",
    "/runs/1/",
    "/runs/compare/?run=1&run=2",
    "/checkpoints/",
    "/checkpoints/1/",
    "/compare/",
    "/compare/?mode=live",
    "/compare/figures/",
    "/evaluate/",
    "/evaluate/pairwise/?judge=1",
    "/evaluate/tasks/",
    "/arena/",
    "/leaderboards/",
    "/leaderboards/alpaca_eval/",
    "/leaderboards/results/1/",
    "/runs/1/recipe/",
    "/runs/1/answers/",
    "/recipes/compare/?first=1&second=2",
    "/leaderboards/compare/?a=1&b=2",
]
LAUNCH = [
    *("/runs/new/sft/", "/recipes/xwin/new/", "/recipes/new/", "/recipes/xwin/file/", "/checkpoints/new/"),
    "/runs/1/again/",
]
# Sharing is a right to data: a lead has it.
SHARE, SHARE_POST = ["/checkpoints/1/share/"], ["/checkpoints/1/share/1/end/"]
POST = [
    *(
        "/runs/1/cancel/",
        "/runs/1/resume/",
        "/runs/1/rename/",
        "/runs/1/priority/",
        "/runs/new/sft/preview/",
        "/checkpoints/1/code/",
    ),
    "/runs/1/rehearsed/start/",
]
READ_BY_POST = ["/arena/measure/", "/compare/pairs/"]
OURS = ("runs/", "machines/", "recipes/", "checkpoints/", "compare/", "evaluate/", "arena/", "leaderboards/")


@pytest.mark.parametrize("path", [*READ, *LAUNCH, *SHARE])
def test_a_stranger_is_asked_to_sign_in(outsider: Client, path: str) -> None:
    response = outsider.get(path)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/sign-in/?next=")


@pytest.mark.parametrize("path", [*READ, *LAUNCH, *SHARE])
def test_an_annotator_is_turned_away(signed_in: SignIn, ann: User, path: str) -> None:
    assert signed_in(ann).get(path).status_code == 403


@pytest.mark.parametrize("path", LAUNCH)
def test_a_lead_reads_but_does_not_launch(signed_in: SignIn, lea: User, path: str) -> None:
    assert signed_in(lea).get(path).status_code == 403
    assert signed_in(lea).post(path).status_code == 403
    assert not Run.objects.exists()


@pytest.mark.parametrize("path", POST)
def test_nobody_else_moves_a_run(signed_in: SignIn, outsider: Client, ann: User, lea: User, path: str) -> None:
    run(pk=1)
    assert outsider.post(path).status_code == 302
    assert signed_in(ann).post(path).status_code == 403
    assert signed_in(lea).post(path).status_code == 403
    assert outsider.get(path).status_code == 405


@pytest.mark.parametrize("path", [*READ_BY_POST, *SHARE_POST])
def test_what_readers_and_leads_ask_for_by_post_is_guarded_too(
    signed_in: SignIn, outsider: Client, ann: User, path: str
) -> None:
    assert outsider.post(path).status_code == 302
    assert signed_in(ann).post(path).status_code == 403
    assert outsider.get(path).status_code == 405


def test_a_lead_has_pairs_judged_and_moves_such_a_run(signed_in: SignIn, lea: User, ann: User) -> None:
    assert signed_in(lea).get("/runs/new/judge/").status_code == 200
    assert signed_in(ann).get("/runs/new/judge/").status_code == 403
    waiting = run("judge")
    assert signed_in(lea).post(f"/runs/{waiting.pk}/cancel/").status_code == 302
    assert Run.objects.get(pk=waiting.pk).state == "cancelled"


def test_a_lead_is_offered_no_lever(signed_in: SignIn, lea: User, eli: User) -> None:
    waiting, model = run(), checkpoint()
    for path, lever in ((f"/runs/{waiting.pk}/", "cancel/"), (f"/checkpoints/{model.pk}/", "runs/new/")):
        assert lever not in signed_in(lea).get(path).content.decode()
        assert lever in signed_in(eli).get(path).content.decode()


def test_no_page_about_machines_is_forgotten_here() -> None:
    paths = [*READ, *LAUNCH, *POST, *READ_BY_POST, *SHARE, *SHARE_POST]
    known = {resolve(path.partition("?")[0]).route for path in paths}
    assert set(routes(OURS)) == known
