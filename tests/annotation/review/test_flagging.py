from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.datasets.definitions import stored
from annotation.datasets.versions import freeze, records
from annotation.judges.runs.over_pairs import flagged_of, pairs_of
from annotation.models import Assignment, Flag, Pair
from annotation.models.flags import FLAGGED, where_flagged
from annotation.review import queue
from annotation.review.flagging import SettlingRefused, flag, held_items, settle
from studio.accounts.models import User
from tests.annotation.making import judge, pair, response

pytestmark = pytest.mark.django_db

OUT = {"flagged, and not settled yet": 1}


@pytest.fixture
def flagged(ann: User) -> Flag:
    """One of two judged pairs."""
    judge(pair("Name a prime."), 1)
    found = pair("Who is Ann Lee of 4 High Street?")
    judge(found, 2)
    return flag(ann, found, "Names or details of a person")


def settled(found: Flag, state: str, by: User, note: str = "") -> Flag:
    settle(Flag.objects.filter(pk=found.pk), state, by, note)
    found.refresh_from_db()
    return found


def left_out(kind: str = "preferences", **definition: Any) -> dict[str, int]:
    return dict(freeze("a-set", kind, definition).counts["left_out"])


def test_a_flag_leaves_the_slot_where_it_is_and_takes_a_new_reason(ann: User) -> None:
    of = pair()
    queue.open_slots(Pair.objects.all(), 1)
    held = queue.next_slots(ann)
    flag(ann, of, "Names a person.")
    flag(ann, of, "Names two people.")
    assert queue.next_slots(ann) == held
    assert Flag.objects.get().reason == "Names two people."


def test_a_version_leaves_out_what_is_flagged_and_counts_it(flagged: Flag, lea: User) -> None:
    version = freeze("a-set", "preferences", {})
    assert (version.counts["items"], version.counts["left_out"]) == (1, OUT)
    settled(flagged, "excluded", lea)
    assert left_out() == {"flagged, and excluded": 1}


@pytest.mark.parametrize("state", ["dismissed", "fixed"])
def test_what_is_dismissed_or_fixed_counts_again(flagged: Flag, lea: User, state: str) -> None:
    settled(flagged, state, lea)
    assert left_out() == {}


def test_a_definition_may_keep_what_is_flagged(flagged: Flag, lea: User) -> None:
    assert left_out(flagged="open") == left_out(flagged="all") == {}
    settled(flagged, "excluded", lea)
    assert left_out(flagged="open") == {"flagged, and excluded": 1}
    assert left_out(flagged="all") == {}


@pytest.mark.parametrize(("kind", "n"), [("prompts", 1), ("demonstrations", 2), ("responses", 2)])
def test_prompts_and_responses_of_a_flagged_pair_stay_out_too(flagged: Flag, kind: str, n: int) -> None:
    assert left_out(kind) == {"flagged, and not settled yet": n}
    assert "Ann Lee" not in str(list(records(freeze("a-set", kind, {}))))


def test_a_version_of_before_there_were_flags_keeps_its_meaning_and_its_digest(flagged: Flag) -> None:
    old = freeze("old", "preferences", {"flagged": "all"})
    old.definition.pop("flagged")
    again = freeze("again", old.kind, {"flagged": stored(old).flagged})
    assert (again.digest, again.definition["flagged"]) == (old.digest, "all")
    assert freeze("new", "preferences", {}).definition["flagged"] == "out"


def test_a_frozen_version_says_what_was_flagged_since(flagged: Flag, lea: User) -> None:
    settled(flagged, "dismissed", lea)
    version = freeze("a-set", "preferences", {})
    assert held_items(version) == 0
    settled(flagged, "open", lea)
    assert held_items(version) == 1


def test_every_decision_is_kept_with_who_and_when(flagged: Flag, lea: User, eli: User) -> None:
    settled(flagged, "dismissed", lea, "A made-up name.")
    settled(flagged, "dismissed", lea, "A made-up name.")
    again = settled(flagged, "excluded", eli)
    assert (again.settled_by, again.note) == (eli, "")
    assert list(again.settlements.order_by("pk").values_list("state", "by", "note")) == [
        ("dismissed", lea.pk, "A made-up name."),
        ("excluded", eli.pk, ""),
    ]
    assert again.settlements.latest("pk").at == again.settled_at


def test_a_flag_is_opened_again_unless_a_newer_one_is_open(flagged: Flag, lea: User, ann: User) -> None:
    settled(flagged, "dismissed", lea)
    assert settled(flagged, "open", lea).settled_by is None
    settled(flagged, "dismissed", lea)
    flag(ann, flagged.pair, "Her address, too.")
    with pytest.raises(SettlingRefused, match="newer flag"):
        settled(flagged, "open", lea)
    assert Flag.objects.filter(state="open").count() == 1


def remaining(*users: User) -> list[int]:
    return [queue.remaining_for(user) for user in users]


@pytest.fixture
def held_by_ann(flagged: Flag, lea: User, ann: User) -> Assignment:
    """The slot that Ann holds of an excluded pair; another one waits."""
    queue.open_slots(Pair.objects.filter(pk=flagged.pair_id), 2)
    (slot,) = queue.next_slots(ann)
    settled(flagged, "excluded", lea)
    return slot


def test_an_excluded_pair_waits_for_nobody_and_whoever_has_it_keeps_it(
    held_by_ann: Assignment, ann: User, bob: User
) -> None:
    assert queue.next_slots(bob) == []
    assert queue.next_slots(ann) == [held_by_ann]
    assert remaining(ann, bob) == [0, 0]
    assert (queue.progress(bob).total, queue.waiting().count()) == (0, 0)


@pytest.mark.parametrize("leave", ["let it run out", "skip", "release"])
def test_an_excluded_pair_that_was_left_comes_back_to_nobody(
    held_by_ann: Assignment, ann: User, bob: User, leave: str
) -> None:
    if leave == "let it run out":
        Assignment.objects.filter(pk=held_by_ann.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    elif leave == "skip":
        queue.skip(ann, held_by_ann.pair)
    else:
        queue.release(ann)
    assert queue.next_slots(bob) == queue.next_slots(ann) == []


@pytest.mark.parametrize("state", ["open", "dismissed", "fixed"])
def test_a_pair_that_is_no_more_excluded_is_offered_again(
    held_by_ann: Assignment, flagged: Flag, lea: User, bob: User, state: str
) -> None:
    settled(flagged, state, lea)
    assert remaining(bob) == [1]
    assert [slot.pair for slot in queue.next_slots(bob)] == [flagged.pair]


@pytest.mark.parametrize(("kind", "n"), [("prompts", 1), ("demonstrations", 2), ("responses", 2), ("preferences", 1)])
def test_a_frozen_version_of_each_kind_counts_what_it_would_leave_out(
    flagged: Flag, lea: User, kind: str, n: int
) -> None:
    response(flagged.pair.prompt, "A third one, in no pair.", "another-model")
    settled(flagged, "dismissed", lea)
    kept = {how: freeze(how, kind, {"flagged": how}) for how in ("out", "open", "all")}
    settled(flagged, "open", lea)
    assert {how: held_items(version) for how, version in kept.items()} == {"out": n, "open": 0, "all": 0}
    settled(flagged, "excluded", lea)
    assert {how: held_items(version) for how, version in kept.items()} == {"out": n, "open": n, "all": 0}


def test_of_two_equal_demonstrations_only_the_flagged_one_would_be_left_out(flagged: Flag, lea: User) -> None:
    response(flagged.pair.prompt, flagged.pair.left.text, "another-model")
    settled(flagged, "dismissed", lea)
    everybody = freeze("all", "demonstrations", {})
    theirs = freeze("theirs", "demonstrations", {"authors": [flagged.pair.left.author_id]})
    settled(flagged, "open", lea)
    # Left and right are held back, and of the left text one of two is not.
    assert (everybody.items.filter(prompt=flagged.pair.prompt).count(), held_items(everybody)) == (3, 2)
    assert held_items(theirs) == 1


def test_pairs_are_found_by_their_flags(flagged: Flag, lea: User) -> None:
    def found() -> set[str]:
        return {how for how in FLAGGED if flagged.pair in where_flagged(Pair.objects.all(), how)}

    assert found() == {"open", "any", "left_out"}
    settled(flagged, "excluded", lea)
    assert found() == {"excluded", "any", "left_out"}
    settled(flagged, "fixed", lea)
    assert found() == {"fixed", "any", "kept"}


def test_no_judge_sees_a_flagged_pair(flagged: Flag) -> None:
    assert flagged.pair not in pairs_of("a-collection")
    assert (pairs_of("a-collection").count(), flagged_of("a-collection")) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_person_who_flags_a_pair_many_times_at_once_has_one_open_flag(
    ann: User, at_once: Callable[..., None]
) -> None:
    of = pair()
    at_once(8, lambda n: flag(ann, of, f"Reason {n}"))
    assert Flag.objects.filter(state="open").count() == 1


@pytest.mark.django_db(transaction=True)
def test_leads_who_decide_the_same_at_once_decide_once(ann: User, lea: User, at_once: Callable[..., None]) -> None:
    raised = flag(ann, pair(), "A name")
    changed: list[int] = []
    at_once(8, lambda n: changed.append(settle(Flag.objects.filter(pk=raised.pk), "excluded", lea)))
    assert sorted(changed) == [0] * 7 + [1]
    assert raised.settlements.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_leads_who_decide_differently_at_once_the_last_settlement_is_the_state(
    ann: User, lea: User, at_once: Callable[..., None]
) -> None:
    raised = flag(ann, pair(), "A name")
    states = ("dismissed", "fixed", "excluded")
    at_once(6, lambda n: settle(Flag.objects.filter(pk=raised.pk), states[n % 3], lea))
    raised.refresh_from_db()
    last = raised.settlements.order_by("pk").last()
    assert last and raised.state == last.state
