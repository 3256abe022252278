from annotation.statistics.verdict import verdict


def test_the_sign_of_a_grade_is_its_verdict() -> None:
    assert [verdict(grade) for grade in (-3, -0.5, 0, 0.5, 3)] == [-1, -1, 0, 1, 1]
