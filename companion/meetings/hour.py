"""The hour itself: beginning, moving on, time-outs, who is here, writing side by side, and the end."""

from flask import Blueprint, abort, g, make_response, request, url_for

from companion import writing
from companion.errors import Conflict, Invalid
from companion.meetings import latest, record
from companion.meetings.models import RECAPPED, AgendaItem, Meeting, Presence, Recap
from companion.meetings.pages import found, meeting_page, presence, recap_writing, record_page
from companion.reflections.fields import save
from companion.reflections.models import Insight
from companion.web import done, not_taken, page, refused, swapped, while_running

bp = Blueprint("hour", __name__, url_prefix="/pairs/<uuid:pair_id>/meetings/<uuid:meeting_id>")


@bp.post("/beginning")
def begin(pair_id, meeting_id):
    return told(*found(pair_id, meeting_id), Meeting.begin)


@bp.post("/steps/<int:step>")
def go_to(pair_id, meeting_id, step):
    return told(*found(pair_id, meeting_id), lambda meeting: meeting.go_to(step))


@bp.post("/timeout")
def call_timeout(pair_id, meeting_id):
    return told(*found(pair_id, meeting_id), Meeting.call_timeout)


@bp.post("/holding")
def hold(pair_id, meeting_id):
    return told(*found(pair_id, meeting_id), Meeting.hold)


@bp.post("/resumption")
def go_on(pair_id, meeting_id):
    return told(*found(pair_id, meeting_id), Meeting.go_on)


def told(pair, meeting, verb):
    """Tell the meeting to do something; when it cannot, its page says why."""
    try:
        verb(meeting)
    except Invalid as problem:
        return refused("meetings/show.html", problem, **meeting_page(pair, meeting))
    except Conflict:
        # The other was faster, and the page shows what they did.
        pass
    return shown(pair, meeting)


def shown(pair, meeting):
    """To the page of the meeting, and on it to where the two are."""
    anchor = "now" if meeting.is_going_on else None
    return done("meetings.show", pair_id=pair.id, meeting_id=meeting.id, anchor=anchor)


@bp.get("/latest")
def look(pair_id, meeting_id):
    """The meeting as it stands, for a page that shows it already; nothing at all where nothing is new."""
    if "HX-Request" not in request.headers:
        return shown(*found(pair_id, meeting_id))
    version, within_its_time = latest.look(g.person, pair_id, meeting_id)
    if within_its_time:
        g.session.seen()
    if request.if_none_match.contains(version):
        return "", 304
    answer = make_response(page("meetings/_hour.html", **meeting_page(*found(pair_id, meeting_id))))
    answer.set_etag(version)
    return answer


@bp.post("/presence")
def be_here(pair_id, meeting_id):
    """The page is open before somebody's eyes. It says so by itself, or its reader says who else looks at it."""
    pair, meeting = found(pair_id, meeting_id)
    together = request.form.get("together")
    if meeting.state in ("planned", "begun"):
        Presence.note(meeting, together=None if together is None else together == "1")
    if together is None:
        return "", 204
    return swapped("meetings/_presence.html", "meetings.show", presence(meeting),
                   pair_id=pair.id, meeting_id=meeting.id)  # fmt: skip


@bp.post("/agenda/<uuid:item_id>/taking")
def take_item(pair_id, meeting_id, item_id):
    """The two have got to it."""
    pair, meeting = found(pair_id, meeting_id)
    item = AgendaItem.find(pair, item_id)
    try:
        item.take(request.form.get("taken") == "1")
    except Conflict as conflict:
        # Taken or moved in the same moment: the line shows how it stands.
        item = conflict.current
    context = {"pair": pair, "meeting": meeting, "item": item}
    return swapped("meetings/_item.html", "meetings.show", context,
                   pair_id=pair.id, meeting_id=meeting.id, anchor="now")  # fmt: skip


@bp.post("/recap/<step>")
def recap(pair_id, meeting_id, step):
    pair, meeting = found(pair_id, meeting_id)
    if step not in RECAPPED:
        abort(404)

    def store(words, *, rev, page):
        if words is None:
            raise Conflict(Recap.on(meeting).get(step))
        return Recap.save_text(meeting, step, words, rev=rev, page=page)

    field = recap_writing(pair, meeting, step, None)
    return writing.save(field, store, url_for("meetings.show", pair_id=pair.id, meeting_id=meeting.id))


@bp.post("/notes/<step>")
def note(pair_id, meeting_id, step):
    """What I write for myself, at one step of the meeting or about the whole of it."""
    pair, meeting = found(pair_id, meeting_id)
    if step not in ("whole", *RECAPPED):
        abort(404)
    key = "note" if step == "whole" else f"note-{step}"
    return save(pair, meeting, key, url_for("meetings.show", pair_id=pair.id, meeting_id=meeting.id))


@bp.post("/insights")
def keep_insight(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    try:
        Insight.note(meeting, request.form.get("insight", ""), shared=request.form.get("who") == "both")
    except Invalid as problem:
        return not_taken(problem, "meetings/insight.html", lambda: {"pair": pair, "meeting": meeting})
    return insights_changed(pair, meeting)


@bp.post("/insights/<uuid:insight_id>/sharing")
def share_insight(pair_id, meeting_id, insight_id):
    pair, meeting = found(pair_id, meeting_id)
    Insight.find(pair, insight_id).share()
    return insights_changed(pair, meeting)


def insights_changed(pair, meeting):
    context = {"pair": pair, "meeting": meeting, "insights": Insight.from_meetings(pair, [meeting])[meeting.id]}
    return swapped("meetings/_insights.html", "meetings.show", context,
                   pair_id=pair.id, meeting_id=meeting.id, anchor="insights")  # fmt: skip


@bp.get("/record")
@while_running
def write_down(pair_id, meeting_id):
    """For those who talked without a screen: all that matters, on one page."""
    return page("meetings/record.html", **record_page(*found(pair_id, meeting_id)))


@bp.post("/record")
def keep_record(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    try:
        record.keep(pair, meeting.id, request.form)
    except Invalid as problem:
        return refused("meetings/record.html", problem, **record_page(pair, Meeting.find(pair, meeting_id)))
    return done("meetings.show", pair_id=pair.id, meeting_id=meeting.id)
