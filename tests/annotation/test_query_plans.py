"""Work that comes in a row in one studio, each by an author of its own, of whom the planner knows nothing."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from django.utils import timezone

from annotation.datasets import versions
from annotation.demo import loading
from annotation.interchange.imports import collection_named, import_file
from annotation.judges.config import registry
from annotation.judges.runs import over_pairs
from annotation.models import Author, Flag, Judgment, Pair
from annotation.review.queue import next_slots, open_slots, remaining_for
from studio.accounts.models import User
from studio.database import statistics
from tests.costing import forget, looked_at, nobody_looks, worked

pytestmark = pytest.mark.django_db(transaction=True)

PAIRS = 3_000
# How much more a thing may seem to cost than it does.
WIDE = 1.6


@pytest.fixture(autouse=True)
def _no_autovacuum() -> Iterator[None]:
    with nobody_looks():
        yield


@pytest.fixture
def _no_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planner was shown some rows of other authors, and is shown nothing more."""
    loading.load()
    monkeypatch.setattr(statistics, "look", lambda tables: None)


def line(number: int, seed: int) -> dict[str, Any]:
    responses = [{"author": f"model {seed}", "text": f"{side} {number} of {seed}"} for side in ("One", "Other")]
    verdict = {"author": "judge", "kind": "judge", "grade": 1 + number % 2, "shown": "both"}
    return {"prompt": f"Prompt {number}", "responses": responses, "judgments": [verdict]}


def taken(seed: int, collection: str, pairs: int = PAIRS) -> None:
    lines = b"\n".join(orjson.dumps(line(number, seed)) for number in range(pairs))
    assert import_file(io.BytesIO(lines), "pairs", collection_named(collection)).imported


def frozen(seed: int) -> None:
    """The preferences among one model's responses, as a recipe's stage asks for them."""
    judge, model = Author.objects.get(name="judge").pk, Author.objects.get(name=f"model {seed}").pk
    asked = {"collections": ["toys"], "authors": [judge], "written_by": [model]}
    assert versions.freeze(f"of {seed}", "preferences", asked).counts["items"] == PAIRS


def half_judged(user: User) -> None:
    """Somebody has judged the first half of all pairs, beside the queue, whose slots for them still wait."""
    pairs = Pair.objects.order_by("pk").values("pk")[: PAIRS // 2]
    Judgment.objects.filter(pair__in=pairs).update(author=Author.of(user))


def cost(act: Callable[..., object], *given: Any) -> float:
    before = worked()
    act(*given)
    return worked() - before


def test_of_imports_in_a_row_each_costs_what_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index by author would be read whole for each row: four times as many rows would cost ten times as much."""
    monkeypatch.setattr(statistics, "look", lambda tables: None)
    small, *whole = [cost(taken, seed, "toys", pairs) for seed, pairs in enumerate((PAIRS // 4, PAIRS, PAIRS))]
    assert max(whole) < 4 * WIDE * small


@pytest.mark.usefixtures("_no_statistics")
def test_a_freeze_needs_no_statistics() -> None:
    """An index by author would be read whole for each pair: ten to twenty times as slow, and slower each time."""
    for seed in range(2):
        imported = cost(taken, seed, "toys")
        assert cost(frozen, seed) < imported


def test_review_is_quick_as_soon_as_much_was_sent_also_for_who_judged_much(ann: User, bob: User) -> None:
    imported = cost(taken, 1, "toys")
    forget()
    open_slots(Pair.objects.all(), 2)
    half_judged(ann)
    much, nothing = (cost(lambda user: [next_slots(user, n) for n in range(1, 31)], user) for user in (ann, bob))
    assert nothing < imported
    # For half of the slots there is something to look up: twice as much; ten times where an index is read whole.
    assert much < 3 * WIDE * nothing


def test_review_is_quick_where_much_is_excluded(ann: User, bob: User) -> None:
    """Slots of excluded pairs that were sent first are passed over one by one."""
    imported = cost(taken, 1, "toys")
    open_slots(Pair.objects.order_by("pk"), 2)
    first = Pair.objects.order_by("pk")[: PAIRS // 2]
    settled = {"state": "excluded", "settled_by": bob, "settled_at": timezone.now()}
    Flag.objects.bulk_create(Flag(pair=of, author=Author.of(ann), reason="A name.", **settled) for of in first)
    forget()
    assert cost(lambda: [next_slots(ann, n) for n in range(1, 31)]) < imported
    assert remaining_for(bob) == PAIRS // 2


def test_whatever_wrote_much_leaves_the_planner_informed() -> None:
    taken(1, "toys")
    frozen(1)
    open_slots(Pair.objects.all(), 1)
    for table in ("prompt", "response", "pair", "judgment", "assignment", "versionitem"):
        assert looked_at(f"annotation_{table}") >= PAIRS, table


def test_the_planner_looks_after_so_many_new_rows() -> None:
    # Of each pair one prompt, two responses, the pair and a judgment.
    taken(1, "toys", statistics.MANY // 5 - 1)
    assert looked_at("annotation_pair") == -1
    taken(2, "others", statistics.MANY // 5)
    assert looked_at("annotation_pair") == 2 * (statistics.MANY // 5) - 1


def test_many_verdicts_of_a_judge_leave_the_planner_informed() -> None:
    taken(1, "toys")
    forget()
    chosen = Pair.objects.filter(pk__in=Pair.objects.order_by("pk").values("pk")[: statistics.MANY])
    assert over_pairs.judge_pairs(registry.load("rubric_one"), chosen).failed == statistics.MANY
    assert looked_at("annotation_judgment") == PAIRS + statistics.MANY
