"""Markdown, code and mathematics to sanitised HTML. What a model wrote is hostile until it has passed through here.

Raw HTML is shown as text, pictures are shown as links (a picture would tell its server who reads what),
code is highlighted by CSS classes, `$…$` and `$$…$$` become MathML, and the whole passes an allow-list at the end.
"""

from collections.abc import Sequence
from functools import lru_cache

import latex2mathml.exceptions
import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

# Longer texts are shown, but as they are: rendering time grows with nesting and a page has many of them.
LONGEST_RENDERED = 100_000
LONGEST_FORMULA = 2_000
LONGEST_HIGHLIGHTED = 20_000
DEEPEST = 20
# An open bracket makes the parser look ahead to the end, so thousands of them cost seconds.
MOST_BRACKETS = 4_000

TEXT_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td", "div", "span"),
}
MATH_TAGS = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup"),
    *("munder", "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose"),
}
ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "th": {"align"},
    "td": {"align"},
    "code": {"class"},
    "div": {"class"},
    "span": {"class"},
    "math": {"display"},
    "mo": {"stretchy", "fence", "separator", "form", "lspace", "rspace", "minsize", "maxsize", "movablelimits"},
    "mi": {"mathvariant"},
    "mn": {"mathvariant"},
    "mtext": {"mathvariant"},
    "mspace": {"width"},
    "mfrac": {"linethickness"},
    "mtable": {"columnalign", "rowspacing", "columnspacing"},
    "mtd": {"columnalign"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "menclose": {"notation"},
}
SCHEMES = {"http", "https", "mailto"}


# latex2mathml has an exception for each kind of error, without a common base, and lets Python's own through.
UNREADABLE: tuple[type[Exception], ...] = (
    *(error for error in vars(latex2mathml.exceptions).values() if isinstance(error, type)),
    *(AttributeError, LookupError, RecursionError, StopIteration, TypeError, ValueError),
)


def markdown(text: str) -> SafeString:
    """HTML that is safe to put into a page; ill-formed or oversized input is shown as plain text."""
    if len(text) > LONGEST_RENDERED or text.count("[") > MOST_BRACKETS:
        return plain(text)
    return _markdown(text)


@lru_cache(maxsize=2048)
def _markdown(text: str) -> SafeString:
    env: dict[str, object] = {}
    tokens = PARSER.parse(text, env)
    # The parser drops what is nested deeper, and nothing may be dropped.
    if any(token.level >= DEEPEST - 1 for token in tokens):
        return plain(text)
    return sanitised(PARSER.renderer.render(tokens, PARSER.options, env))


@lru_cache(maxsize=256)
def code(text: str, language: str = "") -> SafeString:
    """One code block, highlighted where the language is known."""
    return sanitised(code_block(text, language))


def plain(text: str) -> SafeString:
    return mark_safe(f'<div class="code"><pre>{escape(text)}</pre></div>')


def sanitised(html: str) -> SafeString:
    clean = nh3.clean(
        html,
        tags=TEXT_TAGS | MATH_TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )
    return mark_safe(clean)


def code_block(text: str, language: str) -> str:
    label = f'<span class="language">{escape(language)}</span>' if language else ""
    return f'<div class="code">{label}<pre><code>{highlighted(text, language)}</code></pre></div>'


def highlighted(text: str, language: str) -> str:
    if not language or len(text) > LONGEST_HIGHLIGHTED:
        return escape(text)
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return escape(text)
    return str(highlight(text, lexer, HtmlFormatter(nowrap=True)))


def formula(latex: str, display: str) -> str:
    """MathML, or the source as code where latex2mathml cannot read it."""
    if len(latex) > LONGEST_FORMULA:
        return f"<code>{escape(latex)}</code>"
    try:
        return str(convert(latex, display=display))
    except UNREADABLE:
        return f"<code>{escape(latex)}</code>"


def fence(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    language = tokens[idx].info.strip().partition(" ")[0][:20]
    return code_block(tokens[idx].content, language)


def image(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    token = tokens[idx]
    source = str(token.attrs.get("src", ""))
    words = escape(token.content or source)
    return f'<span class="image">Picture: <a href="{escape(source)}">{words}</a></span>'


def math_inline(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return formula(tokens[idx].content, "inline")


def math_block(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return formula(tokens[idx].content, "block")


def parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False, "maxNesting": DEEPEST})
    made.enable(["table", "strikethrough"])
    made.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    for name, rule in {
        "fence": fence,
        "code_block": fence,
        "image": image,
        "math_inline": math_inline,
        "math_inline_double": math_block,
        "math_block": math_block,
    }.items():
        made.add_render_rule(name, rule)
    return made


PARSER = parser()
