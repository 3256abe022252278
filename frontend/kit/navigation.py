"""The places of the studio: home, collections, then the circle in its order.

The side bar, the palette and the `g` keys read this table.
"""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.projects import addresses


@dataclass(frozen=True)
class Place:
    """One entry of the side bar; `key` follows `g` (the admin has none), `capability` is who sees it.

    `also` are the addresses of its other tabs.
    """

    name: str
    title: str
    path: str
    key: str
    capability: Capability
    also: tuple[str, ...] = ()

    @property
    def href(self) -> str:
        """In the project of the request; the admin site belongs to none."""
        return self.path if self.name == "admin" else addresses.here(self.path)


PLACES = (
    Place("home", "Home", "/", "h", Capability.ANNOTATE),
    Place("collection", "Collections", "/prompts/collections/", "l", Capability.READ_DATA),
    Place("prompts", "Prompts", "/prompts/", "p", Capability.READ_DATA),
    Place("responses", "Responses", "/responses/", "s", Capability.READ_DATA),
    Place("pairs", "Pairs", "/pairs/", "a", Capability.READ_DATA),
    Place("review", "Review", "/review/", "v", Capability.ANNOTATE, ("/flags/",)),
    Place("datasets", "Datasets", "/datasets/", "d", Capability.READ_DATA),
    Place("runs", "Runs", "/runs/", "r", Capability.READ_DATA),
    Place("machines", "Machines", "/machines/", "m", Capability.READ_DATA),
    Place("checkpoints", "Checkpoints", "/checkpoints/", "k", Capability.READ_DATA),
    Place("compare", "Compare", "/compare/", "c", Capability.READ_DATA),
    Place(
        "evaluate",
        "Evaluate",
        "/evaluate/",
        "e",
        Capability.READ_DATA,
        ("/leaderboards/", "/arena/", "/judges/", "/benchmarks/"),
    ),
)
# Tabs that the palette knows by name.
TABS = (
    Place("review", "Flags", "/flags/", "", Capability.READ_DATA),
    Place("evaluate", "Leaderboards", "/leaderboards/", "", Capability.READ_DATA),
    Place("evaluate", "Arena", "/arena/", "", Capability.READ_DATA),
    Place("evaluate", "Judges", "/judges/", "", Capability.READ_DATA),
    Place("people", "Activity", "/people/activity/", "", Capability.MANAGE_DATA),
    Place("people", "Invitations", "/people/invitations/", "", Capability.MANAGE_PEOPLE),
    Place("people", "Audit", "/people/audit/", "", Capability.MANAGE_PEOPLE),
)
PEOPLE = Place("people", "People", "/people/", "o", Capability.MANAGE_PEOPLE)
PROJECTS = Place("project", "Projects", "/projects/", "j", Capability.ANNOTATE, ("/project/", "/defaults/"))
SETTINGS = Place("settings", "Settings", "/settings/", ",", Capability.ANNOTATE)
ADMIN = Place("admin", "Admin", "/admin/", "", Capability.ADMINISTER)


def places(user: User | AnonymousUser) -> list[Place]:
    """The places that a person may enter."""
    return entered(PLACES, user)


def below(user: User | AnonymousUser) -> list[Place]:
    """What stands below the circle; a page of settings asks for no more than a person who is signed in."""
    return [*entered((PEOPLE,), user), PROJECTS, SETTINGS]


def tabs(user: User | AnonymousUser) -> list[Place]:
    return entered(TABS, user)


def entered(known: tuple[Place, ...], user: User | AnonymousUser) -> list[Place]:
    return [place for place in known if isinstance(user, User) and user.can(place.capability)]


def is_here(place: Place, path: str) -> bool:
    """Of two places one below the other, such as prompts and their collections, the lower one."""
    here = depth(place, path)
    return here > 0 and here == max(depth(one, path) for one in (*PLACES, PEOPLE, PROJECTS, SETTINGS))


def depth(place: Place, path: str) -> int:
    """How much of an address the place accounts for."""
    if place.path == "/":
        return int(path == "/")
    return max((len(begins) for begins in (place.path, *place.also) if path.startswith(begins)), default=0)
