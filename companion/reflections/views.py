"""Before a meeting and after it: the mentee one question at a time, the mentor in three minutes; mine until shared."""

from contextlib import suppress

from flask import Blueprint, abort, request, url_for

from companion import stance
from companion.actions.models import Action, Promise
from companion.agreement.models import Edition
from companion.errors import Conflict, Invalid
from companion.meetings.models import PROMPTS_AT_MOST, AgendaItem, Meeting
from companion.pairs.models import MENTEE, MENTOR
from companion.prompts import own
from companion.prompts.models import library
from companion.prompts.suggestions import Occasion, suggest
from companion.reflections.fields import own_writing, save
from companion.reflections.models import (
    AFTER,
    STEPS,
    WAYS,
    ExperiencedStyle,
    Insight,
    Reflection,
    SharedPreparation,
    way_of,
)
from companion.web import done, not_taken, number, open_pair, page, refused, swapped

bp = Blueprint("reflections", __name__, url_prefix="/pairs/<uuid:pair_id>/meetings/<uuid:meeting_id>")


@bp.get("/preparation")
def preparation(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    if pair.role == MENTOR:
        return page("reflections/three_minutes.html", **three_minutes_page(pair, meeting))
    step = request.args.get("step", "")
    mine = Reflection.on(pair, meeting)
    if step not in order(mine):
        step = first_unanswered(mine)
    return page("reflections/preparation.html", **preparation_page(pair, meeting, step, mine))


@bp.post("/preparation/<step>")
def answer(pair_id, meeting_id, step):
    pair, meeting = found(pair_id, meeting_id)
    values = {"pair_id": pair.id, "meeting_id": meeting.id}
    if step == "intention":
        pair.only(MENTOR)
        return save(pair, meeting, step, url_for("reflections.preparation", **values))
    pair.only(MENTEE)
    if step not in STEPS:
        abort(404)
    if "way" in request.form:
        choose_way(pair, meeting, request.form["way"])
        following = {"step": "what"}
    elif "another" in request.form:
        following = {"step": step, "another": number("another")}
    else:
        following = {"step": after(step, Reflection.on(pair, meeting))}
    return save(pair, meeting, step, url_for("reflections.preparation", **values, **following))


def choose_way(pair, meeting, way):
    if way not in WAYS:
        abort(404)
    row = Reflection.on(pair, meeting).get("way")
    # Chosen in another window at the same moment: that one stands.
    with suppress(Conflict):
        Reflection.save_text(pair, meeting, "way", way, rev=row.rev if row else 0, page="")


@bp.post("/preparation/sharing")
def share(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    try:
        SharedPreparation.share(meeting, request.form.get("share", ""))
    except Invalid as problem:
        mine = Reflection.on(pair, meeting)
        return refused("reflections/preparation.html", problem, **preparation_page(pair, meeting, "share", mine))
    return done("pairs.room", pair_id=pair.id)


@bp.post("/preparation/prompts/<prompt_id>/choice")
def choose(pair_id, meeting_id, prompt_id):
    pair, meeting = found(pair_id, meeting_id)
    pair.only(MENTOR)
    try:
        AgendaItem.put_prompt(meeting, prompt_id)
    except Invalid as problem:
        return not_taken(problem, "reflections/three_minutes.html", lambda: three_minutes_page(pair, meeting))
    return chosen(pair, meeting)


@bp.post("/preparation/prompts/<prompt_id>/removal")
def drop(pair_id, meeting_id, prompt_id):
    pair, meeting = found(pair_id, meeting_id)
    pair.only(MENTOR)
    for item in AgendaItem.prompts_on(meeting):
        if item.prompt == prompt_id:
            item.remove()
    return chosen(pair, meeting)


def chosen(pair, meeting):
    return swapped("reflections/_choice.html", "reflections.preparation", choice(pair, meeting) | {"changed": True},
                   pair_id=pair.id, meeting_id=meeting.id, anchor="choice")  # fmt: skip


@bp.post("/afterwards/<step>")
def look_back(pair_id, meeting_id, step):
    pair, meeting = found(pair_id, meeting_id)
    if step not in {key for key, *_rest in AFTER[pair.role]}:
        abort(404)
    return save(pair, meeting, step, url_for("meetings.show", pair_id=pair.id, meeting_id=meeting.id))


@bp.post("/style")
def mark_style(pair_id, meeting_id):
    pair, meeting = found(pair_id, meeting_id)
    here = {"pair_id": pair.id, "meeting_id": meeting.id}
    try:
        ExperiencedStyle.mark(meeting, stance.read(request.form.get("style", "")))
    except Conflict:
        # Said a moment ago in another window; the page shows which.
        pass
    except Invalid as problem:
        return page("reflections/style.html", 422, pair=pair, meeting=meeting, problem=problem)
    return done("meetings.show", **here, anchor="style")


@bp.post("/insights/<uuid:insight_id>/rest")
def rest(pair_id, meeting_id, insight_id):
    pair, _meeting = found(pair_id, meeting_id)
    Insight.find(pair, insight_id).rest()
    return done("pairs.room", pair_id=pair.id)


def found(pair_id, meeting_id):
    pair = open_pair(pair_id)
    return pair, Meeting.find(pair, meeting_id)


def order(mine):
    """The asker's steps, by the way they chose, with sharing at the end."""
    return [step.key for step in WAYS[way_of(mine)].steps] + ["share"]


def first_unanswered(mine):
    return next((key for key in order(mine)[:-1] if key not in mine or not mine[key].text.strip()), "share")


def after(step, mine):
    steps = order(mine)
    return steps[steps.index(step) + 1] if step in steps else first_unanswered(mine)


def preparation_page(pair, meeting, step, mine):
    way = way_of(mine)
    steps = WAYS[way].steps
    place = order(mine).index(step)
    return {
        "pair": pair,
        "meeting": meeting,
        "number": meeting.number,
        "step": step,
        "way": way,
        "ways": WAYS,
        "steps": steps,
        "place": place,
        "mine": mine,
        "following": steps[place + 1] if place + 1 < len(steps) else None,
        "writing": own_writing(pair, meeting, step, mine) if step in STEPS else None,
        "begin": place_to_begin(meeting, step, place),
        "another": 1 + turn(),
        "plans": Action.open_in(pair) if step == "since" else [],
        "taken_away": taken_away(pair, meeting) if step == "since" else [],
        "shared": SharedPreparation.on(meeting),
        "agreed": Edition.style_wanted(pair) if step == "question" else None,
        "arrival": Reflection.on(pair).get("arrival") if step == "what" else None,
        "problem": None,
    }


def taken_away(pair, meeting):
    """What the asker may read of what the two took from the meeting before this one."""
    before = Meeting.held(pair).where(Meeting.starts_at < meeting.starts_at).first()
    return Insight.from_meetings(pair, [before])[before.id] if before else []


def place_to_begin(meeting, step, place):
    """Another question to begin from, for whoever is stuck; the next each time they ask."""
    prompts = library().to_begin_with(meeting.theme)
    if step in ("since", "share") or not prompts:
        return None
    fitting = sum(prompt.theme == meeting.theme for prompt in prompts) or len(prompts)
    return prompts[(place % fitting + turn()) % len(prompts)]


def turn():
    """How many times the asker has asked for another question."""
    typed = request.args.get("another", "0")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 0


def three_minutes_page(pair, meeting):
    """What the mentor needs before a meeting: what was shared, the wish, own promises, an intention, questions."""
    return choice(pair, meeting) | {
        "back": url_for("reflections.preparation", pair_id=pair.id, meeting_id=meeting.id),
        "taken_away": taken_away(pair, meeting),
        "promises": [promise for promise in Promise.open_in(pair) if promise.is_mine],
        "intention": own_writing(pair, meeting, "intention", Reflection.on(pair, meeting)),
    }


def choice(pair, meeting):
    """What has been chosen for `meeting`, and what else would suit it."""
    shared, agreed = SharedPreparation.on(meeting), Edition.style_wanted(pair)
    asked = shared.style if shared and shared.readable else None
    chosen = AgendaItem.prompts_on(meeting)
    number = meeting.number
    marks = own.PromptMarks.of_asker(pair)
    occasion = Occasion(
        number=number,
        theme=meeting.theme,
        words=" ".join(shared.answers.values()) if shared else "",
        asked=asked,
        agreed=agreed.step if agreed else None,
        used=frozenset(AgendaItem.used_before(meeting)),
        favourites=marks.favourites,
        left_out=marks.put_aside | {item.prompt for item in chosen},
    )
    return {
        "pair": pair,
        "meeting": meeting,
        "number": number,
        "shared": shared,
        "wished": stance.named(asked) or agreed,
        "asked": asked,
        "chosen": chosen,
        "suggestions": suggest(own.everything(pair), occasion),
        "full": len(chosen) >= PROMPTS_AT_MOST,
        "themes": library().themes,
        "changed": False,
        "problem": None,
    }
