"""MT-bench: both turns of each answer rated from 1 to 10, or won and lost in pairs, in the studio.

With a baseline every author is compared with it; without one a judge that rates single responses rates them, and one
that reads pairs only compares the authors with each other. A judge of the first turn and one of the second are two
authors.
"""

from typing import Any

from annotation import turns
from annotation.judges import protocols
from annotation.judges.config.registry import Judge
from annotation.models import Author, Prompt, Score
from studio.words import counted
from training.evaluation.benchmarks import results, turn_comparisons, turn_ratings
from training.evaluation.benchmarks.answers import answers, whole
from training.evaluation.benchmarks.participants import Participants
from training.evaluation.benchmarks.two_turns import TURNS, Turn, TwoTurnRun
from training.models import Run
from training.runs import judge_session
from training.runs.failures import RunFailed
from training.worker.renewal import Renewal


def measure(run: Run, participants: Participants, renewal: Renewal) -> dict[str, Any]:
    """A row for each author. Raises RunFailed, RunStopped."""
    prompts = Prompt.objects.filter(collection=participants.collection).defer("search").in_bulk()
    authors = [*participants.authors, *([participants.baseline] if participants.baseline else [])]
    answered = {author: answers(participants.collection, author) for author in authors}
    bench = TwoTurnRun(run, participants, renewal, prompts, answered, of_turns(participants))
    if not bench.settings["partial"]:
        whole(participants.collection, answered)
        both_turns(bench)
    found = (turn_comparisons.compared if participants.baseline or not rates(bench) else turn_ratings.rated)(bench)
    return {"values": found, "judge": results.known_as(participants)} | judge_session.spent(run)


def of_turns(participants: Participants) -> dict[Turn, tuple[Judge | None, Author]]:
    """The judge of each turn; of one whose verdicts were imported the authors that there are."""
    if judge := participants.judge:
        return {turn: (judge.at_turn(turn), judge.at_turn(turn).author) for turn in TURNS}
    names = {turns.at_turn(turns.of_all_turns(participants.judge_author.name), turn): turn for turn in TURNS}
    known = Author.objects.filter(kind=Author.Kind.JUDGE, name__in=names)
    return {names[author.name]: (None, author) for author in known}


def both_turns(bench: TwoTurnRun) -> None:
    """Raises RunFailed for whoever was asked the first turn only."""
    for author, given in bench.answered.items():
        short = [pk for pk in bench.asked(2) if len(turns.answered(given[pk].metadata, given[pk].text)) < len(TURNS)]
        if short:
            raise RunFailed(
                f"{author} answered only the first turn of {counted(len(short), 'question')}. Sample it on a version"
                f" of {bench.participants.collection.slug}'s prompts frozen now, or measure what is there with"
                " `partial`."
            )


def rates(bench: TwoTurnRun) -> bool:
    """Whether the judge gives points to single responses."""
    if bench.participants.judge:
        return bench.participants.judge.protocol in (*protocols.SINGLE, "program")
    signed = [author for _, author in bench.judges.values()]
    return Score.objects.filter(author__in=signed, response__prompt__collection=bench.participants.collection).exists()
