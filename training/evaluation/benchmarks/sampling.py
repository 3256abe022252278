"""A checkpoint answers the questions of a set that it has not answered yet."""

from collections.abc import Mapping
from typing import Any

from annotation.datasets.versions import freeze
from annotation.models import Collection
from studio.accounts.models import User
from training.models import Checkpoint, Run
from training.runs import launching
from training.runs.forms import FormInvalid


def sample_rest(
    checkpoint: Checkpoint, collection: Collection, settings: Mapping[str, Any] | None = None, by: User | None = None
) -> Run:
    """A sampling run on a version of just those prompts. Raises DefinitionInvalid where none is left, FormInvalid."""
    # A version is never taken back: settings that are refused are refused before it is frozen.
    _, errors = launching.checked(Run.Kind.SAMPLE, settings or {}, checkpoint, {})
    if refused := {field: problem for field, problem in errors.items() if not field.startswith("inputs.")}:
        raise FormInvalid(refused)
    # A benchmark is all of its questions, also those of a pair that somebody flagged.
    asked = {"collections": [collection.slug], "unanswered_by": checkpoint.author_id, "flagged": "all"}
    version = freeze(f"{collection.slug} without {checkpoint}"[:120], "prompts", asked, by)
    return launching.launch("sample", settings or {}, checkpoint=checkpoint, inputs={"prompts": version}, by=by)
