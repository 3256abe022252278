"""An answer is in a file before anything is done with it, and whoever asks for the same finds it there."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from annotation.judges.client import calls, journal
from annotation.judges.client.calls import Answer, CallFailed, Fault
from annotation.judges.client.journal import Journal
from annotation.judges.config.registry import load
from annotation.judges.runs import frame, over_pairs
from annotation.judges.runs.outcomes import Outcome, Purpose
from annotation.models import JudgeCall, Pair
from tests.annotation.judges.endpoint import Endpoint, fault, serving
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
    assert not tmp_path.exists()
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
    monkeypatch.setattr(calls, "LONGEST_WAIT", 0.05)
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
    return over_pairs.judge_pairs(load("xwin_pair"), Pair.objects.all(), purpose=Purpose(f"run {run}", since, budget))


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


def away(stored: list[JudgeCall]) -> None:
    if stored:
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


def test_a_long_journal_of_answers_that_nobody_stored_is_not_written_anew_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LARGE", 10)
    kept, times = Journal(tmp_path), 0
    for number in range(64):
        kept.heard(str(number), ANSWER)
        before = kept.path.stat().st_size
        kept.stored([])
        times += kept.most > 10 and kept.most == 2 * before
    assert 1 < times < 10


@contextmanager
def full_disk(room: int = 0) -> Iterator[None]:
    """One on which so many bytes have room still."""
    left = [room]

    def write(file: int, text: bytes) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        part = text[: left[0]]
        left[0] -= len(part)
        return plainly(file, part)

    plainly = os.write
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "write", write)
        yield


@contextmanager
def leaves_no_file_open() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd"))
    yield
    assert len(os.listdir("/proc/self/fd")) <= before


def left_behind(folder: Path, *digests: str) -> None:
    for digest in digests:
        latest = Journal(folder)
        latest.heard(digest, ANSWER)
        died(latest)


@pytest.mark.parametrize("room", [0, 20])
def test_a_journal_that_could_not_be_shortened_on_a_full_disk_is_shortened_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(journal, "LARGE", 10)
    kept = Journal(tmp_path)
    kept.heard("a", ANSWER)
    with leaves_no_file_open(), full_disk(room):
        kept.stored([])
    assert [path.suffix for path in tmp_path.iterdir()] == [".jsonl"]
    kept.stored([])
    died(kept)
    assert list(Journal(tmp_path).found) == ["a"]


def test_a_line_for_which_there_was_half_the_room_spoils_no_other(tmp_path: Path) -> None:
    kept = Journal(tmp_path)
    with full_disk(room=20):
        kept.heard("a", ANSWER)
    kept.heard("b", ANSWER)
    died(kept)
    assert list(Journal(tmp_path).found) == ["b"]


def test_what_is_written_in_two_goes_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plainly = os.write
    monkeypatch.setattr(os, "write", lambda file, text: plainly(file, text[:7]))
    left_behind(tmp_path, "a")
    assert Journal(tmp_path).found == {"a": ANSWER}


def test_an_answer_for_which_there_was_no_room_is_not_taken_for_one_never_heard_of(tmp_path: Path) -> None:
    kept = Journal(tmp_path)
    kept.asked("a")
    with full_disk():
        kept.heard("a", ANSWER)
    kept.stored(["a"])
    kept.close()
    assert not tmp_path.exists()


def test_what_could_not_be_inherited_on_a_full_disk_is_inherited_later_by_the_same_process(tmp_path: Path) -> None:
    left_behind(tmp_path, "a")
    with leaves_no_file_open(), full_disk(), pytest.raises(CallFailed, match="No space"):
        Journal(tmp_path)
    assert list(Journal(tmp_path).found) == ["a"]


def test_the_count_of_what_was_never_heard_of_outlives_a_clean_end(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.asked("a")
    died(first)
    for _ in range(2):
        Journal(tmp_path).close()
    assert Journal(tmp_path).unheard == 1


def test_a_count_is_removed_once_it_is_told_and_no_answer_with_it(tmp_path: Path) -> None:
    told, paid = tmp_path / "told", tmp_path / "paid"
    for folder in (told, paid):
        first = Journal(folder)
        first.asked("a")
        died(first)
        Journal(folder).close()
    left_behind(paid, "b")
    for folder in (told, paid):
        journal.discard_counts(folder)
    assert not told.exists()
    later = Journal(paid)
    assert (list(later.found), later.unheard) == (["b"], 1)


def test_the_journal_of_one_that_lives_is_not_removed_for_its_count(tmp_path: Path) -> None:
    living = Journal(tmp_path)
    journal.discard_counts(tmp_path)
    assert living.path.exists()


def test_what_a_kill_left_half_written_is_removed_by_the_next_and_nothing_else(tmp_path: Path) -> None:
    left_behind(tmp_path, "a")
    (tmp_path / "dead.new").write_bytes(b'{"answered":')
    writing = journal.opened(tmp_path / "alive.new")
    assert list(Journal(tmp_path).found) == ["a"]
    assert [path.name for path in tmp_path.glob("*.new")] == ["alive.new"]
    os.close(writing)


def test_nothing_is_left_of_a_run_whose_answers_are_stored(endpoint: Endpoint, since: datetime, settings: Any) -> None:
    assert judged(since).judged == 10
    assert not list((settings.VAR / "answers").iterdir())


def test_a_database_that_is_away_as_a_judge_begins_costs_no_answer(
    endpoint: Endpoint, since: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_in_vain(since, monkeypatch)
    with monkeypatch.context() as broken, pytest.raises(OperationalError):
        broken.setattr(frame.Questioning, "recollect", lambda *journal: away([JudgeCall()]))
        judged(since)
    assert judged(since).judged == 10
    assert len(endpoint.asked) == 20


def test_a_question_that_waits_after_a_429_is_not_one_never_heard_of(
    endpoint: Endpoint, since: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint.faults = [fault(429) for _ in range(20)]
    heard = list[CallFailed]()
    refused = Journal.heard

    def note(self: Journal, digest: str, outcome: Answer | CallFailed | None) -> None:
        heard.extend([outcome] if isinstance(outcome, CallFailed) else [])
        refused(self, digest, outcome)

    monkeypatch.setattr(Journal, "heard", note)
    assert judged(since).judged == 10
    assert [one.fault for one in heard] == [Fault.RATE] * 20
