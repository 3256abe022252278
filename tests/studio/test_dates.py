"""Dates are written as somebody chose, or as their browser asks."""

from datetime import UTC, datetime

import pytest

from studio import dates

AT = datetime(2026, 2, 1, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("way", "moment"),
    [
        ("plain", "1 Feb 2026, 14:05"),
        ("iso", "2026-02-01, 14:05"),
        ("en", "02/01/2026, 2:05 p.m."),
        ("de", "01.02.2026, 14:05"),
        ("zh-hans", "2026年2月1日, 14:05"),
    ],
)
def test_one_moment_in_each_way(way: str, moment: str) -> None:
    before = dates.chosen.set(way)
    assert dates.moment(AT) == moment
    dates.chosen.reset(before)


@pytest.mark.parametrize(
    ("header", "way"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("zh-CN,zh;q=0.9", "zh-hans"),
        ("fr-FR,it;q=0.5", "it"),
        ("pt-BR", "pt-br"),
        ("en-US,en;q=0.9,de;q=0.8", "plain"),
        ("tlh", "plain"),
        ("", "plain"),
        (";;q=,\x00" * 400, "plain"),
    ],
)
def test_a_browser_is_given_the_first_that_there_is_and_english_stays_plain(header: str, way: str) -> None:
    assert dates.asked_for(header) == way


def test_each_choice_shows_the_same_moment_and_fits_its_column() -> None:
    assert all(len(code) <= 10 and "2026" in said for code, said in dates.choices())
    assert len({said for _, said in dates.choices()}) == len(dates.ways())
