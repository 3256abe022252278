from collections.abc import Callable

import pytest
from django.test import Client

from studio.accounts.models import ApiToken, User
from studio.monitoring import machine
from studio.monitoring.machine import Check

SignIn = Callable[[User], Client]
PAGES = ["/settings/", "/settings/password/", "/settings/tokens/", "/settings/health/"]


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_asked_to_sign_in(outsider: Client, path: str) -> None:
    assert outsider.get(path).headers["Location"] == f"/sign-in/?next={path}"


@pytest.mark.parametrize("path", PAGES)
def test_everybody_has_settings(signed_in: SignIn, ann: User, path: str) -> None:
    assert signed_in(ann).get(path).status_code == 200


def test_a_profile_is_saved(signed_in: SignIn, ann: User) -> None:
    signed_in(ann).post("/settings/", {"first_name": "Anna", "last_name": "Lee", "email": "anna@example.org"})
    ann.refresh_from_db()
    assert ann.get_full_name() == "Anna Lee"


def test_the_way_of_dates_is_kept_and_only_a_known_one(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    client.post("/settings/", {"dates": "de"})
    assert User.objects.get().dates == "de"
    assert "xx is not one of the available choices" in client.post("/settings/", {"dates": "xx"}).content.decode()
    client.post("/settings/", {"dates": ""})
    assert User.objects.get().dates == ""


def test_all_that_is_mine_stands_on_one_page(signed_in: SignIn, ann: User) -> None:
    ApiToken.issue(ann, "laptop")
    page = signed_in(ann).get("/settings/").content.decode()
    order = [
        page.index(words)
        for words in ("id_first_name", "id_dates", 'id="theme"', 'id="keys-everywhere"', 'id="sessions"')
    ]
    assert order == sorted(order) and page.index("this one") < page.index("laptop")


def test_single_keys_are_turned_off_and_on(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    client.post("/settings/", {"first_name": "Ann"})
    assert not User.objects.get().single_keys
    client.post("/settings/", {"first_name": "Ann", "single_keys": "on"})
    assert User.objects.get().single_keys


def test_a_theme_is_kept_with_the_person_and_with_nobody_else(signed_in: SignIn, ann: User, bob: User) -> None:
    client = signed_in(ann)
    assert client.post("/settings/theme/", {"theme": "dark"}).status_code == 204
    assert client.post("/settings/theme/", {"theme": "pink"}).status_code == 400
    assert client.get("/settings/theme/").status_code == 405
    assert [User.objects.get(pk=one.pk).theme for one in (ann, bob)] == ["dark", ""]


def test_a_stranger_keeps_no_theme(outsider: Client) -> None:
    assert outsider.post("/settings/theme/", {"theme": "dark"}).status_code == 302


def test_nobody_gives_themselves_a_role(signed_in: SignIn, ann: User) -> None:
    signed_in(ann).post("/settings/", {"first_name": "Ann", "role": "admin", "is_superuser": "on"})
    ann.refresh_from_db()
    assert ann.role == "annotator"
    assert not ann.is_superuser


def test_a_new_password_keeps_this_browser_signed_in(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    new = "battery staple 7"
    client.post("/settings/password/", {"old_password": "correct horse", "new_password1": new, "new_password2": new})
    ann.refresh_from_db()
    assert ann.check_password(new)
    assert client.get("/settings/").status_code == 200


def test_a_new_password_signs_other_browsers_out_and_revokes_tokens_if_asked(signed_in: SignIn, ann: User) -> None:
    here, there, (_, key) = signed_in(ann), signed_in(ann), ApiToken.issue(ann, "laptop")
    new = "battery staple 7"
    fields = {"old_password": "correct horse", "new_password1": new, "new_password2": new}
    here.post("/settings/password/", fields)
    assert ann.sessions.count() == 1
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)
    assert ApiToken.find(key)
    here.post("/settings/password/", fields | {"old_password": new, "end_tokens": "on"})
    assert ApiToken.find(key) is None


@pytest.mark.parametrize("new", ["8417293056", "٨٤١٧٢٩٣٠٥٦"])
def test_a_password_of_digits_alone_is_refused(signed_in: SignIn, ann: User, new: str) -> None:
    fields = {"old_password": "correct horse", "new_password1": new, "new_password2": new}
    assert "entirely numeric" in signed_in(ann).post("/settings/password/", fields).content.decode()
    ann.refresh_from_db()
    assert ann.check_password("correct horse")


def test_the_admin_site_changes_ones_own_password_here_too(signed_in: SignIn, ada: User) -> None:
    assert signed_in(ada).get("/admin/password_change/").headers["Location"] == "/settings/password/"


def test_a_password_needs_the_old_one(signed_in: SignIn, ann: User) -> None:
    new = "battery staple 7"
    fields = {"old_password": "wrong", "new_password1": new, "new_password2": new}
    page = signed_in(ann).post("/settings/password/", fields).content.decode()
    assert 'aria-invalid="true"' in page
    ann.refresh_from_db()
    assert ann.check_password("correct horse")


def test_health_says_first_what_is_wrong(signed_in: SignIn, ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Check("disk", False, "The disk of the studio is full: 2 MB left. Nothing can be saved.", stops=True)
    monkeypatch.setattr(machine, "checks", lambda: [full])
    page = signed_in(ann).get("/settings/health/").content.decode()
    assert "The studio cannot do its work now." in page
    assert page.index(full.says) < page.index("PostgreSQL answers.")
