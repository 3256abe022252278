"""Collections of prompts: all, one with its progress and agreement, and the form that makes or changes one."""

import time
from typing import Any

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.db.models import Avg, Count, F, Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from annotation.models import Assignment, Collection, Flag, Judgment, Pair, ProjectDefaults, Prompt, Response
from annotation.models.flags import open_flags
from annotation.review.agreement import agreements, beyond_chance
from frontend.pages.data.moves import moved_away
from frontend.presenters.data.moves import arrived
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability

# Agreement reads many votes: not for every glance, however busy the annotators are.
ANEW_SECONDS = 60
# Until then an author's new name is not seen.
KEPT_SECONDS = 3600
# So many of the files that came into a collection are named.
IMPORTS = 10
# A pair has a mean grade once it has a valid judgment, and an index holds it beside the collection.
JUDGED = Count("mean_grade")


class CollectionForm(forms.ModelForm[Collection]):
    class Meta:
        model = Collection
        fields = ["name", "slug", "description", "source", "licence", "overlap", "guidelines"]
        labels = {"slug": "Short name", "overlap": "Judgments per pair"}
        help_texts = {
            "slug": "Stands in addresses, commands and definitions of datasets.",
            "guidelines": "Markdown. Annotators read it beside each pair.",
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 2}),
            "guidelines": forms.Textarea(attrs={"rows": 12, "class": "code"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.say_defaults(ProjectDefaults.here())

    def say_defaults(self, known: ProjectDefaults) -> None:
        """Where a new collection has begun with what the project wants."""
        if known.guidelines:
            self.fields["guidelines"].help_text += " This is the default of this project; change it as you like."
        if known.pk:
            self.fields["overlap"].help_text += f" {known.overlap} is the default of this project."

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if Collection.objects.filter(slug=slug).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("A collection with this short name already exists. Choose another.")
        return slug


@requires(Capability.READ_DATA)
def collection_list(request: HttpRequest) -> HttpResponse:
    prompts = counted(Prompt.objects.all(), n=Count("*"))
    pairs = counted(Pair.objects.all(), n=Count("*"), judged=JUDGED)
    rows = [
        {"collection": row, "n_prompts": prompts.get(row.pk, {}).get("n", 0), "pairs": pairs.get(row.pk, {"n": 0})}
        for row in Collection.objects.annotate(open_flags=open_flags())
    ]
    return render(request, "collections/list.html", {"rows": rows})


def counted(things: QuerySet[Any], **counts: Count) -> dict[int, dict[str, int]]:
    """Counts by collection, in one pass over an index."""
    return {row.pop("collection"): row for row in things.order_by().values("collection").annotate(**counts)}


@requires(Capability.READ_DATA)
def collection(request: HttpRequest, slug: str) -> HttpResponse:
    found = Collection.objects.select_related("created_by").filter(slug=slug).first()
    if found is None:
        if gone := moved_away(request, slug):
            return gone
        raise Http404(f"There is no collection called {slug}.")
    pairs = Pair.objects.filter(collection=found).aggregate(
        all=Count("*"), judged=JUDGED, disputed=Count("pk", filter=Q(disputed=True))
    )
    context: dict[str, Any] = {
        "collection": found,
        "n_prompts": Prompt.objects.filter(collection=found).count(),
        "pairs": pairs,
        "slots": slots(found),
        "flags": flag_counts(found),
        "default_guidelines": ProjectDefaults.here().guidelines,
        "imports": found.imports.select_related("by", "collection").order_by("-id")[:IMPORTS],
        "arrived": arrived(found, asker(request)),
    }
    return render(request, "collections/collection.html", context)


def flag_counts(found: Collection) -> dict[str, int]:
    """Its flags by state."""
    states = Flag.objects.filter(pair__collection=found).order_by().values_list("state")
    return dict(states.annotate(n=Count("pk")))


def slots(found: Collection) -> dict[str, int]:
    """How far review is: wanted judgments by state."""
    states = Assignment.objects.filter(collection=found).order_by().values_list("state")
    counts = dict(states.annotate(n=Count("pk")))
    return {"all": sum(counts.values()), **{state: counts.get(state, 0) for state in Assignment.State.values}}


@requires(Capability.READ_DATA)
def collection_figures(request: HttpRequest, slug: str) -> HttpResponse:
    """What takes a moment to count, as a fragment: who wrote what, and agreement."""
    found = get_object_or_404(Collection, slug=slug)
    return render(request, "collections/figures.html", {"collection": found, **kept_figures(found)})


def kept_figures(found: Collection) -> dict[str, Any]:
    """Counted anew where something was written or judged since, though not twice in a minute."""
    key = f"collection-figures:{found.pk}"
    mark = (*Judgment.mark(), Response.objects.aggregate(newest=Max("id"))["newest"])
    counted_at, known, figures = cache.get(key) or (0.0, None, {})
    if mark != known and time.time() - counted_at > ANEW_SECONDS:
        figures = figures_of(found)
        cache.set(key, (time.time(), mark, figures), KEPT_SECONDS)
    return dict(figures)


def figures_of(found: Collection) -> dict[str, Any]:
    written = Response.objects.filter(prompt__collection=found).values(
        pk_of=F("author_id"), name=F("author__name"), kind=F("author__kind")
    )
    authors = written.annotate(n=Count("pk"), length=Avg("length")).order_by("-n", "name")
    pairs = Pair.objects.filter(collection=found)
    return {"authors": list(authors), "agreements": agreements(pairs), "beyond_chance": beyond_chance(pairs)}


@requires(Capability.MANAGE_DATA)
def collection_new(request: HttpRequest) -> HttpResponse:
    return edited(request, Collection(created_by_id=request.user.pk), "New collection")


@requires(Capability.MANAGE_DATA)
def collection_edit(request: HttpRequest, slug: str) -> HttpResponse:
    return edited(request, get_object_or_404(Collection, slug=slug), "Edit")


def edited(request: HttpRequest, instance: Collection, title: str) -> HttpResponse:
    form = CollectionForm(request.POST or None, instance=instance)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, f"{saved.name} is saved.")
        return redirect("collection", saved.slug)
    # The slug in the form may be the one that is not valid.
    kept = Collection.objects.filter(pk=instance.pk).first()
    return render(request, "collections/form.html", {"form": form, "title": title, "collection": kept})
