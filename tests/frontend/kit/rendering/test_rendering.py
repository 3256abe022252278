"""What models write is hostile until it has been rendered."""

import re
from html.parser import HTMLParser
from unittest.mock import Mock

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from frontend.kit import rendering
from frontend.kit.rendering import budgets, folding, highlighting
from tests.frontend.kit.rendering.costing import times_prose

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<iframe src='https://evil.example'></iframe>",
    "<form action='https://evil.example'><input name=password></form>",
    "<style>body { display: none }</style>",
    "<div style='position:fixed;inset:0'>over everything</div>",
    "<a href='javascript:alert(1)'>click</a>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](java\tscript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](vbscript:msgbox(1))",
    "<javascript:alert(1)>",
    "![pixel](javascript:alert(1))",
    "![pixel](https://evil.example/seen.gif)",
    '![x](https://evil.example/"onerror="alert(1))',
    '[x](https://evil.example "\\"onmouseover=\\"alert(1)")',
    "```html\n<script>alert(1)</script>\n```",
    '```"onclick="alert(1)\ncode\n```',
    "```<script>\ncode\n```",
    "$\\text{<img src=x onerror=alert(1)>}$",
    "\\(\\text{<img src=x onerror=alert(1)>}\\)",
    "<think><img src=x onerror=alert(1)>",
    "- [x] <img src=x onerror=alert(1)>",
    "x[^<script>]",
    "H<sub><script></sub>",
    'https://evil.example/"onclick=alert(1)',
    "$\\text{</math><script>alert(1)</script>}$",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\style{background:url(https://evil.example)}{x}$",
    "$\\class{button}{x}$",
    "$$\\color{red;background:url(https://evil.example)}{x}$$",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<math><mglyph><style></math><img src onerror=alert(1)>",
    "[ref]: javascript:alert(1)\n\n[ref]",
]
NEVER = {
    "script",
    "img",
    "iframe",
    "form",
    "input",
    "style",
    "svg",
    "base",
    "meta",
    "link",
    "object",
    "annotation-xml",
}


class Reader(HTMLParser):
    """Collects what a browser would make of the markup."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def assert_harmless(html: str) -> None:
    found = read(html)
    assert not found.tags & NEVER
    for name, value in found.attributes:
        assert not name.startswith("on")
        assert name not in {"style", "id", "src", "srcset", "action", "xlink:href"}
        if name == "href":
            assert re.match(r"(https?|mailto):", value), value


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_becomes_harmless(text: str) -> None:
    assert_harmless(rendering.markdown(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_harmless_in_a_code_block(text: str) -> None:
    assert_harmless(rendering.code(text, "html"))
    assert_harmless(rendering.code("x", text))


@given(st.text(alphabet="<>/=\"'$\\{}[]()!`*_#-|&; \n\tabcimgscriptonerrorjavascript:x1", max_size=200))
def test_no_text_of_any_kind_brings_in_markup_of_its_own(text: str) -> None:
    assert_harmless(rendering.markdown(text))


def test_raw_html_is_shown_as_it_was_written() -> None:
    assert "&lt;b&gt;bold&lt;/b&gt;" in rendering.markdown("<b>bold</b>")


def test_a_link_opens_apart_and_tells_nobody_where_it_was() -> None:
    html = rendering.markdown("[docs](https://example.org)")
    assert 'href="https://example.org" target="_blank" rel="nofollow noopener noreferrer"' in html


def test_a_picture_is_a_link_so_that_nothing_is_fetched() -> None:
    html = rendering.markdown("![a cat](https://example.org/cat.png)")
    assert "<img" not in html
    assert 'href="https://example.org/cat.png"' in html
    assert "a cat" in html


def test_code_is_highlighted_by_classes() -> None:
    html = rendering.markdown("```python\ndef f(): pass\n```")
    assert '<span class="k">def</span>' in html
    assert '<span class="language">python</span>' in html


def test_code_in_an_unknown_language_is_shown_plainly() -> None:
    assert "a &lt; b" in rendering.markdown("```nosuchlanguage\na < b\n```")


@pytest.mark.parametrize(
    "text",
    [
        "*" * 90_000,
        "[" * 50_000,
        "> " * 30_000 + "x",
        "- " * 20_000 + "x",
        "`" * 50_000,
        "$" * 50_000,
        "![" * 30_000,
        "![" * 4_000,
        "<" * 90_000,
        "a_" * 40_000,
        "|a" * 20_000 + "\n" + "|-" * 20_000,
        "|a|b|\n|-|-|\n" + "|a|b|\n" * 20_000,
        "> " * 19 + "a\n" * 20_000,
        "$$\n\n" * 8_000,
        "\\(a" * 9_000,
        "\\[\na\n" * 5_000,
        "[a]: b\n" * 5_000,
        "```py\na=1\n```\n" * 4_000,
        "a\u0301" + "\u0301" * 3_000,
        "\\" * 90_000,
        "<think>" * 5_000,
        "$" + "{" * 1_900 + "$",
        "```python\n" + "(" * 80_000 + "\n```",
        "x" * 5_000_000,
    ],
    ids=lambda text: f"{text[:6]!r} x {len(text)}",
)
def test_a_huge_or_nested_text_costs_little_more_than_its_budget(text: str) -> None:
    # What is beyond the budget is the last step. Unbounded, each of them takes many seconds: hundreds of times prose.
    shown: list[str] = []
    assert times_prose(lambda: shown.append(rendering.markdown(text)), beyond=budgets.RENDERING) < 12
    assert_harmless(shown[0])


@pytest.mark.parametrize("text", ["> " * 90 + "deep", "".join("  " * n + "- a\n" for n in range(60)) + "deep"])
def test_what_is_nested_too_deeply_is_shown_unrendered_rather_than_dropped(text: str) -> None:
    html = rendering.rendered(text)
    assert html.count("deep") == 1
    assert rendering.TOO_COSTLY in html


def test_a_list_of_ten_levels_is_rendered() -> None:
    assert rendering.rendered("".join("    " * n + "- a\n" for n in range(10))).count("<ul>") == 10


def test_the_rest_of_a_long_text_is_folded_in_pieces() -> None:
    html = rendering.rendered("**bold** and more of it, on and on\n" * 10_000)
    assert 500 < html.count("<strong>") < 1_000
    assert html.count("<strong>") + html.count("**bold**") == 10_000
    assert "Show the rest: " in html
    assert max(map(len, re.findall(r"<pre class=\"piece\">[^<]*", html))) < 5_000


def test_marks_upon_marks_are_counted_and_not_placed() -> None:
    html = rendering.markdown("a" + "\u0301" * 3_000)
    assert html.count("\u0301") == 80, "forty in the text and forty in the raw one"
    assert "⟨2,960 more marks⟩" in html


def test_what_no_page_can_carry_is_counted() -> None:
    html = rendering.rendered("x" * 5_000_000)
    assert len(html) < 500_000
    assert "This page leaves out 4,570,000 more characters." in html


def test_the_texts_of_one_page_share_a_budget(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "PAGE", 0.15)
    texts = [f"{number} " + "*a **b " * 4_000 for number in range(4)]
    page = budgets.page_budget(lambda request: HttpResponse("".join(map(rendering.rendered, texts))))
    response = page(rf.get("/"))
    assert isinstance(response, HttpResponse)
    assert 1 <= response.content.decode().count(rendering.TOO_MUCH) <= 3
    assert rendering.TOO_MUCH not in rendering.rendered(texts[0]), "the next page begins anew"


def test_a_text_that_ran_out_of_time_once_is_rendered_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "**once**\n```python\nx = 1\n```"
    for spent, shown in ((rendering, "intricate"), (highlighting, "too long to highlight")):
        with monkeypatch.context() as hurry:
            hurry.setattr(spent, "RENDERING" if spent is rendering else "HIGHLIGHTING", -1)
            assert shown in rendering.rendered(text)
    html = rendering.rendered(text)
    assert "<strong>once</strong>" in html and '<span class="n">x</span>' in html
    monkeypatch.setattr(highlighting, "HIGHLIGHTING", -1)
    assert rendering.rendered(text) == html, "what was rendered whole is remembered"
    assert "too long" in rendering.code("y = 1", "python")
    monkeypatch.undo()
    assert "too long" not in rendering.code("y = 1", "python")


def test_a_text_is_tamed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tamed = Mock(wraps=folding.tamed)
    monkeypatch.setattr(rendering, "tamed", tamed)
    rendering.markdown("a\u0301")
    tamed.assert_called_once_with("a\u0301")


def test_a_newline_at_the_beginning_is_kept(browser_page: Page) -> None:
    browser_page.set_content(folding.raw("\n\nPoem") + folding.raw("Prose"))
    assert [pre.text_content() for pre in browser_page.locator("pre").all()] == ["\n\nPoem", "Prose"]


def test_tables_lists_and_quotes_are_rendered() -> None:
    html = rendering.markdown("| a | b |\n|---|---|\n| 1 | 2 |\n\n1. one\n\n> quote\n\n~~gone~~")
    for tag in ("<table>", "<ol>", "<blockquote>", "<s>"):
        assert tag in html
