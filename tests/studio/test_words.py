"""Numbers and sums of money as people read them."""

import pytest

from studio.words import dollars


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
