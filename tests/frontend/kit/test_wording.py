from datetime import UTC, datetime, timedelta

import pytest

from frontend.kit import wording

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (4.21, "4.2 s"), (42, "42 s"), (192, "3 min 12 s"), (7500, "2 h 05 min"), (93_600, "1 d 2 h")],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert wording.span(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "just now"),
        (50, "1 min ago"),
        (720, "12 min ago"),
        (7200, "2 h ago"),
        (86_400, "1 day ago"),
        (400_000, "5 days ago"),
        (-3600, "in 1 h"),
        (40 * 86_400, "12 Oct 2026"),
    ],
)
def test_a_moment_is_told_by_its_distance_and_an_old_one_by_its_date(seconds: int, words: str) -> None:
    assert wording.ago(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"),
        (950, "950"),
        (1000, "1k"),
        (12_400, "12.4k"),
        (999_940, "999.9k"),
        (999_960, "1M"),
        (3_100_000, "3.1M"),
        (999_960_000, "1G"),
        (-12_400, "-12.4k"),
        (2e9, "2G"),
    ],
)
def test_a_large_number_keeps_three_figures_and_a_letter(number: float, words: str) -> None:
    assert wording.compact(number) == words
