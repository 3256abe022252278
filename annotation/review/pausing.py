"""A lead pauses a person: they get no new pairs until the pause is ended. What they judged stays, and stays readable.

The pause is committed before pairs are taken back: `queue.next_slots` looks for it after it leased pairs, so that a
pair which was leased at the same moment is given back by one of the two.
"""

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from annotation.models import Pause
from studio.accounts.models import User


def current(user_id: int) -> Pause | None:
    """The pause of this person, if there is one now."""
    return Pause.objects.select_related("by").filter(user=user_id, ended_at=None).first()


def of_person(user_id: int, most: int) -> tuple[Pause | None, list[Pause]]:
    """The pause of this person, if there is one now, and those before it: the newest, first."""
    pauses = list(Pause.objects.select_related("by", "ended_by").filter(user=user_id).order_by("-at")[: most + 1])
    earlier = [pause for pause in pauses if pause.ended_at]
    return next((pause for pause in pauses if not pause.ended_at), None), earlier[:most]


def is_paused(user_id: int) -> bool:
    return Pause.objects.filter(user=user_id, ended_at=None).exists()


def paused_now() -> Exists:
    """As a column or a condition of users."""
    return Exists(Pause.objects.filter(user=OuterRef("pk"), ended_at=None))


def words(pause: Pause) -> str:
    """What the person is told."""
    note = f" They wrote: “{pause.note}”" if pause.note else ""
    return f"A lead paused your work. Ask {pause.by}.{note}"


def pause(user: User, by: User, note: str = "") -> bool:
    """Whether the pause is new: of two leads at once one is the first."""
    try:
        with transaction.atomic():
            Pause.objects.create(user=user, by=by, note=note)
    except IntegrityError:
        return False
    return True


def resume(user: User, by: User) -> bool:
    """Whether there was a pause to end."""
    return bool(Pause.objects.filter(user=user, ended_at=None).update(ended_by=by, ended_at=timezone.now()))
