import pytest

from annotation.judges.config import registry
from annotation.judges.protocols import pairwise
from annotation.judges.protocols.answers import ParsedAnswer, Unparsed

JUDGE = registry.load("xwin_pair")


def parse(answer: str) -> ParsedAnswer:
    return pairwise.read(JUDGE, answer)


@pytest.mark.parametrize(
    ("said", "grade"),
    [("A+++", -3), ("A++", -2), ("A+", -1), ("=", 0), ("B+", 1), ("B++", 2), ("B+++", 3), ("b++", 2)],
)
def test_each_verdict_is_a_grade(said: str, grade: int) -> None:
    assert parse(f"Because.\n\nVerdict: {said}")[:2] == (grade, "Because.")


@pytest.mark.parametrize(
    "line", ["**Verdict: B+**", "Verdict: **B+**", "  verdict:B+ ", "Verdict: B+.", "## Verdict: `B+`"]
)
def test_the_dress_of_the_line_does_not_matter(line: str) -> None:
    assert parse(f"Because.\n{line}").grade == 1


def test_the_last_verdict_counts() -> None:
    assert parse("Verdict: A+\nOn second thoughts.\nVerdict: B+").grade == 1


@pytest.mark.parametrize("answer", ["", "A+++", "Verdict: A", "Verdict: C+", "Verdict: A++++", "My verdict: A+ or B+"])
def test_an_answer_without_one_is_refused(answer: str) -> None:
    with pytest.raises(Unparsed):
        parse(answer)
