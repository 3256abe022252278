"""The arena's page: its table, its filters, its files, and the texts that it measures."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.arena import stored_styles
from annotation.models import Author, Pair
from annotation.models.responses import ResponseStyle
from studio.accounts.models import User
from tests.annotation.making import author, judge, paired, prompt, response
from tests.conftest import HERE
from tests.frontend.counting import queries

SignIn = Callable[[User], Client]


@pytest.fixture
def lead(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def compare(number: int, winner: str, loser: str, by: str = "a-judge", kind: str = "judge") -> Pair:
    of = prompt(f"{winner} {loser} {number}?")
    met = paired(response(of, "# Won.", winner), response(of, "Lost.", loser))
    judge(met, 1 if met.right.author.name == winner else -1, by, kind)
    return met


@pytest.fixture
def compared(db: None) -> None:
    for number in range(4):
        compare(number, "strong", "fair")
        compare(number, "fair", "weak", "a-person", "person")
    compare(9, "weak", "strong")


def page(client: Client, path: str) -> str:
    found = client.get(path)
    assert found.status_code == 200
    return " ".join(found.content.decode().split())


@pytest.mark.usefixtures("compared")
def test_authors_stand_by_rating_with_their_intervals(lead: Client) -> None:
    html = page(lead, "/arena/")
    assert html.index(">strong</span>") < html.index(">fair</span>") < html.index(">weak</span>")
    assert "9 comparisons, judged by 2 people and judges" in html
    assert html.count('class="interval') == 3
    assert html.count("too few") == 3, "with fewer than 20 comparisons there is no interval, and the cell says so"


@pytest.mark.usefixtures("compared")
def test_a_cell_of_the_heat_map_opens_its_prompts(lead: Client) -> None:
    strong, fair = author("strong"), author("fair")
    assert f'href="{HERE}/compare/?c={strong.pk}&amp;c={fair.pk}"' in page(lead, "/arena/")


@pytest.mark.usefixtures("compared")
def test_the_comparisons_of_people_alone_are_fewer(lead: Client) -> None:
    html = page(lead, "/arena/?kind=person")
    assert "4 comparisons, judged by 1 person or judge," in html
    # Fair only wins and weak only loses: no scale holds them.
    assert "Not rated" in html and 'class="interval' not in html


@pytest.mark.usefixtures("compared")
def test_the_chosen_filters_are_chips_and_a_wrong_one_is_told(lead: Client) -> None:
    html = page(lead, "/arena/?kind=judge&cap=none")
    assert 'aria-label="Remove the filter Judged by Judges"' in html
    assert "This filter was left out. cap" in html


@pytest.mark.usefixtures("compared")
def test_few_texts_are_measured_at_once_and_style_is_taken_out(lead: Client) -> None:
    html = page(lead, "/arena/?styled=1")
    assert ResponseStyle.objects.count() == 18
    assert "What style is worth" in html and "Headers" in html
    # No text has a list or bold words: of them nothing is said.
    assert "List items" not in html


@pytest.mark.usefixtures("compared")
def test_many_texts_are_measured_step_by_step(lead: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_styles, "AT_ONCE", 5)
    monkeypatch.setattr("frontend.pages.evaluation.arena.MEASURED", 10)
    html = page(lead, "/arena/?styled=1")
    assert "18 more texts" in html and f'hx-post="{HERE}/arena/measure/?styled=1"' in html
    assert "8 more texts" in lead.post("/arena/measure/?styled=1").content.decode()
    assert lead.post("/arena/measure/?styled=1").headers["HX-Refresh"] == "true"
    assert ResponseStyle.objects.count() == 18


@pytest.mark.usefixtures("compared")
def test_the_table_is_had_as_a_file(lead: Client) -> None:
    answer = lead.get("/arena/?download=csv")
    head, first, *_ = answer.content.decode().splitlines()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="arena.csv"'
    assert head.startswith("group,name,") and ",strong," in first
    assert {row["name"] for row in lead.get("/arena/?download=json").json()} == {"strong", "fair", "weak"}


@pytest.mark.usefixtures("compared")
def test_a_name_that_is_a_formula_is_none_in_a_spreadsheet(lead: Client) -> None:
    Author.objects.filter(name="weak").update(name="=1+1")
    assert ",'=1+1," in lead.get("/arena/?download=csv").content.decode()


def test_nobody_compared_is_taught_the_first_step(lead: Client) -> None:
    assert "No authors have been compared yet" in page(lead, "/arena/")
    assert "No comparisons match these filters" in page(lead, "/arena/?category=none")


@pytest.mark.usefixtures("compared")
def test_queries_do_not_grow_with_authors(lead: Client) -> None:
    few = queries(lead, "/arena/")
    for number in range(10):
        compare(20 + number, "strong", f"new-{number}")
    assert queries(lead, "/arena/") == few < 10
