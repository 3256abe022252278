"""Start a recipe of the studio, or one that a file describes, and take either away as a file."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from frontend.presenters.training import compared_recipes, recipes
from frontend.presenters.training.again_form import AgainForm
from frontend.presenters.training.launch import missing_parts
from frontend.presenters.training.recipe_form import RecipeForm
from frontend.presenters.training.recipe_plan import plan_rows
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.http.parsing import row_id, row_ids
from training.models import Run
from training.recipes import RECIPES, built, files, orchestration
from training.recipes.files import FileInvalid
from training.recipes.rehearsals import starting
from training.recipes.stages import Recipe
from training.runs.forms import FormInvalid
from training.runs.kinds import KINDS, Queue, right_to

# Of the form of a recipe: start it, plan it, say what a rehearsal asks, rehearse it.
BUTTONS = {"start", "plan", "look", "rehearse"}


SIDES = {"first": "First", "second": "Second"}


class RecipeFileForm(forms.Form):
    """Written or dropped: the text of a file."""

    text = forms.CharField(
        max_length=files.MOST_CHARACTERS,
        required=False,
        label="Recipe",
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "class": "mono"}),
        help_text="YAML or JSON. Take one away from a recipe or a run of one, and change it.",
    )
    file = forms.FileField(required=False, label="Or a file", help_text="Up to 1 MB.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        found = cleaned.get("file")
        text = found.read(files.MOST_CHARACTERS + 1).decode(errors="replace") if found else cleaned.get("text", "")
        try:
            cleaned["recipe"] = files.read(text)
        except FileInvalid as error:
            self.add_error("file" if found else "text", str(error))
        return cleaned


@requires(Capability.TRAIN)
def recipe_new(request: HttpRequest, recipe: str) -> HttpResponse:
    known = named(recipe)
    scale = request.GET.get("scale") or known.scales[0]
    if scale not in known.scales:
        raise Http404(f"{known.name} has no scale {scale}. It has {', '.join(known.scales)}.")
    form = RecipeForm(known, scale, data=request.POST or None, by=asker(request))
    if form.is_bound and (run := begun(request, form)):
        return redirect("run", run.pk)
    about = known.about.get(scale, "")
    return shown(request, form, {"recipe": known, "scale": scale, "about": about})


def begun(request: HttpRequest, form: RecipeForm) -> Run | None:
    """The run that a button of the form asks for; None where it asks for a look ahead, or is refused."""
    if "plan" in request.POST or "look" in request.POST:
        return None
    return form.start(asker(request), rehearses="rehearse" in request.POST)


@requires(Capability.TRAIN)
def recipe_from_file(request: HttpRequest) -> HttpResponse:
    """First the file, then what it needs."""
    asked = RecipeFileForm(request.POST or None, request.FILES or None, initial=begins_with(request))
    if not (asked.is_bound and asked.is_valid()):
        context = {"form": asked, "recipes": RECIPES.values()}
        return render(request, "launch/recipe_file.html", context, status=422 if asked.is_bound else 200)
    file = asked.cleaned_data["recipe"]
    given = request.POST if BUTTONS & request.POST.keys() else None
    form = RecipeForm(None, file=file, data=given, by=asker(request))
    if form.is_bound and (run := begun(request, form)):
        return redirect("run", run.pk)
    return shown(request, form, {"recipe": file, "text": files.written(file)})


def begins_with(request: HttpRequest) -> dict[str, str]:
    """A recipe of the studio that is to be changed, where the address names one."""
    known = RECIPES.get(request.GET.get("recipe", ""))
    scale = request.GET.get("scale", "")
    if known is None or scale not in known.scales:
        return {}
    return {"text": files.written(built({"recipe": known.name, "scale": scale}))}


def shown(request: HttpRequest, form: RecipeForm, context: dict[str, Any]) -> HttpResponse:
    stages = files.pipeline(form.file).stages
    context |= {"form": form, "layers": recipes.layers(stages, {}), "n_stages": len(stages)}
    context |= {"missing": missing_parts(Queue.GPU), "recipes": RECIPES.values()}
    if "plan" in request.POST:
        context["plan"] = plan_rows(form)
    if "look" in request.POST:
        context["rehearsal_cost"] = form.rehearsal_cost()
    return render(request, "launch/recipe.html", context, status=422 if form.errors else 200)


@requires(Capability.TRAIN)
@require_GET
def recipe_file(request: HttpRequest, recipe: str) -> HttpResponse:
    known = named(recipe)
    scale = request.GET.get("scale") or known.scales[0]
    if scale not in known.scales:
        raise Http404(f"{known.name} has no scale {scale}.")
    return download(files.written(built({"recipe": known.name, "scale": scale})), f"{known.name}-{scale}")


@requires(Capability.READ_DATA)
@require_GET
def run_recipe_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The recipe that a run was started with."""
    run = get_object_or_404(Run, pk=pk, kind=Run.Kind.RECIPE)
    if "recipe" not in run.spec:
        raise Http404("This run keeps no recipe.")
    return download(files.written(orchestration.file_of(run)), f"recipe-{run.pk}")


@requires(Capability.READ_DATA)
@require_GET
def recipe_compare(request: HttpRequest) -> HttpResponse:
    """Two runs of recipes, stage by stage."""
    found = compared_recipes.recipes().in_bulk(row_ids([request.GET.get(name, "") for name in SIDES]))
    chosen = [found.get(row_id(request.GET.get(name, "")) or 0) for name in SIDES]
    first, second = chosen
    context = {
        "sides": [
            {"name": name, "label": label, "run": run}
            for (name, label), run in zip(SIDES.items(), chosen, strict=True)
        ],
        "offered": compared_recipes.recipes().only("name")[: compared_recipes.CHOICES],
        "cards": compared_recipes.cards(first, second) if first and second else [],
    }
    return render(request, "recipes/compare.html", context)


@require_POST
@requires(Capability.TRAIN)
def rehearsed_start(request: HttpRequest, pk: int) -> HttpResponse:
    """What was rehearsed, for real."""
    rehearsal = get_object_or_404(Run, pk=pk, kind=Run.Kind.REHEARSAL)
    try:
        return redirect("run", starting.start(rehearsal, asker(request)).pk)
    except FormInvalid as refused:
        messages.error(request, f"It is not started. {refused.sentences}")
    return redirect("run", pk)


@requires(Capability.TRAIN)
def stage_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Run a stage of a recipe again: the form has the settings that it had."""
    run = get_object_or_404(Run.objects.select_related("parent"), pk=pk, superseded_at=None)
    if run.kind not in KINDS or run.parent is None or "recipe" not in run.parent.spec:
        raise Http404("This run is no stage of a recipe.")
    if not asker(request).can(right_to(run.kind)):
        raise PermissionDenied(f"This page is for those who may {right_to(run.kind)}. Ask an admin for the role.")
    form = AgainForm(run, run.parent, request.POST or None)
    if form.is_bound and form.run_again(asker(request)):
        return redirect("run", run.parent_id)
    context = {"form": form, "run": run, "recipe": run.parent}
    return render(request, "launch/again.html", context, status=422 if form.is_bound else 200)


def download(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="application/yaml")
    answer["Content-Disposition"] = f'attachment; filename="{name}.yaml"'
    return answer


def named(recipe: str) -> Recipe:
    if recipe not in RECIPES:
        raise Http404(f"There is no recipe called {recipe}.")
    return RECIPES[recipe]
