"""Which side a grade prefers. Pure: a grade is −3 … +3, positive for right."""


def verdict(grade: float) -> int:
    """−1 left, 0 tie, +1 right."""
    return (grade > 0) - (grade < 0)
