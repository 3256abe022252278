"""Freeze the next: the last definition there and back, what changed since, and what is warned of."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from annotation.datasets.definitions import (
    KINDS,
    Definition,
    Demonstrations,
    Preferences,
    Prompts,
    Responses,
    Trust,
    stored,
)
from annotation.datasets.versions import freeze, freeze_rows
from annotation.demo import loading
from annotation.models import Collection, Pair, Version
from frontend.presenters.datasets.freeze import FreezeForm, filled
from studio.accounts.models import User
from tests.annotation.making import author, collection, judge, pair, prompt
from tests.conftest import HERE
from tests.frontend.counting import queries
from tests.frontend.markup import tight

SignIn = Callable[[User], Client]


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


@pytest.fixture
def version(db: None) -> Version:
    """Six preferences of one collection, beside another that its definition does not name."""
    for n in range(6):
        judge(pair(f"{n}?"), 1)
    judge(pair("Elsewhere?", collection=collection("other")), 1)
    return freeze("mine", "preferences", {"collections": ["a-collection"], "min_votes": 1})


def shown(client: Client, path: str, query: dict[str, Any] | None = None) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def sent(asked: Definition, name: str = "mine") -> dict[str, Any]:
    """What a browser sends of the form."""
    fields = {"name": name} | filled(asked)
    return {field: value for field, value in fields.items() if value not in (None, False)}


def of_every_kind() -> list[Definition]:
    """No field as it is by default, so that one which the form forgets is missed."""
    one, two = author("one-model").pk, author("other-model").pk
    rater, person = author("a-rater", "reward_model").pk, author("bob", "person").pk
    collection("verse")
    base: dict[str, Any] = {"collections": ["verse"], "categories": ["odes", "a, b"], "test_share": 0.07, "seed": 5}
    base["flagged"] = "open"
    trust = Trust(agreement=0.07, consistency=0.575, pairs=9)
    graded: dict[str, Any] = {"authors": [person], "kinds": ("person",), "written_by": sorted([one, two])}
    asked: dict[str, Any] = {"min_grade": 0.5, "min_votes": 2, "consistent_only": True, "trust": trust}
    return [
        Prompts(**base, limit=7, unanswered_by=one),
        Demonstrations(**base, authors=[one], best_by=rater),
        Responses(**base, authors=[two], scored_by=rater),
        Preferences(**base, **graded, **asked),
    ]


def test_every_field_of_every_definition_goes_through_the_form_and_back(version: Version) -> None:
    every = of_every_kind()
    assert {asked.kind for asked in every} == set(KINDS)
    for asked in every:
        assert all(getattr(asked, field) != getattr(type(asked)(), field) for field in asked.__struct_fields__)
        form = FreezeForm(sent(asked))
        assert form.is_valid(), form.errors
        assert form.asked == asked


def test_the_next_repeats_the_last_definition_of_that_name(browser: Client, version: Version) -> None:
    freeze("mine", "preferences", {"collections": ["other"], "test_share": 0.25})
    assert f'href="{HERE}/datasets/freeze/?next={version.pk}"' in shown(browser, f"/datasets/{version.pk}/")
    page = shown(browser, f"/datasets/freeze/?next={version.pk}")
    assert "Freeze mine" in page and ">v3<" in page and 'name="test_share" value="0.25"' in page
    assert "checked" in page.partition('value="other"')[2][:60]
    assert "checked" not in page.partition('value="a-collection"')[2][:60]


def test_a_version_that_a_machine_made_cannot_be_repeated_and_says_so(browser: Client, version: Version) -> None:
    row = {"prompt_id": prompt("Why?").pk, "prompt": [{"role": "user", "content": "Why?"}]}
    made = freeze_rows("a run · best", "prompts", [row], {"run": 7})
    page = shown(browser, f"/datasets/freeze/?next={made.pk}")
    assert "no definition to repeat" in page and 'value="a run · best"' in page


@pytest.mark.parametrize("pk", ["999999", "x", "²", "9" * 30])
def test_the_next_of_nothing_is_not_found(browser: Client, pk: str) -> None:
    assert browser.get("/datasets/freeze/", {"next": pk}).status_code == 404


@pytest.mark.parametrize("field", ["seed", "min_votes", "trust_pairs", "limit"])
def test_a_number_without_end_is_refused_at_its_field(browser: Client, version: Version, field: str) -> None:
    asked = sent(stored(version), "endless") | {field: "9" * 30}
    assert "less than or equal to" in shown(browser, "/datasets/freeze/preview/", asked)
    page = browser.post("/datasets/freeze/", asked).content.decode()
    assert "less than or equal to" in page and not Version.objects.filter(name="endless").exists()


def test_flagged_pairs_are_left_out_of_the_next_of_one_that_knew_no_flags(browser: Client, version: Version) -> None:
    Version.objects.filter(pk=version.pk).update(definition={"collections": ["a-collection"]})
    page = shown(browser, f"/datasets/freeze/?next={version.pk}")
    assert "checked" in page.partition('name="flagged" value="out"')[2][:80]
    version.refresh_from_db()
    preview = shown(browser, "/datasets/freeze/preview/", sent(stored(version)) | {"flagged": "out"})
    assert '<dt>Flagged</dt><dd><span class="muted">kept, also where excluded</span> → left out</dd>' in tight(preview)


def test_the_preview_says_what_changed_since_the_last(browser: Client, version: Version) -> None:
    asked = sent(stored(version))
    assert "The definition is the same" in shown(browser, "/datasets/freeze/preview/", asked)
    assert "Nothing has changed since mine v1" in shown(browser, "/datasets/freeze/changes/", asked)
    judge(Pair.objects.order_by("pk")[0], 3, "ann", "person")
    judge(Pair.objects.order_by("pk")[1], -1, "ann", "person")
    judge(pair("New?"), 1)
    found = shown(browser, "/datasets/freeze/changes/", asked)
    for term, n in (("New", 1), ("Changed", 1), ("No longer in it", 1), ("The same", 4)):
        assert f"<dt>{term}</dt> <dd>{n}</dd>" in found
    wider = asked | {"collections": []}
    preview = shown(browser, "/datasets/freeze/preview/", wider)
    assert "Prompts in a-collection</span> → Prompts in all collections" in preview


def test_the_same_records_are_frozen_again_only_where_that_is_asked_for(browser: Client, version: Version) -> None:
    asked = sent(stored(version))
    refused = browser.post("/datasets/freeze/", asked).content.decode()
    assert "Nothing has changed: mine v1 has these very records" in refused and 'name="again"' in refused
    assert Version.objects.count() == 1
    page = browser.post("/datasets/freeze/", asked | {"again": "on"}, follow=True).content.decode()
    assert "mine v2 is frozen: 6 items." in page and "same records as v1" in page


def test_many_rows_are_not_compared_for_longer_than_a_page_waits(
    browser: Client, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotation.datasets.next_version.SECONDS", -1)
    assert "too many rows" in shown(browser, "/datasets/freeze/changes/", sent(stored(version)))


def test_the_rows_of_a_large_version_are_compared_when_that_is_asked_for(
    browser: Client, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sent(stored(version))
    assert "Compare the rows" not in shown(browser, "/datasets/freeze/preview/", asked)
    monkeypatch.setattr("frontend.pages.datasets.freeze.COMPARED", 5)
    page = shown(browser, "/datasets/freeze/preview/", asked)
    assert "Compare the rows" in page and 'hx-trigger="click"' in page


def test_a_test_share_without_a_test_row_is_warned_of(browser: Client, version: Version) -> None:
    asked = sent(stored(version)) | {"test_share": "0.0001"}
    words = "No item is for testing, although 0.01 % of the prompts were asked for."
    assert words in shown(browser, "/datasets/freeze/preview/", asked)
    page = browser.post("/datasets/freeze/", asked | {"again": "on"}, follow=True).content.decode()
    assert words in page
    assert words not in shown(browser, "/datasets/freeze/preview/", asked | {"test_share": "0.9"})


def test_demo_data_is_warned_of(browser: Client, version: Version) -> None:
    loading.load()
    asked = sent(stored(version)) | {"collections": []}
    ours = 7
    preview = shown(browser, "/datasets/freeze/preview/", asked)
    made = browser.post("/datasets/freeze/", asked, follow=True).content.decode()
    items = Version.objects.latest("pk").counts["items"]
    for page in (preview, made):
        assert f"The demo’s collections gave {items - ours} of its {items} items." in page


def test_a_preview_of_the_first_rows_speaks_of_no_other(
    browser: Client, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    Collection.objects.filter(slug="a-collection").update(slug="demo")
    monkeypatch.setattr("frontend.pages.datasets.freeze.PREVIEWED", 4)
    page = shown(browser, "/datasets/freeze/preview/", sent(stored(version)) | {"collections": ["demo"]})
    assert "The demo’s collections gave 4 of the first 4 items." in page


@pytest.mark.parametrize("pk", ["0", "x", "²", "9" * 19, "9" * 5000])
def test_the_next_of_no_version_is_not_found(browser: Client, pk: str) -> None:
    assert browser.get("/datasets/freeze/", {"next": pk}).status_code == 404


def test_queries_of_the_preview_do_not_grow_with_rows(browser: Client, version: Version) -> None:
    path = "/datasets/freeze/preview/?kind=preferences&kinds=judge&name=mine"
    few = queries(browser, path)
    for n in range(9):
        judge(pair(f"More {n}?"), 1)
    assert queries(browser, path) == few < 14


@pytest.mark.parametrize(("query", "is_open"), [({}, False), ({"categories": "odes"}, True), ({"seed": "5"}, False)])
def test_rare_limits_are_folded_away_until_one_says_something(
    browser: Client, query: dict[str, str], is_open: bool
) -> None:
    assert ('<details class="more" open>' in shown(browser, "/datasets/freeze/", query)) == is_open


def test_a_fault_in_a_rare_limit_is_seen(browser: Client) -> None:
    told = {"name": "mine", "kind": "preferences", "trust_pairs": "-1"}
    html = browser.post("/datasets/freeze/", told).content.decode()
    assert '<details class="more" open>' in html


def test_a_later_preview_takes_the_place_of_one_under_way(browser: Client) -> None:
    assert 'hx-sync="this:replace"' in browser.get("/datasets/freeze/").content.decode()
