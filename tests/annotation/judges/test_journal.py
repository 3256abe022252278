"""An answer is in a file before anything is done with it, and whoever asks for the same finds it there."""

import errno
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from annotation.judges import calling, client, journal
from annotation.judges.client import Answer, CallFailed, Fault
from annotation.judges.journal import Journal
from annotation.judges.loading import load
from annotation.judges.outcomes import Outcome, Purpose
from annotation.models import JudgeCall, Pair
from tests.annotation.judges.endpoint import Endpoint, serving
from tests.annotation.making import pair

ANSWER = Answer("Verdict: A", "tiny", 100, 10, 0.5, logprobs=[{"token": "A", "logprob": -0.1}], endpoint="east")
REFUSED = Answer("No.", "tiny", 1, 1, 0.1, refusal=CallFailed("The judge refused: No.", Fault.REFUSAL))


def died(made: Journal) -> None:
    """What the system does with the files of a process that was killed."""
    os.close(made.file)


def test_an_answer_that_was_not_stored_is_found_by_the_next(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.asked("a")
    first.heard("a", ANSWER)
    died(first)
    assert Journal(tmp_path).found == {"a": ANSWER}


def test_one_that_is_stored_is_not(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.heard("a", ANSWER)
    first.stored(["a"])
    first.close()
    assert not list(tmp_path.iterdir())
    assert Journal(tmp_path).found == {}


def test_the_journal_of_one_that_lives_is_left_alone(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.heard("a", ANSWER)
    assert Journal(tmp_path).found == {}


def test_what_was_inherited_is_inherited_again(tmp_path: Path) -> None:
    for _ in range(3):
        latest = Journal(tmp_path)
        latest.heard("b", ANSWER)
        died(latest)
    assert list(Journal(tmp_path).found) == ["b"]
    assert len(list(tmp_path.iterdir())) == 1


def test_what_was_asked_and_never_heard_of_is_counted(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    for digest in "abc":
        first.asked(digest)
    first.heard("a", ANSWER)
    first.heard("b", CallFailed("It answered 500.", Fault.SERVER))
    died(first)
    assert Journal(tmp_path).unheard == 1


def test_a_last_line_that_was_cut_is_none(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.heard("a", ANSWER)
    os.write(first.file, b'{"answered":"b","answer":{"text":"Ver')
    died(first)
    assert list(Journal(tmp_path).found) == ["a"]


def test_a_refusal_is_read_as_it_was(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.heard("a", REFUSED)
    died(first)
    found = Journal(tmp_path).found["a"].refusal
    assert found and (str(found), found.fault) == ("The judge refused: No.", Fault.REFUSAL)


def test_a_long_journal_forgets_what_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LARGE", 1000)
    kept = Journal(tmp_path)
    for number in range(200):
        kept.asked(str(number))
        kept.heard(str(number), ANSWER)
        kept.stored([str(number)] if number != 50 else [])
    assert kept.path.stat().st_size < 2000
    died(kept)
    found = Journal(tmp_path).found
    assert "50" in found and len(found) < 5


@pytest.fixture
def endpoint(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Endpoint]:
    monkeypatch.setattr(client, "LONGEST_WAIT", 0.05)
    settings.VAR = tmp_path
    with serving(Endpoint(verdict=lambda first, second: "Verdict: =")) as served:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "sk-test"
        yield served


@pytest.fixture
def since(db: None) -> datetime:
    for number in range(10):
        pair(f"Name {number} primes.")
    return timezone.now()


def judged(since: datetime, run: int = 1, budget: float | None = None) -> Outcome:
    return calling.judge_pairs(load("xwin_pair"), Pair.objects.all(), purpose=Purpose(f"run {run}", since, budget))


def judged_in_vain(since: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer comes, and the database takes none."""
    with monkeypatch.context() as broken, pytest.raises(OperationalError):
        broken.setattr(JudgeCall.objects, "bulk_create", away)
        judged(since)


def test_answers_that_the_database_did_not_take_are_paid_for_once(
    endpoint: Endpoint, since: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_in_vain(since, monkeypatch)
    assert len(endpoint.asked) == 20 and not JudgeCall.objects.exists()
    outcome = judged(since)
    assert (len(endpoint.asked), outcome.calls, outcome.judged, outcome.unheard) == (20, 20, 10, 0)


def test_what_is_paid_for_needs_no_budget(
    endpoint: Endpoint, since: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_in_vain(since, monkeypatch)
    assert judged(since, budget=0.0001).calls == 20


def away(calls: list[JudgeCall]) -> None:
    if calls:
        raise OperationalError("the server closed the connection unexpectedly")


def test_on_a_full_disk_nothing_is_asked(endpoint: Endpoint, since: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int, text: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    assert "No space left on device" in judged(since).stopped
    assert endpoint.asked == []


def test_a_question_that_the_same_run_asks_again_has_the_same_key(
    endpoint: Endpoint, since: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(run: int) -> list[str]:
        endpoint.idempotency_keys.clear()
        with monkeypatch.context() as broken, pytest.raises(OperationalError):
            broken.setattr(JudgeCall.objects, "bulk_create", away)
            broken.setattr(Journal, "heard", lambda *heard: None)
            judged(since, run)
        return sorted(endpoint.idempotency_keys)

    first = asked(run=1)
    assert len(set(first)) == 20
    assert asked(run=1) == first
    assert not set(asked(run=2)) & set(first)
