"""A collection of this project, and the one to which it goes."""

import pytest

from annotation.moves.preview import Asked
from studio.accounts.models import User
from studio.projects.models import Project
from tests.annotation.making import collection
from tests.teams import team_b


@pytest.fixture
def other(lea: User) -> Project:
    return team_b(lea)


@pytest.fixture
def moving(other: Project) -> Asked:
    return Asked(collection(), other, "a-collection")
