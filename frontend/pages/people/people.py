"""The members of a project, and what leads and admins do to an account: role, new password, deactivate, activate."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.pages.people import person as person_page
from frontend.pages.people.roles import RoleForm
from studio.accounts.access import asker, requires
from studio.accounts.acts import invitations, letters, people
from studio.accounts.acts.people import ActRefused
from studio.accounts.models import User
from studio.accounts.roles import Capability, Role
from studio.projects import addresses


def of_role(rows: Rows, role: str) -> Rows:
    return rows.filter(role_here=role)


class PeopleFilters(Filters):
    q = forms.CharField(label="Search")
    role = forms.ChoiceField(choices=[("", "Any"), *Role.choices])
    state = forms.ChoiceField(choices=[("", "Any"), ("active", "Active"), ("deactivated", "Deactivated")])

    by = {
        "q": lambda rows, words: rows.filter(
            Q(username__icontains=words) | Q(first_name__icontains=words) | Q(last_name__icontains=words)
        ),
        "role": of_role,
        "state": lambda rows, state: rows.filter(is_active=state == "active"),
    }


PEOPLE = Listing(
    words="accounts",
    filters=PeopleFilters,
    columns=(
        Column("user", "User name", sort="username", grows=True),
        Column("name", "Name", sort="first_name"),
        Column("role", "Role", sort="role_here"),
        Column("state", "State"),
        Column("seen", "Last sign-in", sort="last_login", sparse=True),
        Column("by", "Invited by"),
        Column("joined", "Joined", sort="joined"),
    ),
    sort="user",
    placeholder="Search names",
)


def listed_people() -> Rows:
    """Members of the project, and admins."""
    found: Rows = User.objects.here().values(  # type: ignore[misc]  # an annotation
        "id",
        "username",
        "first_name",
        "last_name",
        "role_here",
        "is_active",
        "last_login",
        inviter=invitations.inviter(),
        joined=invitations.joined(),
    )
    return found


@requires(Capability.MANAGE_PEOPLE)
def person_list(request: HttpRequest) -> HttpResponse:
    return list_response(request, PEOPLE, listed_people(), "people")


@requires(Capability.MANAGE_PEOPLE)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an account had a page of its own."""
    return redirect("person", pk, permanent=True)


def found(pk: int) -> User:
    """A member, or an admin."""
    return get_object_or_404(User.objects.here(), pk=pk)


def act_on(request: HttpRequest, pk: int, act: Callable[[User, User], bool], done: str) -> HttpResponse:
    """Does it, says so or why not, and leads back to the person."""
    person = found(pk)
    try:
        has_changed = act(asker(request), person)
    except ActRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, done.format(person.username) if has_changed else "Nothing changed: it is so already."
        )
    return redirect("person", pk)


@require_POST
@requires(Capability.MANAGE_PEOPLE)
def account_role(request: HttpRequest, pk: int) -> HttpResponse:
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the four roles.")
        return redirect("person", pk)
    role = Role(form.cleaned_data["role"])
    change = f"{{}} is {'an' if role.label[0] in 'AE' else 'a'} {role.label.lower()} from now on."
    return act_on(request, pk, lambda by, person: people.change_role(by, person, role), change)


@require_POST
@requires(Capability.MANAGE_PEOPLE)
def account_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """From the project: the account stays."""
    person = found(pk)
    people.remove(asker(request), person)
    messages.success(
        request, f"{person.username} is no member of this project any more. Their open pairs wait for others."
    )
    return redirect("person_list")


@require_POST
@requires(Capability.MANAGE_PEOPLE)
def account_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    done = "{} is deactivated and signed out. Their tokens stop, and their open pairs wait for others."
    return act_on(request, pk, people.deactivate, done)


@require_POST
@requires(Capability.MANAGE_PEOPLE)
def account_activate(request: HttpRequest, pk: int) -> HttpResponse:
    return act_on(request, pk, people.activate, "{} is active again: their password and tokens work.")


@never_cache
@require_POST
@requires(Capability.MANAGE_PEOPLE)
def account_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """The link for a new password stands in this answer and never again; where e-mail is configured it is sent too."""
    one = person_page.found(pk)
    try:
        link = addresses.link(request, "password_reset", *people.reset_key(asker(request), one))
    except ActRefused as refused:
        messages.error(request, str(refused))
        return redirect("person", pk)
    sent_to = one.email if one.email and letters.send_reset(one, link) else ""
    return person_page.shown(request, one, link=link, sent_to=sent_to)
