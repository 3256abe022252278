"""What a judge says of two authors' responses, question by question: evaluations and benchmarks ask and read alike.

The judge is asked what it has not judged yet. The same words on both sides are a tie for which nobody is paid.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from annotation.judges.config.registry import Judge
from annotation.judges.runs import over_pairs
from annotation.models import Author, Judgment, Pair, Response, win_share
from annotation.review.pairing import pair_chosen
from training.models import Run
from training.runs import judge_session
from training.runs.judge_session import JudgeProgress


class Sides(NamedTuple):
    """A response of either side by prompt. `baseline` is the author of theirs where ours are measured against it."""

    ours: Mapping[int, Response]
    theirs: Mapping[int, Response]
    baseline: Author | None = None

    @property
    def shared(self) -> list[int]:
        """Prompts that both answered, in the order in which they were imported."""
        return sorted(self.ours.keys() & self.theirs.keys())

    def differ(self, prompt: int) -> bool:
        return self.ours[prompt].digest != self.theirs[prompt].digest

    def pair(self, prompt: int) -> tuple[int, int]:
        """The ids of left and right."""
        ours, theirs = self.ours[prompt].pk, self.theirs[prompt].pk
        return min(ours, theirs), max(ours, theirs)


class PromptVerdict(NamedTuple):
    """How much of a prompt our side won, from 0 to 1; None where the judge failed. The same words need no judgment."""

    share: float | None
    judgment: Judgment | None = None


def verdicts(
    run: Run, progress: JudgeProgress, sides: Sides, judge: Judge | None, signed: Author, source: str
) -> dict[int, PromptVerdict]:
    """By prompt; without those on which a judge that cannot be asked (None) has no verdict.

    `signed` is the author of the verdicts, `source` where new pairs say that they are from. It is a part of
    `progress`. Raises RunFailed, RunStopped.
    """
    progress.begin(len(sides.shared))
    pairs = paired(sides, source)
    if judge:
        ask(run, judge, [pair for prompt, pair in pairs.items() if sides.differ(prompt)], progress)
    said = current(signed, pairs.values())
    found = {prompt: said.get(pairs[prompt].pk) if prompt in pairs else None for prompt in sides.shared}
    return {
        prompt: of_judgment(judgment, sides.ours[prompt]) if judgment else PromptVerdict(win_share.TIED)
        for prompt, judgment in found.items()
        if judgment or not sides.differ(prompt)
    }


def of_judgment(judgment: Judgment, ours: Response) -> PromptVerdict:
    is_right = judgment.pair.right_id == ours.pk
    return PromptVerdict(win_share.of_side(judgment.grade, judgment.preference, is_right=is_right), judgment)


def paired(sides: Sides, source: str) -> dict[int, Pair]:
    """The pair of each question, made where it is new and there is something to judge."""
    metadata = {"baseline": sides.baseline.name} if sides.baseline else {}
    made = pair_chosen([sides.pair(prompt) for prompt in sides.shared], source, metadata)
    found = {prompt: made[sides.pair(prompt)] for prompt in sides.shared if sides.pair(prompt) in made}
    if sides.baseline:
        tell_baseline(found.values(), sides.baseline)
    return found


def tell_baseline(pairs: Iterable[Pair], baseline: Author) -> None:
    """Published judges read one order, which begins with the baseline: the pair says whose that is."""
    untold = [pair for pair in pairs if pair.metadata.get("baseline") != baseline.name]
    for pair in untold:
        pair.metadata["baseline"] = baseline.name
    Pair.objects.bulk_update(untold, ["metadata"], batch_size=500)


def ask(run: Run, judge: Judge, pairs: Iterable[Pair], progress: JudgeProgress) -> None:
    wanted = Pair.objects.filter(pk__in=[pair.pk for pair in pairs])
    # Where every verdict is there, nobody needs a key.
    if over_pairs.unjudged(wanted, judge.author).exists():
        judge_session.judge_pairs(run, judge, wanted, progress)


def current(signed: Author, pairs: Iterable[Pair]) -> dict[int, Judgment]:
    """The author's current judgments by pair."""
    known = {pair.pk: pair for pair in pairs}
    found = {}
    for judgment in Judgment.objects.filter(author=signed, superseded_at=None, pair__in=list(known)):
        # Known already, so that nobody reads it again.
        judgment.pair = known[judgment.pair_id]
        found[judgment.pair_id] = judgment
    return found
