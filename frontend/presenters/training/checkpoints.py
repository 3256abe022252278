"""One checkpoint: what it has written, what is known of it as a reward model, and how much room its weights take."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, Max, Min, Q

from annotation.models import Response, Score
from training.checkpoints import remote_code
from training.models import Checkpoint, Run
from training.runs.figures import best_of_n, held_out


def written(found: Checkpoint) -> dict[str, Any]:
    """What a policy has answered, or what a reward model has scored."""
    if found.kind == Checkpoint.Kind.REWARD:
        scores = Score.objects.filter(author=found.author_id)
        return scores.aggregate(n=Count("id"), mean=Avg("value"), lowest=Min("value"), highest=Max("value"))
    answered = Response.objects.filter(author=found.author_id)
    return answered.aggregate(n=Count("id"), prompts=Count("prompt", distinct=True), length=Avg("length"))


def weights_size(found: Checkpoint) -> int | None:
    """Bytes of its weights on this machine; None where they lie on another."""
    files = list(found.folder.glob("*.safetensors"))
    return sum(file.stat().st_size for file in files) if files else None


def rewarding(found: Checkpoint) -> dict[str, Any]:
    """Of a reward model: its held-out accuracy, and the newest run that chose the best by its scores."""
    chosen = Run.objects.filter(chosen_by(found), kind=Run.Kind.KEEP_BEST, result__figures__has_key="best_of_n")
    newest = chosen.order_by("-pk").first()
    return {
        "held_out": held_out(found.run.result) if found.run else None,
        "chosen_by_it": newest,
        "best_of_n": best_of_n(newest.result) if newest else [],
    }


def chosen_by(found: Checkpoint) -> Q:
    """Runs that read its scores: from the run that scored, or from a version that was frozen with them."""
    scoring = list(found.runs.filter(kind=Run.Kind.SCORE).values_list("pk", flat=True))
    return Q(spec__outputs__scores__run__in=scoring) | Q(versions__definition__scored_by=found.author_id)


@dataclass(frozen=True)
class OwnCode:
    """The Python files that a checkpoint brings; whether they run, and who allowed them."""

    files: list[str]
    runs: bool
    allowed_by: str
    allowed_at: datetime | None


def code_of(checkpoint: Checkpoint) -> OwnCode | None:
    """None where it brings no code, or where its files are not on this machine."""
    try:
        files = list(remote_code.files_in(checkpoint.folder))
    except OSError:
        return None
    owner = checkpoint.original or checkpoint
    by = owner.code_allowed_by.username if owner.code_allowed_by else ""
    at = owner.code_allowed_at if owner.code_allowed else None
    return OwnCode(files, remote_code.is_allowed(checkpoint), by, at) if files else None
