"""What can be done next, after something succeeded: offered as links and buttons to those who may."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef
from django.urls import reverse

from annotation.judges.config import registry
from annotation.judges.config.registry import JudgeInvalid
from annotation.models import Author, Collection, Judgment, Pair, Response
from annotation.models.flags import where_flagged
from annotation.review.queue import unassigned
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.words import counted
from training.models import Run
from training.runs.kinds import right_to

# So many pairs make a beginning that one person judges in a few minutes.
FEW = 10
# Models offered side by side at once.
SIDES = 2


@dataclass(frozen=True)
class NextStep:
    """A link, or with `post` a button that sends these fields to `href`."""

    words: str
    href: str
    icon: str
    post: dict[str, str] = field(default_factory=dict)


def after_import(into: Collection, by: User) -> list[NextStep]:
    """A collection has new things: pairs to judge, answers to compare, or only prompts so far."""
    pairs = Pair.objects.filter(collection=into)
    steps = [open_for_review(into), judge_them(into, by)] if pairs.exists() else [pair_them(into), compare_them(into)]
    href = f"{reverse('pair_list' if pairs.exists() else 'prompt_list')}?{urlencode({'collection': into.slug})}"
    return [*filter(None, steps), NextStep("Read them", href, "pairs" if pairs.exists() else "prompts")]


def after_judging(run: Run, by: User) -> list[NextStep]:
    """What the judge said, and where people say otherwise; where nobody did, a few pairs for people."""
    settings: dict[str, Any] = run.spec.get("settings", {})
    judge, into = author_of(settings.get("judge", "")), Collection.objects.filter(slug=settings.get("collection", ""))
    if judge is None:
        return []
    where = {"collection": into[0].slug} if into else {}
    by_people = Judgment.objects.filter(author__kind=Author.Kind.PERSON, superseded_at=None)
    by_both = Pair.objects.judged_by(judge).filter(Exists(by_people.filter(pair=OuterRef("pk"))))
    steps = [NextStep("Read its verdicts", listed(where | {"judge": str(judge.pk)}), "pairs")]
    if (by_both.filter(collection__slug=into[0].slug) if into else by_both).exists():
        steps.append(NextStep("See where people differ", listed(where | {"disagree": f"{judge.pk},people"}), "person"))
    elif into and by.can(Capability.MANAGE_DATA) and (review := open_for_review(into[0])):
        steps.append(review)
    return [*steps, NextStep("See how far it can be trusted", reverse("judge", args=[judge.pk]), "judge")]


def author_of(judge: str) -> Author | None:
    try:
        return registry.load(judge).known_author()
    except JudgeInvalid:
        return None


def listed(query: dict[str, str]) -> str:
    return f"{reverse('pair_list')}?{urlencode(query, safe=',')}"


def open_for_review(into: Collection) -> NextStep | None:
    """The first pairs that were never sent; then the review screen opens on them."""
    n = unassigned(where_flagged(Pair.objects.filter(collection=into), "kept"), FEW).count()
    at = reverse("review_collection", args=[into.slug])
    if not n:
        return None
    post = {"collection": into.slug, "limit": str(n), "next": at}
    return NextStep(f"Open {counted(n, 'pair')} for review", reverse("pair_review"), "review", post)


def judge_them(into: Collection, by: User) -> NextStep | None:
    if not by.can(right_to(Run.Kind.JUDGE)):
        return None
    return NextStep(
        "Judge them", f"{reverse('run_new', args=['judge'])}?{urlencode({'collection': into.slug})}", "judge"
    )


def pair_them(into: Collection) -> NextStep | None:
    """Only where a prompt has two responses."""
    answered = Response.objects.filter(prompt__collection=into).order_by().values("prompt").annotate(n=Count("pk"))
    if not answered.filter(n__gte=SIDES).exists():
        return None
    return NextStep("Make pairs", reverse("collection_pair", args=[into.slug]), "pairs")


def compare_them(into: Collection) -> NextStep | None:
    """Two who answered the same collection, side by side."""
    answered = Response.objects.filter(author=OuterRef("pk"), prompt__collection=into)
    authors = list(Author.objects.filter(Exists(answered)).order_by("-pk")[:SIDES])
    if len(authors) < SIDES:
        return None
    query = [("c", author.pk) for author in authors[::-1]] + [("v", f"@{into.slug}")]
    return NextStep("Compare the answers", f"{reverse('compare')}?{urlencode(query, safe='@')}", "compare")
