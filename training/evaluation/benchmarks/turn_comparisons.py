"""Two turns of two authors' answers, won and lost: against a baseline, or of all authors against each other."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

from annotation.models import Author, win_share
from studio.words import counted
from training.evaluation.benchmarks import comparisons, results
from training.evaluation.benchmarks.results import Measured, OfPrompt
from training.evaluation.benchmarks.two_turns import TURNS, Bench, Turn, mean_length
from training.evaluation.figures.mt_bench import Game, Winner, pair_figures
from training.runs.failures import RunFailed
from training.runs.judge_session import JudgeProgress

# How it went for the first of two authors → as FastChat writes it.
WINNERS: dict[win_share.Outcome, Winner] = {"won": "model_1", "lost": "model_2", "tied": "tie", "failed": "error"}


def played(bench: Bench) -> dict[str, float | None]:
    """Games of every author with the baseline, or of all authors with each other."""
    base, authors = bench.parties.baseline, bench.parties.authors
    if not base and len(authors) < 2:
        raise RunFailed(f"authors: {bench.parties.judge_author} compares. Name a second author, or a baseline.")
    meetings = [(one, base) for one in authors if one != base] if base else list(combinations(authors, 2))
    rounds: list[Game] = []
    of_author: dict[Author, list[OfPrompt]] = {author: [] for author in authors}
    progress = JudgeProgress(bench.hold, [len(asked(bench, turn, *two)) for two in meetings for turn in bench.judges])
    for one, other in meetings:
        for turn in bench.judges:
            verdicts = games_of(bench, turn, one, other, progress)
            rounds += [game_of(verdict, turn, one, other) for verdict in verdicts]
            of_author[one] += [verdict._replace(details={"turn": turn}) for verdict in verdicts]
            if other in of_author:
                of_author[other] += [turned(verdict, turn) for verdict in verdicts]
    progress.end()
    if not rounds:
        raise RunFailed(f"{bench.parties.judge_author} has judged none of these pairs, and cannot be asked.")
    figures = pair_figures(rounds)
    against = "" if base else f"each other: {', '.join(sorted(author.name for author in authors))}"[:200]
    found: dict[str, float | None] = {}
    for author in dict.fromkeys(author for meeting in meetings for author in meeting if author != base):
        measured = game_figures(bench, author, figures[author.name], rounds)
        verdicts = by_question(of_author[author])
        found[author.name] = results.record(bench.run, bench.parties, author, measured, verdicts, against).value
    return found


def asked(bench: Bench, turn: Turn, one: Author, other: Author) -> set[int]:
    """The questions with such a turn that both have answered."""
    return comparisons.both(bench.answers(one, turn), bench.answers(other, turn))


def games_of(bench: Bench, turn: Turn, one: Author, other: Author, progress: JudgeProgress) -> list[OfPrompt]:
    """How the first fared against the second, question by question."""
    judge, signed = bench.judges[turn]
    ours, theirs = bench.answers(one, turn), bench.answers(other, turn)
    parties = bench.parties._replace(judge=judge, judge_author=signed)
    found = comparisons.played(bench.run, parties, ours, theirs, progress, partial=True)
    met = len(asked(bench, turn, one, other))
    if len(found) < met and not bench.settings["partial"]:
        raise RunFailed(
            f"{signed} has judged {len(found)} of {counted(met, 'pair')} of {one} and {other}, and cannot be asked for"
            " the rest. Import them with `manage.py import_data fastchat_pairs`, or measure what is there with"
            " `partial`."
        )
    return found


def game_of(verdict: OfPrompt, turn: Turn, one: Author, other: Author) -> Game:
    """A judgment as two games; those that contradict each other are a tie, and told from one."""
    judgment = verdict.judgment
    winner = WINNERS[win_share.outcome(verdict.value)]
    contradicted = judgment is not None and judgment.consistent is False and winner == "tie"
    games: tuple[Winner, Winner] = ("model_1", "model_2") if contradicted else (winner, winner)
    return Game(verdict.prompt, one.name, other.name, *games, ("", ""), turn)


def turned(verdict: OfPrompt, turn: Turn) -> OfPrompt:
    return verdict._replace(
        value=None if verdict.value is None else 1 - verdict.value,
        response=verdict.baseline_response,
        baseline_response=verdict.response,
        details={"turn": turn},
    )


def by_question(verdicts: Iterable[OfPrompt]) -> list[OfPrompt]:
    """One for each question: the mean share won of its games, each of which is told."""
    grouped: dict[int, list[OfPrompt]] = {}
    for verdict in verdicts:
        grouped.setdefault(verdict.prompt, []).append(verdict)
    return [together(own) for own in grouped.values()]


def together(own: list[OfPrompt]) -> OfPrompt:
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
    return own[0]._replace(value=sum(valid) / len(valid) if valid else None, details={"games": told})


def game_figures(bench: Bench, author: Author, found: dict[str, Any], rounds: list[Game]) -> Measured:
    own = [game for game in rounds if author.name in (game.model_1, game.model_2)]
    by_turn = {f"turn_{turn}": share(author, [game for game in own if game.turn == turn]) for turn in TURNS}
    categories = sorted({bench.questions[game.question_id].category for game in own})
    by_category = {
        name: share(author, [game for game in own if bench.questions[game.question_id].category == name])
        for name in categories
    }
    return Measured(
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
