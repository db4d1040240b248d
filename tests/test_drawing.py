"""The pictures of the course: the same numbers as the table, gaps where nothing was said."""

from companion.actions.models import OUTCOMES
from companion.progress.drawing import row_of_marks, styles_over_meetings


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


RING = "M3 9a6 6 0 1 1 12 0a6 6 0 1 1 -12 0"


def test_marks_stand_side_by_side_in_their_order():
    row = row_of_marks(["own", "other", "own"])
    assert row.width == 54
    assert row.solid == f"{RING}{RING.replace('M3', 'M39')}"
    assert row.line == RING.replace("M3", "M21")


def test_a_half_mark_is_a_ring_filled_on_one_side():
    row = row_of_marks(["both"])
    assert (row.line, row.solid) == (RING, "M9 3a6 6 0 0 0 0 12z")
    assert row_of_marks(["partly"]) == row


def test_every_outcome_has_a_shape_of_its_own():
    shapes = [row_of_marks([kind]) for kind in ("open", *OUTCOMES)]
    assert len(set(shapes)) == len(OUTCOMES) + 1 == 6


def test_no_marks_are_an_empty_place():
    assert row_of_marks([]) == (18, "", "", "")
