from annotation.statistics.bias import Judged, first_position_rate, has_list, list_rate, longer_rate

LONG = "a long answer, " * 10


def test_a_judge_that_always_takes_the_first_is_caught() -> None:
    found = first_position_rate([(True, -2), (False, 2), (True, -1), (False, 3)])
    assert (found.rate, found.n) == (1.0, 4)


def test_a_judge_that_follows_the_text_has_no_position() -> None:
    assert first_position_rate([(True, -1), (False, -1)]).rate == 0.5


def test_only_decided_judgments_of_clearly_different_lengths_count_for_length() -> None:
    judged = [
        Judged(LONG, "short", -1),
        Judged("short", LONG, -1),
        Judged("short", LONG, 0),
        Judged("short", "shorter", 1),
    ]
    assert longer_rate(judged)[::3] == (0.5, 2)


def test_only_judgments_where_one_text_has_a_list_count_for_lists() -> None:
    listed = "So:\n- one\n- two"
    judged = [Judged(listed, "no list", -2), Judged(listed, listed, -2), Judged("none", "none", 2)]
    assert list_rate(judged)[::3] == (1.0, 1)


def test_two_items_make_a_list_and_a_dash_does_not() -> None:
    assert has_list("1. one\n2) two")
    assert has_list("* one\n  * two")
    assert not has_list("- alone")
    assert not has_list("-5 and\n-6")
