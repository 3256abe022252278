"""What people and models wrote reaches a page harmless, whole or by its beginning."""

from django.template import Context, Template

from frontend.kit.rendering.folding import PIECE

HOSTILE = "<script>alert(1)</script> **bold**"


def rendered(source: str, **context: object) -> str:
    return Template("{% load reading %}" + source).render(Context(context))


def test_markdown_is_rendered_and_its_html_is_text() -> None:
    html = rendered("{{ text|markdown }}", text=HOSTILE)
    assert "<strong>bold</strong>" in html and "<script" not in html


def test_a_text_as_it_was_written_is_whole_and_its_beginning_says_what_is_left() -> None:
    assert rendered("{{ text|as_written }}", text=HOSTILE) == "&lt;script&gt;alert(1)&lt;/script&gt; **bold**"
    assert rendered("{{ text|words }}", text="a " * PIECE).endswith("more characters")


def test_code_is_text() -> None:
    assert "<script" not in rendered("{% code text 'html' %}", text=HOSTILE)


def test_a_role_that_nobody_knows_is_shown_and_is_text_too() -> None:
    html = rendered("{% conversation turns %}", turns=[{"role": "<b>", "content": HOSTILE}])
    assert "<b>" not in html and "<script" not in html and "&lt;b&gt;" in html


def test_a_conversation_shows_each_turn_by_its_role() -> None:
    messages = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "**So.**"}]
    html = rendered("{% conversation messages %}", messages=messages)
    assert '<section class="turn user">' in html
    assert "<strong>So.</strong>" in html


def test_a_role_from_a_file_cannot_leave_its_attribute() -> None:
    html = rendered("{% conversation messages %}", messages=[{"role": '"><script>', "content": "x"}])
    assert "<script>" not in html
