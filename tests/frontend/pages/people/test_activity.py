"""Who judged how much, for leads; pausing and taking back; and nobody else sees or does any of it."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import resolve

from annotation.models import Assignment, Author, Judgment, Pair, Pause
from annotation.review import judgments, queue
from frontend.pages.people import activity
from studio.accounts.models import User
from tests.annotation.making import collection, judge, pair
from tests.conftest import HERE
from tests.frontend.all_pages.routes import routes

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]
PART = {"HX-Request": "true", "HX-Target": "activity"}
READ = [
    "/people/activity/",
    "/people/{0}/",
    "/people/{0}/skips/",
    "/people/activity/?count=1",
    "/people/{0}/?filters=1",
]
POST = ["/people/{0}/pause/", "/people/{0}/resume/", "/people/{0}/take-back/", "/people/{0}/hand-over/"]
FORGOTTEN = "/people/999999/"


def said(user: User, of: Pair, grade: int, **fields: Any) -> Judgment:
    return judgments.record(of, Author.of(user), grade=grade, **({"shown": "left_first"} | fields))


def shown(client: Client, **query: Any) -> str:
    """The page as it is once its list was asked for."""
    cache.clear()
    answer = client.get("/people/activity/", query, headers=PART)
    assert answer.status_code == 200
    return answer.content.decode()


def names(page: str) -> list[str]:
    return re.findall(rf'href="{HERE}/people/\d+/">([^<]+)</a>', page)


@pytest.mark.parametrize("path", [*READ, FORGOTTEN])
def test_an_annotator_opens_no_page_of_people_not_even_their_own(
    signed_in: SignedIn, outsider: Client, ann: User, bob: User, path: str
) -> None:
    for of in (ann, bob):
        assert signed_in(ann).get(path.format(of.pk)).status_code == 403
    assert outsider.get(path.format(bob.pk))["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", POST)
def test_an_annotator_pauses_nobody_and_takes_nothing_back(
    signed_in: SignedIn, outsider: Client, ann: User, bob: User, lea: User, path: str
) -> None:
    assert signed_in(ann).post(path.format(bob.pk)).status_code == 403
    assert outsider.post(path.format(bob.pk)).status_code == 302
    assert signed_in(lea).get(path.format(bob.pk)).status_code == 405
    assert signed_in(lea).post(path.format(999_999)).status_code == 404
    assert not Pause.objects.exists()


def test_no_address_of_people_is_forgotten_here() -> None:
    asked = {resolve(path.format(1).partition("?")[0]).route for path in [*READ, *POST]}
    assert {route for route in routes(("people/activity", "people/<int")) if "account" not in route} == asked


def test_a_lead_sees_everybody_and_the_page_comes_before_what_is_counted(
    signed_in: SignedIn, ann: User, bob: User, lea: User
) -> None:
    said(ann, pair(), 1, seconds=4.0)
    client = signed_in(lea)
    first = client.get("/people/activity/").content.decode()
    assert "are being counted" in first and 'id="row-' not in first
    page = shown(client)
    assert names(page) == ["Ann", "Lea", "Bob"] and "4.0 s" in page
    assert "are being counted" not in client.get("/people/activity/").content.decode()


@pytest.mark.parametrize(
    "sort", ["n", "-n", "seconds", "-first_position", "seen", "-open", "person", "-people", "skips"]
)
def test_people_are_sorted_by_each_figure_and_paged(
    signed_in: SignedIn, ann: User, bob: User, lea: User, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        of = pair(str(number))
        said(ann, of, -1, seconds=9.0), said(bob, of, 1 if number % 4 else -1, seconds=3.5)
    client = signed_in(lea)
    whole = names(shown(client, sort=sort))
    monkeypatch.setattr(activity, "ACTIVITY", replace(activity.ACTIVITY, size=1))
    met, query = [], {"sort": sort}
    while True:
        page = shown(client, **query)
        met += names(page)
        if not (older := re.search(r'after=([^"&]+)[^"]*" rel="next"', page)):
            break
        query = {"sort": sort, "after": older[1].replace("%20", " ").replace("%2B", "+")}
    assert met == whole and {"Ann", "Bob"} <= set(met)


def test_few_shared_pairs_are_said_to_be_too_few(signed_in: SignedIn, ann: User, bob: User, lea: User) -> None:
    for number in range(9):
        of = pair(str(number))
        said(ann, of, 1), said(bob, of, 1)
    assert "too few" in shown(signed_in(lea)) and "100.0 %" not in shown(signed_in(lea))
    of = pair("ten")
    said(ann, of, 1), said(bob, of, 1)
    assert "100.0 %" in shown(signed_in(lea))


def test_figures_are_those_of_a_collection_a_day_or_a_judge(signed_in: SignedIn, ann: User, lea: User) -> None:
    said(ann, pair("1"), 1), said(ann, pair("2", collection=collection("other")), 1)
    client = signed_in(lea)
    assert ">1</a>" in shown(client, collection="other") and ">2</a>" not in shown(client, collection="other")
    assert ">2</a>" not in shown(client, since="2999-01-01")
    assert names(shown(client, q="an")) == ["Ann"]


def test_the_list_takes_as_many_queries_for_ten_people_as_for_one(
    signed_in: SignedIn, ann: User, lea: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    said(ann, pair(), 1)
    client = signed_in(lea)
    # Session, person, what marks the figures (3), the figures (4), and the list.
    with django_assert_num_queries(10):
        shown(client)
    for number in range(9):
        said(User.objects.create_user(f"person-{number}"), pair(f"of {number}"), 1)
    with django_assert_num_queries(10):
        shown(client)


def test_a_lead_pauses_with_a_note_and_takes_back(signed_in: SignedIn, ann: User, lea: User) -> None:
    pair(), queue.open_slots(Pair.objects.all()), queue.next_slots(ann)
    client = signed_in(lea)
    told = {"note": "Read the guidelines <b>.", "take_back": "on"}
    page = client.post(f"/people/{ann.pk}/pause/", told, follow=True).content.decode()
    assert "1 pair went back to the queue" in page and "Read the guidelines &lt;b&gt;." in page
    assert Assignment.objects.get().state == "waiting"
    assert Pause.objects.get().by == lea and "paused</span>" in shown(client) and names(shown(client, paused="on"))
    assert "was paused already" in client.post(f"/people/{ann.pk}/pause/", follow=True).content.decode()
    page = client.post(f"/people/{ann.pk}/resume/", follow=True).content.decode()
    assert "gets new pairs again" in page and "Earlier pauses" in page


def test_when_somebody_signed_in_is_told_of_members_only(signed_in: SignedIn, lea: User) -> None:
    guest = User.objects.create_user("guest", last_login="2999-01-01T00:00Z")
    said(guest, pair(), 1)
    assert "2999" not in shown(signed_in(lea), sort="seen")


@pytest.mark.parametrize(("note", "says"), [("x" * 2001, "at most 2000 characters"), ("a\0b", "Null characters")])
def test_a_note_that_cannot_be_kept_is_refused_for_what_it_is(
    signed_in: SignedIn, ann: User, lea: User, note: str, says: str
) -> None:
    page = signed_in(lea).post(f"/people/{ann.pk}/pause/", {"note": note}, follow=True)
    assert says in page.content.decode() and not Pause.objects.exists()


def test_pairs_are_taken_back_without_a_pause(signed_in: SignedIn, ann: User, lea: User) -> None:
    pair(), queue.open_slots(Pair.objects.all()), queue.next_slots(ann)
    client = signed_in(lea)
    assert "1 pair" in client.get(f"/people/{ann.pk}/").content.decode()
    assert "1 pair went back" in client.post(f"/people/{ann.pk}/take-back/", follow=True).content.decode()
    assert "holds no pairs" in client.post(f"/people/{ann.pk}/take-back/", follow=True).content.decode()


def test_a_paused_person_is_told_by_whom_and_reads_their_judgments(signed_in: SignedIn, ann: User, lea: User) -> None:
    of = pair()
    queue.open_slots(Pair.objects.all()), said(ann, of, 1)
    signed_in(lea).post(f"/people/{ann.pk}/pause/", {"note": "Call me."})
    client = signed_in(ann)
    answer = client.post("/review/my/next/", {"count": 3}, content_type="application/json").json()
    assert (answer["cards"], answer["held"]) == ([], [])
    assert answer["paused"] == "A lead paused your work. Ask Lea. They wrote: “Call me.”"
    page = client.get("/review/my/judgments/").content.decode()
    assert "Name a prime." in page and "A lead paused your work. Ask Lea." in page


def test_a_paused_person_who_still_holds_pairs_is_told_at_once(signed_in: SignedIn, ann: User, lea: User) -> None:
    pair(), queue.open_slots(Pair.objects.all()), queue.next_slots(ann)
    signed_in(lea).post(f"/people/{ann.pk}/pause/")
    answer = signed_in(ann).post("/review/my/next/", {"count": 1}, content_type="application/json").json()
    assert len(answer["held"]) == 1 and answer["paused"] == "A lead paused your work. Ask Lea."


def test_pairs_judged_by_a_judge_alone_leave_no_person(signed_in: SignedIn, lea: User) -> None:
    judge(pair(), 1)
    assert names(shown(signed_in(lea))) == ["Lea"]


def test_a_lead_hands_open_pairs_over_on_the_page(signed_in: SignedIn, lea: User, ann: User, bob: User) -> None:
    pair()
    queue.open_slots(Pair.objects.all(), overlap=1)
    queue.next_slots(ann)
    client = signed_in(lea)
    assert "Hand over to" in client.get(f"/people/{ann.pk}/").content.decode()
    refused = client.post(f"/people/{ann.pk}/hand-over/", {"to": ann.pk + 9_999}, follow=True)
    assert "Choose an active member" in refused.content.decode()
    page = client.post(f"/people/{ann.pk}/hand-over/", {"to": bob.pk}, follow=True).content.decode()
    assert "Bob holds 1 pair of Ann now." in page and Assignment.objects.get().annotator == bob
    again = client.post(f"/people/{ann.pk}/hand-over/", {"to": bob.pk}, follow=True).content.decode()
    assert "Ann holds no pairs." in again and "0 pairs" not in again
