"""The main job with real input: published answers and judgments in, found, reviewed, frozen, and out to trainers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from annotation.datasets.versions import freeze
from annotation.models import Author, Judgment, Pair, Prompt, Response, Version
from annotation.review.judgments import record
from annotation.statistics.agreement import agreement, one_each
from studio.accounts.models import User
from tests.conftest import DATA, at_work

pytestmark = pytest.mark.django_db

COLLECTION = "alpaca-eval"
MODELS = ["xwinlm-7b-v0.1", "vicuna-13b", "alpaca-7b", "text_davinci_003", "gpt4_1106_preview"]
JUDGED = ["vicuna-13b", "alpaca-7b"]


@pytest.fixture(scope="module")
def imported(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """All that is published, imported once for these tests."""
    if not DATA.is_dir():
        pytest.skip(f"the published data is not at {DATA}")
    with django_db_blocker.unblock(), at_work():
        for model in MODELS:
            take("alpaca_outputs", f"model_outputs/{model}.json")
        for model in JUDGED:
            take("alpaca_annotations", f"annotations_ae1/{model}.json")
    yield
    with django_db_blocker.unblock():
        call_command("flush", interactive=False)


def take(format: str, path: str) -> None:
    call_command("import_data", format, DATA / "alpaca_eval" / path, collection=COLLECTION)


@pytest.fixture
def gpt4(imported: None, db: None) -> Author:
    return Author.objects.get(name="alpaca_eval_gpt4", kind="judge")


@pytest.fixture
def lead(api: Callable[[User], APIClient], lea: User) -> APIClient:
    return api(lea)


def n_found(client: APIClient, **query: Any) -> int:
    return len(client.get("/api/v1/pairs/", {"collection": COLLECTION, "page_size": 500, **query}).json()["results"])


def test_everything_published_is_in(gpt4: Author) -> None:
    assert Prompt.objects.count() == 805
    assert Pair.objects.count() == Judgment.objects.filter(author=gpt4).count() == 2 * 805
    lengths = {name: by_author(name) for name in ("xwinlm-7b-v0.1", "vicuna-13b", "alpaca-7b")}
    assert lengths == {"xwinlm-7b-v0.1": 1894, "vicuna-13b": 1037, "alpaca-7b": 396}


def by_author(name: str) -> int:
    """The mean length of an author's responses in characters, as AlpacaEval prints it."""
    values = Response.objects.filter(author__name=name).values_list("length", flat=True)
    assert len(values) == 805
    return int(sum(values) / len(values))


@pytest.mark.parametrize(("model", "published"), [("vicuna-13b", 70.434783), ("alpaca-7b", 26.459627)])
def test_the_published_win_rates_follow_from_what_was_kept(gpt4: Author, model: str, published: float) -> None:
    judged = Judgment.objects.filter(author=gpt4, pair__in=Pair.objects.by_author(Author.objects.get(name=model)))
    kept = [details["preference"] or 1.5 for details in judged.values_list("details", flat=True)]
    assert 100 * sum(kept) / len(kept) - 100 == pytest.approx(published, abs=5e-7)


def test_the_pairs_are_browsed_filtered_and_searched(lead: APIClient, gpt4: Author) -> None:
    vicuna = Author.objects.get(name="vicuna-13b").pk
    assert n_found(lead, author=vicuna, grade_from=-3, grade_to=-1, domain="vicuna") > 0
    assert n_found(lead, author=vicuna, domain="koala") == 156
    assert n_found(lead, judge=gpt4.pk, author=vicuna, domain="vicuna") == 80
    found = lead.get("/api/v1/pairs/", {"q": "Broadway actors", "collection": COLLECTION}).json()["results"]
    assert {row["messages"][0]["content"][:38] for row in found} >= {"What are the names of some famous acto"}


def test_a_person_reviews_twenty_pairs_and_sees_how_far_they_agree_with_gpt4(
    lead: APIClient, gpt4: Author, ann: User
) -> None:
    me = Author.of(ann)
    for n, pair in enumerate(Pair.objects.order_by("pk")[:20]):
        record(pair, me, shown="left_first", grade=2 if n % 4 else -2)
    between: Any = Pair.objects.between(me, gpt4)
    graded = between.values_list("pk", "first_grade", "second_grade")
    mine, theirs = ({pk: row[side] for pk, *row in graded} for side in (0, 1))
    tally = agreement(one_each(mine, theirs))
    assert tally.compared == 20
    both = f"{me.pk},{gpt4.pk}"
    assert n_found(lead, agree=both) == tally.agreeing
    assert n_found(lead, disagree=both) == 20 - tally.agreeing


@pytest.fixture
def version(gpt4: Author, lea: User) -> Version:
    definition = {"collections": [COLLECTION], "authors": [gpt4.pk], "test_share": 0.1, "seed": 1}
    return freeze("gpt4-preferences", "preferences", definition, lea)


def test_a_version_is_split_by_prompt_and_says_what_it_left_out(version: Version) -> None:
    assert version.counts["left_out"] == {"tie": 18}
    assert version.counts["items"] == 2 * 805 - 18
    assert 0.07 < version.counts["test"] / version.counts["items"] < 0.13
    sides = version.items.values_list("prompt", "split").distinct()
    assert len(sides) == version.counts["prompts"]


@pytest.mark.parametrize("container", ["jsonl", "parquet"])
def test_what_is_exported_loads_with_datasets_and_is_what_trl_trains_on(
    lead: APIClient, version: Version, tmp_path: Path, container: str
) -> None:
    datasets = pytest.importorskip("datasets", reason="the training extra is not installed")
    files = {}
    for split in ("train", "test"):
        query = {"format": "trl_preference", "as": container, "split": split}
        answer: Any = lead.get(f"/api/v1/versions/{version.pk}/export/", query)
        files[split] = str(tmp_path / f"{split}.{container}")
        Path(files[split]).write_bytes(b"".join(answer.streaming_content))
    kind = "parquet" if container == "parquet" else "json"
    loaded = datasets.load_dataset(kind, data_files=files, cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in loaded.items()} == {s: version.counts[s] for s in ("train", "test")}
    trains_trl(loaded["train"][0])


def trains_trl(row: dict[str, Any]) -> None:
    data_utils = pytest.importorskip("trl.data_utils", reason="the training extra is not installed")
    assert data_utils.is_conversational(row)
    assert set(row) == {"prompt", "chosen", "rejected", "margin"}
    assert [row[side][0]["role"] for side in ("prompt", "chosen", "rejected")] == ["user", "assistant", "assistant"]
    assert row["chosen"] != row["rejected"]
    assert row["margin"] == 2
