"""What the pair sees of its own course; nobody else does."""

from flask import Blueprint, request

from companion import stance
from companion.actions.models import Action
from companion.agreement.models import Edition
from companion.meetings.models import Meeting
from companion.reflections.models import Insight, SharedPreparation
from companion.web import open_pair, page

# So much of a long course is shown at first.
PLANS, INSIGHTS = 12, 30

bp = Blueprint("progress", __name__, url_prefix="/pairs/<uuid:pair_id>/progress")


@bp.get("/")
def show(pair_id):
    pair, whole = open_pair(pair_id), "all" in request.args
    held = Meeting.days_held(pair)
    wished = {row.meeting_id: stance.named(row.style) for row in SharedPreparation.of(pair)}
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
        open=Action.open_in(pair),
        closed=closed,
        more_closed=more_closed,
        own=own,
        offered=offered,
        wished=[(meeting_id, day, wished[meeting_id]) for meeting_id, day in held.items() if wished.get(meeting_id)],
        trail=trail,
        more_trail=more_trail,
    )


def latest(rows, most):
    """(the first `most` of `rows`, whether there are more); all of them for None."""
    found = list(rows.limit(most + 1 if most else None))
    return found[:most], bool(most) and len(found) > most
