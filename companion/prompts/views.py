"""The library of prompts, for anybody signed in and within a room; and what a pair adds to it there."""

from flask import Blueprint, request

from companion import i18n, stance, text
from companion.errors import Conflict, Invalid, Missing
from companion.i18n import _
from companion.meetings.models import AgendaItem, Meeting
from companion.pairs.models import MENTOR
from companion.prompts.models import PROCESS_NAMES, STAGE_NAMES, THEMES
from companion.prompts.own import ASIDE, FAVOURITE, OwnPrompt, PromptMarks
from companion.prompts.shelf import Shelf, Wanted
from companion.web import done, not_changed, not_taken, number, open_pair, page, refused, swapped, while_running

AT_ONCE = 24
ROOM = "/pairs/<uuid:pair_id>/prompts"

bp = Blueprint("prompts", __name__)


# Reading: with a pair in its room, without one before there is any.


@bp.get("/prompts")
@bp.get(f"{ROOM}/")
def index(pair_id=None):
    pair = opened(pair_id)
    return page("prompts/index.html", **shelf_page(pair), **search_page())


@bp.get("/prompts/all")
@bp.get(f"{ROOM}/all")
def listed(pair_id=None):
    return page("prompts/list.html", **list_page(opened(pair_id), Wanted.read(request.args)))


@bp.get("/prompts/cards")
@bp.get(f"{ROOM}/cards")
def cards(pair_id=None):
    return page("prompts/cards.html", **list_page(opened(pair_id), Wanted.read(request.args)))


@bp.get("/prompts/<prompt_id>")
@bp.get(f"{ROOM}/<prompt_id>")
def show(prompt_id, pair_id=None):
    return page("prompts/show.html", **prompt_page(opened(pair_id), prompt_id))


@bp.post("/prompts/search")
@bp.post(f"{ROOM}/search")
def search(pair_id=None):
    # Sent as a POST although it changes nothing: what somebody looks for stands in no address.
    shelf = shelf_page(opened(pair_id))
    try:
        typed = text.read(request.form.get("q", ""), field="q", longest=100)
    except Invalid as problem:
        return not_taken(problem, "prompts/search.html", lambda: shelf | search_page())
    found = shelf["shelf"].search(typed, i18n.language())
    template = "prompts/_found.html" if "HX-Request" in request.headers else "prompts/search.html"
    return page(template, **shelf, **search_page(typed, found))


# Choosing for the next meeting.


@bp.post(f"{ROOM}/<prompt_id>/choice")
def choose(pair_id, prompt_id):
    pair = open_pair(pair_id)
    pair.only(MENTOR)
    try:
        AgendaItem.put_prompt(next_meeting(pair), prompt_id)
    except Invalid as problem:
        return not_taken(problem, "prompts/show.html", lambda: prompt_page(pair, prompt_id))
    return changed("prompts/_choice.html", pair, prompt_id)


@bp.post(f"{ROOM}/<prompt_id>/removal")
def remove(pair_id, prompt_id):
    pair = open_pair(pair_id)
    pair.only(MENTOR)
    for item in AgendaItem.prompts_on(next_meeting(pair)):
        if item.prompt == prompt_id:
            item.remove()
    try:
        return changed("prompts/_choice.html", pair, prompt_id)
    except Missing:
        # The prompt itself is gone; only the meeting still had its words.
        return done("prompts.index", pair_id=pair.id)


# One's own marks.


@bp.post(f"{ROOM}/<prompt_id>/favourite")
def favour(pair_id, prompt_id):
    return marked(pair_id, prompt_id, FAVOURITE)


@bp.post(f"{ROOM}/<prompt_id>/putting-aside")
def put_aside(pair_id, prompt_id):
    return marked(pair_id, prompt_id, ASIDE)


@bp.post(f"{ROOM}/<prompt_id>/unmarking")
def unmark(pair_id, prompt_id):
    return marked(pair_id, prompt_id, None)


def marked(pair_id, prompt_id, mark):
    pair = open_pair(pair_id)
    PromptMarks.mark(pair, prompt_id, mark)
    return changed("prompts/_marks.html", pair, prompt_id)


def changed(fragment, pair, prompt_id):
    """htmx gets the piece that changed; a plain form goes back to the list it stood in, or to the prompt's page."""
    wanted = Wanted.read(request.form)
    if not wanted.query:
        return swapped(fragment, "prompts.show", prompt_page(pair, prompt_id), pair_id=pair.id, prompt_id=prompt_id)
    context = prompt_page(pair, prompt_id) | {"wanted": wanted}
    return swapped(fragment, "prompts.listed", context, pair_id=pair.id, anchor=f"prompt-{prompt_id}", **wanted.query)


# Prompts of the pair's own.


@bp.get(f"{ROOM}/own/new")
@while_running
def new(pair_id):
    return page("prompts/own.html", **own_page(open_pair(pair_id)))


@bp.post(f"{ROOM}/own")
def put(pair_id):
    pair = open_pair(pair_id)
    try:
        own = OwnPrompt.put(pair, request.form)
    except Invalid as problem:
        return refused("prompts/own.html", problem, **own_page(pair))
    return done("prompts.show", pair_id=pair.id, prompt_id=own.id)


@bp.get(f"{ROOM}/own/<uuid:own_prompt_id>")
@while_running
def edit(pair_id, own_prompt_id):
    pair = open_pair(pair_id)
    own = OwnPrompt.find(pair, own_prompt_id)
    own.only_author()
    return page("prompts/own.html", **own_page(pair, own))


@bp.post(f"{ROOM}/own/<uuid:own_prompt_id>")
def reword(pair_id, own_prompt_id):
    pair = open_pair(pair_id)
    own = OwnPrompt.find(pair, own_prompt_id)
    try:
        own.reword(request.form, rev=number("rev"))
    except (Invalid, Conflict) as problem:
        return not_changed(problem, "prompts/own.html", own_page, pair, own)
    return done("prompts.show", pair_id=pair.id, prompt_id=own.id)


@bp.post(f"{ROOM}/own/<uuid:own_prompt_id>/removal")
def remove_own(pair_id, own_prompt_id):
    pair = open_pair(pair_id)
    OwnPrompt.find(pair, own_prompt_id).remove()
    return done("prompts.index", pair_id=pair.id)


# What the pages show.


def opened(pair_id):
    return open_pair(pair_id) if pair_id else None


def next_meeting(pair):
    """The meeting prompts are chosen for; raises Missing when none is planned."""
    meeting = Meeting.ahead(pair).first()
    if meeting is None:
        raise Missing
    return meeting


def shelf_page(pair):
    """What every page of the library needs: the shelf and, for a mentor with a meeting ahead, what is chosen."""
    choosing = pair and pair.role == MENTOR and not pair.is_ended
    meeting = Meeting.ahead(pair).first() if choosing else None
    return {
        "pair": pair,
        "where": {"pair_id": pair.id} if pair else {},
        "shelf": Shelf(pair),
        "themes": THEMES,
        "meeting": meeting,
        "chosen": {item.prompt: item for item in AgendaItem.prompts_on(meeting)} if meeting else {},
        "wanted": Wanted(),
    }


def search_page(typed="", found=()):
    return {"sought": typed, "found": found[:AT_ONCE], "more": len(found) - AT_ONCE}


def list_page(pair, wanted):
    context = shelf_page(pair)
    shelf = context["shelf"]
    found = shelf.choose(wanted)
    groups = shelf.by_moment(found) if wanted.theme else shelf.by_theme(found)
    return context | {"wanted": wanted, "found": found, "groups": groups, "heading": heading(wanted)}


def heading(wanted):
    """What a list holds, in a few words."""
    only = {"own": _("Your own questions"), "favourites": _("Your favourites"), "aside": _("Put aside")}
    styles = {one.step: one.name for one in stance.STANCES} | {"process": _("About the conversation itself")}
    stages = STAGE_NAMES | PROCESS_NAMES if wanted.stance == "process" else STAGE_NAMES
    parts = only.get(wanted.only), THEMES.get(wanted.theme), styles.get(wanted.stance), stages.get(wanted.stage)
    return " · ".join(str(part) for part in parts if part) or _("Questions for the conversation")


def prompt_page(pair, prompt_id):
    context = shelf_page(pair)
    prompt = context["shelf"].find(prompt_id)
    return context | {"prompt": prompt, "neighbours": context["shelf"].neighbours(prompt)}


def own_page(pair, own=None):
    return {"pair": pair, "own": own, "themes": THEMES, "wanted": Wanted.read(request.args), "changed": False}
