"""Of a trainer's form: further datasets beside the first, and a weight for each."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet

from annotation.models import Version
from frontend.presenters.training.launch_fields import VersionChoice
from training.runs.forms import number_in
from training.specs import LARGE
from training.specs.mixtures import BESIDE, TRAIN

# A form has room for so many; the API and a recipe take all.
OFFERED = BESIDE[:4]
ROLES = (TRAIN, *OFFERED)
# A setting that weights are written to.
SHARES = "shares"


def input_name(role: str) -> str:
    return f"input_{role}"


def weight_name(role: str) -> str:
    return f"weight_{role}"


# In the order of the form: what is said of all, then a dataset and its weight in each line.
NAMES = (
    weight_name(TRAIN),
    "mixed_rows",
    *(name(role) for role in OFFERED for name in (input_name, weight_name)),
)


def mixture_fields(versions: QuerySet[Version]) -> dict[str, forms.Field]:
    """Each dataset beside its weight, that of the first dataset at the head."""
    weights = {
        role: forms.CharField(
            label=f"Weight of dataset {place}",
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        )
        for place, role in enumerate(ROLES, 1)
    }
    found: dict[str, forms.Field] = {weight_name(TRAIN): weights[TRAIN]}
    for place, role in enumerate(OFFERED, 2):
        found[input_name(role)] = VersionChoice(versions, label=f"Dataset {place}", empty_label="None", required=False)
        found[weight_name(role)] = weights[role]
    return found


def weights(data: Mapping[str, Any]) -> dict[str, str]:
    """Of each dataset that was chosen, by the field's name; empty where no weight was given."""
    chosen = [role for role in ROLES if role == TRAIN or data.get(input_name(role))]
    given = {weight_name(role): str(data.get(weight_name(role)) or "").strip() for role in chosen}
    return given if any(given.values()) else {}


def weight_errors(data: Mapping[str, Any]) -> dict[str, str]:
    """Each at its own field."""
    given = weights(data)
    errors = {name: "Give each dataset a weight, or none of them." for name, text in given.items() if not text}
    numbers = {name: number_in(text) for name, text in given.items() if text}
    wrong = {name: number for name, number in numbers.items() if number is None or not 0 < number < LARGE}
    return errors | {name: f"“{given[name]}” is not a number above 0." for name in wrong}
