from training.evaluation.figures.tables import text


def test_plain_figures_are_lines() -> None:
    assert text({"n": 3, "rate": 0.5, "unknown": None}) == "n        3\nrate     0.500000\nunknown  –"


def test_figures_per_name_stand_side_by_side() -> None:
    assert text({"m": {"win": 1, "tie": 2}, "other": {"win": 3}}) == "     m  other\nwin  1  3\ntie  2  –"


def test_a_table_in_a_table_carries_its_name_in_the_corner() -> None:
    assert text({"against": {"a": {"b": 1}, "b": {"a": 0}}}) == "against  a  b\nb        1  –\na        –  0"


def test_mixed_figures_stand_under_their_heading() -> None:
    assert text({"m": {"n": 1, "by": {"x": 2}}}) == "m\n  n  1\n\n     by\n  x  2"


def test_a_list_is_one_cell() -> None:
    assert text({"notes": ["one", "two"], "none": []}) == "notes  one; two\nnone   –"
