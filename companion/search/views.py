"""Looking for a word in everything one may read in a room; what is looked for stands in no address."""

from flask import Blueprint, request, url_for

from companion import text
from companion.errors import Invalid
from companion.pairs.models import MENTEE
from companion.reflections.models import STEPS
from companion.search.looking import look
from companion.web import not_taken, open_pair, page

bp = Blueprint("search", __name__, url_prefix="/pairs/<uuid:pair_id>/search")


@bp.get("")
def show(pair_id):
    return page("search/show.html", **search_page(open_pair(pair_id)))


@bp.post("")
def find(pair_id):
    # Sent as a POST although it changes nothing: what somebody looks for stands in no address.
    pair = open_pair(pair_id)
    try:
        typed = text.read(request.form.get("q", ""), field="q", longest=100)
    except Invalid as problem:
        return not_taken(problem, "search/show.html", lambda: search_page(pair))
    template = "search/_found.html" if "HX-Request" in request.headers else "search/show.html"
    return page(template, **search_page(pair, typed))


def search_page(pair, typed=""):
    return {"pair": pair, "sought": typed, "groups": look(pair, typed), "place": place}


# Where a row stands, other than on the page of its meeting.

PLACES = {
    "edition": lambda row: (
        url_for("agreement.edition", pair_id=row.pair_id, edition_id=row.id) if row.accepted_at else agreement(row)
    ),
    **dict.fromkeys(("draft", "answers", "clause proposal", "signature"), lambda row: agreement(row)),
    "meeting": lambda row: meeting(row, row.id),
    "reflection": lambda row: prepared(row),
    "action": lambda row: url_for("actions.show", pair_id=row.pair_id, action_id=row.id),
    "own prompt": lambda row: url_for("prompts.show", pair_id=row.pair_id, prompt_id=row.id),
    "prompt marks": lambda row: url_for("prompts.index", pair_id=row.pair_id),
    **dict.fromkeys(("strength", "strength offer"), lambda row: in_room("strengths.index", row)),
    "goal": lambda row: goal(row, row.id),
    **dict.fromkeys(("goal wording", "nearest step", "score"), lambda row: goal(row, row.goal_id)),
    "offer": lambda row: in_room("actions.offers", row),
    "promise": lambda row: in_room("actions.promises", row),
    "pulse": lambda row: in_room("checkins.pulses", row),
    **dict.fromkeys(("midway review", "midway note"), lambda row: in_room("checkins.midway", row)),
    "harvest": lambda row: in_room("endings.closing", row),
    "review item": lambda row: in_room("review.show", row),
    "review request": lambda row: in_room("review.show" if row.opener.role == MENTEE else "review.requests", row),
}


def place(row):
    """The address where a row can be read: the page of its meeting, or its room, where nothing better is known."""
    if row.kind in PLACES:
        return PLACES[row.kind](row)
    meeting_id = getattr(row, "meeting_id", None)
    return meeting(row, meeting_id) if meeting_id else url_for("pairs.room", pair_id=row.pair_id)


def in_room(endpoint, row):
    return url_for(endpoint, pair_id=row.pair_id)


def goal(row, goal_id):
    return url_for("goals.show", pair_id=row.pair_id, goal_id=goal_id)


def agreement(row):
    return in_room("agreement.show", row)


def meeting(row, meeting_id):
    return url_for("meetings.show", pair_id=row.pair_id, meeting_id=meeting_id)


def prepared(row):
    """What was written before a meeting is read on the page of the preparation, anything else on the meeting's."""
    if row.meeting_id is None:
        return url_for("pairs.room", pair_id=row.pair_id)
    if row.step not in STEPS and row.step not in ("way", "intention"):
        return meeting(row, row.meeting_id)
    asked = {"step": row.step} if row.step in STEPS else {}
    return url_for("reflections.preparation", pair_id=row.pair_id, meeting_id=row.meeting_id, **asked)
