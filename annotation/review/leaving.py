"""What becomes of the work of somebody who is deactivated."""

from typing import Any

from django.dispatch import receiver

from annotation.review import queue
from studio.accounts.acts.people import deactivated, left
from studio.accounts.models import User
from studio.projects.scope import everywhere


@receiver(deactivated)
def hand_over(person: User, **_: Any) -> None:
    """Open assignments wait for others at once."""
    with everywhere():
        queue.take_back_from(person)


@receiver(left)
def hand_over_here(person: User, **_: Any) -> None:
    """Likewise, in the project that they left."""
    queue.take_back_from(person)
