"""What a form refuses, as a problem of the request's fields."""

from rest_framework.exceptions import ValidationError

from training.runs.forms import FormInvalid

OUTSIDE = ("kind", "checkpoint", "inputs")


def as_problem(error: FormInvalid) -> ValidationError:
    """Settings stand under `settings` in a request."""
    placed = {
        name if name.partition(".")[0] in OUTSIDE else f"settings.{name}": [problem]
        for name, problem in error.errors.items()
    }
    return ValidationError(placed)
