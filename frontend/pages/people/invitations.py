"""Invitations: the list, the form that makes a link, and the act that takes one back."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Page, Rows
from frontend.pages.people.roles import role_field
from studio.accounts.access import asker, requires
from studio.accounts.acts import invitations, letters
from studio.accounts.models import Invitation, Membership, User
from studio.accounts.roles import Capability, Role
from studio.projects import addresses

# So many of those who joined by a link are named in the list.
NAMED = 4


def in_state(rows: Rows, state: str) -> Rows:
    """As `Invitation.state` says it of one."""
    is_used_up, has_ended = Q(used__gte=F("uses")), Q(ends_at__lte=timezone.now())
    conditions = {
        "open": ~is_used_up & ~has_ended & Q(revoked_at=None),
        "used up": is_used_up & Q(revoked_at=None),
        "ended": has_ended & ~is_used_up & Q(revoked_at=None),
        "revoked": ~Q(revoked_at=None),
    }
    return rows.filter(conditions[state])


class InvitationFilters(Filters):
    q = forms.CharField(label="Search")
    role = forms.ChoiceField(choices=[("", "Any"), *Role.choices])
    state = forms.ChoiceField(
        choices=[("", "Any"), *((state.value, state.value.capitalize()) for state in Invitation.State)]
    )

    by = {
        "q": lambda rows, words: rows.filter(Q(note__icontains=words) | Q(made_by__username__icontains=words)),
        "role": lambda rows, role: rows.filter(role=role),
        "state": in_state,
    }


class InvitationListing(Listing):
    """Each row knows its state, and how many more people may join by it."""

    def page(self, rows: Rows, query: Any) -> Page:
        page = super().page(rows, query)
        for row in page.rows:
            shape = {name: row[name] for name in ("uses", "used", "ends_at", "revoked_at")}
            row["state"] = Invitation(**shape).state
            row["left"] = row["uses"] - row["used"]
            row["joined_names"] = [*row["member_names"], *row["admin_names"]][:NAMED]
            row["unnamed"] = row["used"] - len(row["joined_names"])
        return page


INVITATIONS = InvitationListing(
    words="invitations",
    filters=InvitationFilters,
    columns=(
        Column("made", "Made", sort="id", shown=False),
        Column("role", "Role"),
        Column("state", "State"),
        Column("left", "Uses left", number=True),
        Column("ends", "Ends", sort="ends_at"),
        Column("joined", "Joined by it", grows=True),
        Column("by", "By"),
        Column("note", "Note", shown=False),
    ),
    sort="-made",
    placeholder="Search notes and who invited",
)


def listed_invitations(by: User) -> Rows:
    members = Membership.objects.filter(invitation=OuterRef("pk")).order_by("pk").values("user__username")[:NAMED]
    admins = User.objects.filter(invitation=OuterRef("pk")).order_by("pk").values("username")[:NAMED]
    return Invitation.objects.visible_to(by).values(
        "id",
        "role",
        "note",
        "uses",
        "used",
        "created_at",
        "ends_at",
        "revoked_at",
        inviter=F("made_by__username"),
        member_names=ArraySubquery(members),
        admin_names=ArraySubquery(admins),
    )


@requires(Capability.MANAGE_PEOPLE)
def invitation_list(request: HttpRequest) -> HttpResponse:
    return list_response(request, INVITATIONS, listed_invitations(asker(request)), "invitations")


class InvitationForm(forms.Form):
    uses = forms.IntegerField(
        label="People who may join by it",
        initial=1,
        min_value=1,
        max_value=invitations.MOST_USES,
        help_text="Each of them makes an account of their own.",
    )
    ends_on = forms.DateField(
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="After this day (UTC) nobody joins by it.",
    )
    note = forms.CharField(
        required=False, max_length=200, help_text="Whom it is for, as a reminder. People who join do not see it."
    )
    send_to = forms.EmailField(
        required=False, label="Send it to", help_text="An e-mail address. You see the link too."
    )

    def __init__(self, by: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = role_field(by.invites, Role.ANNOTATOR.value)
        self.fields["ends_on"].initial = timezone.localdate() + invitations.LASTS
        self.order_fields(["role", "uses", "ends_on", "note", "send_to"])
        if not letters.is_configured():
            del self.fields["send_to"]

    def clean_ends_on(self) -> date:
        day: date = self.cleaned_data["ends_on"]
        if not timezone.localdate() <= day <= timezone.localdate() + invitations.LONGEST:
            raise forms.ValidationError("Choose a day from today on, within a year.")
        return day

    @property
    def ends_at(self) -> datetime:
        """The end of the last day."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["ends_on"] + timedelta(days=1), time.min))


@never_cache
@requires(Capability.MANAGE_PEOPLE)
def invitation_new(request: HttpRequest) -> HttpResponse:
    """The form; the link that it makes stands in this answer and never again."""
    form = InvitationForm(asker(request), request.POST or None)
    context: dict[str, Any] = {"form": form, "sends_email": letters.is_configured()}
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        by, role = asker(request), Role(asked["role"])
        made, key = invitations.invite(by, role, asked["uses"], form.ends_at, asked["note"])
        link = addresses.link(request, "join", key)
        to = asked.get("send_to", "")
        is_sent = bool(to) and letters.send_invitation(to, made, link)
        context |= {"made": made, "link": link, "to": to, "is_sent": is_sent}
        context["form"] = InvitationForm(by)
    return render(request, "invitations/new.html", context)


@require_POST
@requires(Capability.MANAGE_PEOPLE)
def invitation_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    by = asker(request)
    invitation = get_object_or_404(Invitation.objects.visible_to(by), pk=pk)
    done = "The invitation is taken back: nobody joins by its link any more."
    closed = "Nothing changed: nobody could join by this link any more."
    messages.success(request, done if invitations.revoke(by, invitation) else closed)
    return redirect("invitation_list")
