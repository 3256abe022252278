"""What becomes of the work of somebody who is deactivated, or who leaves a project."""

from typing import Any

from django.dispatch import receiver

from annotation.models import Assignment
from annotation.review import annotators
from studio.accounts.acts.people import deactivated, left
from studio.accounts.models import User
from studio.projects.scope import everywhere, inside


@receiver(deactivated)
def hand_over(person: User, by: User, **_: Any) -> None:
    """Open assignments of all projects wait for others at once, and each project has it on record."""
    with everywhere():
        held = Assignment.objects.filter(annotator=person, state=Assignment.State.LEASED)
        projects = set(held.values_list("project", flat=True))
    for project in sorted(projects):
        with inside(project):
            annotators.take_pairs_back(person, by)


@receiver(left)
def hand_over_here(person: User, by: User, **_: Any) -> None:
    """Likewise, in the project that they left."""
    annotators.take_pairs_back(person, by)
