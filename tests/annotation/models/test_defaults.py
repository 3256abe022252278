"""What a new collection begins with, and that older ones stay as they are."""

import pytest

from annotation.models import Collection, ProjectDefaults
from studio.projects.models import Project
from studio.projects.scope import everywhere, inside
from tests.annotation.making import collection

pytestmark = pytest.mark.django_db


def test_without_defaults_a_collection_begins_as_the_studio_has_it() -> None:
    assert (collection().overlap, collection().guidelines) == (1, "")


def test_a_new_collection_begins_with_the_defaults_and_keeps_them() -> None:
    old = collection("old")
    ProjectDefaults.objects.create(guidelines="Be fair.", overlap=3)
    new = collection("new")
    ProjectDefaults.objects.update(guidelines="Be strict.", overlap=5)
    for one in (old, new):
        one.refresh_from_db()
    assert (new.overlap, new.guidelines) == (3, "Be fair.") and (old.overlap, old.guidelines) == (1, "")


def test_another_project_has_its_own_and_everywhere_there_are_none() -> None:
    ProjectDefaults.objects.create(overlap=3)
    with inside(Project.objects.create(slug="other", name="Other").pk):
        assert Collection().overlap == 1
    with everywhere():
        assert Collection().overlap == 1
