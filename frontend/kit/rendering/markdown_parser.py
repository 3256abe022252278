"""The Markdown parser, what it is bounded by, and how its tokens become HTML."""

from collections.abc import Sequence

from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from frontend.kit.rendering.budgets import Budget, OverBudget
from frontend.kit.rendering.folding import breakable
from frontend.kit.rendering.formulas import formula
from frontend.kit.rendering.highlighting import Highlighter
from frontend.kit.rendering.markdown_extensions import forms
from frontend.kit.rendering.mathematics import mathematics

DEEPEST = 50
MATHEMATICS = {"math", "latex-math"}


def html(text: str, budget: Budget, highlighter: Highlighter) -> str:
    """Markdown as HTML that is not yet sanitised. Raises OverBudget; what is nested too deeply is over it, too."""
    env = {"budget": budget, "highlighter": highlighter}
    tokens = PARSER.parse(text, env)
    # The parser drops what is nested deeper, and nothing may be dropped.
    if any(token.level >= DEEPEST - 1 for token in tokens):
        raise OverBudget
    return str(PARSER.renderer.render(tokens, PARSER.options, env))


def clock(state: StateBlock | StateInline, *_: object) -> bool:
    """A rule that never applies, asked before all others: no text is parsed for longer than it may be."""
    state.env["budget"].check()
    return False


def fence(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    token = tokens[idx]
    language = token.info.strip().partition(" ")[0]
    if language.lower() in MATHEMATICS:
        return mathml(token.content, "block", env)
    env["budget"].check()
    highlighter: Highlighter = env["highlighter"]
    return highlighter.block(token.content, language)


def text(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return breakable(tokens[idx].content)


def code_inline(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return f"<code>{breakable(tokens[idx].content)}</code>"


def cell(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    """How a column is aligned is an attribute: the policy forbids styles."""
    token = tokens[idx]
    style = str(token.attrs.get("style", ""))
    align = f' align="{style.removeprefix("text-align:")}"' if style else ""
    return f"<{token.tag}{align}>"


def image(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    token = tokens[idx]
    source = str(token.attrs.get("src", ""))
    words = escape(token.content or source)
    return f'<span class="image">Picture: <a href="{escape(source)}">{words}</a></span>'


def math_inline(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return mathml(tokens[idx].content, "inline", env)


def math_block(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return mathml(tokens[idx].content, "block", env)


def mathml(latex: str, display: str, env: EnvType) -> str:
    env["budget"].check()
    return formula(latex, display)


def parser() -> MarkdownIt:
    # `breaks`: a verse or an address is written in lines, and read in lines.
    options = {"html": False, "linkify": False, "typographer": False, "breaks": True, "maxNesting": DEEPEST}
    made = MarkdownIt("commonmark", options)
    made.enable(["table", "strikethrough"])
    made.use(gfm_autolink_plugin)
    made.use(mathematics)
    made.use(forms)
    made.block.ruler.before("table", "clock", clock, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    made.inline.ruler.before("text", "clock", clock)
    rules = {
        "text": text,
        "code_inline": code_inline,
        "fence": fence,
        "code_block": fence,
        "image": image,
        "th_open": cell,
        "td_open": cell,
        "math_inline": math_inline,
        "math_inline_double": math_block,
        "math_block": math_block,
    }
    for name, rule in rules.items():
        made.add_render_rule(name, rule)
    return made


PARSER = parser()
