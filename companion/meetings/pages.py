"""What the pages of a meeting show: planning it, ahead of it, in the middle of it, and afterwards."""

from datetime import timedelta
from typing import NamedTuple

from flask import g, url_for

from companion import i18n
from companion.actions.models import Action, Offer, Promise
from companion.agreement.models import Edition
from companion.db import now
from companion.goals.models import Goal
from companion.i18n import _, ngettext
from companion.meetings import latest
from companion.meetings.models import LENGTHS, RECAPPED, STEPS, TIMEOUT, AgendaItem, Meeting, Presence, Recap, Step
from companion.prompts.models import library
from companion.reflections.fields import own_writing
from companion.reflections.models import AFTER, TALKED, ExperiencedStyle, Insight, Reflection, SharedPreparation
from companion.web import open_pair
from companion.writing import Writing

# At which steps a card of the library is laid on both screens, and which.
CARDS = {"frame": "frame", "timeout": "timeout", "next": "wrap-up"}


def found(pair_id, meeting_id):
    pair = open_pair(pair_id)
    return pair, Meeting.find(pair, meeting_id)


def plan_page(pair, meeting=None):
    edition = Edition.in_force(pair)
    agreed = edition.answers if edition and edition.readable else {}
    return {
        "pair": pair,
        "meeting": meeting,
        "minutes_options": [(n, ngettext("%(num)s minute", "%(num)s minutes", n)) for n in LENGTHS],
        "theme_options": [("", _("No theme")), *library().themes.items()],
        "length": str(meeting.minutes if meeting else agreed.get("meeting_length", "60")),
        "form": meeting.form if meeting else "open" if agreed.get("meeting_style") == "open" else "theme",
        "starts": i18n.local(meeting.starts_at) if meeting else None,
        "today": i18n.today(),
        "zone": g.person.timezone,
        "changed": False,
    }


def recap_writing(pair, meeting, step, row):
    action = url_for("hour.recap", pair_id=pair.id, meeting_id=meeting.id, step=step)
    return Writing(action, _("Recap"), pair, row, shared=True, rows=4)


def presence(meeting):
    mine, other = Presence.at(meeting)
    return {"pair": meeting.opener, "meeting": meeting, "me_here": mine, "other_here": other}


def meeting_page(pair, meeting):
    """The meeting as it stands: ahead, going on, or held."""
    version, _within = latest.look(g.person, pair.id, meeting.id)
    # One that was going on when the mentorship ended is over too.
    state = "held" if pair.is_ended and meeting.is_going_on else meeting.state
    about = {"planned": planned, "begun": going_on, "held": held, "cancelled": lambda pair, meeting: {}}
    return {
        "pair": pair,
        "meeting": meeting,
        "version": version,
        "number": meeting.number,
        "may_begin": meeting.starts_at - timedelta(hours=12) <= now() and not pair.is_ended,
        "state": state,
        "line": line(meeting),
        "now": STEPS[meeting.step],
        "steps": STEPS,
        "back": url_for("meetings.show", pair_id=pair.id, meeting_id=meeting.id),
        "problem": None,
    } | about[state](pair, meeting)


class Place(NamedTuple):
    """One step on the line of a meeting: minutes planned and used, and past, now or next."""

    step: Step
    minutes: int
    used: int
    state: str


def line(meeting):
    """The places of `meeting` in the order they are gone through; a time-out that was called stands before the step
    it interrupted, and what was written at it stays on the line."""
    order = list(range(len(STEPS)))
    interrupted = meeting.back_to
    if interrupted is None and meeting.step < TIMEOUT and meeting.had_timeout:
        interrupted = meeting.step
    if interrupted is not None:
        order.remove(TIMEOUT)
        order.insert(order.index(interrupted), TIMEOUT)
    here = order.index(meeting.step) if meeting.is_going_on else -1
    places = []
    for place, n in enumerate(order):
        step = STEPS[n]
        state = "now" if place == here else "past" if place < here else "next"
        places.append(Place(step, step.minutes_of(meeting), round(meeting.seconds_at(step.key) / 60), state))
    return places


def planned(pair, meeting):
    return {"shared": SharedPreparation.on(meeting), "agenda": AgendaItem.on(meeting)}


def going_on(pair, meeting):
    """What the present step needs, and what was written at those before it."""
    step = STEPS[meeting.step].key
    recaps = Recap.on(meeting)
    mine = Reflection.on(pair, meeting)
    page = presence(meeting) | {
        "step": step,
        "recaps": recaps,
        "recap": recap_writing(pair, meeting, step, recaps.get(step)) if step in RECAPPED else None,
        "note": own_writing(pair, meeting, f"note-{step}" if step in RECAPPED else "note", mine),
        "shared": SharedPreparation.on(meeting) if step in ("since", "frame", "conversation") else None,
        "insights": Insight.from_meetings(pair, [meeting])[meeting.id] if step == "wrap_up" else [],
    }
    if step == "since":
        page |= {"open_plans": Action.open_in(pair), "promises": Promise.open_in(pair)}
        page["goal_count"] = Goal.count_open(pair)
    if step == "conversation":
        page["agenda"] = AgendaItem.on(meeting)
    if step in CARDS:
        page["card"] = process_card(CARDS[step], meeting)
    if step == "plan":
        page |= {"plans": plans_of(pair, meeting), "offers": offers_of(pair, meeting), "action": None}
    if step == "promises":
        page["promises"] = Promise.from_meeting(meeting)
    if step == "next":
        page |= next_time(pair, meeting)
    return page


def held(pair, meeting):
    mine = Reflection.on(pair, meeting)
    shared = SharedPreparation.on(meeting)
    asked = shared.style if shared else None
    agreed = None if asked else Edition.style_wanted(pair)
    notes = [(STEPS[n].name, mine[f"note-{key}"]) for n, key in enumerate(RECAPPED) if f"note-{key}" in mine]
    return {
        "shared": shared,
        "goal_count": Goal.count_open(pair),
        "recaps": Recap.on(meeting),
        "insights": Insight.from_meetings(pair, [meeting])[meeting.id],
        "plans": plans_of(pair, meeting),
        "offers": offers_of(pair, meeting),
        "promises": Promise.from_meeting(meeting),
        "styles": ExperiencedStyle.seen_in(pair, [meeting.id])[meeting.id],
        "wished": asked or (agreed.step if agreed else None),
        "looking_back": [own_writing(pair, meeting, key, mine) for key, *_rest in AFTER[pair.role]],
        "notes": [(name, row) for name, row in notes if row.says_something],
        "begin": library().to_look_back(pair.role, meeting.theme, turn=meeting.number),
        "note": own_writing(pair, meeting, "note", mine),
        "talked": [(value, words, "") for value, words in TALKED.items()],
        "next": Meeting.ahead(pair).first(),
    }


def process_card(move, meeting):
    """One of the library's cards, another at every meeting."""
    cards = library().cards(move)
    return cards[(meeting.number - 1) % len(cards)] if cards else None


def plans_of(pair, meeting):
    return list(Action.of(pair).where(Action.meeting == meeting.id).order_by(Action.created_at, Action.id))


def offers_of(pair, meeting):
    return [offer for offer in Offer.waiting(pair) if offer.meeting_id == meeting.id]


def next_time(pair, meeting):
    """The next meeting, or what to suggest for it: the same weekday and hour, as far away as agreed."""
    edition = Edition.in_force(pair)
    weeks = edition.answers.get("interval", "") if edition and edition.readable else ""
    starts = i18n.local(meeting.starts_at) + timedelta(weeks=int(weeks) if weeks.isdecimal() else 4)
    return {"next": Meeting.ahead(pair).where(Meeting.id != meeting.id).first(), "starts": starts}


def record_page(pair, meeting):
    both_said = len(ExperiencedStyle.seen_in(pair, [meeting.id])[meeting.id]) == 2
    return {"pair": pair, "meeting": meeting, "number": meeting.number, "both_said": both_said}
