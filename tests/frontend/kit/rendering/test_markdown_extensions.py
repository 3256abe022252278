"""Lists, tags, notes, sources, addresses and thoughts as models write them."""

import pytest

from frontend.kit.rendering import rendered

pytestmark = pytest.mark.usefixtures("unhurried")


def test_tasks_have_boxes_that_nobody_can_press() -> None:
    html = rendered("- [ ] buy\n- [x] *done*\n- [x](https://example.org) a link")
    assert "<li>☐ buy</li>" in html
    assert "<li>☑ <em>done</em></li>" in html
    assert html.count("☑") == 1


def test_lines_stay_lines() -> None:
    assert "Roses are red,<br>" in rendered("Roses are red,\nviolets are blue.")


def test_a_note_stays_where_it_was_written() -> None:
    html = rendered("So it is.[^1]\n\n[^1]: Smith 2020\n\n[^lost]: Nobody refers to this")
    assert "<p>So it is.<sup>1</sup></p>" in html
    assert "<sup>1</sup>: Smith 2020" in html
    assert "<sup>lost</sup>: Nobody refers to this" in html


def test_sources_are_links_and_are_shown() -> None:
    html = rendered("See [1].\n\n[1]: https://example.org/paper\n[2]: https://example.org/other")
    assert html.count('href="https://example.org/paper"') == 3
    assert html.count(">https://example.org/") == 2


@pytest.mark.parametrize(
    "text", ["https://example.org/a?b=1", "see https://example.org/a?b=1.", "(https://example.org/a?b=1)"]
)
def test_a_bare_address_is_a_link(text: str) -> None:
    assert '<a href="https://example.org/a?b=1"' in rendered(text)


def test_an_address_in_code_is_text() -> None:
    assert "<a" not in rendered("`https://example.org`")


def test_breaks_and_small_letters_are_shown_and_all_other_tags_are_text() -> None:
    html = rendered("H<sub>2</sub>O<br/>x<sup>2</sup> <u>under</u> <sub>open")
    assert "H<sub>2</sub>O<br>" in html
    assert "x<sup>2</sup>" in html
    assert "&lt;u&gt;under&lt;/u&gt; &lt;sub&gt;open" in html


def test_a_break_stays_within_its_cell() -> None:
    assert "<td>1<br>\n2</td>" in rendered("| a |\n|---|\n| 1<br>2 |")


@pytest.mark.parametrize(
    "text",
    ["<think>\nHmm *so*\n</think>\n\n# Yes", "Hmm *so*\n</think>\n\n# Yes", "<thinking>Hmm *so*</thinking># Yes"],
)
def test_what_a_model_thought_is_told_apart_from_its_answer(text: str) -> None:
    thoughts, _, answer = rendered(text).partition("</details>")
    assert "<summary>Thinking</summary>" in thoughts
    assert "Hmm <em>so</em>" in thoughts
    assert "<h1>Yes</h1>" in answer


def test_thoughts_without_an_end_say_so() -> None:
    assert "<summary>Thinking, without an end</summary><p>Hmm</p>" in rendered("<think>Hmm")


@pytest.mark.parametrize(
    "text",
    [
        "The tag `<think>` opens it.",
        "```\nx </think>\n```",
        "He said <think> and </think>.",
        "It ends so:\n```html\nHmm\n</think>\n```\nand on.",
        "~~~~\n~~~\n</think>\n~~~~",
    ],
)
def test_a_tag_that_is_only_spoken_of_is_text(text: str) -> None:
    assert "<details" not in rendered(text)


@pytest.mark.parametrize(
    "text", ["Hmm\n```\n</think>\n```\nSo\n</think>\n# Yes", "Hmm\n```python\na =\n</think>\n# Yes"]
)
def test_thoughts_end_behind_their_code(text: str) -> None:
    thoughts, _, answer = rendered(text).partition("</details>")
    assert "Hmm" in thoughts and "<h1>Yes</h1>" in answer and "</think>" not in answer


def test_columns_of_a_table_stand_as_they_are_aligned() -> None:
    html = rendered("| a | b | c | d |\n|:--|:-:|--:|---|\n| 1 | 2 | 3 | 4 |")
    assert '<th align="left">a</th>' in html and '<th align="right">c</th>' in html
    assert '<td align="center">2</td>' in html and "<td>4</td>" in html
