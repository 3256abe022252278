"""Responses against the baseline's, question by question, under a judge that is asked what it has not judged yet."""

from collections.abc import Iterable

from annotation.judges.config.registry import Judge
from annotation.judges.runs import over_pairs
from annotation.models import Author, Judgment, Pair
from studio.database.retry import patiently
from studio.words import counted
from training.evaluation.benchmarks import judging
from training.evaluation.benchmarks.answers import Answers, questions
from training.evaluation.benchmarks.parties import Parties
from training.evaluation.leaderboards.results import OfPrompt
from training.models import Run
from training.runs.failures import RunFailed
from training.runs.judging import Progress
from training.worker.renewal import Hold

SOURCE = "benchmark"
# The same words on both sides are a draw for which no judge is paid.
DRAW = 0.5


def played(
    run: Run, parties: Parties, ours: Answers, theirs: Answers, hold: Hold, *, partial: bool = False
) -> list[OfPrompt]:
    """The share won of each question that both answered.

    Raises RunFailed where verdicts cannot be had (with `partial` such questions are left out), Stopped.
    """
    met = [prompt for prompt in questions(parties.collection) if prompt in ours and prompt in theirs]
    pairs = paired(parties, met, ours, theirs)
    differing = [prompt for prompt in met if differ(prompt, ours, theirs)]
    if parties.judge:
        ask(run, parties.judge, [pairs[prompt] for prompt in differing], hold)
    said = verdicts(parties, pairs.values())
    unsaid = {prompt for prompt in differing if pairs[prompt].pk not in said}
    if unsaid and not partial:
        raise RunFailed(
            f"{parties.judge_author} has judged {len(differing) - len(unsaid)} of {counted(len(differing), 'pair')}"
            " and cannot be asked for the rest. Import them with `manage.py import_data alpaca_annotations`, or choose"
            " a judge of the library."
        )
    return [of_prompt(prompt, pairs.get(prompt), said, ours, theirs) for prompt in met if prompt not in unsaid]


def differ(prompt: int, ours: Answers, theirs: Answers) -> bool:
    return ours[prompt].digest != theirs[prompt].digest


def paired(parties: Parties, prompts: list[int], ours: Answers, theirs: Answers) -> dict[int, Pair]:
    """The pair of each question, made where it is new and there is something to judge."""
    sides = {prompt: (ours[prompt].pk, theirs[prompt].pk) for prompt in prompts}
    Pair.objects.bulk_create(
        (
            Pair(
                collection=parties.collection,
                prompt_id=prompt,
                left_id=min(side),
                right_id=max(side),
                source=SOURCE,
                metadata={"baseline": parties.baseline.name} if parties.baseline else {},
            )
            for prompt, side in sides.items()
            if differ(prompt, ours, theirs)
        ),
        ignore_conflicts=True,
    )
    stored = {(pair.left_id, pair.right_id): pair for pair in Pair.objects.filter(prompt__in=prompts)}
    found = {prompt: stored.get((min(side), max(side))) for prompt, side in sides.items()}
    met = {prompt: pair for prompt, pair in found.items() if pair}
    if parties.baseline:
        tell_baseline(met.values(), parties.baseline)
    return met


def tell_baseline(pairs: Iterable[Pair], baseline: Author) -> None:
    """Published judges read one order, which begins with the baseline: the pair says whose that is."""
    untold = [pair for pair in pairs if pair.metadata.get("baseline") != baseline.name]
    for pair in untold:
        pair.metadata["baseline"] = baseline.name
    Pair.objects.bulk_update(untold, ["metadata"], batch_size=500)


def ask(run: Run, judge: Judge, pairs: list[Pair], hold: Hold) -> None:
    wanted = Pair.objects.filter(pk__in=[pair.pk for pair in pairs])
    if not over_pairs.unjudged(wanted, judge.author).exists():
        # Where every verdict is there, nobody needs a key.
        return
    outcome = patiently(
        lambda: over_pairs.judge_pairs(
            judge,
            wanted,
            report=Progress(hold).note,
            should_stop=lambda: hold.must_stop,
            seed=run.spec["settings"]["seed"],
            purpose=judging.purpose(run),
        )
    )
    judging.settle(outcome, hold)


def verdicts(parties: Parties, pairs: Iterable[Pair]) -> dict[int, Judgment]:
    """The judge's current judgments by pair."""
    ids = [pair.pk for pair in pairs]
    current = Judgment.objects.filter(author=parties.judge_author, superseded_at=None, pair__in=ids)
    return {judgment.pair_id: judgment for judgment in current}


def of_prompt(prompt: int, pair: Pair | None, said: dict[int, Judgment], ours: Answers, theirs: Answers) -> OfPrompt:
    asked = OfPrompt(prompt, DRAW, response=ours[prompt], baseline_response=theirs[prompt])
    judgment = said.get(pair.pk) if pair else None
    if pair is None or judgment is None:
        return asked
    won = share_won(judgment, pair.right_id == ours[prompt].pk)
    return asked._replace(value=won, judgment=judgment)


def share_won(judgment: Judgment, is_right: bool) -> float | None:
    """From 0 to 1 by the judge's preference, else 1, ½ or 0 by the side that its grade favours; None: it failed."""
    if judgment.grade is None:
        return None
    to_right = judgment.preference
    if to_right is None:
        to_right = (judgment.grade > 0) + (judgment.grade == 0) / 2
    return to_right if is_right else 1 - to_right
