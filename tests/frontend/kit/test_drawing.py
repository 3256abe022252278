from frontend.kit import drawing


def test_a_value_lies_where_its_share_of_the_axis_is() -> None:
    assert drawing.place(0.25, 0, 1) == 25
    assert drawing.place(-2, -4, 4) == 25


def test_a_value_outside_the_axis_is_kept_at_its_end() -> None:
    assert drawing.place(7, 0, 1) == 100
    assert drawing.place(-7, 0, 1) == 0


def test_an_axis_without_length_puts_everything_in_the_middle() -> None:
    assert drawing.place(3, 3, 3) == 50


def test_shares_fill_the_bar_and_leave_out_what_is_nothing() -> None:
    parts = drawing.shares([("a", 3), ("tie", 0), ("b", 1)])
    assert [(part["name"], part["start"], part["width"]) for part in parts] == [("a", 0, 75), ("b", 75, 25)]


def test_no_shares_make_an_empty_bar() -> None:
    assert drawing.shares([("a", 0)]) == []


def test_equal_scores_are_stacked_so_that_each_can_be_seen() -> None:
    dots = drawing.strip([{"value": 1.0}, {"value": 1.0}, {"value": 1.0}, {"value": 2.0}])
    assert len({(dot.x, dot.y) for dot in dots}) == 4


def test_dots_stay_inside_the_picture_however_many_fall_together() -> None:
    dots = drawing.strip([{"value": 1.0}] * 64, height=44)
    assert all(0 <= dot.y <= 44 and 0 < dot.x < 100 for dot in dots)


def test_only_the_highest_score_is_the_best() -> None:
    dots = drawing.strip([{"value": value} for value in (0.1, 0.9, 0.4)])
    assert [dot.value for dot in dots if dot.is_best] == [0.9]


def test_a_spark_line_runs_over_the_whole_width() -> None:
    assert drawing.spark([1, 2], width=80, height=20).startswith("M0.0 ")
    assert "L80.0 " in drawing.spark([1, 2], width=80, height=20)


def test_a_single_value_is_a_point_and_nothing_is_nothing() -> None:
    assert drawing.spark([1.0], width=80, height=20) == "M40.0 10.0h0"
    assert drawing.spark([]) == ""


def test_a_radar_goes_clockwise_from_the_top() -> None:
    drawn = drawing.radar(["north", "east", "south", "west"], [("one", [10, 5, None, 0])], highest=10, radius=100)
    assert [(spoke.x, spoke.y, spoke.anchor) for spoke in drawn.spokes] == [
        (0.0, -100.0, "middle"),
        (100.0, -0.0, "start"),
        (0.0, 100.0, "middle"),
        (-100.0, 0.0, "end"),
    ]
    assert [value for _, value in drawn.rings] == [2, 4, 6, 8, 10]
    # What has no value is passed over, and does not stand at nought.
    assert drawn.areas[0].points == "0.0,-100.0 50.0,-0.0 -0.0,0.0"
    assert drawn.areas[0].corners[0][2] == "one, north: 10"
