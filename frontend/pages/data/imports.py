"""Import: a file into a collection, tried first or taken at once."""

from pathlib import Path
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotation.interchange.formats import READ
from annotation.interchange.imports import Report, collection_named, import_file
from annotation.models import Collection
from frontend.presenters.frame import next_steps
from studio.accounts.access import asker, requires
from studio.accounts.models import User
from studio.accounts.roles import Capability

EXAMPLES = Path(__file__).parents[2] / "examples"


class ImportForm(forms.Form):
    format = forms.ChoiceField(
        choices=[(name, reading.label) for name, reading in READ.items()],
        widget=forms.RadioSelect,
        initial="prompts",
        error_messages={"required": "Choose what the file holds."},
    )
    collection = forms.ModelChoiceField(
        Collection.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label="A new collection",
        label="Into the collection",
    )
    slug = forms.SlugField(
        max_length=50,
        required=False,
        label="Short name of the new collection",
        help_text="Letters, digits, hyphens. Its title and guidelines are written on its page.",
    )
    judge = forms.CharField(
        max_length=200,
        required=False,
        label="The judge’s name",
        help_text="Where the file holds a judge’s verdicts and does not name it, or names it otherwise.",
    )
    file = forms.FileField(
        help_text="JSON or JSON lines, plain or gzipped.",
        error_messages={"required": "Choose a file."},
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("collection") and not cleaned.get("slug") and "slug" not in self.errors:
            self.add_error("slug", "Choose a collection above, or give the new one a name.")
        return cleaned

    def target(self, by: User) -> Collection:
        """The chosen collection, or a new one that the import saves."""
        chosen: Collection | None = self.cleaned_data["collection"]
        return chosen or collection_named(self.cleaned_data["slug"], by.pk)


@requires(Capability.MANAGE_DATA)
def import_page(request: HttpRequest) -> HttpResponse:
    """The form, and beneath it what the file would do (`act=try`) or did (`act=take`)."""
    form = ImportForm(request.POST or None, request.FILES or None, initial={"format": "prompts"} | request.GET.dict())
    context: dict[str, Any] = {"form": form, "formats": described()}
    if request.method == "POST" and form.is_valid():
        file, is_dry_run = form.cleaned_data["file"], request.POST.get("act") != "take"
        target = form.target(asker(request))
        given = form.cleaned_data
        told = {"judge": given["judge"], "file": file.name, "by": asker(request)}
        report = import_file(file, given["format"], target, dry_run=is_dry_run, **told)
        context |= {"report": report, "rows": tallied(report), "file_name": file.name, "target": target}
        if not report.dry_run and not report.n_faults:
            context["steps"] = next_steps.after_import(Collection.objects.get(slug=target.slug), asker(request))
    return render(request, "imports/page.html", context)


def tallied(report: Report) -> list[dict[str, Any]]:
    """Per kind of thing: how many of it are new, and how many were there already or came twice."""
    tally = report.tally
    return [
        {"name": name, "added": tally.added[name], "known": tally.known[name]}
        for name, named in tally.named.items()
        if named
    ]


def described() -> list[dict[str, str]]:
    """Each format with an example, which is a file that can be imported."""
    return [
        {"name": name, "label": kind.label, "says": kind.says, "example": example(name)} for name, kind in READ.items()
    ]


def example(name: str) -> str:
    """`EXAMPLES/NAME.json` or `.jsonl`."""
    (file,) = EXAMPLES.glob(f"{name}.json*")
    return file.read_text(encoding="utf-8").strip()
