r"""Where mathematics begins and ends, in every form that models write, told apart from prices and escaped brackets.

In a line: `\( … \)`, `$…$` and `` $`…`$ ``. On their own or in a line: `\[ … \]`, `$$ … $$`, `\begin{align} …`.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from frontend.kit.rendering.formulas import LONGEST

MOST_LINES = 60
ENVIRONMENT = re.compile(
    r"\\begin\{((?:align|alignat|aligned|gather|gathered|equation|multline|eqnarray|flalign|split|cases"
    r"|[pbBvV]?matrix|array)\*?)\}"
)
CLOSERS = {r"\[": r"\]", "$$": "$$"}
INLINE_CLOSERS = {r"\(": r"\)", r"\[": r"\]", "$$": "$$", "$`": "`$"}
# What may follow a closed block on its line: punctuation, or the number of the equation.
TAIL = re.compile(r"([.,;:]?)(?:\s*\(([\w.*-]{1,12})\))?([.,;:]?)")
DOLLARS = re.compile(r"(?:[^$\\`\n]|\\.|\n(?!\s*\n))+\$")
NUMBERS = re.compile(r"[\d\s,;–-]*")
# Two words side by side are a sentence, if they are no text within the formula.
WORDED = re.compile(r"\\(?:text|mathrm|operatorname|mbox|hbox)\w*\*?\s*\{[^{}]*\}|\\[A-Za-z]+|[_^]\{[^{}]*\}")
SENTENCE = re.compile(r"[A-Za-z]{2,}[,.]?\s+[A-Za-z]{2,}")


def mathematics(parser: MarkdownIt) -> None:
    parser.inline.ruler.before("escape", "mathematics", in_line)
    alternatives = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "mathematics_block", on_its_own, {"alt": alternatives})


def is_prose(latex: str) -> bool:
    return bool(SENTENCE.search(WORDED.sub(" ; ", latex)))


def in_line(state: StateInline, silent: bool) -> bool:
    opener = state.src[state.pos : state.pos + 2]
    if opener in INLINE_CLOSERS:
        found = between(state.src, state.pos, opener)
    elif opener.startswith("$"):
        found = between_dollars(state.src, state.pos)
    else:
        return False
    if found is None:
        return False
    latex, end = found
    if not silent:
        display = opener in CLOSERS
        token = state.push("math_inline_double" if display else "math_inline", "math", 0)
        token.content, token.markup = latex, opener
    state.pos = end
    return True


def between(text: str, start: int, opener: str) -> tuple[str, int] | None:
    """The formula and where it ends."""
    end = text.find(INLINE_CLOSERS[opener], start + 2, start + 2 + LONGEST)
    latex = text[start + 2 : end].strip()
    if end < 0 or not latex or is_prose(latex):
        return None
    # A number in escaped brackets is a citation.
    if opener == r"\[" and NUMBERS.fullmatch(latex):
        return None
    return latex, end + 2


def between_dollars(text: str, start: int) -> tuple[str, int] | None:
    r"""As `between`, for single dollars: `$x$` is a formula, `$5 and $10` and `$HOME/$USER` are not."""
    match = DOLLARS.match(text, start + 1, start + LONGEST)
    if not match:
        return None
    latex, end = match[0][:-1], match.end()
    before, after = text[start - 1 : start], text[end : end + 1]
    if latex[0].isspace() or latex[-1].isspace() or joined(before) or before == "$":
        return None
    if after.isdigit() or after in {"$", "{", "("}:
        return None
    # `$n$th` is a formula, `$AP and ke$ha` is not.
    if joined(after) and not (len(latex) == 1 or "\\" in latex):
        return None
    if not is_balanced(latex) or is_prose(latex):
        return None
    return latex, end


def joined(character: str) -> bool:
    """Whether this belongs to a word of Latin letters; Chinese stands beside a formula without a blank."""
    return character.isascii() and character.isalnum()


def is_balanced(latex: str) -> bool:
    return sum(map(latex.count, "([{")) == sum(map(latex.count, ")]}"))


def on_its_own(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    begin = state.bMarks[start] + state.tShift[start]
    opener = state.src[begin : begin + 2]
    environment = ENVIRONMENT.match(state.src, begin, state.eMarks[start]) if opener == r"\b" else None
    closer = f"\\end{{{environment[1]}}}" if environment else CLOSERS.get(opener)
    if closer is None:
        return False
    for line in range(start, min(end, start + MOST_LINES)):
        from_ = begin + 2 if line == start else state.bMarks[line] + state.tShift[line]
        if line > start and state.sCount[line] < state.blkIndent and from_ < state.eMarks[line]:
            return False
        closed = state.src.find(closer, from_, state.eMarks[line])
        if closed >= 0:
            tail = TAIL.fullmatch(state.src[closed + len(closer) : state.eMarks[line]].strip())
            return bool(tail) and take(state, start, line, closer, environment is not None, silent)
    return False


def take(state: StateBlock, start: int, last: int, closer: str, is_environment: bool, silent: bool) -> bool:
    written = state.getLines(start, last + 1, state.sCount[start], False).strip()
    body, _, rest = written.rpartition(closer)
    latex = f"{body}{closer}" if is_environment else body[2:].strip()
    if not latex or len(latex) > LONGEST or is_prose(latex) or NUMBERS.fullmatch(latex):
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.block, token.markup, token.map = True, closer, [start, last + 1]
        token.content = latex + ending(rest.strip())
        state.line = last + 1
    return True


def ending(tail: str) -> str:
    """Punctuation and the number of an equation, as a part of it."""
    match = TAIL.fullmatch(tail)
    if not match:
        return ""
    first, label, last = match.groups()
    return first + last + (rf"\qquad\text{{({label})}}" if label else "")
