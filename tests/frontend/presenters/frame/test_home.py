"""The circle in numbers: exact while they are small, PostgreSQL's own estimate where counting costs more."""

import pytest

from annotation.models import Prompt
from frontend.presenters.frame import home
from frontend.presenters.frame.home import COUNTED, count, stations
from tests.annotation.making import prompt
from tests.frontend.machines import run, running

pytestmark = pytest.mark.django_db


def test_a_small_table_is_counted_and_a_large_one_estimated() -> None:
    prompt()
    assert count(Prompt, 0) == count(Prompt, COUNTED) == "1"
    assert count(Prompt, 1_234_000) == "≈ 1.2M"


def test_the_circle_has_eight_stations_and_says_what_moves() -> None:
    running()
    run(state="queued")
    found = {one.name: one for one in stations(waiting=1200)}
    assert len(found) == 8 and len({one.href for one in found.values()}) == 8
    assert (found["runs"].note, found["runs"].live, found["runs"].count) == ("1 running", True, "2")
    assert (found["review"].note, found["review"].live) == ("1,200 waiting", True)


def test_where_nothing_moves_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "estimated", dict)
    found = {one.name: one for one in stations(waiting=0)}
    assert [(found[name].note, found[name].live) for name in ("runs", "review")] == [("", False)] * 2
