"""A pair is deleted while somebody is about to use it for the first time: refused in words, or passed over."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from annotation.judges.config.registry import load
from annotation.judges.runs import over_pairs
from annotation.models import Assignment, Author, Flag, JudgeCall, Judgment, Pair
from annotation.review import judgments, pairing, queue
from annotation.review.judgments import JudgmentInvalid, Verdict
from studio.accounts.models import User
from studio.projects.scope import enter, here
from tests.annotation.judges.endpoint import Endpoint, serving
from tests.annotation.making import author, judge, pair

pytestmark = pytest.mark.django_db(transaction=True)

Overlapping = Callable[..., bool]
DELETED = "DELETE FROM annotation_pair"


@pytest.fixture
def unused() -> Pair:
    """Beside another, which stays, since it was judged."""
    made = pair("Name a tree.")
    judge(pair("Name a prime."), 1, "another-judge")
    return made


def undo(of: Pair) -> pairing.Unmade:
    return pairing.unmake(of.collection, of.created_at)


def test_a_person_who_judges_it_is_told(unused: Pair, ann: User, overlapping: Overlapping) -> None:
    def late() -> None:
        with pytest.raises(JudgmentInvalid, match="pair: It was deleted"):
            judgments.record(unused, Author.of(ann), grade=2, shown="left_first")

    assert overlapping(lambda: undo(unused), late, at=DELETED)
    assert Judgment.objects.count() == 1


def test_it_is_not_sent_to_review_and_the_others_are(unused: Pair, overlapping: Overlapping) -> None:
    assert overlapping(lambda: undo(unused), lambda: queue.open_slots(Pair.objects.all(), 1), at=DELETED)
    assert Assignment.objects.get().pair_id == Pair.objects.get().pk


def test_it_stays_where_it_was_sent_to_review_before(unused: Pair, overlapping: Overlapping) -> None:
    kept: list[pairing.Unmade] = []
    send = transaction.atomic(queue.open_slots)
    acts = [lambda: send(Pair.objects.all(), 1), lambda: kept.append(undo(unused))]
    assert overlapping(*acts, at="WITH opened AS")
    assert kept == [pairing.Unmade(0, 1)] and Assignment.objects.count() == 2


def test_a_judge_passes_it_over_and_judges_the_others(unused: Pair, overlapping: Overlapping) -> None:
    by, other = author("a-judge", "judge"), Pair.objects.latest("pk")
    given = [Verdict(each.pk, 2) for each in (unused, other)]
    assert overlapping(lambda: undo(unused), lambda: judgments.record_many(by, given), at=DELETED)
    assert Judgment.objects.get(author=by).pair == other


def test_an_answer_about_it_is_paid_for_and_the_judge_goes_on(unused: Pair, settings: Any) -> None:
    def elsewhere() -> None:
        undo(unused)
        connection.close()

    project = here()

    def late(first: str, second: str) -> str:
        with ThreadPoolExecutor(1, initializer=enter, initargs=(project,)) as thread:
            thread.submit(elsewhere).result()
        return "Verdict: ="

    chosen = load("xwin_pair")
    with serving(Endpoint(verdict=late)) as endpoint:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = endpoint.address, "sk-none"
        outcome = over_pairs.judge_pairs(chosen, Pair.objects.all())
    assert (outcome.judged, outcome.deleted, outcome.calls, outcome.done, outcome.pairs) == (1, 1, 4, 2, 2)
    assert set(JudgeCall.objects.values_list("pair", flat=True)) == {Pair.objects.get().pk}


def test_a_flag_of_it_is_refused_in_words(
    unused: Pair, lea: User, signed_in: Callable[[User], Client], overlapping: Overlapping
) -> None:
    client, said = signed_in(lea), []
    client.raise_request_exception = False

    def late() -> None:
        said.append(client.post(f"/pairs/{unused.pk}/flag/", {"reason": "It is odd."}))

    assert overlapping(lambda: undo(unused), late, at=DELETED)
    assert said[0].status_code == 409 and "Somebody deleted what this is about" in said[0].content.decode()
    assert not Flag.objects.exists()
