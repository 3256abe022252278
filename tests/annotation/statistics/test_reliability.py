import pytest

from annotation.statistics.reliability import FEWEST, cohen_kappa, fleiss_kappa, krippendorff_alpha

# Cohen's grants example: 20 both yes, 15 both no, 5 and 10 apart; kappa 0.4.
GRANTS = [(1.0, 1.0)] * 20 + [(1.0, -1.0)] * 5 + [(-1.0, 1.0)] * 10 + [(-1.0, -1.0)] * 15


def test_kappa_is_the_textbook_value_and_its_interval_holds_it() -> None:
    found = cohen_kappa(GRANTS)
    assert found and found.low is not None and found.high is not None
    assert found.value == pytest.approx(0.4) and found.n == 50
    # The standard error by Fleiss, Cohen and Everitt (1969) is 0.128.
    assert (found.low, found.high) == pytest.approx((0.4 - 1.96 * 0.128, 0.4 + 1.96 * 0.128), abs=0.04)


def test_kappa_of_one_constant_verdict_is_unknown() -> None:
    assert cohen_kappa([(1, 2), (3, 1)]) is None and cohen_kappa([]) is None


def test_of_few_units_and_of_agreement_throughout_there_is_no_interval() -> None:
    few = cohen_kappa(GRANTS[: FEWEST // 2] + GRANTS[-FEWEST // 2 + 1 :])
    assert few and (few.n, few.low, few.high) == (FEWEST - 1, None, None)
    same = fleiss_kappa([[1.0, 1.0], [-1.0, -1.0]] * FEWEST)
    assert same and (same.value, same.low) == (1.0, None)


def test_fleiss_kappa_is_the_value_of_the_definition() -> None:
    # Votes for left, tie, right of ten units by fourteen authors; worked by hand from Fleiss's formula.
    table = [(0, 0, 14), (0, 2, 12), (0, 3, 11), (0, 3, 11), (2, 2, 10)]
    table += [(7, 7, 0), (3, 2, 9), (2, 5, 7), (6, 5, 3), (0, 2, 12)]
    units = [[-1.0] * left + [0.0] * tie + [1.0] * right for left, tie, right in table]
    shares = [sum(column) / 140 for column in zip(*table, strict=True)]
    observed = sum(sum(n * (n - 1) for n in row) / (14 * 13) for row in table) / 10
    chance = sum(share**2 for share in shares)
    found = fleiss_kappa(units)
    assert found and found.value == pytest.approx((observed - chance) / (1 - chance))


def test_fleiss_kappa_takes_units_with_unequal_numbers_of_grades() -> None:
    found = fleiss_kappa([[1, 2, 3], [-1, -2], [1], [1, -1]])
    assert found and found.n == 3
    assert fleiss_kappa([[1], [2]]) is None and fleiss_kappa([[1, 2], [3, 1]]) is None


def test_alpha_is_krippendorffs_own_ordinal_example() -> None:
    # Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), data of section C: ordinal 0.815. Its values
    # are 1 to 5; on an ordinal scale only their order counts, so they are moved onto grades.
    a, b, c, d = (
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    )
    units = [[float(grade - 3) for grade in unit if grade is not None] for unit in zip(a, b, c, d, strict=True)]
    found = krippendorff_alpha(units)
    assert found and found.value == pytest.approx(0.815, abs=5e-4)


def test_alpha_without_variation_is_unknown() -> None:
    assert krippendorff_alpha([[1, 1], [1, 1]]) is None


def test_leaving_units_out_by_kind_is_leaving_out_each() -> None:
    """The interval of many like units is that of the same units in any order."""
    units = [[1.0, 2.0], [1.0, -1.0], [-3.0, -2.0], [0.0, 1.0]] * 10
    assert krippendorff_alpha(units) == krippendorff_alpha(units[::-1])
