"""Two responses to one prompt that somebody is to compare."""

from typing import Any, Self

from django.db import models
from django.db.models import Avg, Exists, F, FilteredRelation, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from annotation.models.authors import Author
from annotation.models.prompts import Collection, Prompt
from annotation.models.responses import Response
from annotation.models.row_estimates import estimate
from annotation.models.text_search import searching
from studio.projects.rows import Rows, its_project

# So few responses are gathered first and pairs held against them; of more, walking the pairs meets enough soon.
FEW = 5_000
# Or where they are such a part of a project's: then to gather them is dear in a studio of many projects, because the
# indexes of words hold those of all.
COMMON = 0.1
# Of so few, their pairs are gathered.
RARE = 500
# Of fewer than a page, walking would go through all pairs.
PAGE = 50
# Responses are gathered once: the index of words holds those of all projects.
GATHERED = """
ARRAY(
    WITH written (response) AS MATERIALIZED ({responses})
    SELECT id FROM annotation_pair WHERE left_id = ANY(ARRAY(SELECT response FROM written))
    UNION SELECT id FROM annotation_pair WHERE right_id = ANY(ARRAY(SELECT response FROM written))
    UNION SELECT id FROM annotation_pair WHERE prompt_id = ANY(ARRAY({prompts}))
)
"""
TO_COMPARE = Q(to_compare=True)
SAME_SIDE = (
    Q(first_grade__lt=0, second_grade__lt=0)
    | Q(first_grade=0, second_grade=0)
    | Q(first_grade__gt=0, second_grade__gt=0)
)


class PairQuerySet(models.QuerySet["Pair"]):
    """The words in which pairs are asked for."""

    def by_author(self, author: Author) -> Self:
        """Pairs in which `author` wrote a response."""
        written = Response.objects.filter(author=author)
        near = self if are_common(estimate(written)) else self.filter(prompt__in=written.values("prompt"))
        return near.filter(Q(left__author=author) | Q(right__author=author))

    def judged_by(self, author: Author) -> Self:
        """Pairs of which `author` has a current judgment, valid or failed."""
        return self.filter(Exists(author.judgments.filter(pair=OuterRef("pk"), superseded_at=None)))

    def between(self, first: Author, second: Author) -> Self:
        """Pairs that both have judged, failures apart, with their grades as `first_grade` and `second_grade`."""
        joined = self.alias(by_first=current_judgment(first), by_second=current_judgment(second))
        graded = joined.annotate(first_grade=F("by_first__grade"), second_grade=F("by_second__grade"))
        return graded.filter(first_grade__isnull=False, second_grade__isnull=False)

    def where_agree(self, first: Author, second: Author) -> Self:
        """Pairs on which both prefer the same side, or both see a tie."""
        return self.between(first, second).filter(SAME_SIDE)

    def where_disagree(self, first: Author, second: Author) -> Self:
        """Pairs on which their verdicts differ; a tie against a preference is a difference."""
        return self.between(first, second).exclude(SAME_SIDE)

    def where_people_agree(self, author: Author) -> Self:
        """Pairs that `author` and at least one person have judged, and on which no person's verdict is another."""
        judged = self.alias(by_first=current_judgment(author)).filter(person_gave(), by_first__grade__isnull=False)
        return judged.exclude(some_person_disagrees())

    def where_people_disagree(self, author: Author) -> Self:
        """Pairs on which at least one person's verdict is another than that of `author`."""
        return self.alias(by_first=current_judgment(author)).filter(some_person_disagrees())

    def matching(self, words: str) -> Self:
        """Pairs whose prompt or one of whose responses has the words, in the syntax of web search."""
        prompts, responses = Prompt.objects.matching(words), Response.objects.matching(words)
        expected = estimate(responses)
        if are_common(expected):
            query = searching(words)
            return self.filter(Q(prompt__search=query) | Q(left__search=query) | Q(right__search=query))
        if expected > RARE:
            return self.filter(Q(prompt__in=prompts) | Q(left__in=responses) | Q(right__in=responses))
        return self.filter(is_any_of(GATHERED, responses=responses.values("pk"), prompts=prompts.values("pk")))

    def inconsistent(self) -> Self:
        """Pairs on which a judge contradicts itself when the responses change places; it counts as a tie."""
        return self.filter(swayed(OuterRef("pk")))

    def people_against_judges(self) -> Self:
        """Pairs on which the mean of people and the mean of judges prefer different sides."""
        by_people, by_judges = mean_grade_by(Author.Kind.PERSON), mean_grade_by(Author.Kind.JUDGE)
        means = self.filter(disputed=True).annotate(by_people=by_people, by_judges=by_judges)
        return means.filter(Q(by_people__lt=0, by_judges__gt=0) | Q(by_people__gt=0, by_judges__lt=0))


def is_any_of(sql: str, **rows: QuerySet[Any]) -> Func:
    """Whether the id is one that `sql` gives, in which these rows are put in by their names.

    As an array, or the planner would rather walk all pairs in their order until it has met enough of these.
    """
    parts = {name: found.order_by().query.sql_with_params() for name, found in rows.items()}
    text = sql.format_map({name: part for name, (part, _) in parts.items()})
    gathered = RawSQL(text, [value for _, values in parts.values() for value in values])
    found = Func(gathered, function="ANY")
    return Func(F("pk"), found, template="%(expressions)s", arg_joiner=" = ", output_field=models.BooleanField())


def are_common(expected: int) -> bool:
    """Whether pairs with so many responses are met soon by walking all of them in their order."""
    return expected > FEW or (expected > PAGE and expected > COMMON * estimate(Response.objects.all()))


def current_judgment(author: Author) -> FilteredRelation:
    """The one current judgment that an author has of the pair, as a join."""
    return FilteredRelation("judgments", condition=Q(judgments__author=author, judgments__superseded_at__isnull=True))


def swaying(pair: Any) -> QuerySet[Author]:
    """Judges whose current verdict on the pair contradicts itself."""
    return Author.objects.filter(
        judgments__pair=pair, judgments__consistent=False, judgments__superseded_at__isnull=True
    )


def swayed(pair: Any) -> Exists:
    """As a condition."""
    return Exists(swaying(pair))


def swayed_by(pair: Any) -> Subquery:
    """As a column of few rows: one such judge's id. For an EXISTS there PostgreSQL would read those of all pairs."""
    return Subquery(swaying(pair).values("pk")[:1])


def person_gave(**grade: int) -> Exists:
    """A current verdict by a person on the outer pair, with a grade such as `gt=0`."""
    within = {f"judgments__grade__{lookup}": value for lookup, value in (grade or {"gte": -3}).items()}
    givers = Author.objects.filter(
        kind=Author.Kind.PERSON, judgments__pair=OuterRef("pk"), judgments__superseded_at=None, **within
    )
    return Exists(givers)


def some_person_disagrees() -> Q:
    """Of pairs with an author's grade as `by_first`: a person's verdict is another."""
    for_left, for_right = Q(by_first__grade__lt=0), Q(by_first__grade__gt=0)
    undecided = Q(by_first__grade=0) & (Q(person_gave(lt=0)) | Q(person_gave(gt=0)))
    return (for_left & Q(person_gave(gte=0))) | undecided | (for_right & Q(person_gave(lte=0)))


def mean_grade_by(kind: Author.Kind) -> Subquery:
    """The mean current grade that authors of one kind gave to the outer pair; null where none did."""
    givers = Author.objects.filter(kind=kind, judgments__pair=OuterRef("pk"), judgments__superseded_at=None)
    return Subquery(givers.values("kind").annotate(mean=Avg("judgments__grade")).values("mean"))


PairRows = Rows.from_queryset(PairQuerySet)


class PairsToCompare(PairRows["Pair"]):
    """Those of the project at work that somebody wants compared."""

    def get_queryset(self) -> models.QuerySet["Pair"]:
        return super().get_queryset().filter(to_compare=True)


class Pair(models.Model):
    """Left and right are stored in the order of their ids, so two responses make one pair only: `review.pairing`.

    Which of them a reader saw first is the judgment's to say. The counts are denormalised for lists;
    `review.pair_lock` keeps them true.
    Pairs that a run made of scores, some hundred thousand of them, are in no list, no count and nobody's work before
    somebody asks for them: `objects` are the others, `every` has all.
    """

    project = its_project()
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="pairs")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="pairs")
    left = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="+")
    right = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=80, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    n_judgments = models.PositiveIntegerField(default=0, editable=False)
    mean_grade = models.FloatField(null=True, editable=False)
    disputed = models.BooleanField(default=False, editable=False, help_text="Both sides were preferred by somebody.")
    to_compare = models.BooleanField(
        default=True,
        db_default=True,
        editable=False,
        help_text="False where a run made it of scores, to train on, and nobody has asked for a judgment yet.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PairsToCompare()
    every = PairRows()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="pair_left_before_right"),
            models.UniqueConstraint(fields=["left", "right"], name="pair_once"),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="pair_by_project", condition=TO_COMPARE),
            models.Index(fields=["collection", "-id"], name="pair_by_collection", condition=TO_COMPARE),
            models.Index(fields=["project", "source", "-id"], name="pair_by_source"),
            models.Index(fields=["collection", "mean_grade", "id"], name="pair_by_grade", condition=TO_COMPARE),
            models.Index(fields=["project", "mean_grade", "id"], name="pair_by_grade_of_all", condition=TO_COMPARE),
            models.Index(fields=["project", "-id"], name="pair_of_scores", condition=~TO_COMPARE),
            models.Index(fields=["project", "-id"], name="pair_disputed", condition=Q(disputed=True)),
        ]

    def __str__(self) -> str:
        return f"pair {self.pk}"
