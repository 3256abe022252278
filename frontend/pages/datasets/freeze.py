"""Freezing a dataset version: the form, its preview, and what has changed since the last version of that name."""

from collections import Counter
from itertools import islice
from typing import Any

import orjson
from django.contrib import messages
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from annotation.datasets import definitions, judge_thresholds, next_version, selection
from annotation.datasets.definitions import Definition, DefinitionInvalid, Preferences
from annotation.datasets.split import split_of
from annotation.datasets.versions import freeze
from annotation.demo import DEMO_COLLECTIONS
from annotation.models import Prompt, Version
from frontend.presenters.datasets.definitions import differing
from frontend.presenters.datasets.freeze import FreezeForm, definition, filled
from studio import manage_command
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.http.parsing import row_id
from studio.words import counted

# A preview reads no more rows than this; what it found in them is said as such.
PREVIEWED = 500
# The rows of a larger version are compared when that is asked for, not at every change of the form.
COMPARED = 5_000


class NothingNew(Exception):
    """The version would have the records of the last one."""


@requires(Capability.MANAGE_DATA)
def version_freeze(request: HttpRequest) -> HttpResponse:
    """With `next`, a version's id, the form repeats the last definition of that name."""
    context: dict[str, Any] = {}
    initial = request.GET.dict() | {"collections": request.GET.getlist("collections")}
    if "next" in request.GET:
        context, initial = repeated(request.GET["next"])
    form = FreezeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = frozen(request, form)
        except DefinitionInvalid as error:
            form.add_error(None, error.message)
        except NothingNew as error:
            form.add_error("again", f"Nothing has changed: {error} Tick this box to freeze it all the same.")
        else:
            tell(request, made)
            return redirect("version", made.pk)
    return render(request, "versions/freeze.html", context | {"form": form})


def repeated(pk: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The last version of the same name, and the form's fields that repeat its definition."""
    asked = get_object_or_404(Version, pk=row_id(pk) or 0)
    before = Version.objects.filter(name=asked.name).order_by("-number")[0]
    named = {"name": before.name, "kind": before.kind}
    try:
        fields = filled(definitions.stored(before))
    except DefinitionInvalid:
        return {"before": before, "by_machine": True}, named
    # One of before there were flags took all; nobody had said that flagged pairs should be kept.
    fields |= {} if "flagged" in before.definition else {"flagged": "out"}
    return {"before": before}, fields | named


@transaction.atomic
def frozen(request: HttpRequest, form: FreezeForm) -> Version:
    """Raises DefinitionInvalid, and NothingNew where nobody asked for the same records again."""
    given = form.cleaned_data
    made = freeze(given["name"], given["kind"], definition(given), asker(request), given["notes"])
    if (same := made.counts.get("same_as")) and not given["again"]:
        raise NothingNew(f"{made.name} v{same} has these very records, digest {made.digest[:12]}.")
    return made


def tell(request: HttpRequest, made: Version) -> None:
    messages.success(request, f"{made} is frozen: {counted(made.counts['items'], 'item')}.")
    for warning in next_version.warnings_of(made):
        messages.warning(request, warning)


@requires(Capability.MANAGE_DATA)
def freeze_preview(request: HttpRequest) -> HttpResponse:
    """What freezing would give, as a fragment; nothing is written."""
    form = FreezeForm(request.GET)
    form.fields["name"].required = False
    if not form.is_valid():
        return render(request, "versions/preview.html", {"errors": form.errors.values()})
    context = previewed(form.asked) | {"command": command(form)}
    if isinstance(form.asked, Preferences):
        context["judges"] = judge_thresholds.standings(form.asked)
    if before := next_version.last(form.cleaned_data["name"], form.cleaned_data["kind"]):
        is_large = before.counts["items"] > COMPARED
        context |= {"before": before, "redefined": differing(before, form.asked), "is_large": is_large}
    return render(request, "versions/preview.html", context)


@requires(Capability.MANAGE_DATA)
def freeze_changes(request: HttpRequest) -> HttpResponse:
    """The rows that changed since the last version of that name, as a fragment of the preview."""
    form = FreezeForm(request.GET)
    before = next_version.last(form.cleaned_data["name"], form.cleaned_data["kind"]) if form.is_valid() else None
    changes = next_version.changes(form.asked, before) if before else None
    return render(request, "versions/changes.html", {"before": before, "changes": changes})


def previewed(asked: Definition) -> dict[str, Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        # Tells the planner that few of the rows will be fetched: it then walks an index instead of sorting them all.
        cursor.execute("SET LOCAL cursor_tuple_fraction = 0.0001")
        reasons = selection.reasons(asked)
        found = list(islice(reasons, PREVIEWED + 1))
        # The cursor must be closed before its transaction ends.
        del reasons
    read, is_partial = found[:PREVIEWED], len(found) > PREVIEWED
    left_out = Counter(reason for _, reason in read if reason)
    kept = Counter(prompt for prompt, reason in read if not reason)
    # Of the first rows alone nobody can say what the rest holds.
    share = 0.0 if is_partial else asked.test_share
    return {
        "kept": kept.total(),
        "n_prompts": len(kept),
        "left_out": left_out.most_common(),
        "read": len(read),
        "is_partial": is_partial,
        "warnings": next_version.warnings(expected(asked, kept), share, is_partial),
    }


def expected(asked: Definition, kept: Counter[int]) -> dict[str, int]:
    """The counts that a version of these rows would have, by prompt."""
    prompts = Prompt.objects.filter(pk__in=kept).values_list("pk", "digest", "collection__slug")
    counts = {"items": kept.total(), "test": 0, "demo": 0}
    for pk, digest, slug in prompts:
        counts["test"] += kept[pk] * (split_of(digest, asked.test_share, asked.seed) == "test")
        counts["demo"] += kept[pk] * (slug in DEMO_COLLECTIONS)
    return counts


def command(form: FreezeForm) -> str:
    name, kind = form.cleaned_data["name"] or "NAME", form.cleaned_data["kind"]
    return manage_command.manage("freeze", name, kind, orjson.dumps(definition(form.cleaned_data)).decode())
