"""What a form refuses, as a problem of the request's fields."""

from collections.abc import Collection

from rest_framework.exceptions import ValidationError

from training.runs.forms import FormInvalid

OUTSIDE = ("kind", "checkpoint", "reference", "loads", "inputs", "priority")


def as_problem(error: FormInvalid, outside: Collection[str] = OUTSIDE) -> ValidationError:
    """Settings stand under `settings` in a request, and fields `outside` do not."""
    placed = {
        name if name.partition(".")[0] in outside else f"settings.{name}": [problem]
        for name, problem in error.errors.items()
    }
    return ValidationError(placed)
