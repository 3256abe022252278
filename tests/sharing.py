"""The other team, with which something is shared."""

from studio.accounts.models import Membership, User
from studio.accounts.roles import Role
from studio.projects.models import Project

THERE = "/projects/other"


def team_b(lead: User, role: Role = Role.LEAD) -> Project:
    """A project that this person leads too, or works in."""
    made = Project.objects.create(slug="other", name="Team B")
    Membership.objects.create(user=lead, project=made, role=role)
    return made
