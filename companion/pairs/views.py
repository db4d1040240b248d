"""Rooms: who is in which, inviting, opening, and the front page of a room."""

from datetime import timedelta

from flask import Blueprint, current_app, g, render_template, request, url_for

from companion import mail
from companion.actions.models import Action, Offer, Promise
from companion.agreement.models import Edition
from companion.agreement.settling import duty
from companion.checkins.course import in_room
from companion.db import now
from companion.endings.chemistry import waits_for
from companion.endings.models import Harvest
from companion.endings.news import news
from companion.errors import Invalid, TooOften
from companion.goals.models import Goal, NearestStep
from companion.meetings.models import AgendaItem, Meeting
from companion.pairs.models import ROLES, Invitation, Pair
from companion.people.attempts import Attempt
from companion.reflections.fields import own_writing, save
from companion.reflections.models import Insight, Reflection, SharedPreparation
from companion.reflections.returning import returning
from companion.review.models import ReviewRequest
from companion.web import absolute, done, page, refused

MEETINGS_AHEAD = EARLIER_MEETINGS = 6
OWN_PROMISES = 4
LOOK_BACK_WITHIN = timedelta(days=3)

bp = Blueprint("pairs", __name__)


@bp.get("/pairs")
def index():
    pairs = Pair.of(g.person)
    waiting = {
        i.pair_id: i for i in Invitation.select().where(Invitation.pair.in_(pairs)).order_by(Invitation.created_at)
    }
    unconfirmed = g.person.slot("recovery").shown is not None
    told = {pair.id: news(pair) for pair in pairs}
    return page("pairs/index.html", pairs=pairs, waiting=waiting, unconfirmed=unconfirmed, told=told)


@bp.get("/pairs/new")
def new():
    return page("pairs/new.html")


@bp.post("/pairs")
def invite():
    form = request.form
    try:
        email = form.get("email", "")
        Attempt.begin("invite", email.strip().casefold(), str(g.person.id))
        role = ROLES.get(form.get("role", ""), "")
        invitation, token = Invitation.to_room(g.person, email, role)
    except (Invalid, TooOften) as problem:
        return refused("pairs/new.html", problem)
    post(invitation, token)
    return done("pairs.room", pair_id=invitation.pair_id)


def post(invitation, token):
    link = absolute("pairs.invitation", token=token)
    body = render_template("pairs/invitation_letter.txt", link=link)
    subject = "Invitation til et mentorrum / An invitation to a mentoring room"
    mail.send(current_app.config["COMPANION"], to=invitation.email, subject=subject, body=body)


@bp.get("/invitation/<token>")
def invitation(token):
    return page("pairs/invitation.html", token=token, invitation=Invitation.find(token))


@bp.post("/invitation/<token>/acceptance")
def accept(token):
    found = Invitation.find(token)
    try:
        found.accept(g.person, token)
    except Invalid as problem:
        return refused("pairs/invitation.html", problem, token=token, invitation=found)
    return done("pairs.room", pair_id=found.pair_id)


@bp.post("/invitation/<token>/refusal")
def decline(token):
    found = Invitation.find(token)
    try:
        found.decline()
    except Invalid as problem:
        return refused("pairs/invitation.html", problem, token=token, invitation=found)
    return done("pairs.invitation", token=token)


@bp.post("/pairs/<uuid:pair_id>/opening")
def confirm(pair_id):
    pair = Pair.opened_by(g.person, pair_id)
    try:
        Invitation.latest_of(pair).confirm(g.person)
    except Invalid as problem:
        return refused("pairs/waiting.html", problem, **waiting_page(pair))
    return done("pairs.room", pair_id=pair.id)


@bp.post("/pairs/<uuid:pair_id>/invitation/renewal")
def renew(pair_id):
    pair = Pair.opened_by(g.person, pair_id)
    try:
        Attempt.begin("invite", Invitation.latest_of(pair).email, str(g.person.id))
        invitation, token = Invitation.latest_of(pair).renew(g.person)
    except (Invalid, TooOften) as problem:
        return refused("pairs/waiting.html", problem, **waiting_page(pair))
    post(invitation, token)
    return done("pairs.room", pair_id=pair.id)


@bp.post("/pairs/<uuid:pair_id>/invitation/revocation")
def revoke(pair_id):
    pair = Pair.opened_by(g.person, pair_id)
    Invitation.latest_of(pair).revoke(g.person)
    return done("pairs.room", pair_id=pair.id)


@bp.get("/pairs/<uuid:pair_id>")
def room(pair_id):
    pair = Pair.opened_by(g.person, pair_id)
    if not pair.is_open and pair.left_at:
        return page("erasure/left.html", pair=pair)
    if not pair.is_open:
        return page("pairs/waiting.html", **waiting_page(pair))
    if pair.is_ended:
        return page("endings/ended.html", **ended_page(pair))
    return page("pairs/room.html", **room_page(pair))


def ended_page(pair):
    """The front page of a room that has ended: what there is to read, and until when."""
    return {
        "pair": pair,
        "news": news(pair),
        "harvested": bool(Harvest.seen_by(pair)),
        "held": list(Meeting.held(pair).limit(EARLIER_MEETINGS)),
        "held_count": Meeting.count_held(pair),
    }


def waiting_page(pair):
    invitation = Invitation.latest_of(pair)
    mine = invitation.inviter_id == g.person.id
    waiting = mine and invitation.state == "waiting"
    link = absolute("pairs.invitation", token=invitation.token(g.person)) if waiting else None
    arrival = own_writing(pair, None, "arrival", Reflection.on(pair))
    return {"pair": pair, "invitation": invitation, "mine": mine, "link": link, "arrival": arrival}


def room_page(pair):
    """Everything the front page shows: what was, what is now, what is next."""
    states = Meeting.states(pair)
    lasting = [meeting_id for meeting_id, _held, cancelled in states if not cancelled]
    over = [meeting_id for meeting_id, was_held, _cancelled in states if was_held]
    coming = [meeting_id for meeting_id, was_held, cancelled in states if not (was_held or cancelled)]
    meetings = Meeting.these(pair, coming[:MEETINGS_AHEAD] + over[::-1][:EARLIER_MEETINGS])
    ahead = [meeting for meeting in meetings if not meeting.held_at]
    held = [meeting for meeting in meetings if meeting.held_at]
    upcoming = ahead[0] if ahead else None
    edition = Edition.in_force(pair)
    goals = Goal.open_in(pair)
    insights = Insight.from_meetings(pair, held[:3])
    return {
        "pair": pair,
        "edition": edition,
        "duty": duty(pair, edition),
        "ahead": ahead,
        "held": held,
        "look_back": bool(held) and now() - held[0].held_at <= LOOK_BACK_WITHIN,
        "held_count": len(over),
        "numbers": {meeting_id: n for n, meeting_id in enumerate(lasting, start=1)},
        "checkins": in_room(pair, edition, states, ahead=ahead, latest=held[0] if held else None),
        "insights": insights,
        "returning": returning(pair, held[:3], ahead, insights),
        "plans": Action.open_in(pair),
        "offers": Offer.unanswered(pair),
        "promises": list(Promise.own_open(pair).limit(OWN_PROMISES)),
        "goals": goals,
        "steps": NearestStep.current(pair, goals),
        "review_waiting": ReviewRequest.waiting(pair),
        "upcoming": upcoming,
        "agenda": AgendaItem.on(upcoming) if upcoming else [],
        "shared": SharedPreparation.on(upcoming) if upcoming else None,
        "mine": Reflection.on(pair, upcoming) if upcoming else {},
        "news": news(pair, chemistry=waits_for(pair, edition, len(over))),
        "problem": None,
    }


@bp.post("/pairs/<uuid:pair_id>/arrival")
def arrive(pair_id):
    """First thoughts, written by either while the room is not open yet, or before the first meeting."""
    pair = Pair.opened_by(g.person, pair_id)
    return save(pair, None, "arrival", url_for("pairs.room", pair_id=pair.id))
