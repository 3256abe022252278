"""A definition in words: every field that says something has its line, and two definitions differ by lines."""

import pytest

from annotation.datasets.definitions import Demonstrations, Preferences, Prompts, Responses, Trust
from annotation.models import Version
from frontend.presenters.datasets.definitions import differing, in_words, listed, worded
from tests.annotation.making import author

pytestmark = pytest.mark.django_db


def test_a_plain_definition_has_no_empty_lines() -> None:
    lines = dict(worded(Prompts()))
    assert lines == {
        "What": "Prompts",
        "Of": "Prompts in all collections",
        "Flagged": "left out",
        "Split": "All of it is for training",
    }


def test_all_that_a_definition_of_preferences_asks_for_is_told() -> None:
    ann, gpt = author("ann", "person").pk, author("gpt-4", "judge").pk
    trust = Trust(agreement=0.65, consistency=0.9, pairs=50)
    asked = Preferences(
        collections=["a", "b"],
        categories=["maths"],
        authors=[gpt, ann],
        min_votes=2,
        min_grade=1.5,
        consistent_only=True,
        trust=trust,
        test_share=0.1,
        seed=3,
        flagged="open",
    )
    lines = dict(worded(asked))
    assert lines["Of"] == "Prompts in a and b, categories maths"
    assert (lines["Judged by"], lines["Judgments"], lines["Mean grade"]) == (
        "ann and gpt-4",
        "at least 2",
        "1.5 or more from a tie",
    )
    assert lines["Judges must"] == (
        "surely agree with people in 65 %, surely be consistent over the swap in 90 % and share 50 pairs with people"
    )
    assert lines["Split"].startswith("About 10 % of the prompts") and lines["Split"].endswith("seed 3")
    assert lines["Left out"] == "ties, and verdicts of judges that contradict themselves"


def test_other_kinds_tell_who_wrote_and_who_scored() -> None:
    model, reward = author("m").pk, author("rm", "reward_model").pk
    assert dict(worded(Demonstrations(authors=[model], best_by=reward)))["Scored by"] == "rm"
    assert dict(worded(Responses(authors=[model], scored_by=reward)))["Written by"] == "m"
    lines = dict(worded(Prompts(limit=1, seed=4, unanswered_by=model)))
    assert (lines["At most"], lines["Not answered by"]) == ("1 prompt, drawn by seed 4", "m")


def test_what_a_machine_wrote_freely_is_given_as_it_is() -> None:
    version = Version(kind="prompts", definition={"made_by": "a program", "of_runs": [1, 2]})
    assert in_words(version) == [("Made by", "a program"), ("Of runs", "1, 2")]


def test_a_version_frozen_before_there_were_flags_took_all() -> None:
    assert dict(in_words(Version(kind="prompts", definition={})))["Flagged"] == "kept, also where excluded"


def test_two_definitions_differ_by_the_lines_that_came_went_or_changed() -> None:
    before = Version(kind="prompts", definition={"flagged": "out", "limit": 5, "seed": 1})
    assert differing(before, Prompts(limit=5, seed=1)) == []
    changed = {term: (was, now) for term, was, now in differing(before, Prompts(test_share=0.5, seed=1))}
    assert changed.keys() == {"At most", "Split"}
    assert changed["At most"] == ("5 prompts, drawn by seed 1", "")
    assert changed["Split"][0] == "All of it is for training" and changed["Split"][1].startswith("About 50 %")


def test_lists_are_read_aloud() -> None:
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
