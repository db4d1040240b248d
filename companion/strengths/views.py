"""Strengths: the mentee names them, with a moment each; the mentor offers what they have seen."""

from contextlib import suppress
from uuid import UUID

from flask import Blueprint, request

from companion.errors import Conflict, Invalid, Missing
from companion.pairs.models import MENTEE, MENTOR
from companion.strengths.models import Strength, StrengthOffer
from companion.web import done, not_changed, number, open_pair, page, refused, while_running

bp = Blueprint("strengths", __name__, url_prefix="/pairs/<uuid:pair_id>/strengths")


@bp.get("/")
def index(pair_id):
    return page("strengths/index.html", **index_page(open_pair(pair_id)))


@bp.get("/new")
@while_running
def new(pair_id):
    pair = open_pair(pair_id)
    pair.only(MENTEE)
    return page("strengths/strength.html", **strength_page(pair, offer=offered(pair, request.args)))


@bp.post("/")
def name_one(pair_id):
    pair = open_pair(pair_id)
    pair.only(MENTEE)
    offer = offered(pair, request.form)
    try:
        Strength.name_one(pair, request.form, offer)
    except Invalid as problem:
        # What was answered meanwhile is no longer what this strength comes from.
        offer = next((one for one in StrengthOffer.waiting(pair) if offer and one.id == offer.id), None)
        return refused("strengths/strength.html", problem, **strength_page(pair, offer=offer))
    return done("strengths.index", pair_id=pair.id)


@bp.get("/<uuid:strength_id>")
@while_running
def edit(pair_id, strength_id):
    pair = open_pair(pair_id)
    pair.only(MENTEE)
    return page("strengths/strength.html", **strength_page(pair, Strength.find(pair, strength_id)))


@bp.post("/<uuid:strength_id>")
def reword(pair_id, strength_id):
    pair = open_pair(pair_id)
    strength = Strength.find(pair, strength_id)
    try:
        strength.reword(request.form, rev=number("rev"))
    except (Invalid, Conflict) as problem:
        return not_changed(problem, "strengths/strength.html", strength_page, pair, strength)
    return done("strengths.index", pair_id=pair.id)


@bp.post("/<uuid:strength_id>/putting-aside")
def put_aside(pair_id, strength_id):
    return answered(pair_id, lambda pair: Strength.find(pair, strength_id).put_aside())


@bp.post("/<uuid:strength_id>/taking-up")
def take_up(pair_id, strength_id):
    return answered(pair_id, lambda pair: Strength.find(pair, strength_id).take_up())


@bp.post("/offers")
def offer(pair_id):
    pair = open_pair(pair_id)
    pair.only(MENTOR)
    try:
        StrengthOffer.make(pair, request.form.get("seen", ""))
    except Invalid as problem:
        return refused("strengths/index.html", problem, **index_page(pair))
    return done("strengths.index", pair_id=pair.id)


@bp.post("/offers/<uuid:strength_offer_id>/declining")
def decline(pair_id, strength_offer_id):
    return answered(pair_id, lambda pair: StrengthOffer.find(pair, strength_offer_id).decline())


def answered(pair_id, verb):
    pair = open_pair(pair_id)
    # Answered a moment ago in another window: the page shows what became of it.
    with suppress(Invalid, Conflict):
        verb(pair)
    return done("strengths.index", pair_id=pair.id)


def offered(pair, values):
    """What the mentor has seen that a strength is taken in from, perhaps None; raises Missing."""
    if not values.get("offer"):
        return None
    try:
        return StrengthOffer.find(pair, UUID(values["offer"]))
    except ValueError:
        raise Missing from None


def index_page(pair):
    return {
        "pair": pair,
        "strengths": Strength.named(pair),
        "put_aside": Strength.put_aside_in(pair),
        # The mentor sees what they offered, and of what became of it only that it was taken in.
        "offers": StrengthOffer.waiting(pair) if pair.role == MENTEE else StrengthOffer.all_of(pair),
    }


def strength_page(pair, strength=None, offer=None):
    return {"pair": pair, "strength": strength, "offer": offer, "changed": False}
