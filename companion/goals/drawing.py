"""Goals as pictures: the thread through five sentences, drawn from the same numbers as the table below it."""

from datetime import datetime
from typing import NamedTuple

from companion.goals.models import LEVELS, Goal, NearestStep, Score
from companion.meetings.models import Meeting
from companion.pairs.models import MENTEE, MENTOR

# In units of the picture: how far apart two scores and two levels are.
ACROSS, DOWN = 10, 10
HIGHEST = 2
# More labels than this do not stand beside each other on a phone; from so many on, the dots are small ones.
LABELS_AT_MOST, MANY = 6, 9


class Point(NamedTuple):
    """One score, and where it was given: at the meeting with this number on this day, or at first (None)."""

    number: int | None
    day: datetime | None
    score: Score
    seen: Score | None


class Line(NamedTuple):
    """The thread through the scores, as SVG paths: what is drawn, what is ahead, the dots, and those with a ring."""

    width: int
    drawn: str
    ahead: str
    dots: str
    rings: str
    # [(how far across in per cent, the meeting's number)].
    labels: list
    is_broken: bool
    has_many: bool


class Drawn(NamedTuple):
    """A goal with its scores so far, its nearest step, and the picture of them."""

    goal: Goal
    points: list
    step: NearestStep | None
    line: Line

    @property
    def now(self):
        """The latest score that can be read, or None."""
        return next((point.score for point in reversed(self.points) if point.score.readable), None)

    @property
    def level_names(self):
        """{level: its name}, looked up once for all the scores that have it."""
        return {level: str(name) for level, name in LEVELS.items()}

    @property
    def level(self):
        """Which of the sentences as they are now is reached; None where they were written anew since."""
        return self.now.level if self.now and self.now.version == self.goal.version else None


def goals_drawn(pair, *, goals=None, most=None, days=None):
    """The open `goals` of `pair`, or those given, each with its scores at the latest `most` meetings, drawn.

    `days` (Days) of the meetings spare looking for them again.
    """
    goals = Goal.open_in(pair) if goals is None else goals
    if not goals:
        return []
    _held, days, numbers = days or Meeting.days(pair)
    shown = list(days)[-most:] if most else list(days)
    # Where one stood at first is the beginning of the line, not a part of its latest stretch.
    scores = Score.over_meetings(pair, goals, shown, start=len(shown) == len(days))
    steps = NearestStep.current(pair, goals)
    found = []
    for goal in goals:
        points = [
            Point(numbers.get(meeting_id), days.get(meeting_id), said[MENTEE], said.get(MENTOR))
            for meeting_id, said in scores[goal.id]
        ]
        found.append(Drawn(goal, points, steps.get(goal.id), line(points, is_open=not goal.closed_at)))
    return found


def line(points, *, is_open=True):
    """The Line through `points`. Where the sentences were written anew it breaks: the same place says another thing."""
    columns = max(1, len(points)) + is_open
    drawn, dots, rings, places, before, broken = [], [], [], [], None, False
    for n, point in enumerate(points):
        score = point.score
        if not score.readable:
            # What cannot be opened is a gap, not a guess.
            before = None
            continue
        x, y = ACROSS * (n + 0.5), DOWN * (HIGHEST - score.level + 0.5)
        if before is None or before[2] != score.version:
            broken = broken or before is not None
            drawn.append(f"M{x:g} {y:g}")
        else:
            half = (before[0] + x) / 2
            drawn.append(f"C{half:g} {before[1]:g} {half:g} {y:g} {x:g} {y:g}")
        dots.append(f"M{x:g} {y:g}h0")
        if point.number is None:
            rings.append(f"M{x:g} {y:g}h0")
        before = (x, y, score.version)
        places.append(before)
    width = ACROSS * columns
    ahead = f"M{places[-1][0]:g} {places[-1][1]:g}H{width:g}" if places and is_open else ""
    return Line(width, "".join(drawn), ahead, "".join(dots), "".join(rings), _labels(points, columns), broken,
                len(points) >= MANY)  # fmt: skip


def _labels(points, columns):
    numbered = [(n, point.number) for n, point in enumerate(points) if point.number is not None]
    if len(numbered) > LABELS_AT_MOST:
        # The last one, and others at even distances before it.
        every = -(-len(numbered) // LABELS_AT_MOST)
        numbered = numbered[::-1][::every][::-1]
    return [(f"{100 * (n + 0.5) / columns:.2f}", number) for n, number in numbered]
