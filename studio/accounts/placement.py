"""In which project somebody is at work, and as what: read with the account, by one expression in SQL.

It is part of every request. The same in the words of the ORM took 10 ms to write for each, and one to answer.
"""

from dataclasses import dataclass

from django.db.models import JSONField
from django.db.models.expressions import RawSQL

PLACED = """(
    SELECT jsonb_build_object(
        'project', place.id, 'name', place.name, 'is_archived', place.archived_at IS NOT NULL,
        'role', membership.role,
        'n_projects', CASE WHEN accounts_user.is_superuser THEN (SELECT count(*) FROM projects_project)
            ELSE (SELECT count(*) FROM accounts_membership mine WHERE mine.user_id = accounts_user.id) END)
    FROM projects_project place
    LEFT JOIN accounts_membership membership
        ON membership.project_id = place.id AND membership.user_id = accounts_user.id
    WHERE {where}
)"""
OF_ADDRESS = "place.slug = %s"
# Of their projects the one where they were last, or else the first; of an admin's any.
LAST = """place.id = coalesce(
    {own},
    CASE WHEN accounts_user.is_superuser THEN accounts_user.last_project_id END,
    (SELECT mine.project_id FROM accounts_membership mine WHERE mine.user_id = accounts_user.id
     ORDER BY (mine.project_id = accounts_user.last_project_id) IS TRUE DESC, mine.id LIMIT 1),
    CASE WHEN accounts_user.is_superuser THEN (SELECT min(id) FROM projects_project) END)"""


@dataclass(frozen=True)
class Placement:
    """`role` is null for who is no member; `n_projects` are those that they can enter."""

    project: int | None = None
    name: str = ""
    is_archived: bool = False
    role: str | None = None
    n_projects: int = 0


def placement(slug: str, own: str = "NULL") -> RawSQL:
    """As a column of a query that reads accounts: what makes a `Placement`, or null where there is no project.

    The project is the one of this slug; without one that of the column `own`, else that in which they were last.
    """
    where, values = (OF_ADDRESS, [slug]) if slug else (LAST.format(own=own), [])
    return RawSQL(PLACED.format(where=where), values, JSONField())
