"""Commands that work in a project say in which, where there is more than one."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import CommandParser

from studio.projects.command import ProjectCommand
from studio.projects.models import Project
from studio.projects.scope import NOWHERE, here, inside

pytestmark = pytest.mark.django_db


class Where(ProjectCommand):
    """Says in which project it works."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true")

    def handle(self, *args: Any, **options: Any) -> str:
        return Project.objects.get(pk=here()).slug


def where(*args: str) -> str:
    out = io.StringIO()
    call_command(Where(), *args, stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def other() -> Project:
    return Project.objects.create(slug="other", name="Other")


def test_with_one_project_there_is_nothing_to_say() -> None:
    with inside(NOWHERE):
        assert where() == where("--project", "tests") == "tests"


def test_of_several_one_is_named(other: Project) -> None:
    with inside(NOWHERE):
        assert where("--project", "other") == "other"
        with pytest.raises(CommandError, match=r"Say which --project. There are: other, tests\."):
            where()


def test_one_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(CommandError, match=r"There is no project 'phsyics'. There are: tests\."):
        where("--project", "phsyics")


def test_a_studio_without_projects_says_so() -> None:
    Project.objects.all().delete()
    with inside(NOWHERE), pytest.raises(CommandError, match="There are: none"):
        where()


def test_code_in_a_project_calls_a_command_for_it_or_for_another(other: Project) -> None:
    with inside(other.pk):
        assert (where(), where("--project", "tests"), here()) == ("other", "tests", other.pk)
