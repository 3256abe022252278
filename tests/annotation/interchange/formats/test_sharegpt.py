import io
import json
from pathlib import Path

from annotation.interchange.entries import Entry
from annotation.interchange.formats import READ
from tests.annotation.interchange.formats.reading import entry, fault


def said(*turns: tuple[str, str]) -> dict[str, object]:
    return {"id": "c1", "conversations": [{"from": speaker, "value": value} for speaker, value in turns]}


def test_the_last_turn_of_the_model_is_the_response_and_the_rest_the_prompt() -> None:
    taken = entry("sharegpt", said(("human", "Hi"), ("gpt", "Hello"), ("user", "A prime?"), ("bot", "Seven.")))
    assert [turn.role for turn in taken.prompt] == ["user", "assistant", "user"]
    assert [(answer.author, answer.text) for answer in taken.responses] == [("sharegpt", "Seven.")]
    assert taken.metadata == {"id": "c1"}


def test_turns_of_the_model_before_anybody_asked_are_left_out_and_counted() -> None:
    taken = entry("sharegpt", said(("gpt", "Welcome!"), ("system", "Be brief."), ("human", "Hi"), ("gpt", "Hello")))
    assert [turn.role for turn in taken.prompt] == ["system", "user"]
    assert taken.metadata["turns_left_out"] == 1


def test_a_conversation_that_ends_with_a_person_is_a_prompt_that_waits() -> None:
    taken = entry("sharegpt", said(("human", "Hi"), ("gpt", "Hello"), ("human", "And now?")))
    assert len(taken.prompt) == 3
    assert taken.responses == []


def test_what_a_tool_returned_stays_with_the_prompt() -> None:
    taken = entry("sharegpt", said(("human", "2+2?"), ("assistant", "calc"), ("exec", "4"), ("assistant", "Four.")))
    assert [turn.role for turn in taken.prompt] == ["user", "assistant", "tool"]


def test_the_model_is_the_author_where_the_record_names_it() -> None:
    assert (
        entry("sharegpt", said(("human", "Hi"), ("gpt", "Hello")) | {"model": "GPT-4"}).responses[0].author == "GPT-4"
    )


def test_an_unknown_speaker_is_named() -> None:
    refused = fault("sharegpt", said(("human", "Hi"), ("narrator", "Once…")))
    assert (refused.field, "'narrator'" in refused.problem) == ("conversations[1].from", True)


def test_a_conversation_without_a_question_is_refused() -> None:
    assert fault("sharegpt", said(("gpt", "Hello"))).field == "prompt"


def test_the_published_conversations_come_in_without_loss(data: Path) -> None:
    with (data / "sharegpt" / "dummy_conversation.json").open("rb") as stream:
        entries = [item for item in READ["sharegpt"].parse(stream) if isinstance(item, Entry)]
    assert sum(len(item.prompt) + len(item.responses) for item in entries) == 2000
    assert len(entries) == 500


def test_weights_of_the_model_s_turns_go_to_its_response() -> None:
    said = [("human", None), ("gpt", 0.5), ("human", None), ("gpt", None)]
    turns = [
        {"from": who, "value": f"{place}"} | ({} if weight is None else {"weight": weight})
        for place, (who, weight) in enumerate(said)
    ]
    file = json.dumps([{"conversations": turns}, {"conversations": [{"from": "human", "value": "a"}, turns[3]]}])
    weighed, plain = READ["sharegpt"].parse(io.BytesIO(file.encode()))
    assert isinstance(weighed, Entry) and weighed.responses[0].metadata == {"weight": [0.5, 1.0]}
    assert isinstance(plain, Entry) and plain.responses[0].metadata == {}
