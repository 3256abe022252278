"""Who judges in the project at work, and stopping somebody's work."""

from django.db.models import OuterRef, Q, QuerySet, Subquery

from annotation.models import Author
from annotation.review import pausing, queue
from studio.accounts.models import User


def annotators() -> QuerySet[User]:
    """Active members, and those who worked here before.

    Each with the id of the author that they are as `of`, and with their role as `role_here`.
    """
    author = Author.objects.filter(user=OuterRef("pk")).values("pk")
    people = User.objects.with_roles().annotate(of=Subquery(author))
    return people.filter(Q(is_active=True, role_here__isnull=False) | Q(of__isnull=False))


def stop(person: User, by: User, note: str, take_back: bool) -> tuple[bool, int]:
    """They get no new pairs; with `take_back`, what they hold waits for others.

    Whether the pause is new, and how many pairs went back. Of somebody who is paused already pairs are taken back too.
    """
    is_new = pausing.pause(person, by, note)
    return is_new, queue.take_back_from(person) if take_back else 0
