"""The parts of a set of pairs in which a judge may do better or worse, as SQL expressions over a pair."""

from typing import Any

from django.db.models import Case, CharField, F, Func, IntegerField, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Abs, Coalesce, NullIf

from annotation.models.pairs import PairQuerySet

# As a part's name: nothing says which it is.
UNSTATED = "-"
MANY_TURNS = "3+"
TURNS_NAMED = {1: "1", 2: "2"}


def stated(value: Any) -> NullIf:
    return NullIf(value, Value(""), output_field=TextField())


def in_metadata(name: str) -> NullIf:
    return stated(KeyTextTransform(name, "prompt__metadata"))


LANGUAGE = Coalesce(in_metadata("language"), Value(UNSTATED), output_field=TextField())
DOMAIN = Coalesce(
    stated("prompt__category"),
    in_metadata("category"),
    in_metadata("dataset"),
    Value(UNSTATED),
    output_field=TextField(),
)
GAP = Abs(F("left__length") - F("right__length"), output_field=IntegerField())
N_TURNS = Func(
    F("prompt__messages"),
    template="""jsonb_array_length(jsonb_path_query_array(%(expressions)s, '$[*] ? (@.role == "user")'))""",
    output_field=IntegerField(),
)
TURNS = Case(
    *(When(n_turns=n, then=Value(name)) for n, name in TURNS_NAMED.items()),
    default=Value(MANY_TURNS),
    output_field=CharField(),
)


def narrow(pairs: PairQuerySet, **conditions: Any) -> PairQuerySet:
    """Those of one part, such as `language="de"` or `gap__gte=30`."""
    return facts(pairs).filter(**conditions)


def facts(pairs: PairQuerySet) -> PairQuerySet:
    """To select and to filter by: `language`, `domain`, `turns` (of the user) and `gap` (in characters)."""
    return pairs.alias(n_turns=N_TURNS).alias(language=LANGUAGE, domain=DOMAIN, turns=TURNS, gap=GAP)
