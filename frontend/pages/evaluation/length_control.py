"""What AlpacaEval's length control needs for a collection: what is there, and a form that imports it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from annotation.models import Collection
from studio.accounts.access import requires
from studio.accounts.roles import Capability
from studio.words import counted
from training.evaluation import NoFigure
from training.evaluation.benchmarks import length
from training.evaluation.figures.records import BadRecord
from training.models import LengthInputs

DIFFICULTY, GAMED = "difficulty", "gamed"
SUFFIXES = (".csv", ".json", ".jsonl")


class LengthInputsForm(forms.Form):
    what = forms.ChoiceField(
        choices=[
            (DIFFICULTY, "Difficulty: instruction (or index) and instruction_difficulty"),
            (GAMED, "Gamed baselines: std_delta_len, instruction_difficulty and preference"),
        ],
        label="The file holds",
    )
    file = forms.FileField(help_text="CSV, JSON or JSON lines. It takes the place of what was imported before.")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if Path(file.name).suffix not in SUFFIXES:
            raise forms.ValidationError(f"Give a file that ends in {', '.join(SUFFIXES)}.")
        return file

    def take(self, collection: Collection) -> str:
        """What was imported, in words. Raises BadRecord, NoFigure."""
        file = self.cleaned_data["file"]
        with TemporaryDirectory() as folder:
            path = Path(folder) / Path(file.name).name
            path.write_bytes(file.read())
            return taken(collection, path, self.cleaned_data["what"])


def taken(collection: Collection, path: Path, what: str) -> str:
    try:
        if what == GAMED:
            return f"Games of the gamed baselines: {length.import_gamed(collection, path):,}."
        matched = length.import_difficulty(collection, path)
    except BadRecord as error:
        # Where the upload lay for a moment means nothing to its owner.
        raise BadRecord(str(error).replace(f"{path.parent}/", "")) from error
    strange = f" Rows of the file that are of no question here: {matched.strange:,}." if matched.strange else ""
    return f"Difficulty is known for {matched.known:,} of {counted(matched.questions, 'question')}.{strange}"


@requires(Capability.MANAGE_DATA)
def length_control(request: HttpRequest, slug: str) -> HttpResponse:
    collection = get_object_or_404(Collection, slug=slug)
    form = LengthInputsForm(request.POST or None, request.FILES or None, auto_id="length_%s")
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, form.take(collection))
            return redirect("length_control", slug)
        except (BadRecord, NoFigure) as error:
            form.add_error("file", str(error))
    stored = LengthInputs.objects.filter(collection=collection).first()
    context: dict[str, Any] = {
        "collection": collection,
        "form": form,
        "stored": stored,
        "n_prompts": collection.prompts.count(),
        "n_known": len(stored.difficulty) if stored else 0,
        "n_gamed": len(stored.gamed) if stored else 0,
    }
    return render(request, "collections/length_control.html", context, status=422 if form.is_bound else 200)
