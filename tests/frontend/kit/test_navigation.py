"""Places: who sees which, and which of them a page belongs to."""

from django.contrib.auth.models import AnonymousUser

from frontend.kit.navigation import PEOPLE, PLACES, PROJECTS, SETTINGS, TABS, below, is_here, places, tabs
from studio.accounts.roles import Role
from tests.conftest import somebody


def names(role: Role) -> list[str]:
    return [place.name for place in places(somebody(role))]


def test_an_annotator_sees_where_there_is_something_to_do() -> None:
    assert names(Role.ANNOTATOR) == ["home", "review"] and tabs(somebody(Role.ANNOTATOR)) == []


def test_who_reads_data_sees_every_place_in_the_order_of_the_circle() -> None:
    assert names(Role.LEAD)[:3] == ["home", "collection", "prompts"]
    assert names(Role.LEAD) == [place.name for place in PLACES]
    assert len(tabs(somebody(Role.LEAD))) == len(TABS)


def test_a_stranger_sees_none() -> None:
    assert places(AnonymousUser()) == []


def test_a_page_belongs_to_one_place() -> None:
    for path, name in (
        ("/", "home"),
        ("/prompts/3/", "prompts"),
        ("/prompts/collections/demo/", "collection"),
        ("/pairs/7/", "pairs"),
        ("/flags/", "review"),
        ("/judges/3/", "evaluate"),
    ):
        assert [place.name for place in PLACES if is_here(place, path)] == [name]
    assert not any(is_here(place, "/settings/tokens/") for place in PLACES) and is_here(SETTINGS, "/settings/tokens/")


def test_the_defaults_of_a_project_belong_to_it() -> None:
    assert is_here(PROJECTS, "/project/") and is_here(PROJECTS, "/defaults/")


def test_every_place_has_a_key_of_its_own() -> None:
    keys = [place.key for place in (*PLACES, PEOPLE, PROJECTS, SETTINGS)]
    assert len(set(keys)) == len(keys) and all(len(key) == 1 for key in keys)


def test_who_manages_people_finds_them_beside_the_settings() -> None:
    assert [place.name for place in below(somebody(Role.LEAD))] == ["people", "project", "settings"]
    assert below(somebody(Role.ANNOTATOR)) == below(AnonymousUser()) == [PROJECTS, SETTINGS]
    assert is_here(PEOPLE, "/people/invitations/") and not any(is_here(one, "/people/") for one in PLACES)
