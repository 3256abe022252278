"""One checkpoint: what it has written, and how much room its weights take."""

from typing import Any

from django.db.models import Avg, Count, Max, Min

from annotation.models import Response, Score
from training.models import Checkpoint


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
