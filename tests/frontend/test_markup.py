"""What two templates lay out differently is one page, and what a reader sees differently is not."""

import re
from pathlib import Path

import pytest

from tests.frontend.markup import tight

TEMPLATES = Path(__file__).parents[2] / "frontend/templates"
# By Django's own filters and tags.
DATED = re.compile(r"""\|(?:date|time)(?::(?:"[^"]*"|'[^']*'|[\w.]+))?(?=[ |}])|{% now [^%]*%}""")


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ("<dl>\n  <dt>\n    Tie\n  </dt>\n  <dd> 1 </dd>\n</dl>", "<dl><dt>Tie</dt><dd>1</dd></dl>"),
        ("<p>\n  1\n  <b>pair</b>\n</p>", "<p>1 <b>pair</b></p>"),
        ("<p>1<b>pair</b></p>", "<p>1<b>pair</b></p>"),
        ("<p>\n  <b>\n    won\n  </b>\n  twice\n</p>", "<p><b>won </b>twice</p>"),
        ("<p>won\n  <b> twice </b>\n</p>", "<p>won <b>twice</b></p>"),
        ("<p>on <input\n  name='a'\n> <b>off</b></p>", "<p>on <input name='a'> <b>off</b></p>"),
    ],
)
def test_white_space_is_kept_where_a_browser_shows_it(html: str, says: str) -> None:
    assert tight(html) == says


def test_templates_write_no_date_but_as_the_person_has_their_dates() -> None:
    """A month alone has no order of its parts to choose."""
    pages = (path.read_text() for path in TEMPLATES.rglob("*.html"))
    assert {found for page in pages for found in DATED.findall(page)} == {'|date:"F Y"'}
