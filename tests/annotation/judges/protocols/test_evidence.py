import pytest

from annotation.judges.config import registry
from annotation.judges.protocols import evidence
from annotation.judges.protocols.answers import Unparsed

JUDGE = registry.load("evidence")


def test_evidence_comes_first_and_the_scores_last() -> None:
    said = evidence.read(JUDGE, "Evidence: A is wrong.\nScore of A: 3\nScore of B: 8.5")
    assert said == (3, "Evidence: A is wrong.", None, (3, 8.5))


@pytest.mark.parametrize(
    "lines",
    [
        "**Score of A:** 7\n**Score of B:** 6",
        "Score of B: 6\nScore of A: 7",
        "Score of response A: 7/10\nscore of Response B: 6 out of 10.",
        "Score of A: 1\nScore of B: 1\nI meant:\nScore of A: [7]\nScore of B: [6]",
    ],
)
def test_dress_and_order_of_the_lines_do_not_matter_and_the_last_count(lines: str) -> None:
    assert evidence.read(JUDGE, lines).scores == (7, 6)


@pytest.mark.parametrize(
    "answer", ["", "Score of A: 7", "7 6", "Score of A: 7\nScore of B: 11", "Score of A: 7\nScore of B: high"]
)
def test_an_answer_without_both_scores_is_refused(answer: str) -> None:
    with pytest.raises(Unparsed, match="Score of A"):
        evidence.read(JUDGE, answer)


def test_three_samples_are_asked_in_both_orders() -> None:
    assert (JUDGE.samples, JUDGE.both_orders, JUDGE.settings["temperature"]) == (3, True, 1)
