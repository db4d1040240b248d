"""Meetings: planned, held or cancelled; their agenda, and what is written down while they last."""

from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple
from uuid import UUID, uuid4

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, fn

from companion import i18n, text
from companion.db import IdField, Model, db, now
from companion.errors import Invalid
from companion.i18n import _, _l
from companion.pairs.models import MENTEE, MENTOR
from companion.pairs.rows import Row
from companion.people.models import Person
from companion.prompts import own
from companion.prompts.models import library

LENGTHS = (30, 45, 60, 75, 90, 120)
PROMPTS_AT_MOST = 3

# However often pages say that somebody is here, it is written down no oftener than this.
HERE_EVERY = timedelta(seconds=20)
# A page that is open says so every 24 seconds: one of them may get lost.
AWAY_AFTER = timedelta(seconds=50)
UNDONE_WITHIN = timedelta(minutes=10)
# How long after its planned end a visible page of a meeting still counts as somebody being here.
OVERTIME = timedelta(minutes=30)
# A step nobody moved on from, as when a page was left open overnight, counts no longer than this.
LONGEST_STEP = timedelta(hours=4)


class Step(NamedTuple):
    """One place on the agenda line: what it is for, and its share of the time."""

    key: str
    name: str
    asks: str
    share: float
    wraps_up: bool = False

    def minutes_of(self, meeting):
        """How many minutes of `meeting` are meant for it."""
        return max(1, round(self.share * meeting.minutes))


# The agenda line of every meeting.
# Source: contract, time-out and closing, as Danish mentor programmes teach them.
STEPS = (
    Step("since", _l("Since last time"), _l("What became of the plans, and what happened in between?"), 0.1),
    Step("frame", _l("Frame"), _l("What should come out of today, and how shall we talk about it?"), 0.06),
    Step("conversation", _l("Conversation"), _l("The question the mentee brought."), 0.64),
    Step("timeout", _l("Time-out"), _l("Are we on the right track?"), 0.03),
    Step("wrap_up", _l("What we take with us"), _l("What does each of you take with you?"), 0.05, True),
    Step("plan", _l("The plan"), _l("If … then …"), 0.05, True),
    Step("promises", _l("Promises"), _l("What did you promise each other?"), 0.03, True),
    Step("next", _l("Next time"), _l("When do you meet again?"), 0.04, True),
)
KEYS = [step.key for step in STEPS]
TIMEOUT = KEYS.index("timeout")
# Where the two write a recap together; the last three have forms of their own.
RECAPPED = KEYS[: KEYS.index("plan")]


class Days(NamedTuple):
    """The meetings of a pair, the first one first: {id: when it began} of those held, and of those with the one that is
    going on; {id: its number} of all that were not cancelled."""

    held: dict
    begun: dict
    numbers: dict


class Meeting(Row):
    """One meeting of a pair."""

    kind = "meeting"
    sealed = {
        "form": "open", "theme": "", "title": "", "place": "",
        # Seconds used at each step; when the present one began; who called a time-out, and from which step.
        "spent": {}, "entered": "", "called": None,
    }  # fmt: skip

    starts_at = DateTimeField()
    minutes = IntegerField()
    begun_at = DateTimeField(null=True)
    step = IntegerField(default=0)
    held_at = DateTimeField(null=True)
    cancelled_at = DateTimeField(null=True)
    cancelled_by = IdField(null=True)

    class Meta:
        indexes = ((("pair", "starts_at"), False),)

    @classmethod
    def plan(cls, pair, typed):
        """A new meeting from a form; raises Invalid."""
        return cls.add(pair, **cls._read(typed))

    def replan(self, typed, *, rev):
        """Another date, place or theme; raises Invalid, Conflict."""
        self._still_ahead()
        return self.change(rev=rev, **self._read(typed))

    @classmethod
    def _read(cls, typed):
        form = typed.get("form", "")
        theme = typed.get("theme", "")
        if form not in ("theme", "open"):
            raise Invalid(_("Choose a theme or open talk."), "form")
        title = text.read(typed.get("title", ""), field="title", longest=120)
        if form == "theme" and theme not in library().themes and not title:
            raise Invalid(_("Choose a theme, or write it in your own words."), "theme")
        minutes = typed.get("minutes", "")
        if minutes not in {str(n) for n in LENGTHS}:
            raise Invalid(_("Choose how long it lasts."), "minutes")
        return {
            "starts_at": _starts(typed.get("day", ""), typed.get("time", "")),
            "minutes": int(minutes),
            "form": form,
            "theme": theme if form == "theme" and theme in library().themes else "",
            "title": title if form == "theme" else "",
            "place": text.read(typed.get("place", ""), field="place", longest=300),
        }

    @classmethod
    def ahead(cls, pair):
        """The meetings neither held nor cancelled, the next one first."""
        open_still = cls.held_at.is_null() & cls.cancelled_at.is_null()
        return cls.of(pair).where(open_still).order_by(cls.starts_at, cls.id)

    @classmethod
    def held(cls, pair):
        """The meetings that were held, the latest first."""
        return cls.of(pair).where(cls.held_at.is_null(False)).order_by(cls.starts_at.desc(), cls.id)

    @classmethod
    def these(cls, pair, ids):
        """The meetings with these ids, in this order."""
        found = {meeting.id: meeting for meeting in cls.of(pair).where(cls.id.in_(ids))}
        return [found[meeting_id] for meeting_id in ids if meeting_id in found]

    @classmethod
    def latest_held(cls, pair, most):
        """The ids of the latest `most` meetings that were held; none of them is opened."""
        query = cls.select(cls.id).where(cls.pair == pair.id, cls.held_at.is_null(False))
        return [row[0] for row in query.order_by(cls.starts_at.desc(), cls.id).limit(most).tuples()]

    @classmethod
    def count_held(cls, pair):
        """How many meetings were held."""
        return cls.select(fn.COUNT(cls.id)).where(cls.pair == pair.id, cls.held_at.is_null(False)).scalar()

    @classmethod
    def days_held(cls, pair):
        """{id: when it began} of the meetings that were held, the first one first; none of them is opened."""
        query = cls.select(cls.id, cls.starts_at).where(cls.pair == pair.id, cls.held_at.is_null(False))
        return dict(query.order_by(cls.starts_at, cls.id).tuples())

    @classmethod
    def days(cls, pair):
        """The Days of all meetings; none of them is opened."""
        begun, held, lasting = cls.begun_at.is_null(False), cls.held_at.is_null(False), cls.cancelled_at.is_null()
        columns = cls.id, cls.starts_at, begun, held, lasting
        query = cls.select(*columns).where(cls.pair == pair.id).order_by(cls.starts_at, cls.id)
        days = Days({}, {}, {})
        for meeting_id, starts, begun, held, lasting in query.tuples():
            if held:
                days.held[meeting_id] = starts
            if held or (begun and lasting):
                days.begun[meeting_id] = starts
            if lasting:
                days.numbers[meeting_id] = len(days.numbers) + 1
        return days

    @classmethod
    def numbers(cls, pair):
        """{id: its number} for every meeting that was not cancelled."""
        query = cls.select(cls.id).where(cls.pair == pair.id, cls.cancelled_at.is_null())
        return {row[0]: n for n, row in enumerate(query.order_by(cls.starts_at, cls.id).tuples(), start=1)}

    @classmethod
    def states(cls, pair):
        """[(id, whether it was held, whether it was cancelled)] of every meeting, in order; none of them is opened."""
        columns = cls.id, cls.held_at.is_null(False), cls.cancelled_at.is_null(False)
        return list(cls.select(*columns).where(cls.pair == pair.id).order_by(cls.starts_at, cls.id).tuples())

    @cached_property
    def number(self):
        """Which meeting of the pair's it is; looked up once, as a page says it several times."""
        cls = type(self)
        earlier = cls.select(fn.COUNT(cls.id)).where(
            cls.pair == self.pair_id,
            cls.cancelled_at.is_null(),
            (cls.starts_at < self.starts_at) | ((cls.starts_at == self.starts_at) & (cls.id <= self.id)),
        )
        return earlier.scalar()

    @property
    def subject(self):
        """What it is about, in a few words of the pair's own or the library's."""
        if not self.readable:
            return _("This text cannot be opened.")
        if self.form == "open":
            return _("Open talk")
        return self.title or library().themes[self.theme] if self.theme in library().themes else self.title

    @property
    def state(self):
        """cancelled, held, begun or planned."""
        for state in ("cancelled", "held", "begun"):
            if getattr(self, f"{state}_at"):
                return state
        return "planned"

    @property
    def was_before_today(self):
        """Whether what is asked of it is asked of another day."""
        return not self.is_going_on and i18n.local(self.starts_at).date() < i18n.today()

    @property
    def ends_at(self):
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def is_going_on(self):
        return self.state == "begun"

    def begin(self):
        if not self.begun_at:
            self._still_ahead()
            self.change(begun_at=now(), step=0, entered=now().isoformat())

    def go_to(self, step):
        """Move the agenda line to `step`, counted from 0; either of the two may, forth and back."""
        if not 0 <= step < len(STEPS):
            raise Invalid(_("There is no such step."))
        self._still_ahead()
        if self.step != step or not self.begun_at:
            self.change(step=step, begun_at=self.begun_at or now(), called=None, **self._clocked())

    def call_timeout(self):
        """Stop and look at the conversation itself: either may, at any step."""
        self._still_ahead()
        if self.step != TIMEOUT:
            called = {"by": str(self.opener.person.id), "from": self.step}
            self.change(step=TIMEOUT, begun_at=self.begun_at or now(), called=called, **self._clocked())

    @property
    def caller(self):
        """The id of whoever called the time-out that is on."""
        return UUID(self.called["by"]) if self.called else None

    @property
    def back_to(self):
        """The step a called time-out interrupted, or None."""
        return self.called["from"] if self.called and self.step == TIMEOUT else None

    @property
    def had_timeout(self):
        return STEPS[TIMEOUT].key in self.spent

    @property
    def following(self):
        """The step the two go on to from here, or None at the last."""
        if self.back_to is not None:
            return self.back_to
        step = self.step + 1
        # A time-out that was called before need not come twice.
        step += step == TIMEOUT and self.had_timeout
        return step if step < len(STEPS) else None

    def seconds_at(self, key):
        """Time used at one step so far."""
        running = self._running() if self.is_going_on and STEPS[self.step].key == key else 0
        return self.spent.get(key, 0) + running

    def _running(self):
        entered = datetime.fromisoformat(self.entered) if self.entered else self.begun_at
        return max(0, round(min(now() - entered, LONGEST_STEP).total_seconds())) if entered else 0

    def _clocked(self):
        key = STEPS[self.step].key
        return {"spent": self.spent | {key: self.seconds_at(key)}, "entered": now().isoformat()}

    def hold(self):
        """It has been held."""
        if self.held_at:
            return
        self._still_ahead()
        if self.starts_at - timedelta(hours=12) > now():
            raise Invalid(_("This meeting is still to come. Move it to another day first, if you met earlier."))
        with db.atomic():
            self.change(held_at=now(), called=None, **self._clocked())
            Presence.forget(self)

    @property
    def can_go_on(self):
        """Whether its end can still be undone."""
        return bool(self.held_at and now() - self.held_at <= UNDONE_WITHIN)

    def go_on(self):
        """It was not over yet: ending it is undone, within ten minutes."""
        if not self.held_at:
            return
        if not self.can_go_on:
            raise Invalid(_("More than ten minutes have passed. You can still write on this page."))
        self.change(held_at=None, entered=now().isoformat())

    def cancel(self):
        if self.cancelled_at:
            return
        self._still_ahead()
        with db.atomic():
            self.change(cancelled_at=now(), cancelled_by=self.opener.person.id)
            Presence.forget(self)

    def _still_ahead(self):
        if self.held_at or self.cancelled_at:
            raise Invalid(_("This meeting is over."))


class AgendaItem(Row):
    """Something one of the two wants to get to: a line of their own, or a prompt, the library's or the pair's.

    A prompt keeps the words it had in both languages, so that the meeting still knows them when the prompt goes. Its
    `stance` is the prompt's own; at a line of the mentee's it is the style they ask for.
    """

    kind = "agenda item"
    sealed = {"title": "", "prompt": "", "da": "", "en": "", "stance": None, "taken": False}

    meeting = ForeignKeyField(Meeting, on_delete="CASCADE", backref="+")
    position = IntegerField()
    # Whether a place among the mentor's three is taken is a state; which prompt it is stays sealed.
    place = CharField(default="item")

    class Meta:
        indexes = ((("pair", "meeting"), False),)

    @classmethod
    def on(cls, meeting):
        """The agenda of `meeting` in order."""
        return list(cls.of(meeting.opener).where(cls.meeting == meeting.id).order_by(cls.position, cls.created_at))

    @classmethod
    def put(cls, meeting, title, *, style=None):
        """A line of the asker's own; the mentee may ask for a style (1–5) for it. Raises Invalid."""
        pair = meeting.opener
        title = text.read(title, field="title", longest=200, required=True)
        asked = style if pair.role == MENTEE else None
        with db.atomic():
            return cls.add(pair, meeting=meeting.id, position=cls._last(meeting) + 1, title=title, stance=asked)

    @classmethod
    def put_prompt(cls, meeting, prompt_id):
        """The mentor puts a prompt on the agenda: at most three."""
        pair = meeting.opener
        pair.only(MENTOR)
        prompt = own.find(pair, prompt_id)
        with db.atomic():
            chosen = cls.prompts_on(meeting)
            if prompt.id in {item.prompt for item in chosen}:
                return
            if len(chosen) >= PROMPTS_AT_MOST:
                raise Invalid(_("Three are enough for one meeting. Take one off first."), "prompt")
            cls.add(
                pair,
                meeting=meeting.id,
                position=cls._last(meeting) + 1,
                place="prompt",
                prompt=prompt.id,
                da=prompt.da,
                en=prompt.en,
                stance=prompt.stance,
            )

    @classmethod
    def prompts_on(cls, meeting):
        return [item for item in cls.on(meeting) if item.place == "prompt"]

    @classmethod
    def used_before(cls, meeting):
        """The ids of the prompts on the agendas of the latest five meetings that were held."""
        pair = meeting.opener
        latest = Meeting.latest_held(pair, 5)
        return {item.prompt for item in cls.of(pair).where(cls.place == "prompt", cls.meeting.in_(latest))}

    @classmethod
    def topics_by(cls, pair, meeting_ids):
        """[(meeting id, who put it there)] of the lines of the two's own on these agendas; none of them is opened."""
        topics = cls.select(cls.meeting, cls.author).where(
            cls.pair == pair.id, cls.place == "item", cls.meeting.in_(meeting_ids)
        )
        return topics.order_by(cls.position, cls.id).tuples()

    @classmethod
    def _last(cls, meeting):
        return cls.select(fn.MAX(cls.position)).where(cls.meeting == meeting.id).scalar() or 0

    @property
    def is_prompt(self):
        return self.place == "prompt"

    def words(self, language):
        """What it says; a prompt says it in the reader's language."""
        if not self.readable:
            return _("This text cannot be opened.")
        return (self.da if language == "da" else self.en) if self.is_prompt else self.title

    def move(self, direction):
        """One place up (-1) or down (1)."""
        with db.atomic():
            items = AgendaItem.of(self.opener).where(AgendaItem.meeting == self.meeting_id)
            items = list(items.order_by(AgendaItem.position, AgendaItem.created_at))
            here = next((n for n, item in enumerate(items) if item.id == self.id), None)
            there = here + direction if here is not None else -1
            if 0 <= there < len(items):
                items[here], items[there] = items[there], items[here]
                for position, item in enumerate(items, start=1):
                    if item.position != position:
                        item.change(position=position)

    def take(self, taken):
        """The two have got to it, or not after all."""
        if self.taken != taken:
            self.change(taken=taken)

    def remove(self):
        self.delete_instance()


class Recap(Row):
    """What the two write down together at one step of a meeting."""

    kind = "recap"
    sealed = {"text": ""}
    markdown = ("text",)

    meeting = ForeignKeyField(Meeting, on_delete="CASCADE", backref="+")
    step = CharField()

    @classmethod
    def on(cls, meeting):
        """{step: recap}."""
        return {row.step: row for row in cls.of(meeting.opener).where(cls.meeting == meeting.id)}

    @classmethod
    def save_text(cls, meeting, step, typed, *, rev, page, field="text"):
        """Save the recap of `step` while it is being typed; raises Invalid (about `field`), Conflict."""
        if step not in RECAPPED:
            raise Invalid(_("There is no such step."))
        words, where = text.read(typed, field=field), {"meeting": meeting.id, "step": step}
        return cls.write(meeting.opener, mine=False, where=where, rev=rev, page=page, text=words)


class Presence(Model):
    """Who has the page of a meeting open, and whether the two share one screen. Gone when the meeting ends."""

    meeting = ForeignKeyField(Meeting, on_delete="CASCADE", backref="+")
    person = ForeignKeyField(Person, on_delete="CASCADE", backref="+")
    seen_at = DateTimeField()
    together_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("meeting", "person"), True),)

    @classmethod
    def note(cls, meeting, *, together=None):
        """The asker is here; `together` says whether both look at this screen, None that nothing changed."""
        moment, person = now(), meeting.opener.person
        values, due = {"seen_at": moment}, cls.seen_at <= moment - HERE_EVERY
        if together is not None:
            values["together_at"], due = moment if together else None, None
        query = cls.insert(id=uuid4(), meeting=meeting.id, person=person.id, **values)
        query.on_conflict(conflict_target=[cls.meeting, cls.person], update=values, where=due).execute()

    @classmethod
    def at(cls, meeting):
        """(mine, the other's), each None where nobody was."""
        rows = {row.person_id: row for row in cls.select().where(cls.meeting == meeting.id)}
        pair = meeting.opener
        return rows.get(pair.person.id), rows.get(pair.partner.id) if pair.partner else None

    @classmethod
    def forget(cls, meeting):
        """Nobody needs to know afterwards who looked at which screen."""
        cls.delete().where(cls.meeting == meeting.id).execute()

    @property
    def is_here(self):
        return now() - self.seen_at <= AWAY_AFTER

    @property
    def is_together(self):
        return bool(self.together_at) and self.is_here


def _starts(day, clock):
    try:
        day = date.fromisoformat(day)
    except ValueError:
        raise Invalid(_("Choose a day, such as 12 November."), "day") from None
    try:
        clock = time.fromisoformat(clock)
    except ValueError:
        raise Invalid(_("Choose a time, such as 15:00."), "time") from None
    if clock.tzinfo is not None:
        raise Invalid(_("Choose a time, such as 15:00."), "time")
    today = i18n.today()
    if not today - timedelta(days=366) <= day <= today + timedelta(days=3 * 366):
        raise Invalid(_("Choose a day within the coming years."), "day")
    return i18n.utc(day, clock.replace(second=0, microsecond=0))
