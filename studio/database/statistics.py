"""What PostgreSQL's planner knows of the tables. By itself it looks a minute after rows came, and guesses until then.

A query that is planned meanwhile, as if nothing had come, may take minutes where it would take a tenth of a second. So
whoever has written more than some hundred rows has it look at once.

A look never fails its caller, whose own work is done: a table at which somebody else looks is passed over (waiting
could end in a deadlock), and an error goes to the log.
"""

import logging
from contextlib import nullcontext

from django.apps import apps
from django.contrib.postgres.search import SearchVectorField
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import GeneratedField, JSONField, Model, TextField

# From so many new rows on a look pays.
MANY = 500
# Looking at long texts costs more than all else, and no join is planned by them.
LONG = TextField, JSONField, SearchVectorField, GeneratedField


log = logging.getLogger(__name__)


def analyse(*models: type[Model], whole: bool = False) -> None:
    """Have PostgreSQL look at these tables, once what was written is committed; at long texts only if `whole`.

    Outside of a transaction it looks at once.
    """
    transaction.on_commit(lambda: look(named(models, whole)))


def analyse_now(*models: type[Model]) -> None:
    """At once, also inside a transaction, whose own rows it sees; of all models if none is named."""
    look(named(models or tuple(apps.get_models()), whole=False))


def look(tables: str) -> None:
    try:
        # A failure inside of a transaction would end that: a savepoint keeps it.
        with transaction.atomic() if connection.in_atomic_block else nullcontext(), connection.cursor() as cursor:
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {tables}")
    except DatabaseError:
        log.warning("PostgreSQL did not look at its tables; it does so by itself in a minute.", exc_info=True)


def named(models: tuple[type[Model], ...], whole: bool) -> str:
    return ", ".join(model._meta.db_table if whole else f"{model._meta.db_table} ({short(model)})" for model in models)


def short(model: type[Model]) -> str:
    return ", ".join(
        connection.ops.quote_name(str(field.column))
        for field in model._meta.local_concrete_fields
        if not isinstance(field, LONG)
    )
