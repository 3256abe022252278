"""What an invitation's link opens: a form that makes an account and signs its person in."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import UserCreationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from studio.accounts import invitations
from studio.accounts.address_limits import UnknownInvitations
from studio.accounts.invitations import InvitationClosed
from studio.accounts.models import Invitation, User
from studio.accounts.roles import Capability, Role

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
    if request.user.is_authenticated:
        return render(request, "join/signed_in.html")
    invitation = invitations.find(key)
    if invitation is None:
        slow = UnknownInvitations()
        return closed(request, UNKNOWN) if slow.allows(request) else closed(request, SLOW_DOWN, slow.wait())
    form = JoinForm(request.POST or None)
    try:
        invitations.refuse_closed(invitation)
        if request.method == "POST" and form.is_valid():
            return enter(request, invitations.join(invitation, form.save(commit=False)))
    except InvitationClosed as refused:
        return closed(request, str(refused))
    return render(request, "join/join.html", {"form": form, "invitation": invitation, "role": role_of(invitation)})


def role_of(invitation: Invitation) -> Role:
    return Role(invitation.role)


def enter(request: HttpRequest, person: User) -> HttpResponse:
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    messages.success(request, f"Your account is made, and you are signed in as {person.username}.")
    return redirect("home" if person.can(Capability.READ_DATA) else "review")


def closed(request: HttpRequest, says: str, wait: float | None = None) -> HttpResponse:
    """The same status and page for whatever link lets nobody in."""
    page = render(request, "join/closed.html", {"says": says}, status=404 if wait is None else 429)
    if wait is not None:
        page.headers["Retry-After"] = str(int(wait) + 1)
    return page
