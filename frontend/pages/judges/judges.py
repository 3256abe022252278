"""Judges: every version with how far it may be trusted, and the card of one, beside another's if asked."""

from typing import Any

from django import forms
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from annotation.judges.cards.cache import card, kept
from annotation.judges.cards.side_by_side import beside
from annotation.keeping import is_withdrawn
from annotation.models import Author, Judgment
from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.presenters.judges import judges
from frontend.presenters.judges.projects import kept_to
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.http.parsing import row_id


class JudgeFilters(Filters):
    q = forms.CharField(label="Search")
    model = forms.CharField(label="Model")
    agreement_from = forms.FloatField(label="Agreement from, in %", min_value=0, max_value=100)
    compared = forms.BooleanField(label="Compared with people")

    by = {
        "q": lambda rows, words: rows.filter(name__icontains=words),
        "model": lambda rows, model: rows.filter(details__model__icontains=model),
        "agreement_from": lambda rows, share: rows.filter(card__agreement__gte=share / 100),
        "compared": lambda rows, _: rows.exclude(card__agreement=None),
    }


def figure(name: str, title: str, shown: bool = True) -> Column:
    return Column(name, title, sort=f"card__{name}", number=True, shown=shown, sparse=True)


JUDGES = Listing(
    words="judges",
    filters=JudgeFilters,
    columns=(
        Column("judge", "Judge", sort="name", grows=True),
        Column("model", "Model", shown=False),
        figure("n_judged", "Pairs"),
        figure("agreement", "Agrees with people"),
        Column("ceiling", "People, likewise", number=True),
        figure("consistency", "Consistent"),
        figure("first_position", "First wins"),
        figure("longer", "Longer wins"),
        figure("failed", "Failed"),
        figure("per_thousand", "$ per 1,000"),
        Column("added", "Added", sort="id", shown=False),
    ),
    sort="judge",
)


def listed_judges() -> Rows:
    """Of each card only the rates that the list shows are read; `newest` says whether the card is still true."""
    newest = Judgment.objects.filter(author=OuterRef("pk")).order_by("-id").values("id")[:1]
    agreement, bias = KeyTransform("agreement", "card__figures"), KeyTransform("bias", "card__figures")
    return judge_authors().values(
        "id",
        "name",
        "created_at",
        "card__n_judged",
        "card__agreement",
        "card__consistency",
        "card__first_position",
        "card__longer",
        "card__failed",
        "card__per_thousand",
        counted_to=F("card__newest"),
        newest=Subquery(newest),
        model=KeyTextTransform("model", "details"),
        agrees=KeyTransform("with_ties", KeyTransform("people", agreement)),
        ceiling=KeyTransform("with_ties", KeyTransform("ceiling", agreement)),
        consistent=KeyTransform("consistency", bias),
        first=KeyTransform("first_position", bias),
        longer=KeyTransform("longer", bias),
    )


def judge_authors() -> QuerySet[Author]:
    return Author.objects.filter(kind=Author.Kind.JUDGE)


@requires(Capability.READ_DATA)
def judge_list(request: HttpRequest) -> HttpResponse:
    return list_response(request, JUDGES, listed_judges(), "judges")


@requires(Capability.READ_DATA)
def judge_row(request: HttpRequest, pk: int) -> HttpResponse:
    """One line of the list, counted now: the list asks for those whose judge has judged since."""
    kept(get_object_or_404(judge_authors(), pk=pk))
    return render(request, "judges/row.html", {"row": listed_judges().get(pk=pk), "shows": JUDGES.shows(request.GET)})


@requires(Capability.READ_DATA)
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """The card; `?beside=` sets another judge against it."""
    found = get_object_or_404(judge_authors().annotate(is_withdrawn=is_withdrawn()), pk=pk)
    row = kept(found)
    asked = row_id(request.GET.get("beside"))
    other = get_object_or_404(judge_authors(), pk=asked) if asked is not None else None
    counted = card(row)
    context: dict[str, Any] = {
        "judge": found,
        "row": row,
        "card": counted,
        "groups": judges.groups(counted),
        "habits": judges.habits(counted),
        "months": counted.parts("month"),
        "says": found.details.get("says", ""),
        "texts": judges.texts(found),
        "asked": judges.asked(found),
        "others": judge_authors().exclude(pk=pk).order_by("name"),
        "other": other,
        "how_agree": judges.HOW_AGREE,
        "how_ceiling": judges.HOW_CEILING,
        "kept_to": kept_to(asker(request), found),
    }
    if other:
        context["differences"], context["same"] = beside(found, other)
    return render(request, "judges/judge.html", context)


@require_POST
@requires(Capability.READ_DATA)
def judge_count(request: HttpRequest, pk: int) -> HttpResponse:
    """Count the card anew, whatever its age."""
    kept(get_object_or_404(judge_authors(), pk=pk), anew=True)
    return redirect("judge", pk)
