"""What becomes of the work of somebody who is deactivated."""

from typing import Any

from django.dispatch import receiver

from annotation.review import queue
from studio.accounts.models import User
from studio.accounts.people import deactivated


@receiver(deactivated)
def hand_over(person: User, **_: Any) -> None:
    """Open assignments wait for others at once."""
    queue.take_back_from(person)
