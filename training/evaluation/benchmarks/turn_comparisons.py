"""Two turns of two authors' answers, won and lost: against a baseline, or of all authors against each other."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

from annotation.models import Author, win_share
from studio.words import counted
from training.evaluation.benchmarks import comparisons, results
from training.evaluation.benchmarks.results import MeasuredFigures, QuestionOutcome
from training.evaluation.benchmarks.two_turns import TURNS, Turn, TwoTurnRun, mean_length
from training.evaluation.figures.mt_bench import Game, Winner, pair_figures
from training.runs.failures import RunFailed
from training.runs.judge_session import JudgeProgress

# How it went for the first of two authors → as FastChat writes it.
WINNERS: dict[win_share.Outcome, Winner] = {"won": "model_1", "lost": "model_2", "tied": "tie", "failed": "error"}


def compared(bench: TwoTurnRun) -> dict[str, float | None]:
    """Every author against the baseline, or of all authors with each other."""
    base, authors = bench.participants.baseline, bench.participants.authors
    if not base and len(authors) < 2:
        raise RunFailed(f"authors: {bench.participants.judge_author} compares. Name a second author, or a baseline.")
    opponents = [(one, base) for one in authors if one != base] if base else list(combinations(authors, 2))
    games: list[Game] = []
    of_author: dict[Author, list[QuestionOutcome]] = {author: [] for author in authors}
    sizes = [len(asked(bench, turn, *two)) for two in opponents for turn in bench.judges]
    progress = JudgeProgress(bench.renewal, sizes)
    for one, other in opponents:
        for turn in bench.judges:
            verdicts = verdicts_of(bench, turn, one, other, progress)
            games += [game_of(verdict, turn, one, other) for verdict in verdicts]
            of_author[one] += [verdict._replace(details={"turn": turn}) for verdict in verdicts]
            if other in of_author:
                of_author[other] += [turned(verdict, turn) for verdict in verdicts]
    progress.end()
    if not games:
        raise RunFailed(f"{bench.participants.judge_author} has judged none of these pairs, and cannot be asked.")
    figures = pair_figures(games)
    against = "" if base else f"each other: {', '.join(sorted(author.name for author in authors))}"[:200]
    found: dict[str, float | None] = {}
    for author in dict.fromkeys(author for two in opponents for author in two if author != base):
        measured = comparison_figures(bench, author, figures[author.name], games)
        verdicts = by_question(of_author[author])
        found[author.name] = results.record(bench.run, bench.participants, author, measured, verdicts, against).value
    return found


def asked(bench: TwoTurnRun, turn: Turn, one: Author, other: Author) -> set[int]:
    """The questions with such a turn that both have answered."""
    return comparisons.both(bench.answers(one, turn), bench.answers(other, turn))


def verdicts_of(
    bench: TwoTurnRun, turn: Turn, one: Author, other: Author, progress: JudgeProgress
) -> list[QuestionOutcome]:
    """How much the first won against the second, question by question."""
    judge, signed = bench.judges[turn]
    ours, theirs = bench.answers(one, turn), bench.answers(other, turn)
    participants = bench.participants._replace(judge=judge, judge_author=signed)
    found = comparisons.judged(bench.run, participants, ours, theirs, progress, partial=True)
    questions = len(asked(bench, turn, one, other))
    if len(found) < questions and not bench.settings["partial"]:
        raise RunFailed(
            f"{signed} has judged {len(found)} of {counted(questions, 'pair')} of {one} and {other}, and cannot be"
            " asked for the rest. Import them with `manage.py import_data fastchat_pairs`, or measure what is there"
            " with `partial`."
        )
    return found


def game_of(verdict: QuestionOutcome, turn: Turn, one: Author, other: Author) -> Game:
    """A judgment as two games; those that contradict each other are a tie, and told from one."""
    judgment = verdict.judgment
    winner = WINNERS[win_share.outcome(verdict.value)]
    contradicted = judgment is not None and judgment.consistent is False and winner == "tie"
    games: tuple[Winner, Winner] = ("model_1", "model_2") if contradicted else (winner, winner)
    return Game(verdict.prompt, one.name, other.name, *games, ("", ""), turn)


def turned(verdict: QuestionOutcome, turn: Turn) -> QuestionOutcome:
    return verdict._replace(
        value=None if verdict.value is None else 1 - verdict.value,
        response=verdict.baseline_response,
        baseline_response=verdict.response,
        details={"turn": turn},
    )


def by_question(verdicts: Iterable[QuestionOutcome]) -> list[QuestionOutcome]:
    """One for each question: the mean share won of its comparisons, each of which is told."""
    grouped: dict[int, list[QuestionOutcome]] = {}
    for verdict in verdicts:
        grouped.setdefault(verdict.prompt, []).append(verdict)
    return [together(own) for own in grouped.values()]


def together(own: list[QuestionOutcome]) -> QuestionOutcome:
    valid = [verdict.value for verdict in own if verdict.value is not None]
    told = [
        {
            "turn": verdict.details["turn"],
            "value": verdict.value,
            "judgment": verdict.judgment and verdict.judgment.pk,
            "against": verdict.baseline_response and verdict.baseline_response.pk,
        }
        for verdict in own
    ]
    return own[0]._replace(value=sum(valid) / len(valid) if valid else None, details={"comparisons": told})


def comparison_figures(bench: TwoTurnRun, author: Author, found: dict[str, Any], games: list[Game]) -> MeasuredFigures:
    own = [game for game in games if author.name in (game.model_1, game.model_2)]
    by_turn = {f"turn_{turn}": share(author, [game for game in own if game.turn == turn]) for turn in TURNS}
    categories = sorted({bench.questions[game.question_id].category for game in own})
    by_category = {
        name: share(author, [game for game in own if bench.questions[game.question_id].category == name])
        for name in categories
    }
    return MeasuredFigures(
        value=found["win_rate_adjusted"],
        low=found["low"],
        high=found["high"],
        n=found["n"],
        failed=found["failed"],
        ties=found["tie"],
        mean_length=mean_length(bench.answered[author].values()),
        figures={"mode": "pair"} | found | by_turn | {"by_category": by_category},
    )


def share(author: Author, games: list[Game]) -> float | None:
    """The adjusted win rate of some games; None where none of them counts."""
    valid = [game.outcome(author.name) for game in games if not game.failed]
    return sum(valid) / len(valid) if valid else None
