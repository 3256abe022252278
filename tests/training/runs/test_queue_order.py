"""Which of the runs that wait begins next."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import inside
from training.models import Run
from training.runs.queue_order import LATELY, OVERDUE, gpu_seconds, in_order

MakeRun = Callable[..., Run]


@pytest.fixture
def people(db: None) -> tuple[User, User]:
    return User.objects.create(username="ada"), User.objects.create(username="ben")


def order(queue: str = "gpu") -> list[int]:
    return [run.pk for run in in_order(queue)]


def used(make_run: MakeRun, by: User | None, seconds: float, **fields: Any) -> Run:
    ended = {"state": "succeeded", "ended_at": timezone.now(), "worked_seconds": seconds}
    return make_run(requested_by=by, **(ended | fields))


def test_a_higher_priority_comes_first_and_then_who_waited_longer(make_run: MakeRun) -> None:
    low, first, second, high = (make_run(priority=one) for one in ("low", "normal", "normal", "high"))
    assert order() == [high.pk, first.pk, second.pk, low.pk]


def test_with_equal_priority_comes_first_whose_person_used_less(make_run: MakeRun, people: tuple[User, User]) -> None:
    busy, idle = people
    used(make_run, busy, 3600)
    runs = [make_run(requested_by=by) for by in (busy, busy, idle)]
    urgent = make_run(requested_by=busy, priority="high")
    assert order() == [urgent.pk, runs[2].pk, runs[0].pk, runs[1].pk]


def test_what_was_used_is_seconds_on_each_gpu_of_what_is_open_or_ended_lately(
    make_run: MakeRun, people: tuple[User, User]
) -> None:
    ada, ben = people
    used(make_run, ada, 100, gpu_uuids=["a", "b", "c"])
    used(make_run, ada, 10)
    used(make_run, ada, 5000, ended_at=timezone.now() - LATELY - timedelta(minutes=1))
    used(make_run, ada, 5000, queue="judge")
    with inside(Project.objects.create(slug="other", name="Other").pk):
        began = {"claim": uuid.uuid4(), "leased_until": timezone.now(), "ended_at": None, "state": "running"}
        began["working_since"] = timezone.now() - timedelta(seconds=50)
        used(make_run, ben, 0, gpu_uuids=["d", "e"], **began)
    found = gpu_seconds()
    assert found[ada.pk] == 310
    assert found[ben.pk] == pytest.approx(100, abs=10)


def test_who_waited_for_a_day_comes_first_whoever_it_is_of(make_run: MakeRun, people: tuple[User, User]) -> None:
    busy, idle = people
    used(make_run, busy, 3600)
    fresh = make_run(requested_by=idle, priority="high")
    old = make_run(requested_by=busy, priority="low", waiting_since=timezone.now() - OVERDUE)
    older = make_run(requested_by=busy, waiting_since=timezone.now() - 2 * OVERDUE)
    assert order() == [older.pk, old.pk, fresh.pk]


def test_recipes_and_other_queues_are_not_in_it_and_other_projects_are(make_run: MakeRun) -> None:
    make_run(queue="judge")
    make_run(kind="recipe", queue="cpu")
    with inside(Project.objects.create(slug="other", name="Other").pk):
        other = make_run()
    assert order() == [other.pk]
    assert order("cpu") == []


@pytest.mark.parametrize("many", [2, 10])
def test_it_asks_twice_however_many_wait(
    make_run: MakeRun, people: tuple[User, User], many: int, django_assert_num_queries: Any
) -> None:
    for number in range(many):
        make_run(requested_by=people[number % 2])
    with django_assert_num_queries(2):
        in_order("gpu")
