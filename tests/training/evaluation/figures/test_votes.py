import pytest

from training.evaluation.figures.votes import Vote, figures


def vote(judge: str, winner: str, models: tuple[str, str] = ("a", "b"), turn: int = 1) -> Vote:
    return Vote(judge, *models, 81, turn, winner)


def test_a_verdict_follows_the_models_when_they_change_places() -> None:
    assert vote("gpt4_pair", "model_a").grade == vote("expert_1", "model_b", ("b", "a")).grade == -1
    assert vote("gpt4_pair", "model_a").key == vote("expert_1", "model_b", ("b", "a")).key


def test_any_tie_equals_any_tie() -> None:
    found = figures([vote("gpt4_pair", "tie (inconsistent)")], [vote("expert_1", "tie")])
    assert found["gpt4_pair and human"]["turn_1"]["with_ties"]["agreeing"] == 1
    assert found["gpt4_pair and human"]["turn_1"]["without_ties"]["compared"] == 0


def test_nothing_compared_has_no_agreement() -> None:
    found = figures([vote("gpt4_pair", "tie")], [vote("expert_1", "tie")])
    assert found["gpt4_pair and human"]["turn_1"]["without_ties"]["agreement"] is None


def test_authors_of_the_set_stand_apart_from_experts() -> None:
    found = figures([vote("gpt4_pair", "model_a")], [vote("expert_1", "model_a"), vote("author_2", "model_b")])
    assert sorted(found) == ["gpt4_pair and author", "gpt4_pair and human"]


def test_people_are_compared_among_themselves_where_several_judged() -> None:
    people = [vote(f"expert_{number}", winner) for number, winner in enumerate(["model_a", "model_a", "model_b"])]
    among = figures([vote("gpt4_pair", "model_a")], people)["human and human"]["turn_1"]["with_ties"]
    assert (among["agreeing"], among["compared"]) == (1, 3)


def test_turns_are_counted_apart() -> None:
    found = figures(
        [vote("gpt4_pair", "model_a"), vote("gpt4_pair", "model_a", turn=2)],
        [vote("expert_1", "model_a"), vote("expert_1", "model_b", turn=2)],
    )["gpt4_pair and human"]
    assert [found[turn]["with_ties"]["agreeing"] for turn in ("turn_1", "turn_2")] == [1, 0]


def test_an_unknown_winner_is_refused() -> None:
    with pytest.raises(ValueError, match="give model_a, model_b or tie"):
        vote("gpt4_pair", "A")
