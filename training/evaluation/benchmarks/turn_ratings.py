"""Points from 1 to 10 for every turn of an answer, and the means that MT-bench publishes."""

from annotation.models import Author, Response, Score
from studio.words import counted
from training.evaluation import NoFigure
from training.evaluation.benchmarks import results
from training.evaluation.benchmarks.results import MeasuredFigures, QuestionOutcome
from training.evaluation.benchmarks.two_turns import Turn, TwoTurnRun, mean_length
from training.evaluation.figures.mt_bench import FAILED, Rating, single_figures
from training.runs import judge_session
from training.runs.failures import RunFailed
from training.runs.judge_session import JudgeProgress


def rated(bench: TwoTurnRun) -> dict[str, float | None]:
    """Points for both turns of every author's answers."""
    found: dict[str, float | None] = {}
    turns = [turn for turn in bench.judges if bench.asked(turn)]
    parts = [len(bench.answers(author, turn)) for author in bench.participants.authors for turn in turns]
    progress = JudgeProgress(bench.renewal, parts, noun="response")
    for author in bench.participants.authors:
        points = {turn: points_of(bench, turn, author, progress) for turn in turns}
        verdicts = [rating_of(pk, response, points) for pk, response in sorted(bench.answered[author].items())]
        row = results.record(bench.run, bench.participants, author, rating_figures(bench, author, points), verdicts)
        found[author.name] = row.value
    progress.end()
    return found


def points_of(bench: TwoTurnRun, turn: Turn, author: Author, progress: JudgeProgress) -> dict[int, float | None]:
    """By question: the points, asked for where they are missing; None where the judge failed."""
    judge, signed = bench.judges[turn]
    given = bench.answers(author, turn)
    progress.begin(len(given))
    responses = Response.objects.filter(pk__in=[response.pk for response in given.values()])
    if judge:
        judge_session.rate_responses(bench.run, judge, responses, progress)
    scores = dict(Score.objects.filter(author=signed, response__in=responses).values_list("response", "value"))
    failed = set(responses.filter(judge_calls__author=signed).values_list("pk", flat=True))
    unsaid = [pk for pk, response in given.items() if response.pk not in scores and response.pk not in failed]
    if unsaid and not judge and not bench.settings["partial"]:
        raise RunFailed(
            f"{signed} has rated {len(given) - len(unsaid)} of {counted(len(given), 'answer')} of {author}, and"
            " cannot be asked for the rest. Import them with `manage.py import_data fastchat_ratings`, choose a judge"
            " that can be asked, or measure what is there with `partial`."
        )
    return {pk: scores.get(response.pk) for pk, response in given.items() if pk not in set(unsaid) or judge}


def rating_of(pk: int, response: Response, points: dict[Turn, dict[int, float | None]]) -> QuestionOutcome:
    """The mean of the turns that have points stands for the question."""
    by_turn = {f"turn_{turn}": given.get(pk) for turn, given in points.items() if pk in given}
    valid = [value for value in by_turn.values() if value is not None]
    return QuestionOutcome(pk, sum(valid) / len(valid) if valid else None, response, details=by_turn)


def rating_figures(bench: TwoTurnRun, author: Author, points: dict[Turn, dict[int, float | None]]) -> MeasuredFigures:
    judge = results.known_as(bench.participants), ""
    ratings = [
        Rating(pk, author.name, judge, FAILED if value is None else value, turn, bench.questions[pk].category)
        for turn, given in points.items()
        for pk, value in given.items()
    ]
    if not ratings:
        raise RunFailed(f"{judge[0]} has rated none of the answers of {author}.")
    try:
        found = single_figures(ratings)[author.name]
    except NoFigure as error:
        raise RunFailed(f"{error}.") from error
    return MeasuredFigures(
        value=found["average"],
        low=found["low"],
        high=found["high"],
        n=found["n"],
        failed=found["failed"],
        mean_length=mean_length(bench.answered[author].values()),
        figures={"mode": "single"} | found,
    )
