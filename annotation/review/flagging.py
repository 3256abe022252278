"""Raise and settle flags, the only way to write one; and what flags leave out of a dataset version."""

from collections import Counter
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotation.datasets.definitions import Definition, DefinitionInvalid, stored
from annotation.models import Author, Flag, Pair, Response, Settlement, Version
from annotation.models.flags import HELD_BACK
from studio.accounts.models import User

# Why a version leaves a row out.
REASONS: dict[str, str] = {
    Flag.State.OPEN: "flagged, and not settled yet",
    Flag.State.EXCLUDED: "flagged, and excluded",
}


class SettlingRefused(Exception):
    """A flag that cannot be settled so, with what would be right."""


def flag(user: User, pair: Pair, reason: str) -> Flag:
    """Something is wrong with the pair, for a lead to see. The pair stays where it is.

    A flag of the same person that is still open gets the new reason.
    """
    raised, _ = Flag.objects.update_or_create(
        pair=pair, author=Author.of(user), state=Flag.State.OPEN, defaults={"reason": reason}
    )
    return raised


def settle(flags: QuerySet[Flag], state: str, by: User, note: str = "") -> int:
    """Decide about flags, or open them again with `state="open"`. Gives how many changed; raises SettlingRefused.

    The same decision again changes nothing. An excluded pair is offered to no annotator until its flag is opened,
    dismissed or fixed; whoever has it on the screen may judge it still.
    """
    opened, now = state == Flag.State.OPEN, timezone.now()
    told = {"state": state, "note": "" if opened else note}
    settled = {"settled_by": None if opened else by, "settled_at": None if opened else now, "seen": False}
    try:
        with transaction.atomic():
            changing = list(flags.exclude(**told).order_by("pk").select_for_update(of=("self",)))
            changed = Flag.objects.filter(pk__in=[each.pk for each in changing])
            changed.update(**told, **settled)
            Settlement.objects.bulk_create(
                Settlement(flag=each, state=state, note=note, by=by, at=now) for each in changing
            )
    except IntegrityError as error:
        raise SettlingRefused("The same person has flagged this pair again since. Settle the newer flag.") from error
    return len(changing)


class HeldBack(NamedTuple):
    """What flags leave out, by its ids, each with the reason."""

    pairs: dict[int, str]
    prompts: dict[int, str]
    responses: dict[int, str]


def held_back(definition: Definition) -> HeldBack:
    """The pairs that are held back, their prompts and both their responses: a flag does not say which it means."""
    held = HeldBack({}, {}, {})
    if definition.flagged == "all":
        return held
    states = HELD_BACK if definition.flagged == "out" else (Flag.State.EXCLUDED,)
    flags = Flag.objects.filter(state__in=states).order_by("-state")
    # Excluded ones come last, and their reason stays.
    for state, pair, prompt, *sides in flags.values_list("state", "pair", "pair__prompt", "pair__left", "pair__right"):
        reason = REASONS[state]
        held.pairs[pair] = held.prompts[prompt] = reason
        held.responses.update(dict.fromkeys(sides, reason))
    return held


def held_items(version: Version) -> int:
    """How many items its own definition would leave out by now: what was flagged later stays in a frozen version."""
    definition = frozen_by(version)
    held = held_back(definition)
    match version.kind:
        case Version.Kind.PREFERENCES:
            return version.items.filter(pair__in=list(held.pairs)).count()
        case Version.Kind.PROMPTS:
            return version.items.filter(prompt__in=list(held.prompts)).count()
        case Version.Kind.RESPONSES:
            return version.items.filter(record__response_id__in=list(held.responses)).count()
    return held_demonstrations(version, held, definition)


def frozen_by(version: Version) -> Definition:
    """Of one whose rows a machine wrote, a definition that leaves out what is flagged."""
    try:
        return stored(version)
    except DefinitionInvalid:
        return Definition()


def held_demonstrations(version: Version, held: HeldBack, definition: Definition) -> int:
    """A demonstration has no id of its response: its prompt and its text tell which it is.

    Where several responses that were there have the same text, those that are not held back stay in the version;
    but of the best of each prompt there is one.
    """
    answers = Response.objects.filter(prompt__in=list(held.prompts)).values_list("prompt", "text")
    texts = set(answers.filter(pk__in=list(held.responses)))
    shown = version.items.filter(prompt__in=list(held.prompts)).values_list("prompt", "record__response")
    found = Counter(one for one in shown.iterator() if one in texts)
    if getattr(definition, "best_by", None):
        return found.total()
    free = answers.exclude(pk__in=list(held.responses)).filter(created_at__lte=version.created_at)
    authors = getattr(definition, "authors", [])
    free = free.filter(author__in=authors) if authors else free
    return (found - Counter(one for one in free.iterator() if one in found)).total()
