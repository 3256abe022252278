"""A studio that is filled once for all who knock."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from studio.accounts.models import User
from studio.accounts.roles import Role
from tests.conftest import at_work, person
from tests.frontend.filled import fill

People = dict[str, User]


@pytest.fixture(scope="package")
def people(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[People]:
    """One of each role, by name. Each test's own transaction lies within this one."""
    roles = {"Ann": Role.ANNOTATOR, "Lea": Role.LEAD, "Eli": Role.ENGINEER, "Ada": Role.ADMIN}
    with django_db_blocker.unblock(), transaction.atomic():
        count_from_one()
    with django_db_blocker.unblock(), transaction.atomic(), at_work():
        made = {name.lower(): person(name, role) for name, role in roles.items()}
        fill(made["ada"])
        yield made
        transaction.set_rollback(True)


def count_from_one() -> None:
    """The first of everything has one id, which then leads somewhere in most addresses."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)
