"""The arena: who is rated how, from all judgments between two authors."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from annotation.arena import stored_styles
from annotation.arena.arena import Arena, arena, rows
from annotation.arena.comparisons import ComparisonFilters
from annotation.models import Author, Collection, Judgment
from frontend.kit import table_files
from frontend.kit.filters import Filters, address
from frontend.presenters.evaluation.arena import shown
from studio.accounts.access import requires
from studio.accounts.roles import Capability

KINDS = [("person", "People"), ("judge", "Judges")]
# Texts measured for one answer: about a second.
MEASURED = 10_000


class ArenaFilters(Filters):
    collection = forms.ModelChoiceField(Collection.objects.order_by("name"), to_field_name="slug")
    kind = forms.ChoiceField(choices=[("", "People and judges"), *KINDS], label="Judged by")
    judge = forms.ModelChoiceField(
        Author.objects.filter(Exists(Judgment.objects.filter(author=OuterRef("pk")))).order_by("kind", "name"),
        label="One person or judge",
    )
    category = forms.CharField(max_length=80)
    language = forms.CharField(max_length=40, help_text="As the prompts’ metadata names it.")
    since = forms.DateField(widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(widget=forms.DateInput({"type": "date"}))
    cap = forms.IntegerField(min_value=1, label="Comparisons per person and day")
    blind = forms.BooleanField(label="Leave out comparisons made with the names in sight")

    @property
    def question(self) -> ComparisonFilters:
        return ComparisonFilters(**self.chosen)


@requires(Capability.READ_DATA)
def ratings(request: HttpRequest) -> HttpResponse:
    filters, styled = ArenaFilters(request.GET), request.GET.get("styled") == "1"
    unfiltered = address(request.GET, **dict.fromkeys([*filters.base_fields, "filters"]))
    if "filters" in request.GET:
        return render(request, "listing/fields.html", {"filters": filters, "unfiltered": unfiltered})
    found = measured(filters.question, styled)
    if found and (form := request.GET.get("download", "")) in table_files.WRITTEN:
        return table_files.written(form, "arena", rows(found))
    context: dict[str, Any] = {
        "filters": filters,
        "chips": list(filters.chips(request.GET)),
        "unfiltered": unfiltered,
        "narrowed": narrowed(filters.chosen),
        "styled": styled,
        "found": found,
        "shown": shown(found) if found else None,
    }
    return render(request, "arena/page.html", context)


def narrowed(chosen: dict[str, Any]) -> str:
    """What a link to the prompts carries on of the filters: `&v=@a-collection&judge=3`."""
    asked = {"v": f"@{chosen['collection'].slug}"} if chosen.get("collection") else {}
    asked |= {"judge": str(chosen["judge"].pk)} if chosen.get("judge") else {}
    return f"&{urlencode(asked, safe='@')}" if asked else ""


def measured(question: ComparisonFilters, styled: bool) -> Arena | None:
    """Some few texts that were not measured yet are so at once; for many the page shows how far that is."""
    found = arena(question, styled=styled)
    if found and 0 < len(found.unmeasured) <= stored_styles.AT_ONCE:
        stored_styles.measure(found.unmeasured)
        found = arena(question, styled=styled)
    return found


@require_POST
@requires(Capability.READ_DATA)
def measure(request: HttpRequest) -> HttpResponse:
    """Measures the style of the next texts; says how many are left, or asks for the page anew when none is."""
    found = arena(ArenaFilters(request.GET).question, styled=True)
    waiting = found.unmeasured if found else ()
    stored_styles.measure(waiting[:MEASURED])
    left = len(waiting) - MEASURED
    if left <= 0:
        return HttpResponseClientRefresh()
    return render(request, "arena/measuring.html", {"left": left})
