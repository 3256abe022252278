"""By what pairs are found: one vocabulary, which the page of pairs and the API read alike.

A filter is a field of `PairFields`, which says what may be asked, and a row of `by`, which says what it leaves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from annotation.judges.cards.slices import narrow
from annotation.models import Author, Collection, Pair, Prompt
from annotation.models.flags import FLAGGED, where_flagged
from annotation.models.pairs import PairQuerySet
from studio.http.filters import Narrowing
from studio.http.parsing import row_ids

PEOPLE = "people"
JUDGED = {"yes": "Judged", "no": "Not judged yet"}
OPINIONS = {
    "disputed": "People or judges disagree",
    "people_against_judges": "People and judges prefer different sides",
    "inconsistent": "A judge contradicts itself",
}
TURNS = {"1": "1", "2": "2", "3+": "3 or more"}
MADE = {"scores": "Scores, to train on"}
ANY = ("", "Any")


@dataclass(frozen=True)
class Two:
    """Two authors whose verdicts are compared; without the second, one author and people."""

    one: Author
    other: Author | None

    def __str__(self) -> str:
        return f"{self.one} and {self.other or PEOPLE}"


class TwoField(forms.CharField):
    """`3,7`, the ids of two authors, or `3,people`."""

    widget = forms.TextInput(attrs={"placeholder": f"3,7 or 3,{PEOPLE}"})

    def clean(self, value: Any) -> Any:
        if not (asked := super().clean(value)):
            return None
        first, _, second = asked.partition(",")
        ids = [first] if second == PEOPLE else [first, second]
        found = {str(pk): one for pk, one in Author.objects.in_bulk(row_ids(ids)).items()}
        if missing := [pk for pk in ids if pk not in found]:
            raise forms.ValidationError(f"{missing[0]!r} is no author. Write two ids as 3,7 or an id as 3,{PEOPLE}.")
        return Two(found[first], found.get(second))


class PairFields(forms.Form):
    """What may be asked of a list of pairs; every field may be left out."""

    q = forms.CharField(label="Search", help_text="Words of the prompt or a response, in the syntax of web search.")
    collection = forms.ModelChoiceField(Collection.objects.all(), to_field_name="slug", help_text="By its slug.")
    prompt = forms.ModelChoiceField(
        Prompt.objects.all(), widget=forms.NumberInput, label="Prompt number", help_text="By its id."
    )
    source = forms.CharField(max_length=80, help_text="Those that a run made of scores name it as `run 12`.")
    made = forms.ChoiceField(
        choices=[ANY, *MADE.items()],
        label="Made of",
        help_text="Pairs that a run made of scores and that nobody is to compare: no other list has them.",
    )
    author = forms.ModelChoiceField(Author.objects.exclude(kind="judge").order_by("name"), label="Response by")
    judge = forms.ModelChoiceField(
        Author.objects.filter(kind__in=["person", "judge", "gold"]).order_by("kind", "name"),
        label="Judged by",
        help_text="Has a current judgment by this author, valid or failed.",
    )
    judged = forms.ChoiceField(choices=[ANY, *JUDGED.items()], label="Judgments")
    opinion = forms.ChoiceField(choices=[ANY, *OPINIONS.items()], label="Opinions")
    flag = forms.ChoiceField(choices=[ANY, *FLAGGED.items()], label="Flags")
    grade_from = forms.FloatField(label="Grade from", min_value=-3, max_value=3)
    grade_to = forms.FloatField(label="Grade to", min_value=-3, max_value=3)
    disagree = TwoField(label="Verdicts differ", help_text="Of two authors; a tie against a preference differs.")
    agree = TwoField(label="Verdicts agree", help_text="Of two authors.")
    domain = forms.CharField(label="Domain")
    language = forms.CharField(label="Language")
    turns = forms.ChoiceField(choices=[ANY, *TURNS.items()], label="Turns")
    gap_from = forms.IntegerField(label="Lengths apart from", min_value=0, max_value=2**31 - 1)
    gap_to = forms.IntegerField(label="Lengths apart to", min_value=0, max_value=2**31 - 1)

    by: ClassVar[Mapping[str, Narrowing]] = {
        "q": lambda pairs, words: pairs.matching(words),
        "collection": lambda pairs, collection: pairs.filter(collection=collection),
        "prompt": lambda pairs, prompt: pairs.filter(prompt=prompt),
        "source": lambda pairs, source: pairs.filter(source=source),
        "made": lambda pairs, _: pairs.filter(to_compare=False),
        "author": lambda pairs, author: pairs.by_author(author),
        "judge": lambda pairs, author: pairs.judged_by(author),
        "judged": lambda pairs, judged: (
            pairs.filter(n_judgments__gt=0) if judged == "yes" else pairs.filter(n_judgments=0)
        ),
        "opinion": lambda pairs, opinion: HELD[opinion](pairs),
        "flag": where_flagged,
        "grade_from": lambda pairs, grade: pairs.filter(mean_grade__gte=grade),
        "grade_to": lambda pairs, grade: pairs.filter(mean_grade__lte=grade),
        "disagree": lambda pairs, two: (
            pairs.where_disagree(two.one, two.other) if two.other else pairs.where_people_disagree(two.one)
        ),
        "agree": lambda pairs, two: (
            pairs.where_agree(two.one, two.other) if two.other else pairs.where_people_agree(two.one)
        ),
        "domain": lambda pairs, domain: narrow(pairs, domain=domain),
        "language": lambda pairs, language: narrow(pairs, language=language),
        "turns": lambda pairs, turns: narrow(pairs, turns=turns),
        "gap_from": lambda pairs, gap: narrow(pairs, gap__gte=gap),
        "gap_to": lambda pairs, gap: narrow(pairs, gap__lte=gap),
    }


def among(query: Mapping[str, Any]) -> PairQuerySet:
    """Where to look for pairs: only who asks for those of scores meets one."""
    found: PairQuerySet = (Pair.every if query.get("made") else Pair.objects).all()
    return found


HELD: Mapping[str, Callable[[Any], Any]] = {
    "disputed": lambda pairs: pairs.filter(disputed=True),
    "people_against_judges": lambda pairs: pairs.people_against_judges(),
    "inconsistent": lambda pairs: pairs.inconsistent(),
}
