"""The record of who invited whom, who changed which role, and who let whom in again or out."""

from studio.accounts.models import AuditEntry, User


def record(act: AuditEntry.Act, by: User, person: User | None, says: str) -> AuditEntry:
    """`says` follows the name of who acts: "invited 3 leads"."""
    return AuditEntry.objects.create(act=act, by=by, person=person, words=f"{by.username} {says}")
