"""What the pair sees of its own course; nobody else does."""

from flask import Blueprint, request

from companion.actions.models import Action
from companion.agreement.models import Edition
from companion.checkins.course import promises
from companion.goals.drawing import goals_drawn
from companion.meetings.models import Meeting
from companion.progress.drawing import styles_over_meetings
from companion.reflections.models import ExperiencedStyle, Insight, SharedPreparation
from companion.web import open_pair, page

# So much of a long course is shown at first.
PLANS, INSIGHTS, MEETINGS = 12, 30, 12

bp = Blueprint("progress", __name__, url_prefix="/pairs/<uuid:pair_id>/progress")


@bp.get("/")
def show(pair_id):
    pair, whole = open_pair(pair_id), "all" in request.args
    held = Meeting.days_held(pair)
    edition = Edition.in_force(pair)
    closed, more_closed = latest(Action.closed_in(pair), None if whole else PLANS)
    own, offered = Action.origins(pair)
    shared = Insight.of(pair).where(Insight.scope == pair.id).order_by(Insight.created_at.desc())
    trail, more_trail = latest(shared, None if whole else INSIGHTS)
    return page(
        "progress/show.html",
        pair=pair,
        held=held,
        numbers=Meeting.numbers(pair),
        agreed=int(edition.answers["meeting_count"]) if edition and edition.readable else None,
        goals=goals_drawn(pair, most=None if whole else MEETINGS),
        open=Action.open_in(pair),
        closed=closed,
        more_closed=more_closed,
        own=own,
        offered=offered,
        **styles(pair, held, None if whole else MEETINGS),
        kept=promises(pair, edition),
        trail=trail,
        more_trail=more_trail,
    )


def styles(pair, held, most):
    """The style wished for and experienced at the latest `most` meetings, as a table's rows and as lines."""
    shown = list(held)[-most:] if most else list(held)
    prepared = SharedPreparation.of(pair).where(SharedPreparation.meeting.in_(shown))
    wished = {row.meeting_id: row.style for row in prepared}
    said = ExperiencedStyle.seen_in(pair, shown)
    rows = [(meeting_id, {"wished": wished.get(meeting_id)} | said[meeting_id]) for meeting_id in shown]
    rows = [(meeting_id, views) for meeting_id, views in rows if any(views.values())]
    lines = styles_over_meetings([views for _id, views in rows])
    return {"styles": rows, "lines": lines, "more_styles": len(held) > len(shown)}


def latest(rows, most):
    """(the first `most` of `rows`, whether there are more); all of them for None."""
    found = list(rows.limit(most + 1 if most else None))
    return found[:most], bool(most) and len(found) > most
