"""Plans: the mentee makes, rewords, completes and lets go of them; the mentor offers ideas; both keep promises."""

from contextlib import suppress
from uuid import UUID

from flask import Blueprint, redirect, request, url_for

from companion.actions.models import Action, Offer, Promise
from companion.errors import Conflict, Invalid, Missing
from companion.meetings.models import Meeting
from companion.pairs.models import MENTEE, MENTOR
from companion.people.gate import local_path
from companion.web import done, number, open_pair, page, refused

bp = Blueprint("actions", __name__, url_prefix="/pairs/<uuid:pair_id>")


@bp.get("/actions/new")
def new(pair_id):
    pair = open_pair(pair_id)
    pair.only(MENTEE)
    return page("actions/plan.html", **plan_page(pair, *origin(pair, request.args)))


@bp.post("/actions")
def plan(pair_id):
    pair = open_pair(pair_id)
    pair.only(MENTEE)
    meeting, offer = origin(pair, request.form)
    try:
        Action.plan(pair, request.form, meeting=meeting, offer=offer)
    except Invalid as problem:
        # An idea that was answered meanwhile is no longer what this plan comes from.
        offer = next((one for one in Offer.waiting(pair) if offer and one.id == offer.id), None)
        return refused("actions/plan.html", problem, **plan_page(pair, meeting, offer))
    return onwards(pair)


@bp.get("/actions/<uuid:action_id>")
def show(pair_id, action_id):
    pair = open_pair(pair_id)
    return page("actions/show.html", **action_page(pair, Action.find(pair, action_id)))


@bp.post("/actions/<uuid:action_id>")
def reword(pair_id, action_id):
    pair = open_pair(pair_id)
    action = Action.find(pair, action_id)
    try:
        action.reword(request.form, rev=number("rev"))
    except Invalid as problem:
        return refused("actions/show.html", problem, **action_page(pair, action))
    except Conflict as conflict:
        return page("actions/show.html", 409, **action_page(pair, conflict.current) | {"changed": True})
    return done("actions.show", pair_id=pair.id, action_id=action.id)


@bp.post("/actions/<uuid:action_id>/completion")
def complete(pair_id, action_id):
    return closed(pair_id, action_id, lambda action: action.complete(
        request.form.get("outcome", ""), request.form.get("learned", "")))  # fmt: skip


@bp.post("/actions/<uuid:action_id>/letting-go")
def let_go(pair_id, action_id):
    return closed(pair_id, action_id, lambda action: action.let_go(request.form.get("learned", "")))


@bp.post("/actions/<uuid:action_id>/reopening")
def reopen(pair_id, action_id):
    return closed(pair_id, action_id, lambda action: action.reopen())


def closed(pair_id, action_id, verb):
    pair = open_pair(pair_id)
    action = Action.find(pair, action_id)
    try:
        verb(action)
    except Invalid as problem:
        return refused("actions/show.html", problem, **action_page(pair, action))
    except Conflict as conflict:
        return page("actions/show.html", 409, **action_page(pair, conflict.current) | {"changed": True})
    return onwards(pair)


@bp.post("/offers")
def offer(pair_id):
    pair = open_pair(pair_id)
    pair.only(MENTOR)
    meeting = meeting_in(pair, request.form)
    try:
        Offer.make(pair, request.form.get("offer", ""), meeting)
    except Invalid as problem:
        return refused("actions/offer.html", problem, pair=pair, meeting=meeting)
    return onwards(pair)


@bp.post("/offers/<uuid:offer_id>/declining")
def decline(pair_id, offer_id):
    pair = open_pair(pair_id)
    # Answered a moment ago on another page: the room shows what became of it.
    with suppress(Invalid, Conflict):
        Offer.find(pair, offer_id).decline()
    return onwards(pair)


@bp.post("/promises")
def promise(pair_id):
    pair = open_pair(pair_id)
    meeting = meeting_in(pair, request.form)
    try:
        Promise.make(pair, request.form.get("promise", ""), meeting)
    except Invalid as problem:
        return refused("actions/promise.html", problem, pair=pair, meeting=meeting)
    return onwards(pair)


@bp.post("/promises/<uuid:promise_id>/closing")
def close_promise(pair_id, promise_id):
    pair = open_pair(pair_id)
    # Closed a moment ago in another window, or no such outcome: the page shows how it stands.
    with suppress(Invalid, Conflict):
        Promise.find(pair, promise_id).close(request.form.get("outcome", ""))
    return onwards(pair)


def origin(pair, values):
    """(meeting, offer) the plan comes from, each perhaps None; an id that is not the pair's raises Missing."""
    offer = Offer.find(pair, uuid(values["offer"])) if values.get("offer") else None
    return meeting_in(pair, values), offer


def meeting_in(pair, values):
    return Meeting.find(pair, uuid(values["meeting"])) if values.get("meeting") else None


def uuid(typed):
    try:
        return UUID(typed)
    except ValueError:
        raise Missing from None


def onwards(pair):
    back = local_path(request.form.get("back"))
    return redirect(back or url_for("pairs.room", pair_id=pair.id), 303)


def plan_page(pair, meeting, offer):
    return {"pair": pair, "meeting": meeting, "offer": offer, "action": None}


def action_page(pair, action):
    return {"pair": pair, "action": action, "changed": False, "problem": None, "meeting": None, "offer": None}
