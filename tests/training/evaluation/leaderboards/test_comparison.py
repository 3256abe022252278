"""Is B better than A, and how sure: two rows of one key, question by question."""

from collections.abc import Sequence

import pytest

from annotation.models import Author, Collection, Prompt
from training.evaluation.leaderboards.comparison import Incomparable, compare
from training.models import BenchmarkResult, BenchmarkVerdict, Run

pytestmark = pytest.mark.django_db


def row(
    name: str, values: Sequence[float | None], benchmark: str = "alpaca_eval", **fields: object
) -> BenchmarkResult:
    collection, _ = Collection.objects.get_or_create(slug="set", defaults={"name": "Set"})
    given: dict[str, object] = {
        "judge": "a-judge",
        "baseline": "base",
        "prompts_digest": "d",
        "collection": collection,
    }
    run = Run.objects.create(kind="benchmark", name=name, spec={}, queue="judge")
    found = BenchmarkResult.objects.create(
        benchmark=benchmark, name=name, run=run, **(given | {"author": author(name)} | fields)
    )
    for place, value in enumerate(values):
        prompt, _ = Prompt.objects.get_or_create(
            collection=collection, text=f"{place}", defaults={"messages": [{"role": "user", "content": f"{place}"}]}
        )
        BenchmarkVerdict.objects.create(result=found, prompt=prompt, value=value)
    return found


def author(name: str) -> Author:
    return Author.objects.get_or_create(kind="model", name=name)[0]


def test_the_one_that_wins_far_more_is_better_and_the_sentence_says_so() -> None:
    found = compare(row("a", [0, 0.5] * 30), row("b", [1, 1] * 30))
    assert found.better is found.b
    assert found.difference.estimate == pytest.approx(75)
    assert found.p_value < 0.05
    assert found.sentence.startswith("b is better than a by 75.00 percentage points (B − A +75.00, 95 % +")


def test_it_says_the_same_from_the_other_side() -> None:
    a, b = row("a", [0, 0.5] * 30), row("b", [1, 1] * 30)
    one, other = compare(a, b), compare(b, a)
    assert other.better == b
    assert other.difference.estimate == pytest.approx(-one.difference.estimate)
    assert other.p_value == pytest.approx(one.p_value)


def test_two_that_hardly_differ_are_not_told_apart_and_it_says_what_would_do() -> None:
    found = compare(row("a", [1, 0] * 20), row("b", [0, 1] * 19 + [1, 1]))
    assert found.better is None
    assert found.needed is not None and found.needed > 1000
    assert "cannot be told apart for sure on 40 questions" in found.sentence
    assert f"Some {found.needed:,} questions would show a difference of this size." in found.sentence


def test_two_that_are_the_same_have_no_number_that_would_do() -> None:
    found = compare(row("a", [1, 0]), row("b", [1, 0]))
    assert (found.difference.estimate, found.needed, found.better) == (0, None, None)


def test_only_questions_that_were_judged_for_both_count() -> None:
    assert compare(row("a", [1, None, 0]), row("b", [1, 1, None])).difference.n == 1


def test_points_are_compared_in_points() -> None:
    found = compare(*(row(name, of, "mt_bench", baseline="") for name, of in (("a", [6.0, 7.0]), ("b", [8.0, 9.0]))))
    assert (found.difference.estimate, found.unit) == (2.0, "points")


def test_games_of_mt_bench_are_compared_by_shares() -> None:
    found = compare(row("a", [0.0, 0.5], "mt_bench"), row("b", [1.0, 0.5], "mt_bench"))
    assert (found.difference.estimate, found.unit) == (50.0, "percentage points")


def test_rows_of_different_keys_are_refused() -> None:
    with pytest.raises(Incomparable, match=r"the judges differ \(a-judge and another\)"):
        compare(row("a", [1]), row("b", [1], judge="another"))


def test_a_published_row_has_no_verdicts_to_compare() -> None:
    published = row("published", [])
    BenchmarkResult.objects.filter(pk=published.pk).update(run=None, project=None, source="a paper")
    published.refresh_from_db()
    with pytest.raises(Incomparable, match="Of published only figures are published"):
        compare(row("a", [1]), published)


def test_it_knows_how_often_b_would_beat_a_at_equal_length_and_the_row_where_they_met() -> None:
    a, b = (
        row(name, [1, 0], figures={"lc_weights": {"length": 0, "difficulty": 0, "model": weight}, "lc_c": 1.0})
        for name, weight in (("a", 0.0), ("b", 2.0))
    )
    met = row("b", [1, 0], baseline="a", baseline_author=author("a"))
    found = compare(a, b)
    assert found.at_equal_length == pytest.approx(88.08, abs=0.01)
    assert found.direct == met


def test_a_p_value_next_to_nothing_is_written_as_less_than() -> None:
    assert "; p < 0.0001)." in compare(row("a", [0] * 100), row("b", [1] * 100)).sentence


def test_what_was_decided_early_and_did_not_last_is_in_doubt() -> None:
    found = compare(row("a", [0.0] * 16 + [1.0] * 14), row("b", [1.0] * 16 + [0.0] * 14))
    assert found.better == found.b and found.difference.low < 0
    assert found.doubts and found.doubts[0] in found.sentence
    assert compare(row("c", [0.0] * 30), row("d", [1.0] * 30)).doubts == []
