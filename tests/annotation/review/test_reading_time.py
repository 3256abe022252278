import pytest

from annotation.review.reading_time import least_seconds


@pytest.mark.parametrize(
    ("one", "other", "seconds"),
    [
        ("Four.", "Seven.", 0.4),
        ("", "", 0.4),
        ("a" * 50, "b" * 50, 1.0),
        ("漢" * 20, "字" * 20, 1.2),
        ("a" * 9_000, "b" * 9_000, 3.0),
        ("a" * 9_000, "", 3.0),
    ],
)
def test_nobody_reads_faster_than_this(one: str, other: str, seconds: float) -> None:
    assert least_seconds(one, other) == pytest.approx(seconds)
