"""Texts as PostgreSQL indexes them for search, and what people type as it reads it: both are cut in one way."""

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Func, TextField, Value
from django.db.models.functions import Left

# PostgreSQL refuses a tsvector over 1 MiB; the first characters of a text are enough to find it by.
SEARCHED = 60_000
ASKED = 1_000
# PostgreSQL takes a run without blanks for an address or a path and reads it anew from each of these signs: the time
# grows with the square of their number, or its cube. So a blank is put in after six of them, and between two @.
# A hyphen never follows that blank: in a search it would mean "without".
RUNS = r"(?:[-_~/][^-\s_~/]*){6}-*|@[^\s@]+(?=@)|@{6}"


def cut(text: str | Value, length: int) -> Func:
    """The first characters of a text, a field's or a value's, without long runs."""
    parts = Left(text, length), Value(RUNS), Value(r"\& "), Value("g")
    return Func(*parts, function="regexp_replace", output_field=TextField())


def indexed(field: str) -> SearchVector:
    """The words of a field, for a column generated from it."""
    return SearchVector(cut(field, SEARCHED), config="simple")


def searching(words: str) -> SearchQuery:
    """What people type into a search box, as PostgreSQL reads it."""
    return SearchQuery(cut(Value(words), ASKED), config="simple", search_type="websearch")
