"""Code in colours, for as long as that is cheap."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from django.utils.html import escape
from pygments import format
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_by_name
from pygments.util import ClassNotFound

from frontend.kit.rendering.budgets import HIGHLIGHTING, Budget, OverBudget

# Characters of one response; a line that is longer was not written to be read.
MOST = 20_000
LONGEST_LINE = 2_000
MOST_LANGUAGES = 8
LONGEST_NAME = 20
EMBEDDED = "<style>a {}</style><script>b</script>\n"


class Highlighter:
    """The code blocks of one text share a budget; what is beyond it is shown without colours, and says so."""

    def __init__(self, whole: Budget) -> None:
        self.whole = whole
        self.seconds = HIGHLIGHTING
        self.is_out_of_time = False
        self.characters = MOST
        self.languages: set[str] = set()

    def block(self, text: str, language: str) -> str:
        """A whole code block as HTML, not yet sanitised."""
        language = language[:LONGEST_NAME]
        coloured = self.coloured(text, language) if language else escape(text)
        says = language if coloured is not None else f"{language} · too long to highlight"
        label = f'<span class="language">{escape(says)}</span>' if language else ""
        code = escape(text) if coloured is None else coloured
        return f'<div class="code">{label}<pre><code>{code}</code></pre></div>'

    def coloured(self, text: str, language: str) -> str | None:
        """HTML; None where the budget is spent."""
        language = language.lower()
        self.languages.add(language)
        self.characters -= len(text)
        too_long = any(len(line) > LONGEST_LINE for line in text.splitlines())
        if self.characters < 0 or len(self.languages) > MOST_LANGUAGES or too_long:
            return None
        if self.seconds <= 0:
            self.is_out_of_time = True
            return None
        with self.whole.paused():
            known = lexer(language)
        if known is None:
            return escape(text)
        budget = Budget(self.seconds)
        try:
            return str(format(within_budget(known().get_tokens(text), budget), HtmlFormatter(nowrap=True)))
        except OverBudget:
            self.is_out_of_time = True
            return None
        finally:
            self.seconds = budget.left


@lru_cache(maxsize=128)
def lexer(language: str) -> type[Lexer] | None:
    try:
        found: type[Lexer] = find_lexer_class_by_name(language)
    except ClassNotFound:
        return None
    # Languages within languages are read in when they are met.
    for _ in found().get_tokens(EMBEDDED):
        pass
    return found


def within_budget(tokens: Iterable[tuple[object, str]], budget: Budget) -> Iterator[tuple[object, str]]:
    """Raises OverBudget: a lexer that goes back and forth does so between its tokens."""
    for token in tokens:
        budget.check()
        yield token
