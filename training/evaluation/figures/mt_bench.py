"""MT-bench: mean ratings by turn and category, and wins of pairs judged in both orders. Pure.

Formulas: lm-sys/FastChat, `fastchat/llm_judge/show_result.py`. That counts every row of a file, also where one answer
or one pair was judged again; here the last judgment of each counts, and where rows repeat, what show_result prints
stands beside it as `show_result_…`.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal, TypeVar

from annotation.statistics.intervals import Sums, clustered_mean, clustered_rate
from annotation.statistics.significance import win_rate
from studio.words import counted
from training.evaluation import NoFigure

FAILED = -1
REMEDY = (
    "A single rating has question_id, model, judge [model, prompt], score, turn; "
    "a pair has question_id, model_1, model_2, g1_winner, g2_winner, judge, turn"
)
# The published set: ten questions each, numbered from 81.
FIRST_QUESTION = 81
CATEGORIES = ("writing", "roleplay", "reasoning", "math", "coding", "extraction", "stem", "humanities")

K = TypeVar("K", bound=Hashable)
Winner = Literal["model_1", "model_2", "tie", "error"]


@dataclass(frozen=True)
class Rating:
    """A judge's score of one answer, 1 to 10; −1 where its text could not be parsed.

    A question of the published set knows its category by its number; of another set it has to be told.
    """

    question_id: int
    model: str
    judge: tuple[str, str]
    score: float
    turn: Literal[1, 2]
    category: str = ""

    def __post_init__(self) -> None:
        if self.score != FAILED and not 0 <= self.score <= 10:
            raise ValueError(f"score is {self.score}: give 0 to 10, or -1 for a failure")


@dataclass(frozen=True)
class Game:
    """A pair judged twice, the second time with the answers exchanged; winners are already named."""

    question_id: int
    model_1: str
    model_2: str
    g1_winner: Winner
    g2_winner: Winner
    judge: tuple[str, str]
    turn: Literal[1, 2]

    @property
    def failed(self) -> bool:
        return "error" in (self.g1_winner, self.g2_winner)

    @property
    def consistent(self) -> bool:
        return self.g1_winner == self.g2_winner

    def outcome(self, model: str) -> float:
        """1 where the model won in both orders, 0 where the other did, ½ otherwise."""
        if not self.consistent or self.g1_winner == "tie":
            return 0.5
        return float((self.g1_winner == "model_1") == (model == self.model_1))


def is_game(value: object) -> bool:
    """Whether a raw record is of a pair rather than of a single rating."""
    return isinstance(value, dict) and "g1_winner" in value


def category(question_id: int) -> str:
    place = (question_id - FIRST_QUESTION) // 10
    return CATEGORIES[place] if 0 <= place < len(CATEGORIES) else "other"


def single_figures(ratings: Iterable[Rating]) -> dict[str, dict[str, Any]]:
    """Per model the means of turn 1, turn 2 and of all scores. Raises NoFigure."""
    by_model: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_model[rating.model].append(rating)
    _refuse_unlike(by_model)
    return {model: _of_model(rows) for model, rows in sorted(by_model.items())}


def _refuse_unlike(by_model: dict[str, list[Rating]]) -> None:
    judges = {row.judge[0] for rows in by_model.values() for row in rows}
    if len(judges) > 1:
        raise NoFigure(f"judges differ ({', '.join(sorted(judges))}): give the files of one judge")
    sets = {model: {(row.question_id, row.turn) for row in rows} for model, rows in by_model.items()}
    every = set().union(*sets.values())
    for model, own in sets.items():
        if own != every:
            raise NoFigure(
                f"{model} is judged on {len(own)} of {counted(len(every), 'answer')}: "
                "give files of one question set, or one file at a time"
            )


def _of_model(rows: Sequence[Rating]) -> dict[str, Any]:
    """Of several judgments of one turn the last that could be parsed counts."""
    parsed = [row for row in rows if row.score != FAILED]
    valid = {(row.question_id, row.turn): row for row in parsed}
    if not valid:
        raise NoFigure(f"{rows[0].model}: no rating could be parsed, so there is no mean")
    asked = len({(row.question_id, row.turn) for row in rows})
    last = list(valid.values())
    by_question = _by(last, lambda row: row.question_id).values()
    scores = Sums.of((sum(row.score for row in own), len(own)) for own in by_question)
    interval = clustered_mean(scores)
    by_category = _by(last, lambda row: row.category or category(row.question_id))
    repeats = len(rows) > asked
    of_all = _turns(parsed) | {"average": fmean(row.score for row in parsed)} if repeats else {}
    return {
        **_turns(last),
        "average": scores.top / scores.bottom,
        **_named(of_all),
        "low": interval and max(0.0, interval.low),
        "high": interval and min(10.0, interval.high),
        "n": len(valid),
        "failed": asked - len(valid),
        "duplicates": len(rows) - asked,
        "judge": rows[0].judge[0],
        "by_category": {name: fmean(row.score for row in own) for name, own in by_category.items()},
        "by_category_and_turn": {name: _turns(own) | {"n": len(own)} for name, own in by_category.items()},
    }


def _turns(rows: Iterable[Rating]) -> dict[str, float | None]:
    by_turn = _by(rows, lambda row: row.turn)
    return {f"turn_{turn}": fmean(row.score for row in by_turn[turn]) if turn in by_turn else None for turn in (1, 2)}


def _named(figures: dict[str, Any]) -> dict[str, Any]:
    """Figures over every row of a file, by the name of the program that prints them so."""
    return {f"show_result_{name}": value for name, value in figures.items()}


def repeated(figures: dict[str, dict[str, Any]]) -> str:
    """What is to be said of figures of repeated rows; empty where none were."""
    if not any(found.get("duplicates") or found.get("repeated_pairs") for found in figures.values()):
        return ""
    return (
        "Some rows repeat what was judged before. The figures count the last judgment of each answer or pair; those "
        "named show_result_… count every row, as FastChat's show_result prints them."
    )


def _by(rows: Iterable[Rating], key: Callable[[Rating], K]) -> dict[K, list[Rating]]:
    """In the order of the keys."""
    groups: dict[K, list[Rating]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(sorted(groups.items(), key=lambda group: str(group[0])))


def pair_figures(games: Sequence[Game]) -> dict[str, dict[str, Any]]:
    """Per model wins, losses and ties over its games; a game with an error in either order is left out.

    Raises NoFigure where several judges judged.
    """
    judges = {game.judge[0] for game in games}
    if len(judges) > 1:
        raise NoFigure(f"judges differ ({', '.join(sorted(judges))}): give the files of one judge")
    last = _last(games)
    models = sorted({model for game in games for model in (game.model_1, game.model_2)})
    of_last = {model: _wins(model, _of(model, last)) for model in models}
    if len(last) == len(games):
        return of_last
    of_all = {model: _wins(model, _of(model, games)) for model in models}
    return {model: found | _beside(found, of_all[model]) for model, found in of_last.items()}


def _last(games: Sequence[Game]) -> list[Game]:
    """Of several judgments of one pair and turn the last without an error; with errors only, the last."""
    found: dict[tuple[int, int, str, str], Game] = {}
    for game in games:
        pair = (game.question_id, game.turn, game.model_1, game.model_2)
        if pair not in found or not game.failed or found[pair].failed:
            found[pair] = game
    return list(found.values())


def _of(model: str, games: Iterable[Game]) -> list[Game]:
    return [game for game in games if model in (game.model_1, game.model_2)]


def _beside(last: dict[str, Any], every: dict[str, Any]) -> dict[str, Any]:
    """What show_result prints of every row, and how many rows more that is."""
    shown = {name: every[name] for name in ("win", "loss", "tie", "win_rate", "loss_rate", "win_rate_adjusted")}
    more = every["n"] + every["failed"] - last["n"] - last["failed"]
    return _named(shown) | {"repeated_pairs": more}


def _wins(model: str, games: Sequence[Game]) -> dict[str, Any]:
    valid = [game for game in games if not game.failed]
    rate = win_rate(game.outcome(model) for game in valid)
    low, high = _bounds(model, valid)
    return {
        "win": rate.wins,
        "loss": rate.losses,
        "tie": rate.ties,
        "inconsistent": sum(not game.consistent for game in valid),
        "win_rate": rate.wins / len(valid) if valid else None,
        "loss_rate": rate.losses / len(valid) if valid else None,
        "win_rate_adjusted": rate.rate if valid else None,
        "low": low,
        "high": high,
        "n": len(valid),
        "failed": len(games) - len(valid),
        "judge": games[0].judge[0],
    }


def _bounds(model: str, games: Sequence[Game]) -> tuple[float, float]:
    """Over questions: two turns of one question are no two findings."""
    outcomes: dict[int, list[float]] = defaultdict(list)
    for game in games:
        outcomes[game.question_id].append(game.outcome(model))
    interval = clustered_rate(Sums.of((sum(own), len(own)) for own in outcomes.values()))
    return interval.low, interval.high
