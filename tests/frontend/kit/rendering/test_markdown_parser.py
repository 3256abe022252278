"""The Markdown parser: what it reads, what it is bounded by, and how its tokens become HTML."""

import pytest

from frontend.kit.rendering import markdown_parser
from frontend.kit.rendering.budgets import Budget, OverBudget
from frontend.kit.rendering.highlighting import Highlighter
from frontend.kit.rendering.markdown_parser import DEEPEST


class NoHighlighter:
    """Says what it was given."""

    def block(self, code: str, language: str) -> str:
        return f"<{language}:{code.strip()}>"


class Spent:
    """A budget that bears so many checks."""

    def __init__(self, checks: int) -> None:
        self.left = checks

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise OverBudget


def html(text: str, checks: int = 10_000) -> str:
    budget, highlighter = Spent(checks), NoHighlighter()
    return markdown_parser.html(text, budget, highlighter).strip()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("*a* **b**", "<p><em>a</em> <strong>b</strong></p>"),
        ("~~a~~", "<p><s>a</s></p>"),
        ("a\nb", "<p>a<br />\nb</p>"),
        ("# a", "<h1>a</h1>"),
        ("`a<b`", "<p><code>a&lt;b</code></p>"),
        ("<b onclick=x>", "<p>&lt;b onclick=x&gt;</p>"),
    ],
)
def test_plain_forms_become_their_elements(text: str, found: str) -> None:
    assert html(text) == found


def test_a_fence_is_highlighted_in_its_first_word_and_indented_code_in_none() -> None:
    assert html("```python title=x\na = 1\n```") == "<python:a = 1>"
    assert html("    a = 1") == "<:a = 1>"


@pytest.mark.parametrize("language", ["math", "latex-math", "MATH"])
def test_a_fence_of_mathematics_is_a_formula(language: str) -> None:
    assert html(f"```{language}\nx^2\n```").startswith('<math display="block"')


def test_a_column_is_aligned_by_an_attribute_and_not_by_a_style() -> None:
    found = html("|a|b|c|\n|:-|-:|-|\n|1|2|3|")
    assert '<td align="left">1</td>' in found and '<td align="right">2</td>' in found and "<td>3</td>" in found
    assert "style" not in found


def test_a_picture_is_a_link_with_its_words_or_else_its_address() -> None:
    assert html("![a <cat>](/c.png)") == (
        '<p><span class="image">Picture: <a href="/c.png">a &lt;cat&gt;</a></span></p>'
    )
    assert '<a href="/c.png">/c.png</a>' in html("![](/c.png)")


def test_an_address_cannot_leave_its_attribute() -> None:
    found = html('![x](</a"onclick="alert(1)>)')
    assert 'onclick="' not in found


def test_what_is_nested_deeper_than_the_parser_goes_is_refused_and_not_dropped() -> None:
    assert html("> " * 20 + "a").count("<blockquote>") == 20
    with pytest.raises(OverBudget):
        html("> " * DEEPEST + "a")


@pytest.mark.parametrize("text", ["a\n\n" * 40, "- a\n" * 40, "$x$ " * 40, "```\na\n```\n" * 40, "*a* " * 40])
def test_every_form_is_parsed_under_the_budgets_clock(text: str) -> None:
    with pytest.raises(OverBudget):
        html(text, checks=10)


def test_a_real_budget_and_highlighter_fit() -> None:
    found = markdown_parser.html("```python\nx = 1\n```", Budget(1.0), Highlighter(Budget(1.0)))
    assert "x" in found and "<pre" in found
