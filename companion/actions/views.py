"""Plans: the mentee makes, rewords, completes and lets go of them; the mentor offers ideas; both keep promises."""

from contextlib import suppress
from uuid import UUID

from flask import Blueprint, redirect, request, url_for

from companion.actions.models import OPEN_AT_MOST, Action, Offer, Promise, goals_of
from companion.errors import Conflict, Invalid, Missing
from companion.meetings.models import Meeting
from companion.pairs.models import MENTEE, MENTOR
from companion.people.gate import local_path
from companion.reflections.models import Insight
from companion.web import done, not_changed, number, open_pair, page, refused, while_running

# So many answered ideas and closed promises are shown at first.
ANSWERED = 20

bp = Blueprint("actions", __name__, url_prefix="/pairs/<uuid:pair_id>")


@bp.get("/actions/new")
@while_running
def new(pair_id):
    pair = open_pair(pair_id)
    pair.only(MENTEE)
    return page("actions/plan.html", **plan_page(pair, *origin(pair, request.args)))


@bp.post("/actions")
def plan(pair_id):
    pair = open_pair(pair_id)
    pair.only(MENTEE)
    meeting, offer, insight = origin(pair, request.form)
    try:
        Action.plan(pair, request.form, meeting=meeting, offer=offer, insight=insight)
    except Invalid as problem:
        # An idea that was answered meanwhile is no longer what this plan comes from.
        offer = next((one for one in Offer.unanswered(pair) if offer and one.id == offer.id), None)
        return refused("actions/plan.html", problem, **plan_page(pair, meeting, offer, insight))
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
    except (Invalid, Conflict) as problem:
        return not_changed(problem, "actions/show.html", action_page, pair, action)
    return done("actions.show", pair_id=pair.id, action_id=action.id)


@bp.post("/actions/<uuid:action_id>/completion")
def complete(pair_id, action_id):
    return closed(pair_id, action_id, lambda action: action.complete(request.form.get("outcome", ""), **told()))


@bp.post("/actions/<uuid:action_id>/letting-go")
def let_go(pair_id, action_id):
    return closed(pair_id, action_id, lambda action: action.let_go(**told()))


def told():
    return {name: request.form.get(name, "") for name in ("happened", "learned")}


@bp.get("/actions/<uuid:action_id>/replanning")
@while_running
def change(pair_id, action_id):
    pair = open_pair(pair_id)
    pair.only(MENTEE)
    return page("actions/replan.html", **action_page(pair, Action.find(pair, action_id)))


@bp.post("/actions/<uuid:action_id>/replanning")
def replan(pair_id, action_id):
    pair = open_pair(pair_id)
    action = Action.find(pair, action_id)
    try:
        after = action.replan(request.form, request.form.get("learned", ""))
    except (Invalid, Conflict) as problem:
        return not_changed(problem, "actions/replan.html", action_page, pair, action)
    return done("actions.show", pair_id=pair.id, action_id=after.id)


@bp.post("/actions/<uuid:action_id>/reopening")
def reopen(pair_id, action_id):
    return closed(pair_id, action_id, lambda action: action.reopen())


def closed(pair_id, action_id, verb):
    pair = open_pair(pair_id)
    action = Action.find(pair, action_id)
    try:
        verb(action)
    except (Invalid, Conflict) as problem:
        return not_changed(problem, "actions/show.html", action_page, pair, action)
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


@bp.get("/offers")
def offers(pair_id):
    pair, whole = open_pair(pair_id), "all" in request.args
    unanswered = Offer.unanswered(pair)
    answered, more = latest(Offer.answered_in(pair), whole)
    return page("actions/offers.html", pair=pair, unanswered=unanswered, answered=answered, more=more)


@bp.post("/offers/<uuid:offer_id>/declining")
def decline(pair_id, offer_id):
    return answered(pair_id, offer_id, Offer.decline)


@bp.post("/offers/<uuid:offer_id>/parking")
def park(pair_id, offer_id):
    return answered(pair_id, offer_id, Offer.park)


@bp.post("/offers/<uuid:offer_id>/unparking")
def unpark(pair_id, offer_id):
    return answered(pair_id, offer_id, Offer.unpark)


def answered(pair_id, offer_id, verb):
    pair = open_pair(pair_id)
    # Answered a moment ago on another page: the room shows what became of it.
    with suppress(Invalid, Conflict):
        verb(Offer.find(pair, offer_id))
    return onwards(pair)


@bp.get("/promises")
def promises(pair_id):
    return page("actions/promises.html", **promises_page(open_pair(pair_id)))


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
    vow = Promise.find(pair, promise_id)
    try:
        # Closed a moment ago in another window: the page shows how it stands.
        with suppress(Conflict):
            vow.close(request.form.get("outcome", ""), request.form.get("became", ""))
    except Invalid as problem:
        return refused("actions/promises.html", problem, **promises_page(pair) | {"asked": vow.id})
    return onwards(pair)


def origin(pair, values):
    """(meeting, offer, insight) the plan comes from, each perhaps None.

    An id that is not the pair's raises Missing, and so does an insight that is not shared: a plan is both's to read.
    """
    offer = Offer.find(pair, uuid(values["offer"])) if values.get("offer") else None
    insight = Insight.find(pair, uuid(values["insight"])) if values.get("insight") else None
    if insight and not insight.is_shared:
        raise Missing
    return meeting_in(pair, values), offer, insight


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


def plan_page(pair, meeting, offer, insight):
    open_plans = Action.open_in(pair)
    return {
        "pair": pair,
        "meeting": meeting,
        "offer": offer,
        "insight": insight,
        "action": None,
        "goals": goals_of(pair),
        "open_plans": open_plans,
        "full": len(open_plans) >= OPEN_AT_MOST,
    }


def action_page(pair, action):
    line = action.line()
    place = [one.id for one in line].index(action.id)
    return {
        "pair": pair,
        "action": action,
        "before": line[:place],
        "after": line[place + 1 :],
        "insight": Insight.of(pair).where(Insight.id == action.insight_id).first() if action.insight_id else None,
        "goals": goals_of(pair),
        "changed": False,
        "problem": None,
        "meeting": None,
        "offer": None,
    }


def promises_page(pair):
    closed, more = latest(Promise.closed_in(pair), "all" in request.args)
    standing = Promise.open_in(pair)
    return {
        "pair": pair,
        "mine": [promise for promise in standing if promise.is_mine],
        "theirs": [promise for promise in standing if not promise.is_mine],
        "closed": closed,
        "more": more,
        "asked": None,
    }


def latest(rows, whole):
    """(the first of `rows`, whether there are more); all of them where the `whole` is asked for."""
    found = list(rows.limit(None if whole else ANSWERED + 1))
    return (found, False) if whole else (found[:ANSWERED], len(found) > ANSWERED)
