"""The queue of flags, one flag, my flags, and where else flags are counted."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.models import Assignment, Flag, Pair
from annotation.review import queue
from annotation.review.flagging import flag, settle
from studio.accounts.models import User
from tests.annotation.making import judge, pair
from tests.conftest import HERE
from tests.frontend.counting import queries
from tests.frontend.markup import tight

SignIn = Callable[[User], Client]


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def raised(by: User, text: str = "Name a prime.") -> Flag:
    return flag(by, pair(text), f"Odd: {text}")


def shown(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_flags_are_listed_and_narrowed(browser: Client, ann: User, lea: User) -> None:
    first, second = raised(ann, "One?"), raised(ann, "Two?")
    settle(Flag.objects.filter(pk=first.pk), "excluded", lea, "Private.")
    page = shown(browser, "/flags/")
    assert "1 not settled" in page and page.index("Odd: Two?") < page.index("Odd: One?") and "Private." in page
    assert "Odd: One?" not in shown(browser, "/flags/?state=open")
    assert "Odd: Two?" not in shown(browser, "/flags/?q=one")
    assert f'href="{HERE}/flags/{second.pk}/?state=open"' in shown(browser, "/flags/?state=open")


def test_queries_do_not_grow_with_flags(browser: Client, ann: User) -> None:
    raised(ann)
    paths = ("/flags/", "/review/my/flags/", "/pairs/", "/")
    few = [queries(browser, path) for path in paths]
    for number in range(9):
        raised(ann, f"{number}?")
    assert [queries(browser, path) for path in paths] == few
    assert max(few[:2]) < 8


def test_a_flag_shows_its_pair_and_its_settling_goes_on_to_the_next(browser: Client, ann: User) -> None:
    older, newer = raised(ann, "One?"), raised(ann, "Two?")
    page = shown(browser, f"/flags/{newer.pk}/?state=open")
    assert "Seven." in page and "Odd: Two?" in page and f'name="next" value="{older.pk}"' in page
    said = {"flag": newer.pk, "state": "excluded", "note": "Private.", "next": older.pk, "list": "?state=open"}
    answer = browser.post("/flags/settle/", said)
    assert answer.headers["Location"] == f"{HERE}/flags/{older.pk}/?state=open"
    page = shown(browser, f"/flags/{newer.pk}/")
    assert '<td class="fit">excluded</td>' in page and "Private." in page and "Open again" in page


def test_many_are_settled_at_once(browser: Client, ann: User, lea: User) -> None:
    flags = [raised(ann, text).pk for text in ("One?", "Two?")]
    answer = browser.post("/flags/settle/", {"flag": flags, "state": "dismissed", "list": "?state=open"}, follow=True)
    assert "2 flags dismissed." in answer.content.decode()
    assert set(Flag.objects.values_list("state", "settled_by")) == {("dismissed", lea.pk)}


@pytest.mark.parametrize(
    "said",
    [
        {"state": "gone"},
        {"state": "fixed", "note": "x" * 2001},
        {"flag": "²"},
        {"flag": "9" * 5000, "next": "9" * 5000},
    ],
)
def test_a_decision_that_cannot_be_read_changes_nothing(browser: Client, ann: User, said: dict[str, str]) -> None:
    found = raised(ann)
    assert browser.post("/flags/settle/", {"flag": found.pk} | said).status_code == 302
    assert Flag.objects.get().state == "open"


def test_home_counts_what_a_lead_has_to_settle_and_tells_the_annotator(
    signed_in: SignIn, ann: User, lea: User
) -> None:
    raised(ann)
    assert "1 flag to settle" in shown(signed_in(lea), "/")
    assert "to settle" not in shown(signed_in(ann), "/")
    settle(Flag.objects.all(), "fixed", lea, "Cut off; whole now.")
    raised(ann, "Still open?")
    home = shown(signed_in(ann), "/")
    assert "1 flag of yours settled" in home and f'href="{HERE}/review/my/flags/?new=on"' in home
    mine = shown(signed_in(ann), "/review/my/flags/?new=on")
    assert "Cut off; whole now." in mine and "Still open?" not in mine
    assert "of yours settled" not in shown(signed_in(ann), "/")


def test_a_flag_is_new_until_its_row_was_shown(signed_in: SignIn, ann: User, lea: User) -> None:
    for text in ("One?", "Two?"):
        raised(ann, text)
    settle(Flag.objects.filter(reason="Odd: One?"), "fixed", lea)
    settle(Flag.objects.filter(reason="Odd: Two?"), "dismissed", lea)
    client, mine = signed_in(ann), "/review/my/flags/"
    for query in ("?count=1", "?filters=1", "?state=excluded"):
        client.get(mine + query)
    assert not Flag.objects.filter(seen=True).exists()
    assert "new</span>" in shown(client, mine + "?state=fixed")
    assert list(Flag.objects.filter(seen=True).values_list("reason", flat=True)) == ["Odd: One?"]


def test_a_flag_does_not_tell_a_lead_who_wrote_what_before_their_judgment(
    browser: Client, ann: User, lea: User
) -> None:
    found = raised(ann)
    queue.open_slots(Pair.objects.all())
    queue.next_slots(lea)
    page = shown(browser, f"/flags/{found.pk}/")
    assert "waits for your judgment" in page and not any(name in page for name in ("one-model", "other-model"))
    assert "one-model" in shown(browser, f"/flags/{found.pk}/?names=1")


def test_my_flags_are_mine(signed_in: SignIn, outsider: Client, ann: User, bob: User) -> None:
    raised(ann)
    assert "Odd: Name a prime." not in shown(signed_in(bob), "/review/my/flags/")
    assert outsider.get("/review/my/flags/").status_code == 302


def test_a_collection_and_its_pairs_say_what_is_flagged(browser: Client, ann: User) -> None:
    found = raised(ann)
    page = shown(browser, "/prompts/collections/a-collection/")
    assert f'href="{HERE}/flags/?collection=a-collection&amp;state=open"' in page and "not settled" in page
    assert ">flagged </span>" in tight(shown(browser, "/pairs/?flag=left_out"))
    assert "Name a prime." not in shown(browser, "/pairs/?flag=kept")
    assert "Odd: Name a prime." in shown(browser, f"/pairs/{found.pair_id}/")


def test_a_lead_flags_a_pair_on_its_page(browser: Client) -> None:
    found = pair()
    assert (
        "Flagged."
        in browser.post(f"/pairs/{found.pk}/flag/", {"reason": "A phone number."}, follow=True).content.decode()
    )
    for nothing in (" ", "nul \0", "x" * 2001):
        browser.post(f"/pairs/{found.pk}/flag/", {"reason": nothing})
    assert Flag.objects.get().reason == "A phone number."


def test_flagged_pairs_are_not_sent_to_review_and_that_is_said(browser: Client, ann: User) -> None:
    raised(ann)
    other = pair("Fine.")
    asked = browser.post("/pairs/review/", {"all": "1", "list": ""})
    assert "1 flagged pair will be left out" in asked.content.decode()
    answer = browser.post("/pairs/review/", {"all": "1", "sure": "1", "list": ""}, follow=True)
    assert "1 flagged pair left out." in answer.content.decode()
    assert Assignment.objects.get().pair == other


def test_a_version_warns_of_what_was_flagged_since(browser: Client, ann: User) -> None:
    judge(pair(), 1)
    said = {"name": "mine", "kind": "preferences", "kinds": ["judge"]}
    address = browser.post("/datasets/freeze/", said).headers["Location"]
    assert "flagged by now" not in shown(browser, address)
    flag(ann, Pair.objects.get(), "Names a person.")
    assert "1 of its items comes from a pair that is flagged by now" in shown(browser, address)
