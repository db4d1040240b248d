"""Numbers to lines: what the pictures of the course are drawn from. The tables show the same numbers."""

from typing import NamedTuple

# In units of the picture: how far apart two steps of the scale and two meetings are.
ACROSS, DOWN = 20, 10
# A mark in a row of them: how wide its place is, and its radius.
PLACE, RADIUS = 18, 6
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


class Row(NamedTuple):
    """Marks side by side: how wide they are together, and what of them is filled, drawn and stitched, as SVG paths."""

    width: int
    solid: str
    line: str
    dashed: str


def row_of_marks(kinds):
    """A row of marks, told apart by their shape: whose it was (own, both, other), or what became of it."""
    parts = {"solid": [], "line": [], "dashed": []}
    for n, kind in enumerate(kinds):
        x, y, r = PLACE * n + PLACE // 2, PLACE // 2, RADIUS
        ring = f"M{x - r} {y}a{r} {r} 0 1 1 {2 * r} 0a{r} {r} 0 1 1 {-2 * r} 0"
        if kind in ("own", "done"):
            parts["solid"].append(ring)
        else:
            parts["dashed" if kind == "let_go" else "line"].append(ring)
        if kind in ("both", "partly"):
            parts["solid"].append(f"M{x} {y - r}a{r} {r} 0 0 0 0 {2 * r}z")
        elif kind == "not_done":
            parts["line"].append(f"M{x - 3} {y}h6")
        elif kind == "changed":
            parts["line"].append(f"M{x - 1} {y - 3}l3 3l-3 3")
    return Row(PLACE * max(1, len(kinds)), *("".join(parts[name]) for name in ("solid", "line", "dashed")))
