"""Figures and small pictures of them, as page authors write them, and what comes of it."""

from typing import Any

import pytest
from django.template import Context, Template

from frontend.templatetags import figures
from tests.frontend.markup import tight, words


def rendered(source: str, **context: Any) -> str:
    return Template("{% load figures %}" + source).render(Context(context)).strip()


def test_a_figure_says_its_bounds_and_its_n() -> None:
    html = tight(rendered("{% figure 0.632 0.616 0.648 805 'Bootstrapped.' %}"))
    assert "63.2 % 61.6–64.8 (805)" in words(html)
    assert 'data-tip="95 % interval 61.6 to 64.8. Bootstrapped."' in html


def test_a_figure_that_is_not_known_is_a_dash_and_still_says_its_n() -> None:
    html = rendered("{% figure None n=0 %}")
    assert ">–<" in html
    assert "(0)" in html


def test_a_figure_that_a_row_lacks_is_a_dash_too() -> None:
    assert ">–<" in rendered("{% figure row.missing row.low row.high %}", row={})


def test_bounds_below_zero_are_told_apart_from_a_dash() -> None:
    html = rendered("{% figure 0.2 -0.1 0.5 unit='' digits=2 %}")
    assert '<span class="bounds">−0.10 to 0.50</span>' in html
    assert '<span class="value">0.0</span>' in rendered("{% figure -0.001 unit='' %}")


def test_a_figure_without_a_unit_is_written_as_it_is() -> None:
    assert '<span class="value">1.27</span>' in rendered("{% figure 1.274 unit='' digits=2 %}")


def test_an_interval_lies_on_its_axis() -> None:
    html = rendered("{% interval 0.5 0.25 0.75 %}")
    assert 'x="25.0%"' in html
    assert 'width="50.0%"' in html
    assert 'aria-label="0.5, from 0.25 to 0.75"' in html


def test_an_interval_without_a_value_is_an_empty_axis() -> None:
    assert 'class="point"' not in rendered("{% interval None %}")


def test_a_strip_plot_links_each_dot_and_names_itself() -> None:
    html = rendered(
        "{% strip points 'Scores' %}", points=[{"value": 1.0, "href": "/a", "title": "first"}, {"value": 2.0}]
    )
    assert 'href="/a" aria-label="first"' in html
    assert 'aria-label="Scores, 2 from 1.00 to 2.00, median 1.50"' in html


def test_a_strip_plot_of_nothing_draws_nothing() -> None:
    assert "<circle" not in rendered("{% strip points %}", points=[])


def test_a_share_bar_names_its_parts() -> None:
    assert 'aria-label="a 3, b 1"' in rendered("{% share a=3 b=1 %}")


def test_a_ring_is_filled_to_what_is_done() -> None:
    html = rendered("{% ring 0.39 %}")
    assert 'stroke-dasharray="39.0 100"' in html
    assert 'aria-label="39% done"' in html


def pictured(tag: dict[str, Any], *names: str) -> list[Any]:
    return [tag.get(name) for name in names]


@pytest.mark.parametrize(
    ("number", "digits", "words"),
    [(1.25, 1, "1.2"), (-1.5, 1, "−1.5"), (-0.04, 1, "0.0"), (-0.0, 0, "0"), (-10.0, 0, "−10"), (1234.5, 1, "1234.5")],
)
def test_a_number_has_a_true_minus_and_none_where_it_rounds_to_nothing(number: float, digits: int, words: str) -> None:
    assert figures.written(number, digits) == words


@pytest.mark.parametrize(("low", "high"), [(None, None), (0.5, None), ("", 0.6), (None, 0.6)])
def test_half_an_interval_is_none(low: Any, high: Any) -> None:
    assert pictured(figures.figure(0.5, low, high), "bounds", "between") == ["", ""]


def test_a_share_is_written_in_per_cent_and_a_value_as_it_is() -> None:
    assert pictured(figures.figure(0.0625, 0.05, 0.075, digits=2), "value", "bounds") == ["6.25", "5.00–7.50"]
    assert figures.figure(0.0625, unit="points", digits=2)["value"] == "0.06"


def test_a_value_without_ends_is_a_point_of_no_width() -> None:
    drawn = figures.interval(0.25)
    assert pictured(drawn, "point", "start", "width", "words") == [25.0, 25.0, 0.0, "0.25"]


def test_what_leaves_the_axis_is_kept_at_its_end() -> None:
    drawn = figures.interval(2.0, -1.0, 3.0)
    assert pictured(drawn, "point", "start", "width") == [100.0, 0.0, 100.0]


def test_the_middle_is_drawn_where_there_is_one() -> None:
    assert figures.interval(3.0, lowest=0.0, highest=10.0, middle=5.0)["middle"] == 50.0
    assert figures.interval(3.0, middle=None)["middle"] is None


def test_the_best_dot_and_the_median_of_a_strip_are_marked() -> None:
    drawn = figures.strip([{"value": value} for value in (1.0, 5.0, 2.0)], digits=1)
    assert [dot.is_best for dot in drawn["dots"]] == [False, False, True]
    assert pictured(drawn, "lowest", "highest", "median_words", "median") == ["1.0", "5.0", "2.0", 25.0]


def test_parts_of_a_whole_that_are_nothing_are_left_out() -> None:
    parts = figures.share(a=1, tie=0, b=3)["parts"]
    assert [(part["name"], part["start"], part["width"]) for part in parts] == [("a", 0, 25.0), ("b", 25.0, 75.0)]


def test_a_ring_of_more_than_all_is_full_and_may_have_other_words() -> None:
    assert pictured(figures.ring(1.4), "percent", "label") == [100.0, "140% done"]
    assert figures.ring(0.5, label="5 of 10 pairs")["label"] == "5 of 10 pairs"
