"""The pictures of the course: the same numbers as the table, gaps where nothing was said."""

from companion.progress.drawing import styles_over_meetings


def test_each_view_is_one_line_downwards():
    lines = styles_over_meetings([{"wished": 1, "mentee": 3, "mentor": 5}, {"wished": 5, "mentee": 2, "mentor": 4}])
    assert lines["wished"].path == "M10 5L90 15"
    assert lines["mentee"].path == "M50 5L30 15"
    assert lines["mentor"].marks == "M90 5h0M70 15h0"


def test_what_was_not_said_is_a_gap():
    lines = styles_over_meetings([{"wished": 3}, {"mentee": 3}, {"wished": 3}, {"wished": 4}])
    assert lines["wished"].path == "M50 5M50 25L70 35"
    assert lines["mentor"] == ("", "")


def test_marks_that_would_cover_each_other_stand_side_by_side():
    lines = styles_over_meetings([{"wished": 3, "mentee": 3, "mentor": 3}, {"wished": 2, "mentee": 3, "mentor": 4}])
    assert [line.marks.split("M")[1] for line in lines.values()] == ["50 5h0", "47.5 5h0", "52.5 5h0"]
    assert [line.marks.split("M")[2] for line in lines.values()] == ["30 15h0", "50 15h0", "70 15h0"]
