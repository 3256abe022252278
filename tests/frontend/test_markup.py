"""What two templates lay out differently is one page, and what a reader sees differently is not."""

import pytest

from tests.frontend.markup import tight


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
