"""What models write is hostile until it has been rendered."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend import rendering

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


@pytest.mark.parametrize(("text", "display"), [("$x^2$", "inline"), ("$$x^2$$", "block"), ("a $$x^2$$ b", "block")])
def test_mathematics_becomes_mathml(text: str, display: str) -> None:
    assert f'<math display="{display}"><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>' in rendering.markdown(
        text
    )


def test_prices_are_not_mathematics() -> None:
    assert "<math" not in rendering.markdown("It costs $5, or $6 with a $ sign.")


@pytest.mark.parametrize("latex", ["\\frac{", "\\left(", "^", "\\begin{matrix}", "\\sqrt[", "x^1^2", "{{{{"])
def test_a_formula_that_cannot_be_read_is_shown_as_its_source(latex: str) -> None:
    assert f"<code>{latex}</code>" in rendering.markdown(f"${latex}$")


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
        "$" + "{" * 1_900 + "$",
        "```python\n" + "(" * 80_000 + "\n```",
        "x" * 5_000_000,
    ],
    ids=lambda text: f"{text[:6]!r} x {len(text)}",
)
def test_a_huge_or_nested_text_is_rendered_in_seconds(text: str) -> None:
    started = time.process_time()
    assert_harmless(rendering.markdown(text))
    assert time.process_time() - started < 2


@pytest.mark.parametrize("text", ["> " * 50 + "deep", "".join("  " * n + "- a\n" for n in range(60)) + "deep"])
def test_what_is_nested_too_deeply_is_shown_unrendered_rather_than_dropped(text: str) -> None:
    assert rendering.markdown(text).count("deep") == 1


def test_a_text_over_the_limit_is_shown_whole_and_unrendered() -> None:
    text = "**bold** & more\n" * 10_000
    html = rendering.markdown(text)
    assert "<strong>" not in html
    assert html.count("**bold** &amp; more") == 10_000


def test_tables_lists_and_quotes_are_rendered() -> None:
    html = rendering.markdown("| a | b |\n|---|---|\n| 1 | 2 |\n\n1. one\n\n> quote\n\n~~gone~~")
    for tag in ("<table>", "<ol>", "<blockquote>", "<s>"):
        assert tag in html
