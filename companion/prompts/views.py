"""Prompts: the mentor's three minutes before a meeting, and the library for both."""

from flask import Blueprint, request, url_for

from companion import stance
from companion.agreement.models import Edition
from companion.errors import Invalid, Missing
from companion.meetings.models import AgendaItem, Meeting
from companion.pairs.models import MENTOR
from companion.prompts.models import library
from companion.reflections.fields import own_writing, save
from companion.reflections.models import PREPARATION, Reflection, SharedPreparation
from companion.web import not_taken, open_pair, page, swapped

AT_ONCE = 12

bp = Blueprint("prompts", __name__, url_prefix="/pairs/<uuid:pair_id>/prompts")


@bp.get("/")
def index(pair_id):
    return page("prompts/index.html", **prompts_page(open_pair(pair_id)))


@bp.post("/<prompt_id>/choice")
def choose(pair_id, prompt_id):
    pair = open_pair(pair_id)
    pair.only(MENTOR)
    try:
        AgendaItem.put_prompt(next_meeting(pair), prompt_id)
    except Invalid as problem:
        return not_taken(problem, "prompts/index.html", lambda: prompts_page(pair))
    return changed(pair)


@bp.post("/<prompt_id>/removal")
def remove(pair_id, prompt_id):
    pair = open_pair(pair_id)
    pair.only(MENTOR)
    for item in AgendaItem.prompts_on(next_meeting(pair)):
        if item.prompt == prompt_id:
            item.remove()
    return changed(pair)


@bp.post("/intention")
def intend(pair_id):
    pair = open_pair(pair_id)
    pair.only(MENTOR)
    return save(pair, next_meeting(pair), "intention", url_for("prompts.index", pair_id=pair.id))


def changed(pair):
    # An empty theme is a choice too: all of them, not the meeting's own.
    filters = {name: request.form[name] for name in ("theme", "step") if name in request.form}
    return swapped("prompts/_choosing.html", "prompts.index", prompts_page(pair), pair_id=pair.id, **filters)


def next_meeting(pair):
    """The meeting prompts are chosen for; raises Missing when none is planned."""
    meeting = Meeting.ahead(pair).first()
    if meeting is None:
        raise Missing
    return meeting


def prompts_page(pair):
    meeting = Meeting.ahead(pair).first()
    shared = SharedPreparation.on(meeting) if meeting else None
    edition = Edition.in_force(pair)
    wished = edition.answers.get("stance_wanted") if edition else None
    theme, step = filters(meeting)
    wish = stance.named(shared.style if shared and shared.style else wished)
    found = library().choose(theme=theme, step=step, near=wish.step if wish else None)
    chosen = AgendaItem.prompts_on(meeting) if meeting else []
    mine = Reflection.on(pair, meeting) if meeting else {}
    return {
        "pair": pair,
        "meeting": meeting,
        "shared": shared,
        "wished": wish,
        "chosen": chosen,
        "chosen_ids": {item.prompt for item in chosen},
        "found": found[:AT_ONCE],
        "more": len(found) - AT_ONCE,
        "theme": theme,
        "step": step,
        "themes": library().themes,
        "stances": stance.STANCES,
        "steps": [(step.key, step.name) for step in PREPARATION],
        "intention": own_writing(pair, meeting, "intention", mine) if meeting and pair.role == MENTOR else None,
        "problem": None,
    }


def filters(meeting):
    """(theme, step) asked for; the meeting's own theme where nothing was."""
    theme = request.values.get("theme")
    if theme is None and meeting:
        theme = meeting.theme
    return theme if theme in library().themes else None, stance.read(request.values.get("step", ""))
