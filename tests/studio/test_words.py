"""Numbers and sums of money as people read them."""

import pytest

from studio.words import dollars, dollars_as_written


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        (0, "$0.00"),
        (12345.6, "$12,345.60"),
        (20.5, "$20.50"),
        (0.1, "$0.10"),
        (0.0996, "$0.10"),
        (0.05, "$0.05"),
        (0.00131, "$0.0013"),
        (9e-05, "$0.00009"),
    ],
)
def test_money_is_written_without_exponents(amount: float, says: str) -> None:
    assert dollars(amount) == says


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        (0, "$0.00"),
        (3, "$3.00"),
        (0.125, "$0.125"),
        (0.1, "$0.10"),
        (1012.4, "$1,012.40"),
        (0.0375, "$0.0375"),
        (9e-05, "$0.00009"),
        (1e6, "$1,000,000.00"),
    ],
)
def test_what_somebody_set_keeps_all_its_digits(amount: float, says: str) -> None:
    assert dollars_as_written(amount) == says
