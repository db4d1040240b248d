"""Meetings: planning them, and their agenda."""

from flask import Blueprint, redirect, request

from companion import stance
from companion.errors import Conflict, Invalid
from companion.meetings.models import AgendaItem, Meeting
from companion.meetings.pages import found, meeting_page, plan_page
from companion.people.gate import local_path
from companion.web import done, not_changed, not_taken, number, open_pair, page, refused, swapped, while_running

bp = Blueprint("meetings", __name__, url_prefix="/pairs/<uuid:pair_id>/meetings")


@bp.get("/new")
@while_running
def new(pair_id):
    return page("meetings/plan.html", **plan_page(open_pair(pair_id)))


@bp.post("/")
def plan(pair_id):
    pair = open_pair(pair_id)
    try:
        Meeting.plan(pair, request.form)
    except Invalid as problem:
        return refused("meetings/plan.html", problem, **plan_page(pair))
    back = local_path(request.form.get("back"))
    return redirect(back, 303) if back else done("pairs.room", pair_id=pair.id)


@bp.get("/<uuid:meeting_id>")
def show(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    return page("meetings/show.html", **meeting_page(pair, meeting))


@bp.get("/<uuid:meeting_id>/plan")
@while_running
def edit(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    return page("meetings/plan.html", **plan_page(pair, meeting))


@bp.post("/<uuid:meeting_id>/plan")
def replan(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    try:
        meeting.replan(request.form, rev=number("rev"))
    except (Invalid, Conflict) as problem:
        return not_changed(problem, "meetings/plan.html", plan_page, pair, meeting)
    return done("pairs.room", pair_id=pair.id)


@bp.post("/<uuid:meeting_id>/cancellation")
def cancel(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    try:
        meeting.cancel()
    except Invalid as problem:
        return refused("meetings/show.html", problem, **meeting_page(pair, meeting))
    except Conflict:
        # The other was faster, and the room shows what they did.
        pass
    return done("pairs.room", pair_id=pair.id)


@bp.post("/<uuid:meeting_id>/agenda")
def add_item(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    try:
        style = stance.read(request.form.get("style", ""))
        AgendaItem.put(meeting, request.form.get("title", ""), style=style)
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
