"""LaTeX to MathML, and the source as it is where that fails."""

import re

from django.utils.html import escape
from math_core import LatexError, LatexToMathML

LONGEST = 2_000
# The converter recurses into what is nested, on the stack of the thread.
DEEPEST = 40
# Two backslashes are a line's end: a brace right behind them opens a group as any other.
OPENS = re.compile(r"\\[\\{}]|([{}])|\\(left|begin|right|end)\b")
# Definitions could multiply: a short formula would become a long one.
DEFINES = re.compile(r"\\(?:re)?newcommand|\\providecommand|\\[gex]?def\b|\\let\b|\\DeclareMathOperator")
# What the converter does not know, in words that it knows.
MACROS = {
    "mbox": r"\text{#1}",
    "hbox": r"\text{#1}",
    "pmb": r"\boldsymbol{#1}",
    "widetilde": r"\tilde{#1}",
    "dotsc": r"\ldots",
    "dotsb": r"\cdots",
    "celsius": r"{}^\circ\mathrm{C}",
    "textdegree": r"{}^\circ",
}
REWRITTEN = (
    (re.compile(r"(?<!\\)\$"), r"\\$"),
    (re.compile(r"\\(?:label|require)\{[^{}]*\}|\\(?:notag|nonumber|allowbreak|hfill|displaylines)\b"), ""),
    (re.compile(r"\\tag\*?\{([^{}]*)\}"), r"\\qquad\\text{(\1)}"),
    (re.compile(r"\\(begin|end)\{(?:align|gather|multline|equation|split|flalign|eqnarray)\*?\}"), r"\\\1{aligned}"),
    (re.compile(r"\\begin\{(?:alignat|alignedat|gathered)\*?\}(?:\{\d+\})?"), r"\\begin{aligned}"),
    (re.compile(r"\\end\{(?:alignat|alignedat|gathered)\*?\}"), r"\\end{aligned}"),
    (re.compile(r"\\substack\{([^{}]*)\}"), r"\\begin{matrix}\1\\end{matrix}"),
    (re.compile(r"\\hspace\*"), r"\\hspace"),
)
# The policy forbids styles in the markup: those that carry meaning become classes, the others go.
STYLE = re.compile(r'(<m[a-z]+(?: [a-z]+="[^"<>]*")*) style="([^"<>]*)"')
CLASSES = {"text-align: right": "to-right", "text-align: left": "to-left", "border-top": "ruled"}


def formula(latex: str, display: str) -> str:
    """MathML of `latex`; `display` is "inline" or "block". What cannot be read is shown as it was written."""
    if len(latex) > LONGEST or depth(latex) > DEEPEST or DEFINES.search(latex):
        return source(latex)
    rewritten = latex
    for pattern, by in REWRITTEN:
        rewritten = pattern.sub(by, rewritten)
    try:
        mathml = CONVERTER.convert_with_local_state(rewritten.strip(), displaystyle=display == "block")
    except LatexError:
        return source(latex)
    return STYLE.sub(classed, mathml)


def source(latex: str) -> str:
    return f'<code class="latex">{escape(latex)}</code>'


def depth(latex: str) -> int:
    deepest = now = 0
    for match in OPENS.finditer(latex):
        brace, word = match.groups()
        if brace == "{" or word in {"left", "begin"}:
            now += 1
        elif brace or word:
            now -= 1
        deepest = max(deepest, now)
    return deepest


def classed(match: re.Match[str]) -> str:
    opened, style = match.groups()
    found = [name for sign, name in CLASSES.items() if sign in style]
    return f'{opened} class="{" ".join(found)}"' if found else opened


CONVERTER = LatexToMathML(macros=MACROS)
