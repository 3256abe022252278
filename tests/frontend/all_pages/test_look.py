"""Rules that every template and style sheet keeps."""

import re
from pathlib import Path

import pytest

from frontend.kit.modules import FOLDER

ROOT = FOLDER.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHEETS = sorted((ROOT / "static/css").glob("*.css"))
MODULES = sorted((ROOT / "static/js").rglob("*.js"))
TOKEN = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("canvas", "sunken", "raised", "hover")),
    *(
        (side, ground)
        for side in ("accent", "a", "b", "good", "warn", "bad")
        for ground in ("canvas", "raised", f"{side}-soft")
    ),
    ("on-ink", "ink"),
    ("ink", "mark"),
    ("ink-2", "pressed"),
]


def by_name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", TEMPLATES, ids=by_name)
def test_a_template_has_nothing_that_the_policy_forbids(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"<[^>]*\sstyle=", source), "an inline style"
    assert not re.search(r"<[^>{]*\s(on\w+|hx-on[\w:-]*)=", source), "an inline handler"
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", source), "an inline script"
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", source), "another host"


@pytest.mark.parametrize("path", SHEETS, ids=by_name)
def test_colours_are_named_in_the_tokens_and_nowhere_else(path: Path) -> None:
    if path.name != "tokens.css":
        bare = re.sub(r"light-dark\([^)]*\)", "", path.read_text())
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(|oklch\(", bare)


@pytest.mark.parametrize("path", SHEETS, ids=by_name)
def test_every_token_that_is_used_exists(path: Path) -> None:
    defined = set(re.findall(r"(--[\w-]+):", "".join(sheet.read_text() for sheet in SHEETS)))
    assert set(re.findall(r"var\((--[\w-]+)", path.read_text())) <= defined


@pytest.mark.parametrize("path", [*SHEETS, *MODULES, *TEMPLATES], ids=by_name)
def test_no_file_is_longer_than_four_hundred_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(ink: str, ground: str, theme: int) -> None:
    """WCAG 2.1 AA: 4.5 to 1."""
    tokens = {name: colours[theme] for name, *colours in TOKEN.findall((ROOT / "static/css/tokens.css").read_text())}
    assert contrast(tokens[ink], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("part", ["control-line", "focus", "a-fill", "b-fill", "accent-fill"])
def test_what_must_be_seen_stands_out_from_the_canvas(part: str, theme: int) -> None:
    """WCAG 2.1 AA for what is not text: 3 to 1; orange on white comes to 2.7 and is never alone."""
    tokens = {name: colours[theme] for name, *colours in TOKEN.findall((ROOT / "static/css/tokens.css").read_text())}
    assert contrast(tokens[part], tokens["canvas"]) >= (2.6 if part == "b-fill" else 3)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("path", TEMPLATES, ids=by_name)
def test_a_form_leaves_its_errors_to_the_server_which_says_all_of_them(path: Path) -> None:
    """A browser says one at a time. The sign-in and forms without fields of their own are none of these."""
    forms = re.findall(r"<form([^>]*)>(.*?)</form>", path.read_text(), re.DOTALL)
    asking = [head for head, body in forms if 'method="post"' in head and "{% field" in body]
    assert path.name == "sign_in.html" or all("novalidate" in head for head in asking)


@pytest.mark.parametrize("path", TEMPLATES, ids=by_name)
def test_every_icon_that_is_named_is_drawn(path: Path) -> None:
    drawn = set(re.findall(r'id="([\w-]+)"', (FOLDER / "icons.svg").read_text()))
    named = re.findall(r"""{% icon "([\w-]+)\"""", path.read_text())
    assert set(named) <= drawn
