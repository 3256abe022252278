"""One judge has one win rate: on Compare, in the matrix, in the arena, on a leaderboard and in an evaluation."""

from statistics import fmean
from unittest.mock import Mock

import pytest

from annotation.arena.arena import arena
from annotation.arena.comparisons import ComparisonFilters
from annotation.judges.config import registry
from annotation.judges.config.registry import Judge
from annotation.models import Author, Pair
from frontend.presenters.evaluation import win_matrix
from frontend.presenters.evaluation.compare import Side, pairwise, prompt_set
from tests.annotation.making import collection, judge, paired, prompt, response
from tests.frontend.machines import checkpoint, run
from training.evaluation import held_out
from training.evaluation.benchmarks import alpaca_eval, comparisons
from training.evaluation.benchmarks.answers import answers
from training.evaluation.benchmarks.participants import Participants
from training.models import Checkpoint

pytestmark = pytest.mark.django_db
# Of ours: what the judge said, and the share that ours won by it.
SAID = [
    (3, 0.96, 0.96),
    (-1, 0.35, 0.35),
    (1, 0.6, 0.6),
    (0, 0.5, 0.5),
    (2, None, 1.0),
    (-3, None, 0.0),
    (0, None, 0.5),
]
EXPECTED = fmean(share for *_, share in SAID)


@pytest.fixture
def asked() -> Judge:
    return registry.ready("logprob")


@pytest.fixture
def ours(asked: Judge) -> Checkpoint:
    """Ours is left of every other pair; the last prompt was tried and failed."""
    base = checkpoint("base")
    made = checkpoint("ours", base=base)
    for number, (grade, preference) in enumerate([*((said[0], said[1]) for said in SAID), (None, None)]):
        of, names = prompt(f"{number}?"), ["ours", "base"]
        one, other = (response(of, f"{number} by {name}", name) for name in (names if number % 2 else names[::-1]))
        pair, sign = paired(one, other), -1 if number % 2 else 1
        turned = preference if preference is None or sign > 0 else 1 - preference
        judge(pair, grade and sign * grade, asked.author.name, preference=turned)
    return made


def sides(made: Checkpoint) -> list[Side]:
    return [Side("A", made.author), Side("B", Author.objects.get(name="base"))]


def test_compare_and_the_matrix(ours: Checkpoint, asked: Judge) -> None:
    (comparison,) = pairwise(prompt_set(""), sides(ours))
    assert comparison.rate.rate == pytest.approx(EXPECTED)
    assert (comparison.rate.n, comparison.failed) == (len(SAID), 1)
    assert (comparison.rate.wins, comparison.rate.losses, comparison.rate.ties) == (3, 2, 2)
    rates = win_matrix.met(asked.author)
    base = Author.objects.get(name="base")
    assert rates[ours.author_id, base.pk].rate == pytest.approx(EXPECTED)
    assert rates[base.pk, ours.author_id].rate == pytest.approx(1 - EXPECTED)


def test_the_arena(ours: Checkpoint, asked: Judge) -> None:
    found = arena(ComparisonFilters(judge=asked.author))
    assert found
    rows = {row.author: row for group in found.groups for row in group}
    row, other = rows[ours.author_id], rows[Author.objects.get(name="base").pk]
    assert row.win_rate == pytest.approx(EXPECTED) and other.win_rate == pytest.approx(1 - EXPECTED)
    assert (row.n, row.wins, row.losses, row.ties) == (len(SAID), 3, 2, 2)
    assert (other.wins, other.losses, found.ties) == (2, 3, 2)


def test_a_leaderboard(ours: Checkpoint, asked: Judge) -> None:
    base, measured = Author.objects.get(name="base"), run("benchmark", spec={"settings": {}})
    given = {author: answers(collection(), author) for author in (ours.author, base)}
    participants = Participants(collection(), [ours.author], base, None, asked.author)
    verdicts = comparisons.judged(measured, participants, given[ours.author], given[base], Mock())
    row = alpaca_eval.figures(verdicts, given[ours.author], len(SAID) + 1)
    assert row.value == pytest.approx(100 * EXPECTED)
    assert (row.n, row.failed) == (len(SAID), 1)


def test_an_evaluation(ours: Checkpoint, asked: Judge) -> None:
    base, judged = Checkpoint.objects.get(name="base"), Pair.objects.filter(judgments__grade__isnull=False)
    texts = [
        {one.prompt_id: [one.text] for one in author.responses.filter(prompt__pairs__in=judged)}
        for author in (ours.author, base.author)
    ]
    planned = held_out.PlannedRow(ours, base, False, "sampled", *texts)
    row = held_out.figures(held_out.judged(run("evaluate", spec={"settings": {}}), planned, asked, Mock()), planned)
    assert (row["win_rate"], row["n"]) == (pytest.approx(EXPECTED), len(SAID))
    assert (row["wins"], row["losses"], row["ties"]) == (3, 2, 2)
