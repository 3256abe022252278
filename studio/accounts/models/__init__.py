"""People, their tokens and sessions, the links that invite them, and the record of who did what to whom."""

from studio.accounts.models.audit import AuditEntry
from studio.accounts.models.invitations import Invitation
from studio.accounts.models.memberships import Membership
from studio.accounts.models.secret_digest import digest
from studio.accounts.models.sessions import LONGEST_USER_AGENT, Session
from studio.accounts.models.tokens import LAST_USE_GRAIN, TOKEN_LIFE, TOKEN_PREFIX, ApiToken, TokenEnded
from studio.accounts.models.users import User

__all__ = [
    "LAST_USE_GRAIN",
    "LONGEST_USER_AGENT",
    "TOKEN_LIFE",
    "TOKEN_PREFIX",
    "ApiToken",
    "AuditEntry",
    "Invitation",
    "Membership",
    "Session",
    "TokenEnded",
    "User",
    "digest",
]
