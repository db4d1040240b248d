"""Looking at how it goes: promises beside what happened, the pulse, the wish to talk, the midway review."""

from contextlib import suppress
from uuid import UUID

from flask import Blueprint, request, url_for

from companion import writing
from companion.agreement.kept import midway_of
from companion.agreement.models import Edition
from companion.checkins.course import promises
from companion.checkins.models import (
    ANSWERS,
    QUESTIONS,
    TALK,
    MidwayNote,
    MidwayReview,
    Pulse,
    SetAside,
    TalkWish,
    items_for,
)
from companion.errors import Conflict, Invalid, Missing
from companion.meetings.models import Meeting
from companion.web import done, open_pair, page, refused
from companion.writing import Writing

# So many of one's own pulses are read at once.
PULSES = 12

bp = Blueprint("checkins", __name__, url_prefix="/pairs/<uuid:pair_id>")


@bp.get("/agreement/kept")
def kept(pair_id):
    pair = open_pair(pair_id)
    edition = Edition.in_force(pair)
    return page("checkins/kept.html", pair=pair, edition=edition, kept=promises(pair, edition))


# The pulse.


@bp.get("/pulses")
def pulses(pair_id):
    """One's own, over time."""
    pair = open_pair(pair_id)
    mine = list(Pulse.mine(pair).limit(PULSES))[::-1]
    return page("checkins/pulses.html", pair=pair, pulses=mine, days=Meeting.days_held(pair),
                numbers=Meeting.numbers(pair), items=items_for(pair.role), answers=ANSWERS)  # fmt: skip


@bp.get("/meetings/<uuid:meeting_id>/pulse")
def pulse(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    return page("checkins/pulse.html", **pulse_page(pair, meeting))


@bp.post("/meetings/<uuid:meeting_id>/pulse")
def give_pulse(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    try:
        Pulse.give(meeting, request.form)
    except Invalid as problem:
        return refused("checkins/pulse.html", problem, **pulse_page(pair, meeting) | {"answering": True})
    except Conflict:
        # Answered a moment ago in another window: the page shows what.
        pass
    return done("checkins.pulse", pair_id=pair.id, meeting_id=meeting.id)


@bp.post("/meetings/<uuid:meeting_id>/pulse/wish")
def wish(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    mine = Pulse.on(meeting)
    if mine is None:
        raise Missing
    try:
        mine.wish(request.form.get("talk", ""))
    except Invalid as problem:
        return refused("checkins/pulse.html", problem, **pulse_page(pair, meeting))
    return done("checkins.pulse", pair_id=pair.id, meeting_id=meeting.id)


@bp.post("/talk-wishes/<uuid:talk_wish_id>/closing")
def close_wish(pair_id, talk_wish_id):
    pair = open_pair(pair_id)
    # The other said so in the same moment.
    with suppress(Conflict):
        TalkWish.find(pair, talk_wish_id).close()
    return done("pairs.room", pair_id=pair.id)


def found(pair_id, meeting_id):
    pair = open_pair(pair_id)
    return pair, Meeting.find(pair, meeting_id)


def pulse_page(pair, meeting):
    mine = Pulse.on(meeting)
    return {
        "pair": pair,
        "meeting": meeting,
        "number": meeting.number,
        "pulse": mine,
        "answering": mine is None or "again" in request.args,
        "items": items_for(pair.role),
        "answers": ANSWERS,
        "talk": [(key, words, "") for key, words in TALK.items()],
    }


# The midway review, and what is set aside.


@bp.get("/midway")
def midway(pair_id):
    return page("checkins/midway.html", **midway_page(open_pair(pair_id)))


@bp.post("/midway/notes/<step>")
def midway_note(pair_id, step):
    pair = open_pair(pair_id)
    context = midway_page(pair)
    if step not in QUESTIONS:
        raise Missing

    def store(words, *, rev, page):
        if words is None:
            raise Conflict(context["notes"].get(step))
        return MidwayNote.save_text(pair, step, words, rev=rev, page=page)

    return writing.save(question(pair, step, context["notes"]), store, url_for("checkins.midway", pair_id=pair.id))


@bp.post("/midway/keeping")
def keep(pair_id):
    return ended(pair_id, lambda pair: MidwayReview.keep(pair, seen=request.form.get("seen", "")), "checkins.midway")


@bp.post("/midway/change")
def change(pair_id):
    return ended(pair_id, MidwayReview.go_on_to_change, "agreement.index")


@bp.post("/renegotiation/setting-aside")
def set_aside(pair_id):
    pair = open_pair(pair_id)
    # Not asked any more, or never: the room shows what is.
    with suppress(Invalid, ValueError):
        SetAside.mark(pair, UUID(request.form.get("meeting", "")))
    return done("pairs.room", pair_id=pair.id)


def ended(pair_id, verb, onwards):
    pair = open_pair(pair_id)
    try:
        verb(pair)
    except Invalid as problem:
        return refused("checkins/midway.html", problem, **midway_page(pair))
    return done(onwards, pair_id=pair.id)


def midway_page(pair):
    edition = Edition.in_force(pair)
    number = midway_of(edition)
    if number is None:
        raise Missing
    begun, notes = MidwayReview.at(pair, number), MidwayNote.on(pair, number)
    over = begun is not None and begun.ended_at is not None
    return {
        "pair": pair,
        "edition": edition,
        "number": number,
        "held": Meeting.count_held(pair),
        "review": begun,
        "over": over,
        "kept_by": begun.kept_by(edition) if begun else [],
        "style": Edition.style_wanted(pair),
        "questions": QUESTIONS,
        "notes": notes,
        "writings": [] if over else [question(pair, step, notes) for step in QUESTIONS],
    }


def question(pair, step, notes):
    """The field for one question of the review, which both write in."""
    return Writing(url_for("checkins.midway_note", pair_id=pair.id, step=step), QUESTIONS[step], pair,
                   row=notes.get(step), shared=True, size="low", rows=3)  # fmt: skip
