"""What the pair sees of its own course; nobody else does."""

from flask import Blueprint

from companion import stance
from companion.actions.models import Action
from companion.agreement.models import Edition
from companion.meetings.models import Meeting
from companion.reflections.models import Insight, SharedPreparation
from companion.web import open_pair, page

bp = Blueprint("progress", __name__, url_prefix="/pairs/<uuid:pair_id>/progress")


@bp.get("/")
def show(pair_id):
    pair = open_pair(pair_id)
    held = list(Meeting.held(pair))
    wished = {row.meeting_id: stance.named(row.style) for row in SharedPreparation.of(pair)}
    edition = Edition.in_force(pair)
    closed = Action.closed_in(pair)
    plans = Action.open_in(pair) + closed
    return page(
        "progress/show.html",
        pair=pair,
        held=held,
        numbers=Meeting.numbers(pair),
        agreed=int(edition.answers["meeting_count"]) if edition and edition.readable else None,
        open=[plan for plan in plans if not plan.closed_at],
        closed=closed,
        offered=sum(plan.was_offered for plan in plans),
        wished=[(meeting, wished[meeting.id]) for meeting in reversed(held) if wished.get(meeting.id)],
        trail=list(Insight.of(pair).where(Insight.scope == pair.id).order_by(Insight.created_at.desc())),
    )
