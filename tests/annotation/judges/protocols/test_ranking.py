import pytest

from annotation.judges.config import registry
from annotation.judges.protocols import ranking
from annotation.judges.protocols.answers import Unparsed

JUDGE = registry.load("ranking")


@pytest.mark.parametrize(
    ("line", "grade"), [("A > B", -2), ("B > A", 2), ("A = B", 0), ("b = a", 0), ("**B > A**", 2), ("[B] > [A].", 2)]
)
def test_the_better_one_stands_first(line: str, grade: int) -> None:
    assert ranking.read(JUDGE, f"B is right.\nRanking: {line}\n")[:2] == (grade, "B is right.")


def test_the_last_ranking_counts() -> None:
    assert ranking.read(JUDGE, "Ranking: A > B\nNo.\nRanking: B > A").grade == 2


@pytest.mark.parametrize("answer", ["", "Ranking: A > A", "Ranking: A", "Ranking: A > B > C", "Ranking: A < B"])
def test_what_is_no_ranking_of_the_two_is_refused(answer: str) -> None:
    with pytest.raises(Unparsed, match="Ranking"):
        ranking.read(JUDGE, answer)
