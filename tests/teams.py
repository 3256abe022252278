"""The other team: a collection moves there, or something is shared with it."""

from studio.accounts.models import Membership, User
from studio.accounts.roles import Role
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.conftest import person

THERE = "/projects/other"


def team_b(lead: User, role: Role = Role.LEAD) -> Project:
    """A project that this person leads too, or works in."""
    made = Project.objects.create(slug="other", name="Team B")
    Membership.objects.create(user=lead, project=made, role=role)
    return made


def engineer_of(project: Project) -> User:
    """Who is in that project only."""
    with inside(project.pk):
        return person("Max", Role.ENGINEER)
