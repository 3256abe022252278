"""What is sent of a template: all but its indentation."""

import re
from pathlib import Path

from django.conf import settings
from django.template.loader import get_template

OURS = settings.ROOT / "frontend" / "templates"


def source(name: str) -> str:
    return str(get_template(name).template.source)  # type: ignore[attr-defined]


def test_no_template_of_ours_sends_its_indentation_and_all_keep_their_lines() -> None:
    for path in OURS.rglob("*.html"):
        sent, written = source(str(path.relative_to(OURS))), path.read_text()
        assert [line.lstrip(" ") for line in written.split("\n")] == sent.split("\n"), path


def test_what_other_packages_wrote_is_left_as_it_is() -> None:
    template = get_template("unfold/layouts/base.html")
    path = Path(template.origin.name)  # type: ignore[attr-defined]
    assert source("unfold/layouts/base.html") == path.read_text()
    assert "\n    " in path.read_text()


def test_nothing_that_keeps_its_white_space_is_indented() -> None:
    for path in OURS.rglob("*.html"):
        for kept in re.findall(r"<(?:pre|textarea)\b[^>]*>(.*?)</(?:pre|textarea)>", path.read_text(), re.DOTALL):
            assert not re.search(r"^[ \t]", kept, re.MULTILINE), path
