"""What an attacker and an inspector look at: every address, everything kept, and what a page is made of."""

import re
from functools import lru_cache
from html.parser import HTMLParser
from types import SimpleNamespace
from uuid import UUID, uuid4

from companion import db
from companion.actions.models import Action, Offer, Promise
from companion.agreement.models import Draft, Edition
from companion.agreement.settling import Proposal
from companion.checkins.models import QUESTIONS, MidwayNote, MidwayReview, Pulse, SetAside
from companion.goals.models import Goal, NearestStep, Score
from companion.meetings.models import AgendaItem, Meeting, Recap
from companion.pairs.rows import Row
from companion.prompts.models import library
from companion.prompts.own import FAVOURITE, OwnPrompt, PromptMarks
from companion.reflections.models import ExperiencedStyle, Insight, Reflection, SharedPreparation
from companion.review.models import ReviewItem
from companion.strengths.models import Strength, StrengthOffer

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def furnish(mentee, mentor, *, words="words"):
    """One of everything in the room of two open pairs, mentee's and mentor's; the meeting is `mentee`'s next."""
    from conftest import plan_meeting

    furnish_agreement(mentee, mentor, words)
    meeting = plan_meeting(mentee, days=-1, form="theme", title=words, place=words)
    hers = Meeting.find(mentor, meeting.id)
    for step in ("since", "what", "so_what", "question", "now_what", "note"):
        Reflection.save_text(mentee, meeting, step, words, rev=0, page="", style=4)
    Reflection.save_text(mentee, None, "arrival", words, rev=0, page="")
    Reflection.save_text(mentor, hers, "intention", words, rev=0, page="")
    SharedPreparation.share(meeting, "all")
    AgendaItem.put(meeting, words)
    AgendaItem.put_prompt(hers, library().choose()[0].id)
    own = OwnPrompt.put(mentor, {"words": words, "theme": "us", "stance": "process"})
    for pair in (mentee, mentor):
        PromptMarks.mark(pair, str(own.id), FAVOURITE)
    for step in ("since", "frame", "conversation", "timeout", "wrap_up"):
        Recap.save_text(meeting, step, words, rev=0, page="")
    Insight.note(meeting, words, shared=True)
    Insight.note(meeting, words, shared=False)
    Insight.note(hers, words, shared=False)
    Offer.make(mentor, words, hers)
    plan = {"cue": words, "act": words, "obstacle": words, "want": "4"}
    Action.plan(mentee, plan, meeting=meeting).complete("partly", words)
    Action.plan(mentee, plan)
    Promise.make(mentee, words, meeting)
    Promise.make(mentor, words, hers)
    what_became(mentee, mentor, meeting, words)
    meeting_before = plan_meeting(mentee, days=-20)
    meeting_before.hold()
    furnish_ending(mentee, mentor, words)
    ExperiencedStyle.mark(meeting_before, 4)
    live_by_it(mentee, mentor, meeting_before, words=words)
    strengths_and_goals(mentee, mentor, meeting_before, words)
    take_along(mentee, mentor, words)
    return meeting


def take_along(mentee, mentor, words="words"):
    """Words of the mentee's own on their paper, and words of the mentor's that they ask for."""
    ReviewItem.write_own(mentee, words)
    given = Insight.add(mentor, meeting=Meeting.of(mentor).first().id, text=words)
    ReviewItem.pick(mentee, {f"insight:{given.id}"})
    ReviewItem.mine(mentee)[-1].ask()


def strengths_and_goals(mentee, mentor, held, words):
    """Strengths, one of them seen by the mentor first, and a goal in other words, moved on and scored by both."""
    offers = [StrengthOffer.find(mentee, StrengthOffer.make(mentor, words).id) for _ in range(2)]
    Strength.name_one(mentee, {"strength": words, "moment": words}, offers[1])
    Strength.name_one(mentee, {"strength": words, "moment": words}).put_aside()
    typed = {"what": words, "why": words, "now": "-1"} | {f"level-{n}": words for n in range(5)}
    goal = Goal.write_down(mentee, typed)
    goal.reword(typed | {"level-2": f"{words} again"}, rev=1)
    for sureness in ("8", "9"):
        NearestStep.take(Goal.find(mentee, goal.id), {"step": words, "sureness": sureness})
    for pair in (mentee, mentor):
        said = {"level": "1", "moment": words, "version": "1"}
        Score.give(Goal.find(pair, goal.id), Meeting.find(pair, held.id), said)


def furnish_agreement(mentee, mentor, words):
    """In force, and two changes of it proposed: one waits for each."""
    from conftest import agree

    for pair in (mentee, mentor):
        Draft.save_start(pair, {"purpose_kind": "both", "purpose_scope": "area", "manager": "no"})
    agree(mentee, mentor, mentee_aim=words, success_sign=words)
    Proposal.make(mentee, "success_sign", {"success_sign": f"{words} again"}, seen="")
    Proposal.make(mentor, "meeting_length", {"meeting_length": "45"}, seen="")


def live_by_it(mentee, mentor, meeting, *, words):
    """One of everything that comes of living by the agreement; `meeting` was held."""
    from conftest import plan_meeting

    for pair in (mentee, mentor):
        hers = Meeting.find(pair, meeting.id)
        Pulse.give(hers, {"bond": "2", "contract": "4"})
        Pulse.on(hers).wish("named")
    for step in QUESTIONS:
        MidwayNote.save_text(mentee, step, words, rev=0, page="")
    MidwayReview.keep(mentee, seen=str(Edition.in_force(mentee).id))
    cancelled = [plan_meeting(mentee, days=days) for days in (20, 21)]
    for one in cancelled:
        one.cancel()
    for pair in (mentee, mentor):
        SetAside.mark(pair, cancelled[-1].id)


def what_became(mentee, mentor, meeting, words):
    """Plans, ideas and promises that have gone on since they were made."""
    insight = Insight.note(meeting, words, shared=True)
    Action.plan(mentee, {"cue": words, "act": words}, insight=insight).replan({"cue": words, "act": words}, words)
    Offer.find(mentee, Offer.make(mentor, words).id).park()
    Offer.find(mentee, Offer.make(mentor, words).id).decline()
    Promise.make(mentor, words).close("let_go", words)
    insight.rest()


def kinds():
    """Every kind of row there is."""
    return [cls for cls in Row.__subclasses__() if cls.kind]


def furnish_ending(mentee, mentor, words):
    """What is said about how it goes on; it goes on."""
    from companion.endings.chemistry import Chemistry
    from companion.endings.models import Farewell, Harvest

    Chemistry.say(mentee, "finding out")
    Harvest.save_text(mentee, "then", words, rev=0, page="")
    Harvest.save_text(mentor, "thanks", words, rev=0, page="")
    Harvest.share(mentor)
    Farewell.add(mentor, text=words)


# Addresses.

STRINGS = {
    "step": "since",
    "question": "then",
    "part": "A",
    "key": "interval",
    "token": "x",
    "prompt_id": "x",
    "version": "x",
    "name": "x",
}


def routes(app, method):
    """Every rule that answers to `method`."""
    return sorted((rule for rule in app.url_map.iter_rules() if method in rule.methods), key=lambda rule: rule.rule)


def address(rule, ids=None, **given):
    """An address `rule` answers to: ids from `ids`, or unknown ones."""
    values = {}
    for name in rule.arguments:
        converter = rule._converters[name]
        if name in given:
            values[name] = given[name]
        elif type(converter).__name__ == "UUIDConverter":
            values[name] = (ids or {}).get(name) or uuid4()
        elif type(converter).__name__ == "IntegerConverter":
            values[name] = 1
        else:
            values[name] = STRINGS.get(name, "x")
    return rule.build(values, append_unknown=False)[1]


# The library has a page for every prompt, and a list for every theme and style.
MANY = re.compile(r"(?<=/prompts/)[a-z0-9]+(-[a-z0-9]+)+$|(?<=/prompts/all\?).*|(?<=/prompts/cards\?).*")


def shape(path):
    """An address without what makes it one of many alike."""
    return MANY.sub("…", path)


def new_ones(links, known):
    """Those of `links` that lead into the house and are not like any that is `known`."""
    shapes, found = {shape(path) for path in known}, set()
    for path in sorted({link.partition("#")[0] for link in links if link.startswith("/")}):
        if shape(path) not in shapes:
            shapes.add(shape(path))
            found.add(path)
    return found


def ids_of(pair, person=None):
    """{name of an argument: a real id of that kind in `pair`}, private rows of the asker among them."""
    from companion.people.models import Session

    found = {"pair_id": pair.id}
    for cls in kinds():
        name = re.sub(r"(?<!^)([A-Z])", r"_\1", cls.__name__).lower()
        row = cls.of(pair).order_by(cls.scope != pair.id, cls.created_at).first()
        if row is not None:
            found[f"{name}_id"] = row.id
            # An agenda item is an item; but a strength that is offered is no idea that is offered.
            found.setdefault(f"{name.rpartition('_')[2]}_id", row.id)
    # Two editions are compared.
    found |= {"other_id": found["edition_id"]} if "edition_id" in found else {}
    session = Session.get_or_none(person=pair.person)
    return found | ({"session_id": session.id} if session else {})


# What is kept.


def dump(but=()):
    """{table: its rows} of the whole database, without the columns ("table.column") or tables named in `but`."""
    kept = {}
    for table in sorted(db.db.get_tables()):
        if table in but:
            continue
        names = [column.name for column in db.db.get_columns(table) if f"{table}.{column.name}" not in but]
        quoted = ", ".join(f'"{name}"' for name in names)
        kept[table] = sorted(db.db.execute_sql(f'SELECT {quoted} FROM "{table}"').fetchall(), key=repr)
    return kept


# What a page is made of.


class _Elements(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.elements, self.open = [], []

    def handle_starttag(self, tag, attributes):
        element = SimpleNamespace(tag=tag, inside=list(self.open), said=[], given=dict(attributes), pairs=attributes)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place].tag == tag:
                del self.open[place:]
                return

    def handle_data(self, data):
        for element in self.open:
            element.said.append(data)


@lru_cache(maxsize=1)  # One page is often looked at in several ways, one after the other.
def elements(html):
    """Every element of `html` in order: its tag, what is given (attributes), its text and what it stands in."""
    parser = _Elements()
    parser.feed(html)
    parser.close()
    for one in parser.elements:
        one.text = "".join(one.said)
    return parser.elements


def forms(html):
    """Every form of a page: action, method, its fields (elements with a name) and buttons."""
    everything = elements(html)
    found = []
    for form in (one for one in everything if one.tag == "form"):
        own = [
            one
            for one in everything
            if one.tag in ("input", "textarea", "select", "button")
            and (form in one.inside or (form.given.get("id") and one.given.get("form") == form.given["id"]))
        ]
        for one in own:
            if one.tag == "select":
                one.options = [option for option in everything if option.tag == "option" and one in option.inside]
        found.append(
            SimpleNamespace(
                action=form.given.get("action"),
                method=form.given.get("method", "").lower(),
                fields=[one for one in own if one.tag != "button" and one.given.get("name")],
                buttons=[one for one in own if one.tag == "button"],
            )
        )
    return found


def unsealed(html):
    """`html` without what differs by address and by moment, so that two answers can be compared."""
    html = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", html)
    return re.sub(r'(id|for|name="page" value)="[\w-]*"', r"\1", html)


def as_uuid(text):
    return UUID(text)
