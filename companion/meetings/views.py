"""Meetings: planning them, their agenda, and the hour itself."""

from datetime import timedelta

from flask import Blueprint, abort, g, request, url_for

from companion import i18n, writing
from companion.actions.models import Action, Offer
from companion.agreement.models import Edition
from companion.db import now
from companion.errors import Conflict, Invalid
from companion.i18n import _, ngettext
from companion.meetings.models import LENGTHS, STEPS, AgendaItem, Meeting, Recap
from companion.prompts.models import library
from companion.reflections.fields import own_writing, save
from companion.reflections.models import Insight, Reflection, SharedPreparation
from companion.web import done, not_taken, number, open_pair, page, refused, swapped
from companion.writing import Writing

bp = Blueprint("meetings", __name__, url_prefix="/pairs/<uuid:pair_id>/meetings")


@bp.get("/new")
def new(pair_id):
    return page("meetings/plan.html", **plan_page(open_pair(pair_id)))


@bp.post("/")
def plan(pair_id):
    pair = open_pair(pair_id)
    try:
        Meeting.plan(pair, request.form)
    except Invalid as problem:
        return refused("meetings/plan.html", problem, **plan_page(pair))
    return done("pairs.room", pair_id=pair.id)


@bp.get("/<uuid:meeting_id>")
def show(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    return page("meetings/show.html", **meeting_page(pair, meeting))


@bp.get("/<uuid:meeting_id>/plan")
def edit(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    return page("meetings/plan.html", **plan_page(pair, meeting))


@bp.post("/<uuid:meeting_id>/plan")
def replan(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    try:
        meeting.replan(request.form, rev=number("rev"))
    except Invalid as problem:
        return refused("meetings/plan.html", problem, **plan_page(pair, meeting))
    except Conflict as conflict:
        return page("meetings/plan.html", 409, **plan_page(pair, conflict.current) | {"changed": True})
    return done("pairs.room", pair_id=pair.id)


@bp.post("/<uuid:meeting_id>/cancellation")
def cancel(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    return told(meeting, meeting.cancel, done("pairs.room", pair_id=pair.id))


@bp.post("/<uuid:meeting_id>/beginning")
def begin(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    return told(meeting, meeting.begin, done("meetings.show", pair_id=pair.id, meeting_id=meeting.id))


@bp.post("/<uuid:meeting_id>/steps/<int:step>")
def go_to(pair_id, meeting_id, step):
    pair, meeting = found(pair_id, meeting_id)
    here = done("meetings.show", pair_id=pair.id, meeting_id=meeting.id, anchor="now")
    return told(meeting, lambda: meeting.go_to(step), here)


@bp.post("/<uuid:meeting_id>/holding")
def hold(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    return told(meeting, meeting.hold, done("meetings.show", pair_id=pair.id, meeting_id=meeting.id))


def told(meeting, verb, answer):
    """Tell the meeting to do something; when it cannot, its page says why."""
    try:
        verb()
    except Invalid as problem:
        return refused("meetings/show.html", problem, **meeting_page(meeting.opener, meeting))
    except Conflict:
        # The other was faster, and the page shows what they did.
        pass
    return answer


@bp.post("/<uuid:meeting_id>/agenda")
def add_item(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    try:
        AgendaItem.put(meeting, request.form.get("title", ""))
    except Invalid as problem:
        return not_taken(problem, "meetings/show.html", lambda: meeting_page(pair, meeting))
    return agenda_changed(pair, meeting)


@bp.post("/<uuid:meeting_id>/agenda/<uuid:item_id>/move")
def move_item(pair_id, meeting_id, item_id):
    pair, meeting = found(pair_id, meeting_id)
    AgendaItem.find(pair, item_id).move(-1 if request.form.get("direction") == "up" else 1)
    return agenda_changed(pair, meeting)


@bp.post("/<uuid:meeting_id>/agenda/<uuid:item_id>/removal")
def remove_item(pair_id, meeting_id, item_id):
    pair, meeting = found(pair_id, meeting_id)
    AgendaItem.find(pair, item_id).remove()
    return agenda_changed(pair, meeting)


def agenda_changed(pair, meeting):
    return swapped("meetings/_agenda.html", "meetings.show", agenda_context(pair, meeting),
                   pair_id=pair.id, meeting_id=meeting.id, anchor="agenda")  # fmt: skip


def agenda_context(pair, meeting):
    return {"pair": pair, "meeting": meeting, "agenda": AgendaItem.on(meeting)}


@bp.post("/<uuid:meeting_id>/recap/<step>")
def recap(pair_id, meeting_id, step):
    pair, meeting = found(pair_id, meeting_id)
    if step not in {key for key, *_rest in STEPS}:
        abort(404)
    field = recap_writing(pair, meeting, step, None)

    def store(words, *, rev, page):
        if words is None:
            raise Conflict(Recap.on(meeting).get(step))
        return Recap.save_text(meeting, step, words, rev=rev, page=page)

    return writing.save(field, store, url_for("meetings.show", pair_id=pair.id, meeting_id=meeting.id))


@bp.post("/<uuid:meeting_id>/note")
def note(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    return save(pair, meeting, "note", url_for("meetings.show", pair_id=pair.id, meeting_id=meeting.id))


@bp.post("/<uuid:meeting_id>/insights")
def keep_insight(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    try:
        Insight.note(meeting, request.form.get("insight", ""), shared=request.form.get("who") == "both")
    except Invalid as problem:
        return refused("meetings/show.html", problem, **meeting_page(pair, meeting))
    return done("meetings.show", pair_id=pair.id, meeting_id=meeting.id, anchor="insights")


@bp.post("/<uuid:meeting_id>/insights/<uuid:insight_id>/sharing")
def share_insight(pair_id, meeting_id, insight_id):
    pair, meeting = found(pair_id, meeting_id)
    Insight.find(pair, insight_id).share()
    return done("meetings.show", pair_id=pair.id, meeting_id=meeting.id, anchor="insights")


def found(pair_id, meeting_id):
    pair = open_pair(pair_id)
    return pair, Meeting.find(pair, meeting_id)


def recap_writing(pair, meeting, step, row):
    action = url_for("meetings.recap", pair_id=pair.id, meeting_id=meeting.id, step=step)
    return Writing(action, _("Recap"), pair, row, shared=True, rows=4)


def plan_page(pair, meeting=None):
    edition = Edition.in_force(pair)
    agreed = edition.answers if edition and edition.readable else {}
    return {
        "pair": pair,
        "meeting": meeting,
        "minutes_options": [(n, ngettext("%(num)s minute", "%(num)s minutes", n)) for n in LENGTHS],
        "theme_options": [("", _("No theme")), *library().themes.items()],
        "length": str(meeting.minutes if meeting else agreed.get("meeting_length", "60")),
        "form": meeting.form if meeting else "open" if agreed.get("meeting_style") == "open" else "theme",
        "starts": i18n.local(meeting.starts_at) if meeting else None,
        "today": i18n.local(now()).date(),
        "zone": g.person.timezone,
        "changed": False,
    }


def meeting_page(pair, meeting):
    """The meeting as it stands: ahead, going on, or held."""
    recaps, mine = Recap.on(meeting), Reflection.on(pair, meeting)
    minutes = [(key, name, asks, max(1, round(share * meeting.minutes))) for key, name, asks, share in STEPS]
    step = STEPS[meeting.step][0]
    return {
        "pair": pair,
        "meeting": meeting,
        "number": meeting.number,
        "agenda": AgendaItem.on(meeting),
        "shared": SharedPreparation.on(meeting),
        "line": minutes,
        "recaps": recaps,
        "recap": recap_writing(pair, meeting, step, recaps.get(step)),
        "note": own_writing(pair, meeting, "note", mine),
        "insights": Insight.from_meetings(pair, [meeting])[meeting.id],
        "plans": plans_of(pair, meeting),
        "open_plans": Action.open_in(pair) if meeting.state == "begun" and step == "since" else [],
        "offers": [offer for offer in Offer.waiting(pair) if offer.meeting_id == meeting.id],
        "may_begin": meeting.starts_at - timedelta(hours=12) <= now(),
        "problem": None,
    }


def plans_of(pair, meeting):
    return list(Action.of(pair).where(Action.meeting == meeting.id).order_by(Action.created_at, Action.id))
