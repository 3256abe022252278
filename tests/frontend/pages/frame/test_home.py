"""Home: what waits for somebody, the circle of data, and the last figures of the pipeline."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from annotation.models import Assignment, Author, Collection, Pair, Prompt, Response, Version
from studio.accounts.models import User
from tests.annotation.making import paired
from tests.conftest import HERE
from tests.frontend.markup import tight, words
from training.models import Checkpoint, Evaluation, Run

SignIn = Callable[[User], Client]


def make_pairs(number: int) -> list[Pair]:
    collection, _ = Collection.objects.get_or_create(slug="demo", defaults={"name": "Demo"})
    authors = [Author.objects.get_or_create(kind="model", name=name)[0] for name in ("one", "other")]
    pairs = []
    for n in range(number):
        prompt = Prompt.objects.create(collection=collection, messages=[{"role": "user", "content": f"Question {n}"}])
        responses = [Response.objects.create(prompt=prompt, author=author, text=f"{author} {n}") for author in authors]
        pairs.append(paired(*responses))
    return pairs


def make_run(user: User, **fields: Any) -> Run:
    return Run.objects.create(
        **{"kind": "dpo", "name": "DPO", "spec": {}, "queue": "gpu", "requested_by": user} | fields
    )


def make_evaluation(run: Run, name: str, **fields: Any) -> Evaluation:
    author = Author.objects.create(kind="model", name=name)
    checkpoint = Checkpoint.objects.create(name=name, kind="policy", author=author, path=name)
    judge, _ = Author.objects.get_or_create(kind="judge", name="rubric")
    prompts, _ = Version.objects.get_or_create(name="held out", number=1, kind="prompts")
    return Evaluation.objects.create(
        run=run,
        checkpoint=checkpoint,
        judge=judge,
        prompts=prompts,
        protocol="toy",
        decoding="sampled",
        n=400,
        **fields,
    )


def test_a_stranger_is_asked_to_sign_in(outsider: Client) -> None:
    assert outsider.get("/").headers["Location"] == "/sign-in/?next=/"


def test_an_annotator_sees_what_waits_and_no_figures(signed_in: SignIn, ann: User) -> None:
    Assignment.objects.create(pair=make_pairs(1)[0], number=1)
    page = signed_in(ann).get("/").content.decode()
    assert "1 judgment wanted" in page
    assert 'class="circle"' not in page
    assert "/runs/" not in page


def test_a_lead_sees_the_circle_with_its_counts(signed_in: SignIn, lea: User) -> None:
    make_pairs(3)
    page = tight(signed_in(lea).get("/").content.decode())
    assert "3 Pairs" in words(page) and "6 Responses" in words(page)
    assert "1 collection" in page


def test_a_station_where_work_goes_on_is_lit(signed_in: SignIn, eli: User) -> None:
    make_run(eli, kind="recipe", state="running")
    page = signed_in(eli).get("/").content.decode()
    assert f'class="station below is-live" href="{HERE}/runs/"' in page
    assert "1 running" in page


def test_a_run_of_mine_that_was_lost_waits_for_me_and_for_nobody_else(signed_in: SignIn, eli: User, ada: User) -> None:
    make_run(eli, state="lost", name="my run")
    assert "my run: lost" in signed_in(eli).get("/").content.decode()
    assert "my run: lost" not in signed_in(ada).get("/").content.decode()


def test_stages_and_their_controls_stand_together_with_intervals(signed_in: SignIn, lea: User, eli: User) -> None:
    recipe = make_run(eli, kind="recipe")
    run = make_run(eli, kind="evaluate", parent=recipe)
    make_evaluation(run, "xwin-rs", win_rate=0.46, win_rate_low=0.41, win_rate_high=0.51)
    make_evaluation(run, "random of 64", win_rate=0.33, is_control=True)
    page = tight(signed_in(lea).get("/").content.decode())
    assert "46.0 % 41.0–51.0" in words(page)
    assert '<svg class="interval control"' in page


def test_the_runs_that_ended_last_are_named_without_their_stages(signed_in: SignIn, lea: User, eli: User) -> None:
    recipe = make_run(eli, kind="recipe", state="succeeded", name="Xwin on a toy, seed 3")
    make_run(eli, state="succeeded", name="a stage", parent=recipe)
    make_run(eli, name="still at work")
    page = signed_in(lea).get("/").content.decode()
    assert f'href="{HERE}/runs/{recipe.pk}/">Xwin on a toy, seed 3</a>' in page
    assert "a stage" not in page and "still at work" not in words(page).partition("Ended last")[2]


def test_what_ended_last_stands_first_however_long_it_ran(signed_in: SignIn, lea: User, eli: User) -> None:
    make_run(eli, state="succeeded", name="long one", ended_at="2026-11-30T02:00Z")
    make_run(eli, state="succeeded", name="short one", ended_at="2026-11-30T01:00Z")
    page = signed_in(lea).get("/").content.decode()
    assert page.index("long one") < page.index("short one")


def test_before_any_evaluation_the_page_teaches_the_first_step(signed_in: SignIn, lea: User) -> None:
    assert "manage.py run_recipe xwin" in signed_in(lea).get("/").content.decode()


def test_thousands_are_told_apart_where_work_waits(signed_in: SignIn, lea: User) -> None:
    first = make_pairs(1)[0]
    Assignment.objects.bulk_create(Assignment(pair=first, collection=first.collection, number=n) for n in range(1_200))
    page = signed_in(lea).get("/").content.decode()
    assert "1,200 waiting" in page and "1,200 judgments wanted" in page


@pytest.mark.parametrize("number", [1, 10])
def test_queries_do_not_grow_with_the_data(
    signed_in: SignIn, eli: User, number: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_pairs(number)
    run = make_run(eli, kind="evaluate")
    for n in range(number):
        make_run(eli, state="lost")
        make_evaluation(run, f"stage {n}", win_rate=0.5)
    client = signed_in(eli)
    with django_assert_max_num_queries(20):
        client.get("/")


def test_a_stage_stands_once_however_often_it_was_compared(signed_in: SignIn, lea: User) -> None:
    run = make_run(lea, kind="evaluate")
    sampled = make_evaluation(run, "stage one", score=6.28, score_low=6.1, score_high=6.4)
    greedy = Evaluation(**{field: getattr(sampled, field) for field in ("run", "checkpoint", "judge", "prompts")})
    greedy.protocol, greedy.decoding, greedy.n, greedy.score = "toy", "greedy", 400, 8.45
    greedy.save()
    page = signed_in(lea).get("/").content.decode()
    assert page.count("stage one") == 1
    assert "6.28" in page and "8.45" not in page
