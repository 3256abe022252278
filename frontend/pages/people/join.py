"""What an invitation's link opens: a form that makes an account and signs its person in, or a question to a member."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import UserCreationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from studio.accounts.acts import invitations
from studio.accounts.acts.invitations import InvitationClosed
from studio.accounts.models import Invitation, User
from studio.accounts.roles import Capability, Role
from studio.accounts.sign_in.address_limits import UnknownInvitations
from studio.projects import addresses
from studio.projects.scope import inside

UNKNOWN = "Nobody made this link, or a part of it is missing. Copy all of it, or ask whoever sent it for a new one."
SLOW_DOWN = "Too many links that nobody made were tried from your address. Wait a minute, then open yours again."


class JoinForm(UserCreationForm[User]):
    """As Django makes accounts: a name that nobody has, whatever its capitals, and a password that is not easy."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "first_name", "last_name", "email")
        labels = {"username": "User name", "email": "E-mail"}
        help_texts = {
            "username": "You sign in with it, and others see it. Letters, digits and @ . + - _ only.",
            "email": "For a new password, if you lose yours.",
        }


@sensitive_post_parameters()
@never_cache
def join(request: HttpRequest, key: str) -> HttpResponse:
    invitation = invitations.find(key)
    if invitation is None:
        slow = UnknownInvitations()
        return closed(request, UNKNOWN) if slow.allows(request) else closed(request, SLOW_DOWN, slow.wait())
    try:
        invitations.refuse_closed(invitation)
        if isinstance(request.user, User):
            return join_with_account(request, request.user, invitation)
        form = JoinForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            person = invitations.join(invitation, form.save(commit=False))
            login(request, person, backend="studio.accounts.sign_in.backend.Backend")
            done = f"Your account is made, and you are signed in as {person.username}."
            return entered(request, person, invitation, done)
    except InvitationClosed as refused:
        return closed(request, str(refused))
    return render(request, "join/join.html", {"form": form, **told(invitation)})


def told(invitation: Invitation) -> dict[str, Any]:
    return {"invitation": invitation, "role": Role(invitation.role)}


def join_with_account(request: HttpRequest, person: User, invitation: Invitation) -> HttpResponse:
    """Somebody who is signed in joins one project more. Raises InvitationClosed."""
    with inside(invitation.project_id):
        is_member = person.role is not None
    if request.method == "POST" and not is_member:
        invitations.join(invitation, person)
        done = "You are an admin now." if person.is_admin else f"You are a member of {invitation.project} now."
        return entered(request, person, invitation, done)
    return render(request, "join/signed_in.html", told(invitation) | {"is_member": is_member})


def entered(request: HttpRequest, person: User, invitation: Invitation, done: str) -> HttpResponse:
    messages.success(request, done)
    with inside(invitation.project_id):
        person.roles.pop(invitation.project_id, None)
        page = "home" if person.can(Capability.READ_DATA) else "review"
    return redirect(addresses.within(invitation.project.slug, reverse(page)))


def closed(request: HttpRequest, says: str, wait: float | None = None) -> HttpResponse:
    """The same status and page for whatever link lets nobody in."""
    page = render(request, "join/closed.html", {"says": says}, status=404 if wait is None else 429)
    if wait is not None:
        page.headers["Retry-After"] = str(int(wait) + 1)
    return page
