"""What can be taken along to the annual review: each source finds its own kind of words.

A new one is a function pair → [Found], and a line in SOURCES. Only words that the mentee may read are found.
"""

from typing import NamedTuple
from uuid import UUID

from companion import text
from companion.actions.models import Action
from companion.agreement.models import Edition
from companion.goals.drawing import goals_drawn
from companion.goals.models import Goal
from companion.i18n import _, _l
from companion.pairs.models import MENTEE
from companion.reflections.models import Insight
from companion.strengths.models import Strength

# What no source gave: the mentee's own words for the paper.
OWN = "own"


class Found(NamedTuple):
    """Words that could go in: `key` names them for good, `author` (a person's id) wrote them."""

    key: str
    text: str
    author: UUID


class Source(NamedTuple):
    """`name` stands over its words where they are picked, `heading` on the paper."""

    name: str
    heading: str
    find: callable


def aim(pair):
    edition = Edition.in_force(pair)
    words = edition.answers.get("mentee_aim", "") if edition and edition.readable else ""
    mentee = pair.mentee_id or pair.person.id
    return [Found("aim:agreement", words, mentee)] if words.strip() else []


def strengths(pair):
    rows = Strength.of(pair).order_by(Strength.created_at, Strength.id)
    return [Found(f"strength:{row.id}", f"{row.name}\n\n{row.moment}", row.author) for row in rows if row.readable]


def goals(pair):
    """Each with the sentence the mentee said fits now, the open ones first."""
    goals = Goal.open_in(pair) + Goal.closed_in(pair)
    drawn = goals_drawn(pair, goals=goals)
    return [Found(f"goal:{one.goal.id}", _goal(one), one.goal.author) for one in drawn if one.goal.readable]


def _goal(drawn):
    said = [drawn.goal.what, drawn.now.sentence if drawn.now else "", drawn.goal.learned]
    return "\n\n".join(words for words in said if words)


def insights(pair):
    """Shared ones of both, and the mentee's own private ones."""
    rows = Insight.of(pair).order_by(Insight.created_at, Insight.id)
    return [Found(f"insight:{row.id}", text.plain(row.html("text")), row.author) for row in rows if row.readable]


def plans(pair):
    rows = Action.of(pair).order_by(Action.created_at, Action.id)
    return [Found(f"plan:{row.id}", _plan(row), row.author) for row in rows if row.readable]


def _plan(row):
    words = _("If %(cue)s, then %(act)s.", cue=row.cue.rstrip("., "), act=row.act.rstrip("., "))
    return f"{words}\n\n{row.learned}" if row.learned else words


# In the order in which they are offered.
SOURCES = {
    "aim": Source(_l("What you wanted from it"), _l("What I set out to do"), aim),
    "strength": Source(_l("Strengths"), _l("What I stand on"), strengths),
    "goal": Source(_l("Goals, and where you are"), _l("What I am working towards"), goals),
    "insight": Source(_l("What was taken away"), _l("What I have learned"), insights),
    "plan": Source(_l("Plans, and what became of them"), _l("What I have tried"), plans),
}
HEADINGS = {kind: source.heading for kind, source in SOURCES.items()} | {OWN: _l("What I want to talk about")}


def everything(pair):
    """{kind: what it found} of all that the mentee can pick from."""
    return {kind: source.find(pair) for kind, source in SOURCES.items()}


def is_mentors(pair, author):
    return pair.voice_of(author) != MENTEE
