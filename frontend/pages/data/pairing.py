"""Pairs of a collection's responses: the form, a preview that counts them, making them and taking that back."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from annotation.limits import MOST, MOST_SEEDS
from annotation.models import Author, Collection, Prompt
from annotation.review.collection_pairing import (
    SOURCE_LENGTH,
    Pairing,
    PairingInvalid,
    Preview,
    pair_at_once,
    preview,
    scorers,
    writers,
)
from annotation.review.pairing import unmake
from annotation.review.pairing_strategies import STRATEGIES
from frontend.kit import undo
from frontend.kit.widgets import Checks
from studio import manage_command
from studio.accounts.access import requires
from studio.accounts.roles import Capability
from studio.words import counted


class PairingForm(forms.Form):
    strategy = forms.ChoiceField(
        choices=[(name, strategy.label) for name, strategy in STRATEGIES.items()],
        initial="all",
        error_messages={"required": "Choose which responses become pairs."},
    )
    reference = forms.ModelChoiceField(
        Author.objects.none(), required=False, label="Reference", empty_label="Choose an author"
    )
    scored_by = forms.ModelChoiceField(
        Author.objects.none(), required=False, label="Scores by", empty_label="Choose a reward model or judge"
    )
    authors = forms.ModelMultipleChoiceField(
        Author.objects.none(), widget=Checks, required=False, label="Responses by", help_text="None chosen: all."
    )
    per_prompt = forms.IntegerField(min_value=1, max_value=MOST, required=False, label="Pairs per prompt at most")
    limit = forms.IntegerField(min_value=1, max_value=MOST, required=False, label="Pairs in all at most")
    seed = forms.IntegerField(
        min_value=0,
        max_value=MOST_SEEDS - 1,
        required=False,
        initial=0,
        help_text="A limit leaves pairs out by chance. The same seed makes the same pairs.",
    )
    source = forms.CharField(
        max_length=SOURCE_LENGTH,
        required=False,
        label="Source",
        help_text="Written on each new pair, so that you can find them. Empty: the name of the strategy.",
    )

    def __init__(self, collection: Collection, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.collection = collection
        by_name = {"reference": writers, "authors": writers, "scored_by": scorers}
        for name, who in by_name.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = who(collection)

    @property
    def strategies(self) -> list[dict[str, Any]]:
        chosen = self["strategy"].value()
        return [{"name": name, "strategy": one, "is_chosen": name == chosen} for name, one in STRATEGIES.items()]

    def asked(self) -> Pairing:
        given = self.cleaned_data
        fields = {
            name: given[name] for name in ("strategy", "reference", "scored_by", "per_prompt", "limit", "source")
        }
        return Pairing(authors=tuple(given["authors"]), seed=given["seed"] or 0, **fields)


@requires(Capability.MANAGE_DATA)
def collection_pair(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Collection, slug=slug)
    form = PairingForm(found, request.POST if request.method == "POST" else None, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            expected = preview(found, form.asked())
            made = pair_at_once(found, form.asked(), expected, at)
        except PairingInvalid as error:
            form.add_error(error.field, error.message)
            if error.made:
                messages.warning(request, f"{counted(error.made, 'new pair')}.", extra_tags=undo_address(found, at))
        else:
            return told(request, form, expected, made, at)
    has_responses = writers(found).exists()
    return render(request, "pairing/page.html", {"collection": found, "form": form, "has_responses": has_responses})


def told(request: HttpRequest, form: PairingForm, expected: Preview, made: int, at: datetime) -> HttpResponse:
    """The list of what was made, with the way back; the form again where nothing was new."""
    if not made:
        messages.warning(request, f"No new pairs. {why_none(expected)}")
        return redirect("collection_pair", form.collection.slug)
    known = f" {counted(expected.known, 'other pair')} existed already." if expected.known else ""
    messages.success(request, f"{counted(made, 'new pair')}.{known}", extra_tags=undo_address(form.collection, at))
    query = {"collection": form.collection.slug, "source": form.asked().values["source"]}
    return redirect(f"{reverse('pair_list')}?{urlencode(query)}")


def undo_address(collection: Collection, at: datetime) -> str:
    return undo.address(reverse("collection_pair_undo", args=[collection.slug]), at)


def why_none(expected: Preview) -> str:
    if expected.known:
        return f"{counted(expected.known, 'pair')} existed already."
    if expected.unscored:
        return f"Without a score: {counted(expected.unscored, 'response')}."
    return "A pair needs two responses to the same prompt with different texts."


@requires(Capability.MANAGE_DATA)
def collection_pair_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """How many pairs there would be, as a fragment; nothing is written."""
    found = get_object_or_404(Collection, slug=slug)
    form = PairingForm(found, request.GET)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            expected = preview(found, form.asked())
        except PairingInvalid as error:
            form.add_error(error.field, error.message)
        else:
            context |= {"expected": expected, "command": command(found, form.asked())}
            context |= {"why_none": why_none(expected), "without": prompts_of(found) - expected.prompts}
    return render(request, "pairing/preview.html", context)


def prompts_of(collection: Collection) -> int:
    return Prompt.objects.filter(collection=collection).count()


def command(collection: Collection, asked: Pairing) -> str:
    needs = asked.chooses.needs
    return manage_command.manage(
        "pair",
        collection.slug,
        strategy=asked.strategy,
        author=[author.name for author in asked.authors],
        reference=asked.reference if needs == "reference" else None,
        scored_by=asked.scored_by if needs == "scored_by" else None,
        per_prompt=asked.per_prompt,
        limit=asked.limit,
        seed=asked.seed or None,
        source=asked.source or None,
    )


@require_POST
@requires(Capability.MANAGE_DATA)
def collection_pair_undo(request: HttpRequest, slug: str) -> HttpResponse:
    """The pairs that were made at one moment are deleted, where nobody has used them yet."""
    found = get_object_or_404(Collection, slug=slug)
    at = undo.moment(request.GET)
    if at is None:
        messages.error(request, "Nothing was deleted: the address names no time. Press Undo on the page again.")
        return redirect("collection_pair", slug)
    deleted, kept, stopped = unmake(found, at)
    stay = f" {counted(kept, 'pair')} kept: judged, sent to review or flagged." if kept else ""
    done = f"{counted(deleted, 'pair')} deleted.{stay}"
    if stopped:
        again = f"{stopped} {done} Press Undo again for the rest."
        messages.error(request, again, extra_tags=undo_address(found, at))
    else:
        messages.success(request, done)
    return redirect("collection_pair", slug)
