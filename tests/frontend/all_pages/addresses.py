"""The address of every page that the studio and its admin site show, with something on each."""

from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from annotation.models import Author, VersionShare
from frontend.kit.navigation import PEOPLE, PLACES, SETTINGS
from studio.accounts.models import User
from tests.frontend.filled import Filled
from tests.frontend.hostile import WORD
from training.models import Checkpoint, Run
from training.runs.kinds import launched_by_form


def pages(made: Filled) -> list[str]:
    """Those of the studio's own."""
    compared = "&".join(f"c={one.author_id}" for one in made.checkpoints)
    return [
        *(place.path for place in [*PLACES, PEOPLE, SETTINGS]),
        f"/people/{User.objects.get(memberships__invitation__isnull=False).pk}/",
        "/people/invitations/",
        "/people/invitations/new/",
        "/people/audit/",
        "/settings/tokens/",
        "/settings/password/",
        "/prompts/collections/",
        "/prompts/collections/demo/",
        "/prompts/collections/demo/edit/",
        "/prompts/collections/demo/move/",
        "/prompts/collections/new/",
        f"/prompts/{made.prompt.pk}/",
        f"/pairs/{made.pair.pk}/",
        "/review/demo/",
        "/review/my/judgments/",
        "/review/my/flags/",
        "/people/activity/",
        f"/people/{made.pair.flags.get().author.user_id}/",
        f"/people/{made.pair.flags.get().author.user_id}/skips/",
        "/flags/",
        f"/flags/{made.pair.flags.get().pk}/",
        "/datasets/freeze/",
        f"/datasets/freeze/?next={made.version.pk}",
        f"/datasets/{made.version.pk}/",
        f"/datasets/{made.version.pk}/items/",
        f"/datasets/{made.version.pk}/share/",
        f"/datasets/shared/{VersionShare.objects.get().pk}/",
        f"/runs/{made.run.pk}/",
        f"/runs/{made.recipe.pk}/",
        f"/runs/{made.recipe.children.get(stage='sft').pk}/again/",
        f"/runs/{Run.objects.get(state='failed').pk}/",
        f"/runs/{Run.objects.get(kind='keep_best').pk}/",
        f"/runs/compare/?run={made.run.pk}&run={Run.objects.get(state='failed').pk}",
        "/runs/new/dpo/",
        f"/checkpoints/{made.checkpoint.pk}/",
        f"/checkpoints/{made.checkpoint.pk}/share/",
        f"/checkpoints/{Checkpoint.objects.get(shared_by='Autumn').pk}/",
        f"/compare/?{compared}",
        f"/compare/?mode=live&c={made.checkpoint.author_id}",
        "/import/",
        "/search/?q=animals",
        f"/evaluate/?run={made.recipe.pk}",
        "/evaluate/tasks/",
        "/judges/",
        f"/judges/{Author.objects.filter(kind='judge').earliest('pk').pk}/",
        "/arena/",
        "/arena/?styled=1",
        f"/benchmarks/{made.result.pk}/",
        f"/benchmarks/{made.result.pk}/answers/",
        f"/benchmarks/{made.result.pk}/answers/{made.result.verdicts.get().pk}/",
        "/leaderboards/",
        "/leaderboards/alpaca_eval/",
        f"/leaderboards/results/{made.results[0].pk}/",
        f"/leaderboards/compare/?a={made.results[0].pk}&b={made.results[1].pk}",
        *(f"{place}?q={WORD}" for place in ("/pairs/", "/prompts/", "/search/")),
        "/search/?q=w",
        "/runs/new/judge/",
        "/recipes/xwin/new/",
        "/recipes/xwin/new/?scale=7b",
        "/recipes/new/",
        f"/recipes/compare/?first={made.recipe.pk}&second={made.recipe.pk}",
        "/styleguide/",
        "/projects/",
        "/projects/new/",
        "/project/",
        "/defaults/",
    ]


def admin_pages() -> list[str]:
    """The list of every model that the admin knows, the page of one, and the form of each kind of run."""
    found = ["/admin/"]
    for model in filter(admin.site.is_registered, apps.get_models()):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        one = model._base_manager.first()
        assert one is not None, f"{model.__name__}: nothing to look at; tests/frontend/filled.py should make one"
        found += [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[one.pk])]
    return [*found, *(reverse("admin:training_run_launch", args=[kind]) for kind in launched_by_form())]
