"""Preparing: one question at a time, mine until I share it."""

from flask import Blueprint, abort, request, url_for

from companion.actions.models import Action
from companion.errors import Invalid
from companion.meetings.models import Meeting
from companion.pairs.models import MENTEE
from companion.prompts.models import library
from companion.reflections.fields import own_writing, save
from companion.reflections.models import PREPARATION, STEPS, Reflection, SharedPreparation
from companion.web import done, number, open_pair, page, refused

bp = Blueprint("reflections", __name__, url_prefix="/pairs/<uuid:pair_id>/meetings/<uuid:meeting_id>")

ORDER = [step.key for step in PREPARATION] + ["share"]


@bp.get("/preparation")
def preparation(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    if pair.role != MENTEE:
        return done("prompts.index", pair_id=pair.id)
    step = request.args.get("step", "")
    mine = Reflection.on(pair, meeting)
    if step not in ORDER:
        step = first_unanswered(mine)
    return page("reflections/preparation.html", **preparation_page(pair, meeting, step, mine))


@bp.post("/preparation/<step>")
def answer(pair_id, meeting_id, step):
    pair, meeting = found(pair_id, meeting_id)
    pair.only(MENTEE)
    if step not in STEPS:
        abort(404)
    values = {"pair_id": pair.id, "meeting_id": meeting.id}
    another = {"step": step, "another": number("another")} if "another" in request.form else {"step": following(step)}
    return save(pair, meeting, step, url_for("reflections.preparation", **values, **another))


@bp.post("/preparation/sharing")
def share(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    try:
        SharedPreparation.share(meeting, request.form.get("share", ""))
    except Invalid as problem:
        mine = Reflection.on(pair, meeting)
        return refused("reflections/preparation.html", problem, **preparation_page(pair, meeting, "share", mine))
    return done("pairs.room", pair_id=pair.id)


def found(pair_id, meeting_id):
    pair = open_pair(pair_id)
    return pair, Meeting.find(pair, meeting_id)


def first_unanswered(mine):
    return next((key for key in ORDER[:-1] if key not in mine or not mine[key].text.strip()), "share")


def following(step):
    return ORDER[ORDER.index(step) + 1]


def preparation_page(pair, meeting, step, mine):
    return {
        "pair": pair,
        "meeting": meeting,
        "number": meeting.number,
        "step": step,
        "steps": PREPARATION,
        "order": ORDER,
        "mine": mine,
        "following": PREPARATION[ORDER.index(step) + 1] if step in STEPS and step != "now_what" else None,
        "writing": own_writing(pair, meeting, step, mine) if step in STEPS else None,
        "begin": place_to_begin(meeting, step),
        "another": 1 + turn(),
        "plans": Action.open_in(pair) if step == "since" else [],
        "shared": SharedPreparation.on(meeting),
        "arrival": Reflection.on(pair).get("arrival") if step == "what" else None,
        "problem": None,
    }


def place_to_begin(meeting, step):
    """Another question to begin from, for whoever is stuck; the next each time they ask."""
    prompts = library().to_begin_with(meeting.theme)
    if step not in ("what", "so_what", "question", "now_what") or not prompts:
        return None
    fitting = sum(prompt.theme == meeting.theme for prompt in prompts) or len(prompts)
    return prompts[(ORDER.index(step) % fitting + turn()) % len(prompts)]


def turn():
    """How many times the asker has asked for another question."""
    typed = request.args.get("another", "0")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 0
