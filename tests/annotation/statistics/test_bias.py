from annotation.statistics.bias import has_list


def test_two_items_make_a_list_and_a_dash_does_not() -> None:
    assert has_list("1. one\n2) two")
    assert has_list("* one\n  * two")
    assert not has_list("- alone")
    assert not has_list("-5 and\n-6")
