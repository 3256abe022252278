"""What the scheduler has done to accounts."""

from celery import shared_task

from studio.accounts.sign_in.sessions import SessionStore


@shared_task
def clear_sessions() -> None:
    """Sessions that have ended go, and with them from where they were used."""
    SessionStore.clear_expired()
