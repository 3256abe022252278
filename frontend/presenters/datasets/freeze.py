"""The form that freezes a dataset version: every field of every kind of definition, there and back."""

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef

from annotation.datasets import definitions
from annotation.datasets.definitions import (
    Definition,
    DefinitionInvalid,
    Demonstrations,
    Preferences,
    Prompts,
    Responses,
    Trust,
)
from annotation.limits import MOST, MOST_SEEDS
from annotation.models import Author, Collection, Response, Version
from frontend.kit.widgets import Checks, Radios

WRITERS = Author.objects.filter(Exists(Response.objects.filter(author=OuterRef("pk")))).order_by("name")
GRADERS = Author.objects.filter(kind__in=["person", "judge"]).order_by("kind", "name")


# Used now and then: folded away on the page while none of them says anything.
RARE = (
    *("categories", "authors", "graders", "consistent_only", "unanswered_by"),
    *("trust_agreement", "trust_consistency", "trust_pairs"),
)


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
    categories = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), required=False, help_text="One a line. Empty: all."
    )
    authors = forms.ModelMultipleChoiceField(
        WRITERS, widget=Checks, required=False, label="Responses by", help_text="None chosen: all."
    )
    kinds = forms.MultipleChoiceField(
        choices=[("person", "People"), ("judge", "Judges")],
        widget=Checks,
        initial=["person", "judge"],
        required=False,
        label="Whose grades count",
    )
    graders = forms.ModelMultipleChoiceField(
        GRADERS, widget=Checks, required=False, label="Only grades by", help_text="None chosen: all of these kinds."
    )
    min_votes = forms.IntegerField(min_value=1, max_value=MOST, initial=1, required=False, label="Judgments at least")
    min_grade = forms.FloatField(
        min_value=0,
        max_value=3,
        initial=0,
        required=False,
        label="Margin at least",
        help_text="How far the mean grade is from a tie.",
    )
    consistent_only = forms.BooleanField(
        required=False,
        label="Without verdicts that contradict themselves",
        help_text="A judge contradicts itself when its verdict changes with the order of the responses.",
    )
    trust_agreement = forms.FloatField(
        min_value=0,
        max_value=100,
        required=False,
        label="Agreement with people, in %",
        help_text="Ties counted; the low end of its 95 % interval must reach it.",
    )
    trust_consistency = forms.FloatField(
        min_value=0,
        max_value=100,
        required=False,
        label="Same verdict in both orders, in %",
        help_text="The low end of its 95 % interval must reach it.",
    )
    trust_pairs = forms.IntegerField(
        min_value=0, max_value=MOST, required=False, label="Pairs judged by people too, at least"
    )
    scored_by = forms.ModelChoiceField(
        Author.objects.filter(kind="reward_model"), required=False, label="Scores by", empty_label="None"
    )
    limit = forms.IntegerField(
        min_value=1, max_value=MOST, required=False, label="Prompts at most", help_text="Empty: all."
    )
    unanswered_by = forms.ModelChoiceField(
        WRITERS, required=False, label="Without the prompts answered by", empty_label="No author"
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
    seed = forms.IntegerField(min_value=0, max_value=MOST_SEEDS - 1, initial=0, required=False)
    notes = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), required=False)
    again = forms.BooleanField(required=False, label="Freeze the same records again")

    @property
    def says_rare_things(self) -> bool:
        return any(self[name].value() or self[name].errors for name in RARE)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            self.asked = definitions.read(cleaned.get("kind", ""), definition(cleaned))
        except DefinitionInvalid as error:
            field = {"best_by": "scored_by"}.get(error.field, error.field)
            self.add_error(field if field in self.fields else None, error.message)
        return cleaned


def definition(cleaned: dict[str, Any]) -> dict[str, Any]:
    """The fields that the kind has, without those that say nothing."""
    authors = [author.pk for author in cleaned.get("authors") or []]
    scored_by = getattr(cleaned.get("scored_by"), "pk", None)
    of_kind: dict[str, dict[str, Any]] = {
        "prompts": {
            "limit": cleaned.get("limit"),
            "unanswered_by": getattr(cleaned.get("unanswered_by"), "pk", None),
        },
        "demonstrations": {"authors": authors, "best_by": scored_by},
        "responses": {"authors": authors, "scored_by": scored_by},
        "preferences": {
            "written_by": authors,
            "kinds": cleaned.get("kinds"),
            "authors": [author.pk for author in cleaned.get("graders") or []],
            "min_votes": cleaned.get("min_votes"),
            "min_grade": cleaned.get("min_grade"),
            "consistent_only": cleaned.get("consistent_only") or None,
            "trust": trust(cleaned),
        },
    }
    everywhere = {
        "collections": [collection.slug for collection in cleaned.get("collections") or []],
        "categories": [line.strip() for line in (cleaned.get("categories") or "").splitlines() if line.strip()],
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


def filled(asked: Definition) -> dict[str, Any]:
    """The form's fields for a definition: what `definition` makes of them is that definition."""
    everywhere: dict[str, Any] = {
        "kind": asked.kind,
        "collections": asked.collections,
        "categories": "\n".join(asked.categories),
        "test_share": plain(asked.test_share),
        "seed": asked.seed,
        "flagged": asked.flagged,
    }
    match asked:
        case Prompts():
            return everywhere | {"limit": asked.limit, "unanswered_by": asked.unanswered_by}
        case Demonstrations():
            return everywhere | {"authors": asked.authors, "scored_by": asked.best_by}
        case Responses():
            return everywhere | {"authors": asked.authors, "scored_by": asked.scored_by}
        case Preferences():
            return everywhere | {
                "authors": asked.written_by,
                "kinds": list(asked.kinds),
                "graders": asked.authors,
                "min_votes": asked.min_votes,
                "min_grade": plain(asked.min_grade),
                "consistent_only": asked.consistent_only,
                **filled_trust(asked.trust or Trust()),
            }
    raise TypeError(f"{type(asked).__name__} has no fields in the form")


def plain(number: float) -> str:
    """As people write it: 0 for 0.0."""
    return str(number).removesuffix(".0")


def filled_trust(asked: Trust) -> dict[str, Any]:
    """In per cent, without the tail that a binary fraction has."""
    shares = {"trust_agreement": asked.agreement, "trust_consistency": asked.consistency}
    per_cent = {name: plain(round(share * 100, 9)) if share else None for name, share in shares.items()}
    return per_cent | {"trust_pairs": asked.pairs or None}
