from tests.annotation.interchange.formats.reading import entry, fault

ROW = {"instruction": "Name a prime.", "output": "Seven.", "generator": "vicuna-13b", "dataset": "koala"}


def test_a_row_is_a_prompt_with_one_response() -> None:
    taken = entry("alpaca_outputs", ROW)
    assert (taken.prompt[0].content, taken.category) == ("Name a prime.", "koala")
    assert [(answer.author, answer.text) for answer in taken.responses] == [("vicuna-13b", "Seven.")]


def test_a_missing_output_counts_as_an_empty_one() -> None:
    assert entry("alpaca_outputs", ROW | {"output": None}).responses[0].text == ""


def test_a_row_without_its_generator_is_refused() -> None:
    del (row := dict(ROW))["generator"]
    assert "generator" in fault("alpaca_outputs", row).problem
