"""Who did what to whom: invitations, roles, leaving and coming back."""

from django import forms
from django.http import HttpRequest, HttpResponse

from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing
from studio.accounts.access import requires
from studio.accounts.models import AuditEntry
from studio.accounts.roles import Capability


class AuditFilters(Filters):
    q = forms.CharField(label="Search")
    act = forms.ChoiceField(choices=[("", "Any"), *((act.value, act.value.capitalize()) for act in AuditEntry.Act)])

    by = {
        "q": lambda entries, words: entries.filter(words__icontains=words),
        "act": lambda entries, act: entries.filter(act=act),
    }


AUDIT = Listing(
    words="entries",
    filters=AuditFilters,
    columns=(
        Column("when", "When", sort="id"),
        Column("act", "Act"),
        Column("words", "What was done", grows=True),
    ),
    sort="-when",
    placeholder="Search names and acts",
)


@requires(Capability.MANAGE_PEOPLE)
def audit_list(request: HttpRequest) -> HttpResponse:
    return list_response(request, AUDIT, AuditEntry.objects.values("id", "act", "words", "at", "person_id"), "audit")
