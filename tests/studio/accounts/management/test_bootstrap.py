import io

import pytest
from django.core.management import call_command

from annotation.models import Pair
from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import inside

pytestmark = pytest.mark.django_db


def bootstrap() -> str:
    out = io.StringIO()
    call_command("bootstrap", stdout=out)
    return out.getvalue()


def test_an_admin_is_made_and_the_password_is_said_once() -> None:
    said = bootstrap()
    password = said.split("password: ")[1].split()[0]
    admin = User.objects.get()
    assert admin.check_password(password)
    assert (admin.role, admin.is_superuser) == ("admin", True)
    assert bootstrap() == ""
    assert User.objects.count() == 1


def test_an_admin_who_joined_is_enough(ada: User) -> None:
    assert ada.username != "admin"
    assert bootstrap() == "" and User.objects.get() == ada


def test_a_password_of_the_environment_is_taken_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_ADMIN_PASSWORD", "correct horse battery")
    assert "correct horse" not in bootstrap()
    assert User.objects.get().check_password("correct horse battery")


def test_the_demo_is_in_the_first_project_of_a_new_studio() -> None:
    Project.objects.all().delete()
    bootstrap()
    with inside(Project.objects.get().pk):
        assert Pair.objects.exists()
    assert Project.objects.get().slug == "playground" and not Pair.objects.exists()


def test_a_playground_that_was_deleted_does_not_come_back(project: Project) -> None:
    bootstrap()
    assert Project.objects.get() == project
