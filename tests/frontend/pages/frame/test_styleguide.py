"""The style guide: every component in both themes, with its source."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from frontend.pages.frame.styleguide import SPECIMENS, sample
from studio.accounts.models import User

SignIn = Callable[[User], Client]
TEMPLATES = settings.ROOT / "frontend" / "templates" / "styleguide"


def test_the_style_guide_is_for_admins(signed_in: SignIn, ann: User, ada: User) -> None:
    assert signed_in(ann).get("/styleguide/").status_code == 404
    assert signed_in(ada).get("/styleguide/").status_code == 200


def test_in_development_everybody_who_may_annotate_sees_it(signed_in: SignIn, ann: User, settings: Any) -> None:
    settings.DEBUG = True
    assert signed_in(ann).get("/styleguide/").status_code == 200


def test_a_stranger_is_asked_to_sign_in(outsider: Client) -> None:
    assert outsider.get("/styleguide/").status_code == 302


def test_every_specimen_is_shown_in_both_themes_with_its_source(signed_in: SignIn, ada: User) -> None:
    shown = signed_in(ada).get("/styleguide/").context["specimens"]
    assert [one["title"] for one in shown] == [title for _, title, *_ in SPECIMENS]
    for one in shown:
        assert [theme for theme, _ in one["shown"]] == ["light", "dark"] and all(
            html.strip() for _, html in one["shown"]
        )
        assert one["source"] == (TEMPLATES / f"{one['name']}.html").read_text()


def test_every_specimen_that_lies_there_is_shown() -> None:
    there = {path.stem for path in TEMPLATES.glob("*.html")} - {"page"}
    assert {name for name, *_ in SPECIMENS} == there


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_ids_of_a_form_differ_by_theme_since_it_stands_there_twice(theme: str) -> None:
    form = sample(theme)["form"]
    assert {bound.id_for_label.partition("_")[0] for bound in form} == {theme}
    assert set(form.errors) == {"epochs"}
