"""An insight comes back on the room's front page, first as a question: after about two days, and once more.

The second time is about ten days after the meeting, or, when the next one stood in the calendar by then, shortly
before it: never more than twice between two meetings. When is derived from what is kept anyway, so that looking
writes nothing and nobody is counted. Source: the best gap grows with how long one wants to remember (Cepeda et al.
2006), and being asked before reading helps more than reading again (Latimier et al. 2021).
"""

from datetime import timedelta

from companion.db import now

FIRST, SECOND, LASTS = timedelta(days=2), timedelta(days=10), timedelta(days=3)
BEFORE = timedelta(days=4)


def window(held_at, ahead, moment):
    """Which return it is time for, 0 or 1, or None. `ahead` is [(planned at, starts at)], the next meeting first."""
    since = moment - held_at
    early = [one for one in ahead if one[0] < held_at + SECOND]
    if ahead and ahead[0] in early and since >= FIRST and ahead[0][1] - BEFORE <= moment < ahead[0][1]:
        return 1
    if FIRST <= since < FIRST + LASTS:
        return 0
    return 1 if not early and SECOND <= since < SECOND + LASTS else None


def returning(pair, held, ahead, insights):
    """The insight of the asker's own that comes back today, or None.

    `held` are the latest meetings, the last one first; `insights` is what was taken from them, by meeting.
    """
    times = [(meeting.created_at, meeting.starts_at) for meeting in ahead]
    turn = window(held[0].held_at, times, now()) if held else None
    if turn is None:
        return None
    mine = [
        insight
        for meeting in held
        for insight in insights.get(meeting.id, [])
        if insight.author == pair.person.id and insight.readable
    ]
    latest = [insight for insight in mine if insight.meeting_id == mine[0].meeting_id]
    # The second time another one, where there is another. One that is to rest leaves its turn empty.
    insight = latest[turn % len(latest)] if latest else None
    return insight if insight and not insight.rests else None
