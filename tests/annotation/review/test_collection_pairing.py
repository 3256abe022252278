"""Pairing a collection: each strategy, its limits, its preview, and what it refuses."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import OperationalError

from annotation.models import Author, Collection, Pair, Prompt
from annotation.review import collection_pairing
from annotation.review.collection_pairing import Pairing, PairingInvalid, pair_at_once, pair_collection, preview
from annotation.review.pairing import turn_of
from tests.annotation.making import author, collection, prompt, response, score
from tests.turns import taken

pytestmark = pytest.mark.django_db

TEXTS = {"ann": "One.", "ben": "Two.", "cat": "Three.", "dan": "Four."}
# Nearest to each other: ann and cat. Best and worst: ann and ben; then cat and dan.
SCORES = {"ann": 4.0, "cat": 3.5, "dan": 2.0, "ben": 1.0}


@pytest.fixture
def here() -> Collection:
    return collection("here")


@pytest.fixture
def prompts(here: Collection) -> list[Prompt]:
    made = [prompt(f"Count {n}.", collection=here) for n in range(3)]
    for of in [*made, prompt("Count elsewhere.", collection=collection("elsewhere"))]:
        for name, text in TEXTS.items():
            response(of, text, name)
    return made


@pytest.fixture
def model(prompts: list[Prompt]) -> Author:
    """A reward model that has scored the responses to the first two prompts."""
    for of in prompts[:2]:
        for given in of.responses.select_related("author"):
            score(given, SCORES[given.author.name])
    return author("a-reward-model", "reward_model")


def authors(*names: str) -> tuple[Author, ...]:
    return tuple(author(name) for name in names)


def compared() -> set[tuple[int, str, str]]:
    """Who is compared with whom on which prompt, by name."""
    rows = Pair.objects.select_related("left__author", "right__author")
    return {(pair.prompt_id, *sorted((pair.left.author.name, pair.right.author.name))) for pair in rows}  # type: ignore[misc]


def test_all_pairs_are_of_one_prompt_and_of_this_collection(here: Collection, prompts: list[Prompt]) -> None:
    assert pair_collection(here, Pairing(authors=authors("ann", "ben", "cat"))) == 9
    names = [("ann", "ben"), ("ann", "cat"), ("ben", "cat")]
    assert compared() == {(of.pk, *two) for of in prompts for two in names}
    assert set(Pair.objects.values_list("source", "collection")) == {("all pairs", here.pk)}
    assert all(pair.left_id < pair.right_id for pair in Pair.objects.all())


def test_without_names_everybody_is_compared_and_only_what_is_missing_is_made(
    here: Collection, prompts: list[Prompt]
) -> None:
    assert pair_collection(here, Pairing(authors=authors("ann", "ben"), source="mine")) == 3
    assert pair_collection(here, Pairing()) == 15
    assert pair_collection(here, Pairing()) == 0
    assert Pair.objects.filter(source="mine").count() == 3


def test_each_response_is_compared_with_the_reference_only(here: Collection, prompts: list[Prompt]) -> None:
    assert pair_collection(here, Pairing("reference", reference=author("dan"))) == 9
    assert compared() == {(of.pk, name, "dan") for of in prompts for name in ("ann", "ben", "cat")}
    assert set(Pair.objects.values_list("source", flat=True)) == {"against dan"}


def test_the_reference_need_not_be_among_the_authors(here: Collection, prompts: list[Prompt]) -> None:
    assert pair_collection(here, Pairing("reference", authors("ann", "dan"), reference=author("dan"))) == 3
    assert pair_collection(here, Pairing("reference", authors("ben"), reference=author("dan"))) == 3


def test_the_best_is_compared_with_the_worst(here: Collection, prompts: list[Prompt], model: Author) -> None:
    assert pair_collection(here, Pairing("best_worst", scored_by=model)) == 2
    assert compared() == {(of.pk, "ann", "ben") for of in prompts[:2]}
    assert pair_collection(here, Pairing("best_worst", scored_by=model, per_prompt=5)) == 2
    assert compared() >= {(of.pk, "cat", "dan") for of in prompts[:2]}


def test_equal_scores_have_no_best(here: Collection) -> None:
    of = prompt("Count.", collection=here)
    for name in ("ann", "ben"):
        score(response(of, TEXTS[name], name), 1.0)
    model = author("a-reward-model", "reward_model")
    assert pair_collection(here, Pairing("best_worst", scored_by=model)) == 0
    assert pair_collection(here, Pairing("uncertain", scored_by=model)) == 1


def test_the_nearest_scores_come_first_where_uncertain_pairs_are_wanted(
    here: Collection, prompts: list[Prompt], model: Author
) -> None:
    assert pair_collection(here, Pairing("uncertain", scored_by=model)) == 2
    assert compared() == {(of.pk, "ann", "cat") for of in prompts[:2]}
    pair_collection(here, Pairing("uncertain", scored_by=model, per_prompt=2))
    assert compared() >= {(of.pk, "ben", "dan") for of in prompts[:2]}


def test_a_limit_takes_the_most_uncertain_of_the_whole_collection(here: Collection, prompts: list[Prompt]) -> None:
    for place, of in enumerate(prompts):
        for gap, given in enumerate(of.responses.order_by("pk")):
            score(given, gap * (3 - place))
    model = author("a-reward-model", "reward_model")
    assert pair_collection(here, Pairing("uncertain", scored_by=model, per_prompt=9, limit=3)) == 3
    assert set(Pair.objects.values_list("prompt", flat=True)) == {prompts[2].pk}


def test_a_limit_on_all_pairs_spreads_them_over_the_prompts(here: Collection, prompts: list[Prompt]) -> None:
    assert pair_collection(here, Pairing(limit=3)) == 3
    assert set(Pair.objects.values_list("prompt", flat=True)) == {of.pk for of in prompts}


def test_the_seed_says_which_pairs_are_drawn(here: Collection, prompts: list[Prompt]) -> None:
    def drawn(seed: int) -> frozenset[tuple[int, str, str]]:
        assert pair_collection(here, Pairing(per_prompt=2, seed=seed)) == 6
        found = frozenset(compared())
        Pair.objects.all().delete()
        return found

    assert drawn(1) == drawn(1)
    assert len({drawn(seed) for seed in range(6)}) > 1


def test_a_higher_limit_adds_to_what_a_lower_one_drew(here: Collection, prompts: list[Prompt]) -> None:
    pair_collection(here, Pairing(per_prompt=2))
    assert pair_collection(here, Pairing(per_prompt=3)) == 3
    assert pair_collection(here, Pairing(per_prompt=99)) == 9


def test_equal_texts_make_no_pair(here: Collection) -> None:
    of = prompt("Count.", collection=here)
    for name in ("ann", "ben"):
        response(of, "The same.", name)
    assert pair_collection(here, Pairing()) == 0
    assert pair_collection(here, Pairing("reference", reference=author("ben"))) == 0


@pytest.mark.parametrize("fields", [{}, {"per_prompt": 2}, {"limit": 4}, {"per_prompt": 1, "limit": 2}])
@pytest.mark.parametrize("strategy", ["all", "reference", "best_worst", "uncertain"])
def test_the_preview_counts_what_is_made(here: Collection, model: Author, strategy: str, fields: Any) -> None:
    asked = Pairing(strategy, reference=author("dan"), scored_by=model, **fields)
    before = preview(here, asked)
    assert not Pair.objects.exists() and before.known == 0
    assert pair_collection(here, asked) == before.new > 0
    assert before.prompts == Pair.objects.values("prompt").distinct().count()
    after = preview(here, asked)
    assert (after.new, after.known, after.pairs) == (0, before.new, before.pairs)


def test_the_preview_says_how_many_responses_have_no_score(here: Collection, model: Author) -> None:
    assert preview(here, Pairing("best_worst", scored_by=model)).unscored == 4
    assert preview(here, Pairing("best_worst", authors("ann"), scored_by=model)).unscored == 1


def test_a_preview_of_too_many_pairs_stops_and_a_request_makes_none(
    here: Collection, prompts: list[Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection_pairing, "MOST_IN_A_REQUEST", 7)
    monkeypatch.setattr(collection_pairing, "AT_ONCE", 1)
    found = preview(here, Pairing())
    assert (found.is_partial, found.pairs) == (True, 12)
    with pytest.raises(PairingInvalid, match=r"limit: These are more than 7 pairs\. Set a limit, or .*manage.py pair"):
        pair_at_once(here, Pairing(), found)
    assert not Pair.objects.exists()
    assert pair_collection(here, Pairing()) == 18


@pytest.mark.parametrize(
    ("strategy", "field", "says"),
    [("reference", "reference", "Choose the author"), ("best_worst", "scored_by", "Choose the reward model")],
)
def test_a_strategy_asks_for_the_author_that_it_needs(here: Collection, strategy: str, field: str, says: str) -> None:
    for other in (None, author("nobody")):
        with pytest.raises(PairingInvalid) as refused:
            preview(here, Pairing(strategy, reference=other, scored_by=other))
        assert refused.value.field == field
        assert (says if other is None else "to the prompts of here. Choose another author.") in str(refused.value)


def test_statements_grow_with_pairs_and_not_with_prompts(
    here: Collection, prompts: list[Prompt], django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_max_num_queries(10):
        pair_collection(here, Pairing())
    for number in range(20):
        of = prompt(f"More {number}.", collection=here)
        response(of, "One.", "ann"), response(of, "Two.", "ben")
    with django_assert_max_num_queries(10):
        assert pair_collection(here, Pairing()) == 20


def test_whoever_asks_again_after_a_failure_gets_the_rest(
    here: Collection, prompts: list[Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection_pairing, "AT_ONCE", 1)

    def fail(made: int) -> None:
        if made > 6:
            raise OperationalError("the server went away")

    with pytest.raises(OperationalError):
        pair_collection(here, Pairing(), report=fail)
    assert Pair.objects.count() == 12
    assert pair_collection(here, Pairing()) == 6


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_too_long_for_an_import_is_told_and_what_was_made_stays(
    here: Collection, prompts: list[Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection_pairing, "AT_ONCE", 1)
    with ExitStack() as imported:

        def an_import_begins(made: int) -> None:
            imported.enter_context(taken(turn_of(here.pk)))

        with pytest.raises(PairingInvalid) as refused:
            pair_collection(here, Pairing(), report=an_import_begins, waits=1)
    assert (refused.value.made, refused.value.field) == (6, "strategy")
    assert refused.value.message == (
        "A file is being imported into here, or somebody else makes its pairs. Try again when that has ended."
        " 6 pairs made before stay. Ask again for the rest."
    )
