import pytest

from annotation.judges.protocols import combining
from annotation.judges.protocols.answers import Unparsed
from annotation.models import Shown
from tests.annotation.judges.protocols.calls import call, failed, swapped


@pytest.mark.parametrize(
    ("left_first", "right_first", "grade", "consistent"),
    [
        (2, 2, 2, True),
        (1, 2, 2, True),
        (-1, -2, -2, True),
        (-3, -1, -2, True),
        (0, 0, 0, True),
        (1, -1, 0, False),
        (3, 0, 0, False),
        (0, -2, 0, False),
    ],
)
def test_two_readings_make_one_verdict_and_say_whether_they_agree(
    left_first: int, right_first: int, grade: int, consistent: bool
) -> None:
    assert combining.of_grades(swapped(grade=(left_first, right_first)))[:2] == (grade, consistent)
    assert combining.of_grades(swapped(grade=(right_first, left_first)))[:2] == (grade, consistent)


def test_of_k_answers_in_one_order_the_mean_counts() -> None:
    mostly_right = [call(grade=grade) for grade in (3, 2, -1)]
    assert combining.of_grades(mostly_right)[:2] == (1, None)
    other_way = [call(Shown.RIGHT_FIRST, grade=grade) for grade in (1, 1, -1)]
    assert combining.of_grades(mostly_right + other_way)[:2] == (1, True)


def test_one_failure_fails_a_verdict_of_grades_and_each_reason_is_given_once() -> None:
    with pytest.raises(Unparsed, match=r"^It says nothing\.$"):
        combining.of_grades([call(grade=2), failed(), failed()])


def test_preferences_of_both_orders_are_averaged() -> None:
    found = combining.of_preferences(swapped(preference=(0.9, 0.7)))
    assert (found.grade, found.consistent) == (2, True)
    assert found.preference == pytest.approx(0.8)


def test_orders_that_lean_apart_are_decided_by_their_mean_and_say_so() -> None:
    found = combining.of_preferences(swapped(preference=(0.95, 0.25)))
    assert (found.grade, found.consistent) == (1, False)
    assert combining.of_preferences(swapped(preference=(1.0, 0.0)))[:3] == (0, False, 0.5)


def test_a_preference_that_a_person_entered_is_the_side_of_the_grade() -> None:
    assert combining.of_preferences([call(grade=-2)]).preference == 0
    assert combining.of_preferences([call(grade=0)]).preference == 0.5


def test_scores_are_averaged_over_both_orders_and_all_samples() -> None:
    first = [call(scores=[8, 6]), call(scores=[7, 7])]
    second = [call(Shown.RIGHT_FIRST, scores=[6, 7]), call(Shown.RIGHT_FIRST, scores=[7, 8])]
    found = combining.of_scores(first + second, tie_within=0)
    assert (found.grade, found.consistent, found.scores) == (0, False, (7, 7))


def test_an_answer_without_scores_is_left_out_of_the_mean_and_counted() -> None:
    calls = [*swapped(scores=([5, 9], [6, 8])), failed("I cannot decide.")]
    found = combining.of_scores(calls, tie_within=0)
    assert (found.grade, found.scores, found.unparsed) == (3, (5.5, 8.5), 1)


def test_a_call_that_was_never_answered_fails_the_pair_so_that_it_is_asked_again() -> None:
    with pytest.raises(Unparsed, match="says nothing"):
        combining.of_scores([*swapped(scores=([5, 9], [6, 8])), failed()], tie_within=0)


def test_an_order_without_any_readable_answer_fails_the_pair() -> None:
    with pytest.raises(Unparsed):
        combining.of_scores([call(scores=[5, 9]), failed("No.", Shown.RIGHT_FIRST)], tie_within=0)


def test_single_ratings_meet_as_a_grade_without_an_order() -> None:
    found = combining.of_single_scores(swapped(scores=([7, None], [None, 5.5])), tie_within=0)
    assert (found.grade, found.consistent, found.scores) == (-2, None, (7, 5.5))
    assert combining.of_single_scores(swapped(scores=([7, None], [None, 6.5])), tie_within=0.5).grade == 0


def test_a_verdict_that_rests_on_scores_needs_both() -> None:
    for calls in ([call(grade=2), call(scores=[1, 2])], [call(scores=[1, None])]):
        with pytest.raises(Unparsed, match="enter both"):
            combining.of_single_scores(calls, tie_within=0)
