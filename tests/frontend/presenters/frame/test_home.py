"""The circle in numbers: exact while they are small, PostgreSQL's own estimate where counting costs more."""

import pytest

from annotation.models import Prompt
from frontend.presenters.frame import home
from frontend.presenters.frame.home import COUNTED, count, stations
from tests.annotation.making import prompt
from tests.frontend.machines import run, running

pytestmark = pytest.mark.django_db


def test_few_rows_are_counted_also_in_a_large_table_and_many_are_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    prompt()
    assert count(Prompt, 0) == count(Prompt, COUNTED) == count(Prompt, 1_234_000) == "1"
    monkeypatch.setattr(home, "estimate", lambda rows: 1_234_000)
    assert count(Prompt, COUNTED) == "1" and count(Prompt, 2_000_000) == "≈ 1.2M"


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
