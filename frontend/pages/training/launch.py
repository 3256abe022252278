"""Launch a run from its typed form, and start a recipe."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from frontend.kit import wording
from frontend.presenters.judges import judge_choices
from frontend.presenters.training import recipes
from frontend.presenters.training.launch import LaunchForm, launchable, missing_parts, plain
from studio.accounts.access import asker, requires
from studio.accounts.models import User
from studio.accounts.roles import Capability
from training.models import Run
from training.recipes import RECIPES, orchestration
from training.recipes.stages import Recipe
from training.runs.forms import FormInvalid
from training.runs.kinds import KINDS, Queue, right_to
from training.specs import LARGE


@requires(Capability.MANAGE_DATA)
def run_new(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in plain():
        raise Http404(f"There is no kind of run called {kind}.")
    if not asker(request).can(right_to(kind)):
        raise PermissionDenied(f"This page is for those who may {right_to(kind)}. Ask an admin for the role.")
    form = LaunchForm(kind, request.POST or None, request.GET)
    if request.method == "POST" and (run := form.launch(asker(request))):
        return redirect("run", run.pk)
    context: dict[str, Any] = {
        "kind": kind,
        "title": wording.new_run(KINDS[kind].label),
        # Docstrings mark names for programmers.
        "about": (KINDS[kind].settings.__doc__ or "").strip().replace("`", ""),
        "form": form,
        "acts": KINDS[kind].button,
        "kinds": launchable(asker(request)),
        "missing": missing_parts(KINDS[kind].queue) if KINDS[kind].queue == Queue.GPU else [],
    }
    if kind == Run.Kind.JUDGE:
        context |= judges_offered(form)
    return render(request, "launch/run.html", context, status=422 if form.is_bound else 200)


def judges_offered(form: LaunchForm) -> dict[str, Any]:
    found, chosen = judge_choices.choices(form.judges), form["judge"].value()
    return {
        "choices": found,
        "access": judge_choices.access(),
        "proposed": judge_choices.proposed(),
        "n_published": sum(one.is_published for one in found),
        "chosen_is_published": any(one.is_published and one.judge.name == chosen for one in found),
    }


class RecipeForm(forms.Form):
    scale = forms.ChoiceField(help_text="Size of the models and the data.")
    seed = forms.IntegerField(
        min_value=0,
        max_value=LARGE - 1,
        initial=0,
        help_text="Fixes every random choice. Another seed, another pipeline.",
    )

    def __init__(self, recipe: Recipe, data: QueryDict | None) -> None:
        super().__init__(data, auto_id="recipe_%s")
        scale = self.fields["scale"]
        assert isinstance(scale, forms.ChoiceField)
        scale.choices = [(name, name) for name in recipe.scales]


@requires(Capability.TRAIN)
def recipe_new(request: HttpRequest, recipe: str) -> HttpResponse:
    if recipe not in RECIPES:
        raise Http404(f"There is no recipe called {recipe}.")
    known = RECIPES[recipe]
    form = RecipeForm(known, request.POST or None)
    if request.method == "POST" and form.is_valid() and (run := started(recipe, form, asker(request))):
        return redirect("run", run.pk)
    stages = known.stages(str(form["scale"].value() or known.scales[0]), 0)
    context = {
        "recipe": known,
        "form": form,
        "layers": recipes.layers(stages, {}),
        "n_stages": len(stages),
        "missing": missing_parts(Queue.GPU),
    }
    return render(request, "launch/recipe.html", context, status=422 if form.is_bound else 200)


def started(recipe: str, form: RecipeForm, by: User) -> Run | None:
    try:
        return orchestration.start(recipe, by=by, **form.cleaned_data)
    except FormInvalid as refused:
        for name, problem in refused.errors.items():
            form.add_error(name if name in form.fields else None, problem)
        return None
