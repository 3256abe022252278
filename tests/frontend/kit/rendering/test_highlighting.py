"""Colours are given while they are cheap."""

import pytest
from pygments.lexer import Lexer
from pygments.lexers import PythonLexer

from frontend.kit.rendering import budgets, highlighting, rendered
from frontend.kit.rendering.budgets import Budget
from frontend.kit.rendering.highlighting import Highlighter
from tests.frontend.kit.rendering.costing import times_prose

COSTLY = [
    ("java", "a\n"),
    ("typescript", "a."),
    ("c", "\n "),
    ("markdown", "\n "),
    ("csharp", "a\n"),
    ("python", "("),
    ("html", "<a "),
]


@pytest.mark.parametrize(("language", "piece"), COSTLY)
def test_costly_blocks_of_one_response_cost_little_more_than_the_budget_of_colours(language: str, piece: str) -> None:
    rendered(f"```{language}\na\n```")
    text = f"```{language}\n{piece * (5_000 // len(piece))}\n```\n\n" * 5
    shown: list[str] = []
    # Unbounded, most of them cost hundreds of times prose; at rest they are 2.3 at most.
    assert times_prose(lambda: shown.append(rendered(text)), beyond=budgets.HIGHLIGHTING) < 6
    blocks = shown[0].split('<span class="language">')[1:]
    assert len(blocks) == 5
    for block in blocks:
        assert ("too long to highlight" in block) != ("<span class=" in block)


def test_what_is_not_highlighted_says_so_and_is_whole() -> None:
    highlighter = Highlighter(Budget(1.0))
    highlighter.seconds = 0
    assert highlighter.block("a < b", "python") == (
        '<div class="code"><span class="language">python · too long to highlight</span>'
        "<pre><code>a &lt; b</code></pre></div>"
    )


def test_a_response_in_many_languages_reads_in_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "thread_time", lambda: 0.0)
    names = ["python", "java", "c", "go", "rust", "ruby", "perl", "lua", "sql", "css"]
    html = rendered("".join(f"```{name}\nx = 1\n```\n" for name in names))
    assert html.count("too long to highlight") == 2


def test_a_language_that_is_read_in_for_the_first_time_is_not_the_text_s_to_pay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]

    def read_in(language: str) -> type[Lexer]:
        now[0] += 5
        known: type[Lexer] = PythonLexer
        return known

    monkeypatch.setattr(budgets, "thread_time", lambda: now[0])
    monkeypatch.setattr(highlighting, "lexer", read_in)
    highlighter = Highlighter(Budget(1.0))
    assert '<span class="mi">1</span>' in highlighter.block("1", "python")
    assert (now, highlighter.whole.left) == ([5.0], 1.0)
    assert highlighter.seconds == pytest.approx(budgets.HIGHLIGHTING)


def test_a_language_that_nobody_knows_is_named_and_not_blamed() -> None:
    assert '<span class="language">klingon</span>' in rendered("```klingon\na\n```")
