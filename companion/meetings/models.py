"""Meetings: planned, held or cancelled; their agenda, and what is written down while they last."""

from datetime import date, time, timedelta

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, fn

from companion import i18n, text
from companion.db import IdField, db, now
from companion.errors import Invalid
from companion.i18n import _, _l
from companion.pairs.models import MENTOR
from companion.pairs.rows import Row
from companion.prompts import own
from companion.prompts.models import library

LENGTHS = (30, 45, 60, 75, 90, 120)
PROMPTS_AT_MOST = 3

# The agenda line of every meeting: name, what it is for, its share of the time.
# Source: contract, time-out and closing, as Danish mentor programmes teach them.
STEPS = (
    ("since", _l("Since last time"), _l("What became of the plans, and what happened in between?"), 0.1),
    ("frame", _l("Frame"), _l("What should come out of today, and how shall we talk about it?"), 0.06),
    ("conversation", _l("Conversation"), _l("The question the mentee brought."), 0.64),
    ("timeout", _l("Time-out"), _l("Are we on the right track?"), 0.03),
    ("wrap_up", _l("Wrap-up"), _l("What each takes along, an if–then plan, the next date."), 0.17),
)


class Meeting(Row):
    """One meeting of a pair."""

    kind = "meeting"
    sealed = {"form": "open", "theme": "", "title": "", "place": ""}

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
    def count_held(cls, pair):
        """How many meetings were held."""
        return cls.select(fn.COUNT(cls.id)).where(cls.pair == pair.id, cls.held_at.is_null(False)).scalar()

    @classmethod
    def days_held(cls, pair):
        """{id: when it began} of the meetings that were held, the first one first; none of them is opened."""
        query = cls.select(cls.id, cls.starts_at).where(cls.pair == pair.id, cls.held_at.is_null(False))
        return dict(query.order_by(cls.starts_at, cls.id).tuples())

    @classmethod
    def numbers(cls, pair):
        """{id: its number} for every meeting that was not cancelled."""
        query = cls.select(cls.id).where(cls.pair == pair.id, cls.cancelled_at.is_null())
        return {row[0]: n for n, row in enumerate(query.order_by(cls.starts_at, cls.id).tuples(), start=1)}

    @property
    def number(self):
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
    def ends_at(self):
        return self.starts_at + timedelta(minutes=self.minutes)

    def begin(self):
        if not self.begun_at:
            self._still_ahead()
            self.change(begun_at=now(), step=0)

    def go_to(self, step):
        """Move the agenda line to `step`, counted from 0; either of the two may, forth and back."""
        if not 0 <= step < len(STEPS):
            raise Invalid(_("There is no such step."))
        self._still_ahead()
        if self.step != step or not self.begun_at:
            self.change(step=step, begun_at=self.begun_at or now())

    def hold(self):
        """It has been held."""
        if self.held_at:
            return
        self._still_ahead()
        if self.starts_at - timedelta(hours=12) > now():
            raise Invalid(_("This meeting is still to come. Move it to another day first, if you met earlier."))
        self.change(held_at=now())

    def cancel(self):
        if self.cancelled_at:
            return
        self._still_ahead()
        self.change(cancelled_at=now(), cancelled_by=self.opener.person.id)

    def _still_ahead(self):
        if self.held_at or self.cancelled_at:
            raise Invalid(_("This meeting is over."))


class AgendaItem(Row):
    """Something one of the two wants to get to: a line of their own, or a prompt, the library's or the pair's.

    A prompt keeps the words it had in both languages, so that the meeting still knows them when the prompt goes.
    """

    kind = "agenda item"
    sealed = {"title": "", "prompt": "", "da": "", "en": "", "stance": None}

    meeting = ForeignKeyField(Meeting, on_delete="CASCADE", backref="+")
    position = IntegerField()
    # Whether a place among the mentor's three is taken is a state; which prompt it is stays sealed.
    place = CharField(default="item")

    @classmethod
    def on(cls, meeting):
        """The agenda of `meeting` in order."""
        return list(cls.of(meeting.opener).where(cls.meeting == meeting.id).order_by(cls.position, cls.created_at))

    @classmethod
    def put(cls, meeting, title):
        title = text.read(title, field="title", longest=200, required=True)
        with db.atomic():
            return cls.add(meeting.opener, meeting=meeting.id, position=cls._last(meeting) + 1, title=title)

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
    def save_text(cls, meeting, step, typed, *, rev, page):
        """Save the recap of `step` while it is being typed; raises Invalid, Conflict."""
        if step not in {key for key, *_rest in STEPS}:
            raise Invalid(_("There is no such step."))
        where = {"meeting": meeting.id, "step": step}
        return cls.write(meeting.opener, mine=False, where=where, rev=rev, page=page, text=text.read(typed))


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
    today = i18n.local(now()).date()
    if not today - timedelta(days=366) <= day <= today + timedelta(days=3 * 366):
        raise Invalid(_("Choose a day within the coming years."), "day")
    return i18n.utc(day, clock.replace(second=0, microsecond=0))
