"""Forms of Markdown beyond CommonMark's own that models write: notes, sources, harmless tags, tasks."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.reference import reference
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
SMALL = re.compile(r"<(su[bp])>([^<>\n]{1,80})</\1>", re.IGNORECASE)
NOTE = re.compile(r"\[\^([^\]\s\[]{1,30})\]")
TASK = re.compile(r"\[([ xX])\](?=\s)")


def forms(parser: MarkdownIt) -> None:
    parser.inline.ruler.before("link", "note", note)
    parser.inline.ruler.before("autolink", "tag", tag)
    parser.block.ruler.at("reference", definition)
    parser.core.ruler.after("inline", "tasks", tasks)


def note(state: StateInline, silent: bool) -> bool:
    """`[^1]` as a raised number, in the text and before the note itself, which stays where it was written."""
    match = NOTE.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        raised(state, "sup", match[1])
    state.pos = match.end()
    return True


def tag(state: StateInline, silent: bool) -> bool:
    """`<br>`, `<sub>` and `<sup>`, for which Markdown has no form; all other tags are text."""
    if state.src[state.pos] != "<":
        return False
    match = BREAK.match(state.src, state.pos) or SMALL.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        if match.re is BREAK:
            state.push("hardbreak", "br", 0)
        else:
            raised(state, match[1].lower(), match[2])
    state.pos = match.end()
    return True


def raised(state: StateInline, name: str, text: str) -> None:
    state.push(f"{name}_open", name, 1)
    state.push("text", "", 0).content = text
    state.push(f"{name}_close", name, -1)


def definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A link's definition is used and shown: a list of sources is part of what was written."""
    begin = state.bMarks[start] + state.tShift[start]
    if state.src.startswith("[^", begin) or not reference(state, start, end, silent):
        return False
    if not silent:
        lines = state.getLines(start, state.line, state.blkIndent, False).strip()
        state.push("paragraph_open", "p", 1).map = [start, state.line]
        inline = state.push("inline", "", 0)
        inline.content, inline.map, inline.children = lines, [start, state.line], []
        state.push("paragraph_close", "p", -1)
    return True


def tasks(state: StateCore) -> None:
    """`- [x] done` with a box that nobody can press."""
    for item, _, token in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        match = TASK.match(token.content) if item.type == "list_item_open" and token.type == "inline" else None
        if match and token.children:
            box = "☐" if match[1] == " " else "☑"
            token.children[0].content = box + token.children[0].content[3:]
