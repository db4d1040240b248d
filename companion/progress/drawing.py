"""Numbers to lines: what the pictures of the course are drawn from. The tables show the same numbers."""

from typing import NamedTuple

# In units of the picture: how far apart two steps of the scale and two meetings are.
ACROSS, DOWN = 20, 10
# Where two marks would lie on each other, each stands a little to its own side.
ASIDE = {"wished": 0, "mentee": -2.5, "mentor": 2.5}


class Line(NamedTuple):
    """One view over the meetings: the line that joins its marks, and the marks, both as SVG paths."""

    path: str
    marks: str


def styles_over_meetings(styles):
    """{view: Line} of `styles`, [{view: 1–5 or None}] from the first meeting to the last, drawn downwards."""
    return {view: _line(view, styles) for view in ASIDE}


def _line(view, styles):
    path, marks, on = [], [], False
    for n, style in enumerate(styles):
        step = style.get(view)
        if step is None:
            # What was not said is a gap, not a guess.
            on = False
            continue
        aside = ASIDE[view] if list(style.values()).count(step) > 1 else 0
        place = f"{ACROSS * (step - 0.5) + aside:g} {DOWN * (n + 0.5):g}"
        path.append(f"{'L' if on else 'M'}{place}")
        marks.append(f"M{place}h0")
        on = True
    return Line("".join(path), "".join(marks))
