"""Dataset versions: list, one, items, files, differences, and the form that freezes one."""

from collections.abc import Callable
from hashlib import sha256
from html import unescape
from typing import Any

import pytest
from django.test import Client

from annotation.datasets.versions import freeze
from annotation.models import Pair, Version
from studio.accounts.models import User
from tests.annotation.making import author, collection, judge, pair, prompt, response, score
from tests.conftest import HERE
from tests.frontend.counting import queries
from tests.frontend.markup import tight
from training.models import Run, RunVersion

SignIn = Callable[[User], Client]


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


@pytest.fixture
def version(db: None) -> Version:
    """Three preferences; a tie is left out."""
    for text, grade in (("One?", 1), ("Two?", -2), ("Three?", 3), ("Four?", 0)):
        judge(pair(text), grade)
    return freeze("mine", "preferences", {"collections": ["a-collection"]})


def shown(client: Client, path: str, **headers: Any) -> str:
    response = client.get(path, **headers)
    assert response.status_code == 200, response.content
    return " ".join(response.content.decode().split())


def test_the_list_shows_versions(browser: Client, version: Version) -> None:
    page = shown(browser, "/datasets/?kind=preferences&q=mine")
    assert f'href="{HERE}/datasets/{version.pk}/"' in page
    assert "No versions match these filters" in shown(browser, "/datasets/?kind=prompts")


def test_queries_do_not_grow_with_versions(browser: Client, version: Version) -> None:
    few = queries(browser, "/datasets/")
    for _ in range(9):
        freeze("mine", "preferences", {})
    assert queries(browser, "/datasets/") == few < 6


def test_no_version_teaches_the_first_step(browser: Client) -> None:
    assert "manage.py freeze" in shown(browser, "/datasets/")


def test_one_version_says_its_definition_and_what_was_left_out(browser: Client, version: Version) -> None:
    page = shown(browser, f"/datasets/{version.pk}/")
    assert "Pairs with the mean grade given by people and judges" in page
    assert "Prompts in a-collection" in page
    assert "<dt>Tie</dt><dd>1</dd>" in tight(page)
    assert "manage.py export_version mine mine-v1.trl_preference.jsonl --number 1 --format trl_preference" in page


def test_a_name_that_a_shell_would_read_is_quoted_in_every_command(browser: Client, version: Version) -> None:
    Version.objects.filter(pk=version.pk).update(name="it's mine!")
    said = "export_version 'it'\"'\"'s mine!' its-mine-v1.trl_sft.jsonl --number 1 --format trl_sft"
    assert said in unescape(shown(browser, f"/datasets/{version.pk}/"))
    preview = shown(browser, "/datasets/freeze/preview/?kind=preferences&kinds=judge&name=wow%21")
    assert """freeze 'wow!' preferences '{"kinds":["judge"]}'""" in unescape(preview)


def test_lineage_leads_to_the_runs_on_both_sides(browser: Client, version: Version) -> None:
    for role in ("input", "output"):
        run = Run.objects.create(kind="sft", name=f"the {role} run", spec={}, queue="gpu")
        RunVersion.objects.create(run=run, version=version, role=role, name="train")
    page = shown(browser, f"/datasets/{version.pk}/")
    assert page.index("the output run") < page.index("the input run")


def test_engineers_may_train_on_it_and_leads_may_not(
    signed_in: SignIn, lea: User, eli: User, version: Version
) -> None:
    address = f"/runs/new/dpo/?version={version.pk}"
    assert address in shown(signed_in(eli), f"/datasets/{version.pk}/")
    assert address not in shown(signed_in(lea), f"/datasets/{version.pk}/")
    assert signed_in(eli).get(address).status_code == 200


def test_queries_of_one_version_do_not_grow(browser: Client, version: Version) -> None:
    paths = [f"/datasets/{version.pk}/{part}" for part in ("", "items/", "figures/")]
    few = [queries(browser, path) for path in paths]
    for number in range(9):
        judge(pair(f"{number}?"), 1)
    bigger = freeze("mine", "preferences", {})
    assert [queries(browser, f"/datasets/{bigger.pk}/{part}") for part in ("", "items/", "figures/")] == few


def test_figures_show_lengths_margins_and_agreement(browser: Client, version: Version) -> None:
    page = shown(browser, f"/datasets/{version.pk}/figures/")
    assert "Chosen" in page and "50 %" in page
    assert 'aria-label="margin 3.0: 1"' in page
    assert "No pair had two judgments to compare" in page


def test_agreement_is_that_of_the_moment_when_the_pairs_were_frozen(browser: Client, version: Version) -> None:
    for pk in version.items.values_list("pair", flat=True):
        judge(Pair.objects.get(pk=pk), 1, "Ann", "person")
    assert "No pair had two judgments to compare" in shown(browser, f"/datasets/{version.pk}/figures/")
    again = freeze("mine", "preferences", {"collections": ["a-collection"]})
    page = shown(browser, f"/datasets/{again.pk}/figures/")
    assert "People and judges" in page and "People with each other" not in page


def test_figures_of_a_version_that_has_none_are_counted_once(browser: Client, version: Version) -> None:
    Version.objects.filter(pk=version.pk).update(composition=None)
    path = f"/datasets/{version.pk}/figures/"
    assert shown(browser, path) == shown(browser, path)
    assert queries(browser, path) == 3


@pytest.mark.parametrize("kind", ["prompts", "demonstrations", "responses"])
def test_every_kind_has_its_pages(browser: Client, version: Version, kind: str) -> None:
    made = freeze("other", kind, {})
    for part in ("", "figures/", "items/"):
        assert shown(browser, f"/datasets/{made.pk}/{part}")


def test_items_are_frozen_records_in_order(browser: Client, version: Version) -> None:
    page = shown(browser, f"/datasets/{version.pk}/items/?split=train")
    assert page.index("One?") < page.index("Two?") < page.index("Three?")
    assert "Four?" not in page
    assert "No items match these filters" in shown(browser, f"/datasets/{version.pk}/items/?split=test")


def test_records_are_downloaded_as_they_were_hashed(browser: Client, version: Version) -> None:
    answer: Any = browser.get(f"/datasets/{version.pk}/download/?format=records")
    assert sha256(b"".join(answer.streaming_content)).hexdigest() == version.digest
    assert 'filename="mine-v1.records.jsonl"' in answer.headers["Content-Disposition"]


def test_parquet_is_downloaded_as_parquet(browser: Client, version: Version) -> None:
    answer: Any = browser.get(f"/datasets/{version.pk}/download/?format=trl_preference&as=parquet")
    assert b"".join(answer.streaming_content).startswith(b"PAR1")


@pytest.mark.parametrize("query", ["format=csv", "format=trl_preference&as=xls", "format=records&split=dev"])
def test_a_file_that_cannot_be_written_is_refused(browser: Client, version: Version, query: str) -> None:
    assert browser.get(f"/datasets/{version.pk}/download/?{query}").status_code == 400


def test_versions_differ_by_what_they_came_from(browser: Client, version: Version) -> None:
    judge(pair("Five?"), 1)
    judge(pair("Six?"), 1)
    first = version.items.get(position=1).pair
    assert first
    judge(first, 3, by="ann", kind="person")
    later = freeze("mine", "preferences", {})
    page = shown(browser, f"/datasets/{later.pk}/difference/?against={version.pk}")
    values = [part.partition("<")[0] for part in page.split('<span class="value">')[1:]]
    assert values == ["2", "1", "2", "0"]


def test_a_difference_needs_another_version(browser: Client, version: Version) -> None:
    assert browser.get(f"/datasets/{version.pk}/difference/").status_code == 400
    assert browser.get(f"/datasets/{version.pk}/difference/?against=99999").status_code == 404


def test_a_version_is_frozen_by_the_form(browser: Client, lea: User) -> None:
    judge(pair(), 2)
    given = {"name": "mine", "kind": "preferences", "kinds": ["judge"], "test_share": "0", "seed": "0"}
    answer = browser.post("/datasets/freeze/", given)
    made = Version.objects.get()
    assert answer.headers["Location"] == f"{HERE}/datasets/{made.pk}/"
    assert (made.counts["items"], made.created_by, made.definition["kinds"]) == (1, lea, ["judge"])


def test_the_form_passes_on_what_each_kind_has(browser: Client) -> None:
    answer = response(prompt(), by="poet")
    score(answer, 1.5)
    given = {"name": "mine", "authors": author("poet").pk, "scored_by": author("a-reward-model", "reward_model").pk}
    for kind, field in (("demonstrations", "best_by"), ("responses", "scored_by")):
        browser.post("/datasets/freeze/", given | {"kind": kind, "min_votes": "3"})
        made = Version.objects.get(kind=kind)
        assert (made.definition["authors"], made.definition[field]) == ([given["authors"]], given["scored_by"])


def test_nothing_is_frozen_where_nothing_fits(browser: Client) -> None:
    page = browser.post("/datasets/freeze/", {"name": "mine", "kind": "preferences", "kinds": ["judge"]})
    assert "It gives no record" in page.content.decode()
    assert not Version.objects.exists()


def test_the_preview_counts_and_writes_nothing(browser: Client) -> None:
    for text, grade in (("One?", 1), ("Two?", 0)):
        judge(pair(text), grade)
    page = shown(browser, "/datasets/freeze/preview/?kind=preferences&kinds=judge&collections=a-collection")
    assert '<span class="figure big">1</span>' in page
    assert "<dt>Tie</dt><dd>1</dd>" in tight(page)
    assert "manage.py freeze" in page
    assert not Version.objects.exists()


def test_the_preview_says_what_is_wrong(browser: Client) -> None:
    page = shown(browser, "/datasets/freeze/preview/?kind=preferences&kinds=judge&test_share=2")
    assert "less than or equal to 1" in page


def test_the_address_fills_the_form(browser: Client) -> None:
    collection("verse")
    page = shown(browser, "/datasets/freeze/?collections=verse&name=poems&kind=prompts")
    assert 'value="poems"' in page
    assert 'name="collections" value="verse"' in page and "checked" in page.partition('value="verse"')[2][:80]
