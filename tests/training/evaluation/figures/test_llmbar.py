import pytest

from training.evaluation.figures.llmbar import JudgedInstance, JudgedOrder, figures, winner


def judged(plain: str | None, swapped: str | None, label: int = 1) -> JudgedInstance:
    return JudgedInstance(label, [{"swap = False": JudgedOrder(plain), "swap = True": JudgedOrder(swapped)}])


def test_accuracy_is_counted_per_order_and_in_both() -> None:
    found = figures([judged("1", "1"), judged("1", "2"), judged("2", "2"), judged("2", "2", label=2)])
    assert (found["correct_False"], found["correct_True"], found["correct_both"]) == (75, 50, 50)
    assert (found["correct_average"], found["equal"], found["n"]) == (62.5, 75, 4)


def test_a_missing_winner_is_wrong_and_counted() -> None:
    found = figures([judged(None, "1")])
    assert (found["correct_False"], found["failed"]) == (0, 1)


def test_the_last_round_counts() -> None:
    rounds = [*judged("2", "2").results, *judged("1", "1").results]
    assert figures([JudgedInstance(1, rounds)])["correct_both"] == 100


def test_one_order_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="judge both orders"):
        JudgedInstance(1, [{"swap = False": JudgedOrder("1")}])
    with pytest.raises(ValueError, match="judge both orders"):
        JudgedInstance(1, [])


def test_a_label_must_be_one_of_the_two() -> None:
    with pytest.raises(ValueError, match="give 1 or 2"):
        judged("1", "1", label=0)


def test_a_winner_is_mapped_back_from_the_order_shown() -> None:
    assert [winner("Output (a)", False), winner("Output (a)", True), winner("Neither", True)] == ["1", "2", None]
