from annotation.interchange.formats.prompts import rows
from tests.annotation.interchange.formats.reading import entry, fault


def test_a_plain_text_is_one_turn_of_a_user() -> None:
    assert [(turn.role, turn.content) for turn in entry("prompts", {"prompt": "Hi"}).prompt] == [("user", "Hi")]


def test_responses_and_their_scores_may_come_along() -> None:
    answer = {"author": "m", "text": "Seven.", "scores": {"rm": 1.5}}
    (taken,) = entry("prompts", {"prompt": "Name a prime.", "responses": [answer]}).responses
    assert (taken.author, taken.kind, taken.scores) == ("m", "model", {"rm": 1.5})


def test_a_prompt_ends_in_a_users_turn() -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    refused = fault("prompts", {"prompt": turns})
    assert (refused.field, refused.problem) == ("prompt", "It does not end in a user's turn.")


def test_a_misspelt_field_and_an_unknown_role_are_named() -> None:
    assert "catgory" in fault("prompts", {"prompt": "Hi", "catgory": "x"}).problem
    assert fault("prompts", {"prompt": [{"role": "human", "content": "Hi"}]}).field == "prompt[0].role"


def test_an_empty_message_is_refused() -> None:
    assert fault("prompts", {"prompt": " "}).field == "prompt[0].content"


def test_what_is_written_can_be_read_again() -> None:
    (row,) = rows(iter([{"prompt_id": 1, "prompt": [{"role": "user", "content": "Hi"}], "split": "train"}]))
    assert entry("prompts", row).prompt[0].content == "Hi"
