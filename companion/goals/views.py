"""Goals: the mentee writes them, takes nearest steps, and says at meetings which sentence fits; both read them."""

from uuid import UUID

from flask import Blueprint, request

from companion.errors import Conflict, Invalid, Missing
from companion.goals.drawing import goals_drawn
from companion.goals.models import (
    ENDINGS,
    LEVELS,
    OPEN_AT_MOST,
    Goal,
    GoalWording,
    NearestStep,
    Score,
    TooBig,
    field_of,
)
from companion.meetings.models import Meeting
from companion.pairs.models import MENTEE
from companion.web import done, not_changed, number, open_pair, page, refused, while_running

bp = Blueprint("goals", __name__, url_prefix="/pairs/<uuid:pair_id>")
# So much of a long course is drawn on the page of all goals.
MEETINGS = 12


@bp.get("/goals/")
def index(pair_id):
    pair = open_pair(pair_id)
    return page(
        "goals/index.html",
        pair=pair,
        goals=goals_drawn(pair, most=MEETINGS),
        closed=Goal.closed_in(pair),
        full=Goal.count_open(pair) >= OPEN_AT_MOST,
    )


@bp.get("/goals/new")
@while_running
def new(pair_id):
    pair = open_pair(pair_id)
    pair.only(MENTEE)
    return page("goals/goal.html", **wording_page(pair))


@bp.post("/goals/")
def write_down(pair_id):
    pair = open_pair(pair_id)
    pair.only(MENTEE)
    try:
        goal = Goal.write_down(pair, request.form)
    except Invalid as problem:
        return refused("goals/goal.html", problem, **wording_page(pair))
    return done("goals.step", pair_id=pair.id, goal_id=goal.id)


@bp.get("/goals/<uuid:goal_id>")
def show(pair_id, goal_id):
    return page("goals/show.html", **goal_page(*found(pair_id, goal_id)))


@bp.get("/goals/<uuid:goal_id>/wording")
@while_running
def edit(pair_id, goal_id):
    pair, goal = found(pair_id, goal_id)
    pair.only(MENTEE)
    return page("goals/goal.html", **wording_page(pair, goal))


@bp.post("/goals/<uuid:goal_id>/wording")
def reword(pair_id, goal_id):
    pair, goal = found(pair_id, goal_id)
    try:
        goal.reword(request.form, rev=number("rev"))
    except (Invalid, Conflict) as problem:
        return not_changed(problem, "goals/goal.html", wording_page, pair, goal)
    return done("goals.show", pair_id=pair.id, goal_id=goal.id)


@bp.get("/goals/<uuid:goal_id>/step")
@while_running
def step(pair_id, goal_id):
    pair, goal = found(pair_id, goal_id)
    pair.only(MENTEE)
    return page("goals/step.html", **step_page(pair, goal))


@bp.post("/goals/<uuid:goal_id>/step")
def take_step(pair_id, goal_id):
    pair, goal = found(pair_id, goal_id)
    try:
        NearestStep.take(goal, request.form)
    except Invalid as problem:
        # Whoever was asked for a smaller step once may keep the one they have.
        asked = isinstance(problem, TooBig)
        return refused("goals/step.html", problem, **step_page(pair, goal) | ({"may_keep": True} if asked else {}))
    return done("goals.show", pair_id=pair.id, goal_id=goal.id)


@bp.post("/goals/<uuid:goal_id>/ending")
def end(pair_id, goal_id):
    return told(*found(pair_id, goal_id), lambda goal: goal.end(request.form))


@bp.post("/goals/<uuid:goal_id>/reopening")
def reopen(pair_id, goal_id):
    return told(*found(pair_id, goal_id), Goal.reopen)


def told(pair, goal, verb):
    try:
        verb(goal)
    except (Invalid, Conflict) as problem:
        return not_changed(problem, "goals/show.html", goal_page, pair, Goal.find(pair, goal.id))
    return done("goals.show", pair_id=pair.id, goal_id=goal.id)


@bp.get("/meetings/<uuid:meeting_id>/scores")
def scores(pair_id, meeting_id):
    pair = open_pair(pair_id)
    meeting = Meeting.find(pair, meeting_id)
    return page("goals/scores.html", **scores_page(pair, meeting, asked_for(pair, request.args)))


@bp.post("/meetings/<uuid:meeting_id>/scores/<uuid:goal_id>")
def score(pair_id, meeting_id, goal_id):
    pair, goal = found(pair_id, goal_id)
    meeting = Meeting.find(pair, meeting_id)
    try:
        Score.give(goal, meeting, request.form)
    except Invalid as problem:
        return refused("goals/scores.html", problem, **scores_page(pair, meeting, Goal.find(pair, goal.id)))
    except Conflict:
        # Said in the same moment in another window: the page shows what stands.
        pass
    return done("goals.scores", pair_id=pair.id, meeting_id=meeting.id)


def found(pair_id, goal_id):
    pair = open_pair(pair_id)
    return pair, Goal.find(pair, goal_id)


def asked_for(pair, values):
    """The goal that is to be said anew, perhaps None; raises Missing."""
    if not values.get("goal"):
        return None
    try:
        return Goal.find(pair, UUID(values["goal"]))
    except ValueError:
        raise Missing from None


# In the order they are thought of: the middle first, then what would be more, then what would be less.
WRITTEN = (0, 1, 2, -1, -2)


def wording_page(pair, goal=None):
    fresh = goal is None or not goal.is_scored
    start = Score.start_of(goal) if goal and fresh else None
    return {
        "pair": pair,
        "goal": goal,
        "fields": [(level, field_of(level), LEVELS[level], goal.sentence(level) if goal else "") for level in WRITTEN],
        "levels": [(level, name, "") for level, name in LEVELS.items()],
        "fresh": fresh,
        "start": start.level if start and start.readable else "",
        "full": goal is None and Goal.count_open(pair) >= OPEN_AT_MOST,
        "changed": False,
    }


def goal_page(pair, goal):
    (drawn,) = goals_drawn(pair, goals=[goal])
    return {
        "pair": pair,
        "drawn": drawn,
        "wordings": GoalWording.before(goal),
        "steps": NearestStep.before(goal),
        "endings": [(value, name, "") for value, name in ENDINGS.items()],
        "changed": False,
    }


def step_page(pair, goal):
    return {
        "pair": pair,
        "goal": goal,
        "step": NearestStep.current(pair, [goal]).get(goal.id),
        "tens": [(n, str(n), "") for n in range(1, 11)],
        "may_keep": "keep" in request.form,
    }


def scores_page(pair, meeting, chosen=None):
    """The open goals at a meeting, one of them to be said now: the one asked for, or the first the asker has not."""
    said, goals = Score.at_meeting(meeting), Goal.open_in(pair)
    unsaid = [goal for goal in goals if pair.role not in said.get(goal.id, {})]
    now = next((goal for goal in goals if chosen and goal.id == chosen.id), unsaid[0] if unsaid else None)
    return {
        "pair": pair,
        "meeting": meeting,
        "number": meeting.number,
        "may_say": meeting.state in ("begun", "held") and not pair.is_ended,
        "goals": goals,
        "said": said,
        "now": now,
        "steps": NearestStep.current_at(meeting, goals),
        "choices_of": {goal.id: [(level, sentence, name) for level, name, sentence in goal.rungs] for goal in goals},
        "mine_said": said.get(now.id, {}).get(pair.role) if now else None,
    }
