"""Moving a collection to another project: the form, a preview, and the way to the run that does it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from annotation.models import Collection, Move
from annotation.moves.preview import Asked, MoveRefused, preview, targets
from frontend.presenters.data.moves import gone, people_of
from studio.accounts.access import asker, requires
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.projects.models import Project
from studio.projects.scope import here
from training.runs import moving


class MoveForm(forms.Form):
    project = forms.ModelChoiceField(
        Project.objects.none(), to_field_name="slug", label="To the project", empty_label="Choose a project"
    )
    slug = forms.SlugField(
        max_length=50, label="Short name there", help_text="Stands in addresses. Another project may have it already."
    )

    def __init__(self, collection: Collection, by: User, data: QueryDict | None) -> None:
        super().__init__(data, initial={"slug": collection.slug})
        self.collection = collection
        field = self.fields["project"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = targets(by).exclude(pk=here())

    def asked(self) -> Asked:
        return Asked(self.collection, self.cleaned_data["project"], self.cleaned_data["slug"])


@requires(Capability.MANAGE_DATA)
def collection_move(request: HttpRequest, slug: str) -> HttpResponse:
    collection, user = found(slug), asker(request)
    form = MoveForm(collection, user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("run", moving.start(form.asked(), user).pk)
        except MoveRefused as refused:
            form.add_error(None, forms.ValidationError(refused.refusals))
    has_target = targets(user).exclude(pk=here()).exists()
    context = {"collection": collection, "form": form, "has_target": has_target}
    return render(request, "moves/page.html", context, status=422 if form.errors else 200)


@requires(Capability.MANAGE_DATA)
def collection_move_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """What would go along and what is in the way, as a fragment; nothing is written."""
    collection = found(slug)
    form = MoveForm(collection, asker(request), request.GET)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        expected = preview(form.asked())
        context |= {"expected": expected, "project": form.cleaned_data["project"]}
        context["people"] = people_of(expected, form.cleaned_data["project"])
    return render(request, "moves/preview.html", context)


def found(slug: str) -> Collection:
    return get_object_or_404(Collection.objects.select_related("project"), slug=slug)


def moved_away(request: HttpRequest, slug: str) -> HttpResponse | None:
    """What stands at the address of a collection that was here; null where none was."""
    moves = Move.objects.filter(left=here(), slug_there=slug).select_related("by", "reached", "collection__project")
    last = moves.order_by("-pk").first()
    if last is None:
        return None
    return render(request, "moves/gone.html", gone(last, asker(request)), status=404)
