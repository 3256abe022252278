"""The record of what an admin keeps to which projects."""

from annotation.models.keeping import Kept
from studio.accounts.acts import audit
from studio.accounts.models import AuditEntry, User
from studio.projects.scope import everywhere


def record(by: User, row: Kept) -> None:
    """Of no project: nobody but admins reads the names of others there."""
    with everywhere():
        audit.record(AuditEntry.Act.PROJECT, by, None, f"keeps the {row.NOUN} {row} to {row.kept_words}"[:500])
