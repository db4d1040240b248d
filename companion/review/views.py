"""To the annual review: the mentee picks, words, orders and takes along; the mentor answers for their own words."""

from itertools import groupby

from flask import Blueprint, request

from companion.db import now
from companion.errors import Conflict, Invalid
from companion.i18n import LANGUAGES, _, day, force_locale, language
from companion.pairs.models import MENTEE, MENTOR
from companion.paper import typesetting
from companion.paper.answer import paper
from companion.review.models import ITEMS_AT_MOST, LONGEST, STATES, ReviewItem, ReviewRequest
from companion.review.sources import SOURCES, everything
from companion.web import done, not_changed, number, open_pair, page, refused

bp = Blueprint("review", __name__, url_prefix="/pairs/<uuid:pair_id>/review")


@bp.get("/")
def show(pair_id):
    return page("review/show.html", **review_page(desk(pair_id)))


@bp.post("/items")
def pick(pair_id):
    pair, picked = desk(pair_id), set(request.form.getlist("source"))
    try:
        ReviewItem.pick(pair, picked)
    except Invalid as problem:
        return refused("review/show.html", problem, **review_page(pair) | {"picked": picked})
    return done("review.show", pair_id=pair.id, anchor="paper")


@bp.post("/words")
def write_own(pair_id):
    pair = desk(pair_id)
    try:
        ReviewItem.write_own(pair, request.form.get("text", ""))
    except Invalid as problem:
        return refused("review/show.html", problem, **review_page(pair))
    return done("review.show", pair_id=pair.id, anchor="paper")


@bp.get("/items/<uuid:item_id>")
def item(pair_id, item_id):
    pair = desk(pair_id)
    return page("review/item.html", **item_page(pair, ReviewItem.find_mine(pair, item_id)))


@bp.post("/items/<uuid:item_id>")
def reword(pair_id, item_id):
    pair = desk(pair_id)
    found = ReviewItem.find_mine(pair, item_id)
    try:
        found.reword(request.form.get("text", ""), rev=number("rev"))
    except (Invalid, Conflict) as problem:
        return not_changed(problem, "review/item.html", item_page, pair, found)
    return back_to(pair, found)


@bp.post("/items/<uuid:item_id>/position")
def move(pair_id, item_id):
    return told(pair_id, item_id, lambda found: found.move(request.form.get("way", "")))


@bp.post("/items/<uuid:item_id>/removal")
def remove(pair_id, item_id):
    return told(pair_id, item_id, ReviewItem.remove)


@bp.post("/items/<uuid:item_id>/request")
def ask(pair_id, item_id):
    return told(pair_id, item_id, ReviewItem.ask)


@bp.get("/preview")
def preview(pair_id):
    pair, chosen = desk(pair_id), asked_language()
    items = ReviewItem.mine(pair)
    waiting = [one for one in items if one.readable and one.state != "in"]
    content = on_paper(pair, items, chosen)
    return page("review/preview.html", pair=pair, waiting=waiting, states=STATES, chosen=chosen, paper=content,
                has_every_sign=typesetting.has_every_sign("review", content))  # fmt: skip


@bp.get("/pdf")
def pdf(pair_id):
    """What the preview shows, on paper."""
    pair, chosen = desk(pair_id), asked_language()
    content = on_paper(pair, ReviewItem.mine(pair), chosen)
    return paper(typesetting.pdf("review", content), "review.pdf")


@bp.get("/requests")
def requests(pair_id):
    return page("review/requests.html", **requests_page(answering(pair_id)))


@bp.post("/requests/<uuid:request_id>/answer")
def answer(pair_id, request_id):
    pair = answering(pair_id)
    found = ReviewRequest.find(pair, request_id)
    try:
        found.answer(request.form.get("answer", ""))
    except Invalid as problem:
        return refused("review/requests.html", problem, **requests_page(pair))
    return done("review.requests", pair_id=pair.id)


def desk(pair_id):
    """The asker's pair, if they are its mentee: nobody else has anything to do with the paper."""
    pair = open_pair(pair_id)
    pair.only(MENTEE)
    return pair


def answering(pair_id):
    pair = open_pair(pair_id)
    pair.only(MENTOR)
    return pair


def asked_language():
    chosen = request.args.get("language")
    return chosen if chosen in LANGUAGES else language()


def told(pair_id, item_id, verb):
    pair = desk(pair_id)
    found = ReviewItem.find_mine(pair, item_id)
    try:
        verb(found)
    except Invalid as problem:
        return refused("review/show.html", problem, **review_page(pair))
    return back_to(pair, found)


def back_to(pair, found):
    return done("review.show", pair_id=pair.id, anchor=f"item-{found.id}")


def on_paper(pair, items, chosen):
    """All that the paper says, in the language `chosen`: what goes in, by heading, and whose words are not the
    mentee's."""
    going = [one for one in items if one.readable and one.state == "in"]
    with force_locale(chosen):
        return {
            "title": _("To my annual review"),
            "language": chosen,
            "name": pair.mentee_name,
            "day": day(now(), year=True),
            "foot": _("Chosen by %(name)s", name=pair.mentee_name),
            "parts": [
                {"heading": heading, "items": [piece(pair, one, chosen) for one in together]}
                for heading, together in groupby(going, key=lambda one: str(one.heading))
            ],
        }


def piece(pair, item, chosen):
    return {"text": item.text, "language": item.lang or chosen, "by": pair.mentor_name if item.mentors else ""}


def review_page(pair):
    items = ReviewItem.mine(pair)
    there = {one.source for one in items}
    offered = {kind: [one for one in found if one.key not in there] for kind, found in everything(pair).items()}
    return {"pair": pair, "items": items, "sources": SOURCES, "offered": offered, "states": STATES,
            "going": [one for one in items if one.readable and one.state == "in"],
            "longest": LONGEST, "is_full": len(items) >= ITEMS_AT_MOST, "picked": set()}  # fmt: skip


def item_page(pair, found):
    return {"pair": pair, "item": found, "changed": False, "longest": LONGEST}


def requests_page(pair):
    return {"pair": pair, "requests": ReviewRequest.asked(pair)}
