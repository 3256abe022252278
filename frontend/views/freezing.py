"""The form that freezes a dataset version, and its preview: how many rows, and what is left out and why."""

from collections import Counter
from itertools import islice
from typing import Any

import orjson
from django import forms
from django.contrib import messages
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotation import definitions, querying, shell, trusting
from annotation.definitions import Definition, DefinitionInvalid, Preferences
from annotation.models import Author, Collection, Response, Version
from annotation.snapshots import freeze
from frontend.views.settings import me
from frontend.widgets import Checks, Radios
from studio.accounts.access import requires
from studio.accounts.roles import Capability

# A preview reads no more rows than this; what it found in them is said as such.
PREVIEWED = 1_000


class FreezeForm(forms.Form):
    name = forms.CharField(
        max_length=120, help_text="The next number is added: a name that is known makes its next version."
    )
    kind = forms.ChoiceField(choices=Version.Kind.choices, widget=Radios, initial=Version.Kind.PREFERENCES)
    collections = forms.ModelMultipleChoiceField(
        Collection.objects.all(),
        to_field_name="slug",
        widget=Checks,
        required=False,
        help_text="None chosen: all.",
    )
    authors = forms.ModelMultipleChoiceField(
        Author.objects.filter(Exists(Response.objects.filter(author=OuterRef("pk")))).order_by("name"),
        widget=Checks,
        required=False,
        label="Responses by",
        help_text="None chosen: all.",
    )
    kinds = forms.MultipleChoiceField(
        choices=[("person", "People"), ("judge", "Judges")],
        widget=Checks,
        initial=["person", "judge"],
        required=False,
        label="Whose grades count",
    )
    min_votes = forms.IntegerField(min_value=1, initial=1, required=False, label="Votes at least")
    min_grade = forms.FloatField(
        min_value=0, max_value=3, initial=0, required=False, label="Mean grade from a tie at least"
    )
    consistent_only = forms.BooleanField(
        required=False,
        label="Without verdicts that contradict themselves",
        help_text="A judge that changes sides when the responses change places is a tie; so it is nothing.",
    )
    trust_agreement = forms.FloatField(
        min_value=0,
        max_value=100,
        required=False,
        label="Agreement with people, in %",
        help_text="Ties counted; the low end of its 95 % interval must reach it.",
    )
    trust_consistency = forms.FloatField(
        min_value=0, max_value=100, required=False, label="Consistency over the swap, in %", help_text="Likewise."
    )
    trust_pairs = forms.IntegerField(min_value=0, required=False, label="Of its pairs, judged by people too")
    scored_by = forms.ModelChoiceField(
        Author.objects.filter(kind="reward_model"), required=False, label="Scores by", empty_label="None"
    )
    flagged = forms.ChoiceField(
        choices=[
            ("out", "Leave out"),
            ("open", "Keep where the flag is not settled; leave out what is excluded"),
            ("all", "Keep, also what is excluded"),
        ],
        widget=Radios,
        initial="out",
        required=False,
        label="Flagged pairs",
        help_text="With their prompts and responses, where the version holds these.",
    )
    test_share = forms.FloatField(min_value=0, max_value=1, initial=0.1, required=False, label="Share for testing")
    seed = forms.IntegerField(initial=0, required=False)
    notes = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            self.asked = definitions.read(cleaned.get("kind", ""), self.definition(cleaned))
        except DefinitionInvalid as error:
            field = {"best_by": "scored_by"}.get(error.field, error.field)
            self.add_error(field if field in self.fields else None, error.message)
        return cleaned

    def definition(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """The fields that the kind has, without those that say nothing."""
        authors = [author.pk for author in cleaned.get("authors") or []]
        scored_by = getattr(cleaned.get("scored_by"), "pk", None)
        of_kind: dict[str, dict[str, Any]] = {
            "prompts": {},
            "demonstrations": {"authors": authors, "best_by": scored_by},
            "responses": {"authors": authors, "scored_by": scored_by},
            "preferences": {
                "written_by": authors,
                "kinds": cleaned.get("kinds"),
                "min_votes": cleaned.get("min_votes"),
                "min_grade": cleaned.get("min_grade"),
                "consistent_only": cleaned.get("consistent_only") or None,
                "trust": trust(cleaned),
            },
        }
        everywhere = {
            "collections": [collection.slug for collection in cleaned.get("collections") or []],
            "test_share": cleaned.get("test_share"),
            "seed": cleaned.get("seed"),
            "flagged": cleaned.get("flagged"),
        }
        said = everywhere | of_kind.get(cleaned.get("kind", ""), {})
        return {name: value for name, value in said.items() if value not in (None, [], "")}


def trust(cleaned: dict[str, Any]) -> dict[str, Any] | None:
    """What is asked of judges, as the definition has it: shares, not per cent."""
    shares = {name: (cleaned.get(f"trust_{name}") or 0) / 100 for name in ("agreement", "consistency")}
    asked = shares | {"pairs": cleaned.get("trust_pairs") or 0}
    return {name: value for name, value in asked.items() if value} or None


@requires(Capability.MANAGE_DATA)
def version_freeze(request: HttpRequest) -> HttpResponse:
    form = FreezeForm(
        request.POST or None, initial=request.GET.dict() | {"collections": request.GET.getlist("collections")}
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = freeze(given["name"], given["kind"], form.definition(given), me(request), given["notes"])
        except DefinitionInvalid as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{made} is frozen: {made.counts['items']:,} items.")
            return redirect("version", made.pk)
    return render(request, "versions/freeze.html", {"form": form})


@requires(Capability.MANAGE_DATA)
def freeze_preview(request: HttpRequest) -> HttpResponse:
    """What freezing would give, as a fragment; nothing is written."""
    form = FreezeForm(request.GET)
    form.fields["name"].required = False
    if not form.is_valid():
        return render(request, "versions/preview.html", {"errors": form.errors.values()})
    definition = form.definition(form.cleaned_data)
    context = previewed(form.asked) | {"command": command(form, definition)}
    if isinstance(form.asked, Preferences):
        context["judges"] = trusting.standings(form.asked)
    return render(request, "versions/preview.html", context)


def previewed(asked: Definition) -> dict[str, Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        # Tells the planner that few of the rows will be fetched: it then walks an index instead of sorting them all.
        cursor.execute("SET LOCAL cursor_tuple_fraction = 0.0001")
        reasons = querying.reasons(asked)
        found = list(islice(reasons, PREVIEWED + 1))
        # The cursor must be closed before its transaction ends.
        del reasons
    read = found[:PREVIEWED]
    left_out = Counter(reason for _, reason in read if reason)
    return {
        "kept": len(read) - left_out.total(),
        "n_prompts": len({prompt for prompt, reason in read if not reason}),
        "left_out": left_out.most_common(),
        "read": len(read),
        "is_partial": len(found) > PREVIEWED,
    }


def command(form: FreezeForm, definition: dict[str, Any]) -> str:
    name, kind = form.cleaned_data["name"] or "NAME", form.cleaned_data["kind"]
    return shell.manage("freeze", name, kind, orjson.dumps(definition).decode())
