"""Who judges in the project at work, and what leads do to somebody's work: it stands in the audit."""

from django.db.models import OuterRef, Q, QuerySet, Subquery

from annotation.models import Author
from annotation.review import pausing, queue
from studio.accounts.acts import audit
from studio.accounts.models import AuditEntry, User
from studio.words import counted


def everybody() -> QuerySet[User]:
    """Members, also deactivated ones, and those who worked here before.

    Each with the id of the author that they are as `of`, and with their role as `role_here`.
    """
    author = Author.objects.filter(user=OuterRef("pk")).values("pk")
    people = User.objects.with_roles().annotate(of=Subquery(author))
    return people.filter(Q(role_here__isnull=False) | Q(of__isnull=False))


def annotators() -> QuerySet[User]:
    """Active members, and those who worked here before."""
    return everybody().filter(Q(is_active=True) | Q(of__isnull=False))


def at_work() -> QuerySet[User]:
    """Active members who are not paused: those who can be given work."""
    return everybody().filter(~pausing.paused_now(), Q(is_active=True, role_here__isnull=False))


class HandOverRefused(Exception):
    """Nobody can give work to this person; the words say why."""


def stop(person: User, by: User, note: str, take_back: bool) -> tuple[bool, int]:
    """They get no new pairs; with `take_back`, what they hold waits for others.

    Whether the pause is new, and how many pairs went back. Of somebody who is paused already pairs are taken back too.
    """
    is_new = pausing.pause(person, by, note)
    if is_new:
        audit.record(AuditEntry.Act.PAUSED, by, person, f"paused {person.username}")
    return is_new, take_pairs_back(person, by) if take_back else 0


def go_on(person: User, by: User) -> bool:
    """They get new pairs again. Whether there was a pause to end."""
    ended = pausing.resume(person, by)
    if ended:
        audit.record(AuditEntry.Act.RESUMED, by, person, f"ended the pause of {person.username}")
    return ended


def take_pairs_back(person: User, by: User) -> int:
    """What they hold waits for others at once; says how many pairs that were."""
    taken = queue.take_back_from(person)
    if taken:
        says = f"took back {counted(taken, 'open pair')} of {person.username}"
        audit.record(AuditEntry.Act.TAKEN_BACK, by, person, says)
    return taken


def hand_over(person: User, to: User, by: User) -> tuple[int, int]:
    """What they hold is held by another, but for pairs that this one judged, skipped or holds: these wait for others.

    How many pairs were handed over, and how many wait. Raises HandOverRefused.
    """
    if to == person or not at_work().filter(pk=to.pk).exists():
        raise HandOverRefused(f"{to} cannot be given pairs now. Choose an active member who is not paused.")
    given = queue.hand_over(person, to)
    if given:
        says = f"handed {counted(given, 'open pair')} of {person.username} over to {to.username}"
        audit.record(AuditEntry.Act.HANDED_OVER, by, person, says)
    return given, take_pairs_back(person, by)
