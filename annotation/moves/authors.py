"""Who wrote and judged what moves: the same people, models and judges, as the other project knows them."""

from typing import Any

import orjson
from django.db.models import BigIntegerField, F, Func, QuerySet, TextField, Value
from django.db.models.functions import Cast

from annotation.models import Author, Collection, JudgeCard, Prompt
from annotation.moves import tables
from studio.accounts.models import User
from studio.projects.scope import inside

# An author of one project, by id, and who that is in another.
Counterparts = dict[int, int]
# In the details of an author who stands for one thing of another project: its author there.
CAME = "came_from_author"


def of_collection(collection: Collection) -> QuerySet[Author]:
    """Everybody whose rows would move."""
    prompts, found = Prompt._base_manager.filter(collection=collection), set[int]()
    for model, ways in tables.along().items():
        for way, name in ((way, name) for way in ways for name in tables.authored(model)):
            rows = model._base_manager.filter(**{f"{way}__in": prompts.values("pk")}).order_by()
            found |= set(rows.values_list(name, flat=True).distinct())
    return Author._base_manager.filter(pk__in=found)


def counterparts(authors: QuerySet[Author], project: int, met: Counterparts) -> Counterparts:
    """`met` with each of them too: who they are in a project, made there where nobody is. No two become one."""
    # People with an account first: a name alone must not take what an account stands for.
    new = authors.exclude(pk__in=met).select_related("user")
    for author in new.order_by(F("user").asc(nulls_last=True), "pk"):
        with inside(project):
            met[author.pk] = counterpart(author, author.user, set(met.values())).pk
    return met


def meet(rows: QuerySet[Any], project: int, met: Counterparts) -> None:
    """Those of rows that are about to move whom nobody has met yet."""
    for name in tables.authored(rows.model):
        new = set(rows.order_by().values_list(name, flat=True).distinct()) - met.keys() - {None}
        if new:
            counterparts(Author._base_manager.filter(pk__in=new), project, met)


def counterpart(author: Author, user: User | None, taken: set[int]) -> Author:
    """In the project at work; another than those that are `taken`."""
    if user is not None:
        return Author.of(user)
    if known := Author.objects.filter(details__contains={CAME: author.pk}).exclude(pk__in=taken).first():
        return known
    details = author.details | ({CAME: author.pk} if is_one_thing(author) else {})
    number, name = 1, author.name
    while True:
        made, is_new = Author.objects.get_or_create(kind=author.kind, name=name, defaults={"details": details})
        if is_new or (made.pk not in taken and not is_one_thing(author) and not is_one_thing(made)):
            return made
        number += 1
        name = f"{author.name[:190]} ({number})"


def is_one_thing(author: Author) -> bool:
    """Whether they stand for one row, such as a checkpoint: other projects mean other weights by the same name."""
    ways = [way.get_accessor_name() for way in Author._meta.related_objects if way.one_to_one]
    return any(hasattr(author, str(way)) for way in ways)


class Counterpart(Func):
    """The counterpart of a column's author. One without a counterpart gives null, which no such column takes."""

    template = "(%(expressions)s)::bigint"
    arg_joiner = " ->> "
    output_field = BigIntegerField()

    def __init__(self, column: str, met: Counterparts) -> None:
        known = Func(Value(orjson.dumps({str(one): other for one, other in met.items()}).decode()), template=JSONB)
        super().__init__(known, Cast(F(f"{column}_id"), TextField()))


JSONB = "%(expressions)s::jsonb"


def forget_cards(met: Counterparts) -> None:
    """What was counted of judges whose judgments moved, in both projects: it is counted anew when somebody looks."""
    JudgeCard._base_manager.filter(author__in=[*met, *met.values()]).delete()


def people(authors: QuerySet[Author]) -> list[dict[str, Any]]:
    """Persons among them, by name: `name` and, where they have an account, `user`."""
    persons = authors.filter(kind=Author.Kind.PERSON).order_by("name")
    return [dict(row) for row in persons.values("name", "user")]
