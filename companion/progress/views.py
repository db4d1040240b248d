"""What the pair sees of its own course; nobody else does."""

from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, request

from companion import i18n
from companion.actions.models import OUTCOMES, Action, Origins
from companion.agreement.models import Edition
from companion.checkins.course import promises
from companion.goals.drawing import goals_drawn
from companion.i18n import _, _l
from companion.meetings.models import AgendaItem, Meeting
from companion.pairs.models import MENTEE
from companion.progress.drawing import row_of_marks, styles_over_meetings
from companion.prompts.models import library
from companion.reflections.models import ExperiencedStyle, Insight, SharedPreparation
from companion.web import open_pair, page

# So much of a long course is shown at first.
PLANS, INSIGHTS, MEETINGS = 6, 12, 12
# So many plans are counted in the picture of the latest meetings.
DRAWN = 60
STATES = {"open": _l("Open"), **OUTCOMES}

bp = Blueprint("progress", __name__, url_prefix="/pairs/<uuid:pair_id>/progress")


@bp.get("/")
def show(pair_id):
    return course(open_pair(pair_id), whole="all" in request.args)


@bp.post("/")
def choose(pair_id):
    # Sent as a POST although it changes nothing: a theme is sealed, and stands in no address.
    return course(open_pair(pair_id), whole="all" in request.form)


def course(pair, *, whole):
    """The page of the course: its latest part, or the `whole` of it."""
    days = Meeting.days(pair)
    held = days.held
    shown = list(held) if whole else list(held)[-MEETINGS:]
    edition = Edition.in_force(pair)
    closed, more_closed = latest(Action.closed_in(pair), None if whole else PLANS)
    prepared = SharedPreparation.of(pair).where(SharedPreparation.meeting.in_(shown))
    wished = {row.meeting_id: row.style for row in prepared}
    became = outcomes(pair, shown, None if whole else DRAWN)
    goals = goals_drawn(pair, most=None if whole else MEETINGS, days=days)
    return page(
        "progress/show.html",
        pair=pair,
        whole=whole,
        held=held,
        shown=shown,
        names=names(days),
        agreed=int(edition.answers["meeting_count"]) if edition and edition.readable else None,
        goals=goals,
        kept=promises(pair, edition, held=len(held)),
        more_meetings=len(held) > len(shown),
        outcomes=became,
        open=Action.open_in(pair),
        closed=closed,
        more_closed=more_closed,
        origins=Action.origins(pair),
        beginnings=beginnings(pair, shown, wished),
        states=[(state, name) for state, name in STATES.items() if any(one.counts[state] for one in became)],
        mark=row_of_marks,
        **styles(pair, shown, wished),
        **trail(pair, None if whole else INSIGHTS, [drawn.goal for drawn in goals]),
    )


def names(days):
    """{meeting id: its number and day}, worked out once for all the places that name it."""
    said = {
        meeting_id: f"{days.numbers[meeting_id]} · {i18n.short_day(starts)}" for meeting_id, starts in days.held.items()
    }
    return said | {None: _("Between meetings")}


class Became(NamedTuple):
    """What became of the plans made at one meeting, or at none: how many of each, and the same as marks."""

    meeting: object
    counts: dict
    marks: object


def outcomes(pair, shown, most):
    """[Became] by meeting, those made between meetings last."""
    plans = {meeting_id: [] for meeting_id in (*shown, None)}
    for plan in reversed(list(Action.made_at(pair, shown).limit(most))):
        if plan.readable:
            plans[plan.meeting_id].append(plan.state)
    return [
        Became(meeting_id, {state: states.count(state) for state in STATES}, row_of_marks(states))
        for meeting_id, states in plans.items()
        if states
    ]


class Beginning(NamedTuple):
    """Where things began at one meeting: plans, topics on its agenda by (mentee, mentor), the style. With marks."""

    meeting: object
    plans: Origins
    topics: tuple
    asked: bool
    plan_marks: object
    topic_marks: object
    style_marks: object


def beginnings(pair, shown, wished):
    """[Beginning] of the meetings at which anything did; ids and authors tell, so no row is opened for it."""
    plans = Action.origins_by_meeting(pair, shown)
    topics = {meeting_id: [] for meeting_id in shown}
    for meeting_id, author in AgendaItem.topics_by(pair, shown):
        topics[meeting_id].append("own" if pair.voice_of(author) == MENTEE else "other")
    rows = []
    for meeting_id in shown:
        made, put, asked = plans[meeting_id], sorted(topics[meeting_id], reverse=True), bool(wished.get(meeting_id))
        if any(made) or put or asked:
            kinds = ["own"] * made.own + ["both"] * made.insight + ["other"] * made.offer
            counted = (put.count("own"), put.count("other"))
            marks = (row_of_marks(kinds), row_of_marks(put), row_of_marks(["own"] if asked else []))
            rows.append(Beginning(meeting_id, made, counted, asked, *marks))
    return rows


def styles(pair, shown, wished):
    """The style wished for and experienced at the meetings `shown`, as a table's rows and as lines."""
    said = ExperiencedStyle.seen_in(pair, shown)
    rows = [(meeting_id, {"wished": wished.get(meeting_id)} | said[meeting_id]) for meeting_id in shown]
    rows = [(meeting_id, views) for meeting_id, views in rows if any(views.values())]
    return {"styles": rows, "lines": styles_over_meetings([views for _id, views in rows])}


def trail(pair, most, goals):
    """The latest `most` insights the two share and what became of them, perhaps only those of a theme or a goal.

    A theme is sealed, so whoever asks for one has the meetings opened first; a goal is an id in clear.
    """
    goals = {str(goal.id): goal.what for goal in goals if goal.readable}
    theme, goal = chosen("theme", library().themes), chosen("goal", goals)
    shared = Insight.of(pair).where(Insight.scope == pair.id)
    found = list(Meeting.of(pair)) if theme else []
    if theme:
        shared = shared.where(Insight.meeting.in_([meeting.id for meeting in found if meeting.theme == theme]))
    if goal:
        shared = shared.where(Insight.id.in_(Action.insights_towards(pair, UUID(goal))))
    insights, more = latest(shared.order_by(Insight.created_at.desc()), most)
    found = found or Meeting.these(pair, list({insight.meeting_id for insight in insights}))
    meetings = {meeting.id: meeting for meeting in found}
    themes = {one.theme for one in meetings.values()} | {theme}
    return {
        "trail": insights,
        "became": Action.from_insights(pair, insights),
        "meetings": meetings,
        "more_trail": more,
        "themes": library().themes,
        "theme_options": [("", _("All themes")), *(one for one in library().themes.items() if one[0] in themes)],
        "goal_options": [("", _("All goals")), *goals.items()] if goals else [],
        "chosen": {"theme": theme, "goal": goal},
    }


def chosen(name, options):
    """What is asked for, where there is such a thing."""
    asked = request.form.get(name, "")
    return asked if asked in options else ""


def latest(rows, most):
    """(the first `most` of `rows`, whether there are more); all of them for None."""
    found = list(rows.limit(most + 1 if most else None))
    return found[:most], bool(most) and len(found) > most
