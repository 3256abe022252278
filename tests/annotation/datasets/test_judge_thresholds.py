"""What a version asks of judges: who falls short, by how much, and what becomes of the verdicts."""

import pytest

from annotation.datasets.definitions import DefinitionInvalid, Preferences, Trust
from annotation.datasets.judge_thresholds import JudgeCheck, standings
from annotation.datasets.versions import freeze
from annotation.models import Pair, Version
from tests.annotation.making import judge, pair

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pairs() -> list[Pair]:
    """Sixty pairs: "good" agrees with people and with itself, "poor" in two of three; "lone" judged one more alone."""
    made = [pair(f"{number}?") for number in range(60)]
    for number, one in enumerate(made):
        judge(one, 1, "ann", "person")
        judge(one, 2, "good", shown="both", consistent=True)
        judge(one, 1 if number % 3 else -1, "poor", shown="both", consistent=bool(number % 3))
    judge(pair("Alone?"), 1, "lone", shown="left_first")
    return made


def found(**trust: float) -> dict[str, JudgeCheck]:
    asked = Preferences(trust=Trust(**trust))  # type: ignore[arg-type]
    return {one.name: one for one in standings(asked)}


def test_the_low_end_of_the_interval_must_reach_the_threshold() -> None:
    good = found(agreement=0.9)["good"]
    assert good.agreement.estimate == 1.0 and not good.short
    # 60 of 60 are 94.0 % at the least.
    assert found(agreement=0.95)["good"].short == [
        "agreement with people is 100.0 % (n = 60), but surely only 94.0 %: 1.0 points short of 95.0 %"
    ]


def test_each_lack_is_said_by_how_much() -> None:
    stood = found(agreement=0.6, consistency=0.5, pairs=80)
    assert stood["good"].short == ["People judged 60 of its pairs: 20 short of 80"]
    agreement, _pairs = stood["poor"].short
    assert "66.7 %" in agreement and agreement.endswith("points short of 60.0 %")


def test_what_nobody_measured_is_not_trusted() -> None:
    assert found(agreement=0.1, consistency=0.1)["lone"].short == [
        "agreement with people is not known: no person has judged one of its pairs",
        "consistency over the swap is not known: it has read no pair in both orders",
    ]


def test_nothing_asked_is_nothing_counted() -> None:
    assert standings(Preferences()) == []
    assert standings(Preferences(kinds=("person",), trust=Trust(pairs=1))) == []


def test_verdicts_of_a_judge_that_falls_short_do_not_count() -> None:
    plain = freeze("plain", "preferences", {"kinds": ["judge"]})
    asked = freeze("asked", "preferences", {"kinds": ["judge"], "trust": {"agreement": 0.8}})
    votes = [item.record["votes"] for item in asked.items.all()]
    assert (plain.counts["items"], asked.counts["items"], set(votes)) == (61, 60, {1})
    assert asked.counts["left_out"] == {"its judge falls short of what is asked": 1}


def test_the_version_says_which_judge_fell_short_and_by_how_much() -> None:
    version = freeze("asked", "preferences", {"trust": {"agreement": 0.8, "pairs": 10}})
    kept = {one["name"]: one["short"] for one in Version.objects.get(pk=version.pk).counts["judges"]}
    assert kept["good"] == [] and len(kept["poor"]) == 1 and len(kept["lone"]) == 2
    assert version.definition["trust"] == {"agreement": 0.8, "consistency": 0.0, "pairs": 10}


def test_judges_of_other_collections_and_authors_are_not_asked_about(pairs: list[Pair]) -> None:
    good = pairs[0].judgments.get(author__name="good").author_id
    named = Preferences(authors=[good], trust=Trust(pairs=1))
    elsewhere = Preferences(collections=["elsewhere"], trust=Trust(pairs=1))
    assert [one.name for one in standings(named)] == ["good"] and standings(elsewhere) == []


def test_where_no_judge_is_left_the_refusal_says_why() -> None:
    with pytest.raises(DefinitionInvalid, match="poor does not count: People judged 60 of its pairs"):
        freeze("none", "preferences", {"kinds": ["judge"], "trust": {"pairs": 61}})


def test_a_threshold_off_the_scale_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="trust.agreement"):
        freeze("none", "preferences", {"trust": {"agreement": 1.5}})
