"""Letters to people, where the studio sends e-mail. Whoever asks for one has the link to copy as well."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail

from studio.accounts.models import Invitation, User
from studio.accounts.roles import Role

log = logging.getLogger(__name__)

RESET_DAYS = settings.PASSWORD_RESET_TIMEOUT // 86_400


def is_configured() -> bool:
    return bool(settings.SENDS_EMAIL)


def send_invitation(to: str, invitation: Invitation, link: str) -> bool:
    role = Role(invitation.role)
    text = f"""{invitation.made_by} invites you to the project {invitation.project} in Xwin Studio
as {role.label.lower()}. {role.may}

Open this link to join:
{link}

The link works until {invitation.ends_at:%Y-%m-%d %H:%M} UTC.
"""
    return sent(to, "Your invitation to Xwin Studio", text)


def send_reset(person: User, link: str) -> bool:
    text = f"""Your user name at Xwin Studio is {person.username}.

Open this link to choose a new password:
{link}

The link works once, for {RESET_DAYS} days. If you did not ask for it, do nothing:
your password stays as it is.
"""
    return sent(person.email, "A new password for Xwin Studio", text)


def sent(to: str, subject: str, text: str) -> bool:
    """Whether the mail server took it. What went wrong is in the log, without the letter."""
    if not is_configured():
        return False
    try:
        return bool(send_mail(subject, text, None, [to]))
    except (SMTPException, OSError) as error:
        log.warning("An e-mail could not be sent: %s", error)
        return False
