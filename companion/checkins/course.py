"""What is read off the course of a pair: which promises were kept, how long it has been quiet, what the room offers."""

from datetime import datetime, timedelta
from functools import reduce
from typing import NamedTuple

from peewee import fn

from companion.actions.models import Action, Offer, Promise
from companion.agreement import kept
from companion.agreement.kept import Course, Met, midway_of
from companion.agreement.models import Edition
from companion.agreement.settling import Proposal, Signature
from companion.checkins.models import MidwayNote, MidwayReview, Pulse, SetAside, TalkWish, twice_cancelled
from companion.db import now
from companion.meetings.models import AgendaItem, Meeting, Recap
from companion.reflections.models import Insight, SharedPreparation

# So far back the promises look.
MEETINGS = 12
PULSE_WITHIN = timedelta(days=14)

# A sign of life is something the other can see: shared, planned, held, cancelled, answered.
MADE = (Meeting, AgendaItem, SharedPreparation, Recap, Insight, Action, Offer, Promise, Proposal, Signature, Edition,
        MidwayNote)  # fmt: skip
SIGNS = (
    *(kind.created_at for kind in MADE),
    *(Meeting.held_at, Meeting.cancelled_at, Action.closed_at, Promise.closed_at),
    *(Offer.adopted_at, Offer.declined_at, Edition.accepted_at, MidwayReview.ended_at),
)


def promises(pair, edition, *, held=None):
    """[kept.Line]: what the two promised each other beside what happened."""
    return kept.lines(edition, course_of(pair, edition, held=held)) if edition else []


def course_of(pair, edition, *, held=None):
    """The Course of `pair`, read without opening a meeting; how many were `held` is counted unless it is known."""
    columns = (Meeting.id, Meeting.starts_at, Meeting.created_at, Meeting.author, Meeting.held_at,
               Meeting.cancelled_at, Meeting.cancelled_by, Meeting.begun_at)  # fmt: skip
    rows = Meeting.select(*columns).where(Meeting.pair == pair.id)
    rows = list(rows.order_by(Meeting.starts_at.desc(), Meeting.id).limit(MEETINGS).tuples())[::-1]
    latest = next((row[0] for row in reversed(rows) if row[4]), None)
    number = midway_of(edition)
    review = MidwayReview.at(pair, number) if number else None
    return Course(
        meetings=tuple(Met(*row[1:]) for row in rows),
        held=Meeting.count_held(pair) if held is None else held,
        agenda_at=_first(AgendaItem, latest),
        shared_at=_first(SharedPreparation, latest),
        reviewed_at=review.ended_at if review else None,
    )


def _first(kind, meeting_id):
    """When the first row of a kind was made for a meeting, or None."""
    if meeting_id is None:
        return None
    made = kind.select(kind.created_at).where(kind.meeting == meeting_id).order_by(kind.created_at).first()
    return made.created_at if made else None


def last_sign(pair):
    """When one of the two last did something in the room that the other can see, or None.

    Nobody needs it without a key, so it is derived when somebody looks, and no date is kept for a clock.
    """
    parts = [
        sign.model.select(fn.MAX(sign)).where(sign.model.pair == pair.id, sign.model.scope == pair.id) for sign in SIGNS
    ]
    # A meeting whose day has come and that nobody cancelled was most likely held, whatever was pressed.
    begun = Meeting.select(fn.MAX(Meeting.starts_at)).where(
        Meeting.pair == pair.id, Meeting.starts_at <= now(), Meeting.cancelled_at.is_null()
    )
    found = [moment for (moment,) in reduce(lambda one, other: one.union_all(other), [*parts, begun]).tuples()]
    found = [moment if isinstance(moment, datetime) else datetime.fromisoformat(moment) for moment in found if moment]
    # A pause that is over was no silence.
    found += [moment for moment in (pair.opened_at, getattr(pair, "resumed_at", None)) if moment]
    return max(found, default=None)


class InRoom(NamedTuple):
    """What the front page of a room says of how it goes; each thing None or False where there is nothing to say."""

    quiet_days: int | None = None
    # How many meetings the review was agreed after, and the review where somebody has begun it.
    review_after: int | None = None
    review: MidwayReview | None = None
    twice_cancelled: object = None
    wish: TalkWish | None = None
    pulse_after: Meeting | None = None

    @property
    def says_something(self):
        return any(self)


def in_room(pair, edition, states, *, ahead, latest):
    """The InRoom of a pair: `states` of its meetings, those `ahead`, the `latest` that was held (or None)."""
    if pair.is_paused or pair.is_ended:
        return InRoom()
    planned = any(meeting.ends_at > now() for meeting in ahead)
    number = midway_of(edition)
    # Asked for before it is due too: what a page costs does not hang on how far the two have come.
    review = MidwayReview.at(pair, number) if number else None
    due = number is not None and sum(held for _id, held, _cancelled in states) >= number
    due = due and not (review and review.ended_at)
    after = latest if latest and now() - latest.held_at <= PULSE_WITHIN else None
    return InRoom(
        quiet_days=None if planned or not edition else kept.nudge(edition, pair.role, last_sign(pair)),
        review_after=number if due else None,
        review=review if due else None,
        twice_cancelled=_to_renegotiate(pair, edition, states),
        wish=TalkWish.open_in(pair),
        pulse_after=after if after and not Pulse.is_given(pair, after.id) else None,
    )


def _to_renegotiate(pair, edition, states):
    """The meeting whose cancelling, the second in a row, makes it worth asking whether the agreement still fits."""
    meeting_id = twice_cancelled(states) if edition else None
    if meeting_id is None or SetAside.is_marked(pair, meeting_id):
        return None
    cancelled = Meeting.select(Meeting.cancelled_at).where(Meeting.id == meeting_id).first().cancelled_at
    return meeting_id if edition.accepted_at < cancelled else None
