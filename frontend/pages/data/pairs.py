"""Pairs: the browser, and one pair with all that was said about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import F, OuterRef, Prefetch, Subquery
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from annotation.judges.cards.slices import narrow
from annotation.models import Author, Collection, Flag, JudgeCall, Judgment, Pair, Remark, Score, Version
from annotation.models.flags import FLAGGED, HELD_BACK, holding_flag, where_flagged
from annotation.models.pairs import swayed_by
from annotation.review import queue
from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.templatetags.verdicts import signed
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.http.parsing import row_ids
from studio.words import counted

EXCERPT = 200
PEOPLE = "people"
OPINIONS = {
    "disputed": "People or judges disagree",
    "parted": "Judges and people part",
    "inconsistent": "A judge contradicts itself",
}
HELD: dict[str, Callable[[Any], Any]] = {
    "disputed": lambda pairs: pairs.filter(disputed=True),
    "parted": lambda pairs: pairs.parted(),
    "inconsistent": lambda pairs: pairs.inconsistent(),
}
JUDGED = [("yes", "Judged"), ("no", "Not judged yet")]


@dataclass(frozen=True)
class Two:
    """Two authors whose verdicts are compared; without the second, one author and people."""

    one: Author
    other: Author | None

    def __str__(self) -> str:
        return f"{self.one} and {self.other or PEOPLE}"


class TwoField(forms.CharField):
    """`3,7`, the ids of two authors, or `3,people`."""

    widget = forms.TextInput(attrs={"placeholder": f"3,7 or 3,{PEOPLE}"})

    def clean(self, value: Any) -> Any:
        if not (asked := super().clean(value)):
            return None
        first, _, second = asked.partition(",")
        ids = [first] if second == PEOPLE else [first, second]
        found = {str(pk): one for pk, one in Author.objects.in_bulk(row_ids(ids)).items()}
        if missing := [pk for pk in ids if pk not in found]:
            raise forms.ValidationError(f"{missing[0]!r} is no author. Write two ids as 3,7 or an id as 3,{PEOPLE}.")
        return Two(found[first], found.get(second))


class PairFilters(Filters):
    q = forms.CharField(label="Search")
    collection = forms.ModelChoiceField(Collection.objects.all(), to_field_name="slug")
    source = forms.CharField(max_length=80)
    author = forms.ModelChoiceField(Author.objects.exclude(kind="judge").order_by("name"), label="Response by")
    judge = forms.ModelChoiceField(
        Author.objects.filter(kind__in=["person", "judge", "gold"]).order_by("kind", "name"), label="Judged by"
    )
    judged = forms.ChoiceField(choices=[("", "Any"), *JUDGED], label="Judgments")
    opinion = forms.ChoiceField(choices=[("", "Any"), *OPINIONS.items()], label="Opinions")
    flag = forms.ChoiceField(choices=[("", "Any"), *FLAGGED.items()], label="Flags")
    grade_from = forms.FloatField(label="Grade from", min_value=-3, max_value=3)
    grade_to = forms.FloatField(label="Grade to", min_value=-3, max_value=3)
    parted = TwoField(label="Verdicts differ")
    agreed = TwoField(label="Verdicts agree")
    domain = forms.CharField(label="Domain")
    language = forms.CharField(label="Language")
    turns = forms.ChoiceField(choices=[("", "Any"), ("1", "1"), ("2", "2"), ("3+", "3 or more")], label="Turns")
    gap_from = forms.IntegerField(label="Lengths apart from", min_value=0)
    gap_to = forms.IntegerField(label="Lengths apart to", min_value=0)

    by = {
        "q": lambda pairs, words: pairs.matching(words),
        "collection": lambda pairs, collection: pairs.filter(collection=collection),
        "source": lambda pairs, source: pairs.filter(source=source),
        "author": lambda pairs, author: pairs.by_author(author),
        "judge": lambda pairs, author: pairs.judged_by(author),
        "judged": lambda pairs, judged: (
            pairs.filter(n_judgments__gt=0) if judged == "yes" else pairs.filter(n_judgments=0)
        ),
        "opinion": lambda pairs, opinion: HELD[opinion](pairs),
        "flag": where_flagged,
        "grade_from": lambda pairs, grade: pairs.filter(mean_grade__gte=grade),
        "grade_to": lambda pairs, grade: pairs.filter(mean_grade__lte=grade),
        "parted": lambda pairs, two: (
            pairs.where_part(two.one, two.other) if two.other else pairs.where_people_part(two.one)
        ),
        "agreed": lambda pairs, two: (
            pairs.where_agree(two.one, two.other) if two.other else pairs.where_people_agree(two.one)
        ),
        "domain": lambda pairs, domain: narrow(pairs, domain=domain),
        "language": lambda pairs, language: narrow(pairs, language=language),
        "turns": lambda pairs, turns: narrow(pairs, turns=turns),
        "gap_from": lambda pairs, gap: narrow(pairs, gap__gte=gap),
        "gap_to": lambda pairs, gap: narrow(pairs, gap__lte=gap),
    }


PAIRS = Listing(
    filters=PairFilters,
    columns=(
        Column("added", "Pair", sort="id"),
        Column("prompt", "Prompt"),
        Column("a", "A"),
        Column("b", "B"),
        Column("grade", "Verdict", sort="mean_grade", sparse=True),
        Column("judgments", "Judgments", sort="n_judgments", number=True),
        Column("collection", "Collection"),
        Column("source", "Source", shown=False),
        Column("category", "Category", shown=False),
        Column("lengths", "Lengths A · B", number=True, shown=False),
    ),
    sort="-added",
)


def name_of(model: type[Author | Collection], field: str) -> Subquery:
    """By a query of its own for each row: with seven tables to join, PostgreSQL would plan longer than it reads."""
    return Subquery(model._default_manager.filter(pk=OuterRef(field)).order_by().values("name"))


def listed_pairs() -> Rows:
    """What the browser shows of a pair."""
    return Pair.objects.values(
        "id",
        "n_judgments",
        "mean_grade",
        "disputed",
        "source",
        inconsistent=swayed_by(OuterRef("pk")),
        flag=holding_flag(OuterRef("pk")),
        collection_name=name_of(Collection, "collection"),
        category=F("prompt__category"),
        excerpt=Left("prompt__text", EXCERPT),
        a=name_of(Author, "left__author"),
        b=name_of(Author, "right__author"),
        a_length=F("left__length"),
        b_length=F("right__length"),
    )


@requires(Capability.READ_DATA)
def pair_list(request: HttpRequest) -> HttpResponse:
    return list_response(request, PAIRS, listed_pairs(), "pairs")


@requires(Capability.READ_DATA)
def pair(request: HttpRequest, pk: int) -> HttpResponse:
    together = Pair.objects.select_related("prompt", "collection", "left", "right")
    found = get_object_or_404(together.defer("prompt__search", "left__search", "right__search"), pk=pk)
    judgments = list(said_about(found))
    flags = list(Flag.objects.filter(pair=found).select_related("author", "settled_by").order_by("-id"))
    context: dict[str, Any] = {
        "pair": found,
        "sides": sides(found),
        "judgments": [judgment for judgment in judgments if judgment.superseded_at is None],
        "superseded": [judgment for judgment in judgments if judgment.superseded_at],
        "flags": flags,
        "held": next((state for state in HELD_BACK if state in {flag.state for flag in flags}), ""),
        "skips": Remark.objects.filter(pair=found).select_related("author").order_by("-id"),
        "versions": Version.objects.filter(items__pair=found).only("name", "number").order_by("-id"),
        "beside": PAIRS.beside(Pair.objects.values("id"), request.GET, pk),
        "is_blind": is_blind(request, found),
    }
    return render(request, "pairs/pair.html", context)


def is_blind(request: HttpRequest, found: Pair) -> bool:
    """Whoever is about to judge a pair is not told by accident who wrote what; the address can ask for the names."""
    return "names" not in request.GET and queue.mine(asker(request)).filter(pair=found).exists()


def said_about(found: Pair) -> Any:
    """Every judgment of a pair, newest first, with the calls beneath a judge's."""
    calls = Prefetch("calls", JudgeCall.objects.select_related("repaired_by").order_by("id"))
    judgments = Judgment.objects.filter(pair=found).select_related("author").prefetch_related(calls)
    return judgments.order_by("-created_at", "-id")


def sides(found: Pair) -> list[dict[str, Any]]:
    """What the cards of the two responses show; the side that the mean grade prefers is marked."""
    both = {"a": found.left, "b": found.right}
    authors = Author.objects.only("name").in_bulk([response.author_id for response in both.values()])
    scores: dict[int, list[str]] = {}
    given = Score.objects.filter(response__in=both.values()).order_by("author__name")
    for response, rater, value in given.values_list("response", "author__name", "value"):
        scores.setdefault(response, []).append(f"{rater} {signed(value)}")
    grade = found.mean_grade or 0.0
    preferred = "a" if grade < 0 else "b" if grade > 0 else ""
    return [
        {
            "letter": letter,
            "name": authors[response.author_id].name,
            "text": response.text,
            "facts": [counted(response.length, "character"), *scores.get(response.pk, [])],
            "preferred": letter == preferred,
        }
        for letter, response in both.items()
    ]
