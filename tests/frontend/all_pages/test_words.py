"""What every page says of numbers: one of a thing is one thing, and thousands are separated everywhere."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.test import Client

from annotation.models import Pair
from annotation.review.agreement import agreements
from frontend.kit.modules import FOLDER
from studio.accounts.models import User
from studio.words import counted, plural
from tests.annotation.making import judge, pair
from tests.frontend.machines import checkpoint, run, version

ROOT = FOLDER.parent.parent
TEMPLATES = sorted((ROOT / "frontend/templates").rglob("*.html"))
NOUNS = (
    "prompts|responses|pairs|rows|items|questions|answers|tokens|calls|runs|votes|comparisons|characters|authors|"
    "versions|judges|records|judgments|stages|models|checkpoints|people|days|faults|games|ties|collections|flags|workers|batches"
)
OF_ONE = re.compile(rf"\{{\{{ [\w.]+(?:\|length)?(?:\|thousands)? \}}\}}\s+(?:{NOUNS})\b")
BARE = re.compile(r"(?<!value=\")(?<!max=\")\{\{ [\w.]*\b(?:n|n_\w+|count|overlap)(?:\|length)? \}\}")
# What the table of CONTRIBUTING.md names beside the right word.
NOT_OURS = re.compile(r"\b(?:votes?|voters?|battles?|fought|contenders?|accords?|data sets?|go on|they part)\b", re.I)
# Their numbers are words already, or no numbers of things.
WORDS = {"station.html", "figure.html", "questions.html"}


def by_name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", TEMPLATES, ids=by_name)
def test_a_template_writes_no_plural_after_what_may_be_one(path: Path) -> None:
    assert not OF_ONE.findall(path.read_text()), 'write {{ n|counted:"pair" }}'


@pytest.mark.parametrize("path", TEMPLATES, ids=by_name)
def test_a_template_separates_thousands(path: Path) -> None:
    if path.name not in WORDS:
        assert not BARE.findall(path.read_text()), "write {{ n|thousands }}"


@pytest.mark.parametrize("path", TEMPLATES, ids=by_name)
def test_a_page_shows_no_backticks(path: Path) -> None:
    told = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", path.read_text(), flags=re.DOTALL)
    assert "`" not in told


@pytest.mark.parametrize("path", TEMPLATES, ids=by_name)
def test_a_page_uses_the_words_of_contributing(path: Path) -> None:
    told = re.sub(r"{[%{].*?[%}]}|<[^>]*>", " ", path.read_text(), flags=re.DOTALL)
    assert not NOT_OURS.findall(told), "CONTRIBUTING.md says which word is used"


def test_the_admin_knows_the_plural_of_everything() -> None:
    ours = [model for model in apps.get_models() if model._meta.app_label in ("annotation", "training", "accounts")]
    names = {str(model._meta.verbose_name): str(model._meta.verbose_name_plural) for model in ours}
    assert {one: many for one, many in names.items() if many not in (plural(one), one)} == {}


@pytest.mark.parametrize(
    ("number", "noun", "says"),
    [
        (1, "pair", "1 pair"),
        (0, "pair", "0 pairs"),
        (4025, "pair", "4,025 pairs"),
        (2, "judge batch", "2 judge batches"),
        (3, "query", "3 queries"),
        (2, "day", "2 days"),
    ],
)
def test_a_number_agrees_with_its_noun(number: int, noun: str, says: str) -> None:
    assert counted(number, noun) == says


def test_an_irregular_plural_is_given() -> None:
    assert counted(2, "person", "people") == "2 people"


def test_what_nobody_compared_is_said_of_those_it_is_about(db: None) -> None:
    lacking = [agreement.lacks for agreement in agreements(Pair.objects.all())]
    assert lacking[0] == "no pair was judged by people and a judge"
    assert lacking[2] == "no pair was judged by two people"


def test_pages_with_one_of_everything_say_so(signed_in: Callable[[User], Client], eli: User) -> None:
    one = pair()
    judge(one, 1)
    model, data, made = checkpoint(), version([one.prompt], "preferences"), run(total=1, done=1, unit="steps")
    things = (f"/pairs/{one.pk}/", f"/prompts/{one.prompt_id}/", f"/runs/{made.pk}/", f"/checkpoints/{model.pk}/")
    sets = (f"/datasets/{data.pk}/", f"/datasets/{data.pk}/figures/", "/prompts/collections/a-collection/")
    lists = [
        f"/{name}/" for name in ["prompts", "pairs", "datasets", "runs", "checkpoints", "judges", "arena", "evaluate"]
    ]
    client = signed_in(eli)
    for path in ("/", "/prompts/collections/", *lists, *things, *sets):
        text = re.sub(r"<[^>]+>|\s+", " ", client.get(path).content.decode())
        assert not re.findall(rf"(?<![\d,.]) 1 +(?:{NOUNS})\b", re.sub(r" +", " ", text)), path
