"""The mentee's if–then plans, and what the mentor can only offer.

Source of the form: implementation intentions, if–then (Gollwitzer & Sheeran 2006), with the obstacle from mental
contrasting; a plan is worth making when it is wanted (Sheeran, Listrom & Gollwitzer 2024).
"""

from datetime import date, timedelta

from peewee import DateTimeField, ForeignKeyField, fn

from companion import i18n, text
from companion.db import db, now
from companion.errors import Invalid, NotYours
from companion.i18n import _, _l
from companion.meetings.models import Meeting
from companion.pairs.models import MENTEE, MENTOR
from companion.pairs.rows import Row

OUTCOMES = {"done": _l("Done"), "partly": _l("Partly"), "not_done": _l("Not done"), "let_go": _l("Let go")}


class Offer(Row):
    """An idea from the mentor. Only the mentee makes it a plan."""

    kind = "offer"
    sealed = {"text": ""}

    meeting = ForeignKeyField(Meeting, null=True, on_delete="SET NULL", backref="+")
    adopted_at = DateTimeField(null=True)
    declined_at = DateTimeField(null=True)

    @classmethod
    def make(cls, pair, typed, meeting=None):
        pair.only(MENTOR)
        words = text.read(typed, field="offer", longest=1000, required=True)
        return cls.add(pair, meeting=meeting.id if meeting else None, text=words)

    @classmethod
    def waiting(cls, pair):
        """The ideas the mentee has not answered."""
        unanswered = cls.adopted_at.is_null() & cls.declined_at.is_null()
        return list(cls.of(pair).where(unanswered).order_by(cls.created_at, cls.id))

    def decline(self):
        self.opener.only(MENTEE)
        self._unanswered()
        self.change(declined_at=now())

    def _unanswered(self):
        if self.adopted_at or self.declined_at:
            raise Invalid(_("This idea has been answered."))


class Promise(Row):
    """What one of the two promised the other. Both read it; who made it says what became of it."""

    kind = "promise"
    sealed = {"text": "", "outcome": ""}

    meeting = ForeignKeyField(Meeting, null=True, on_delete="SET NULL", backref="+")
    closed_at = DateTimeField(null=True)

    @classmethod
    def make(cls, pair, typed, meeting=None):
        """The asker promises something; raises Invalid."""
        words = text.read(typed, field="promise", longest=500, required=True)
        return cls.add(pair, meeting=meeting.id if meeting else None, text=words)

    @classmethod
    def open_in(cls, pair):
        """The promises neither kept nor let go, the oldest first."""
        return list(cls.of(pair).where(cls.closed_at.is_null()).order_by(cls.created_at, cls.id))

    @classmethod
    def from_meeting(cls, meeting):
        """The promises made at one meeting."""
        return list(cls.of(meeting.opener).where(cls.meeting == meeting.id).order_by(cls.created_at, cls.id))

    @property
    def is_mine(self):
        return self.author == self.opener.person.id

    def close(self, outcome):
        """It is kept, or let go; raises Invalid, and NotYours for whoever did not make it."""
        if not self.is_mine:
            raise NotYours(_("Only who promised it says this."))
        if outcome not in ("kept", "let_go"):
            raise Invalid(_("Choose how it went."), "outcome")
        if not self.closed_at:
            self.change(closed_at=now(), outcome=outcome)


class Action(Row):
    """One plan: if this happens, then I do that."""

    kind = "action"
    sealed = {
        "cue": "", "act": "", "obstacle": "", "want": None, "look_on": "", "outcome": "", "learned": "",
    }  # fmt: skip

    meeting = ForeignKeyField(Meeting, null=True, on_delete="SET NULL", backref="+")
    offer = ForeignKeyField(Offer, null=True, on_delete="SET NULL", backref="+")
    closed_at = DateTimeField(null=True)

    @classmethod
    def plan(cls, pair, typed, *, meeting=None, offer=None):
        """A new plan by the mentee, their own or made from an offer; raises Invalid."""
        pair.only(MENTEE)
        words = cls._read(typed)
        with db.atomic():
            if offer:
                offer = Offer.find(pair, offer.id)
                offer._unanswered()
                offer.change(adopted_at=now())
                meeting_id = offer.meeting_id
            else:
                meeting_id = meeting.id if meeting else None
            return cls.add(pair, meeting=meeting_id, offer=offer.id if offer else None, **words)

    @classmethod
    def _read(cls, typed):
        want = typed.get("want", "")
        if want not in ("", "1", "2", "3", "4", "5"):
            raise Invalid(_("Choose from 1 to 5."), "want")
        return {
            "cue": text.read(typed.get("cue", ""), field="cue", longest=500, required=True),
            "act": text.read(typed.get("act", ""), field="act", longest=500, required=True),
            "obstacle": text.read(typed.get("obstacle", ""), field="obstacle", longest=500),
            "want": int(want) if want else None,
            "look_on": _day(typed.get("look_on", "")),
        }

    @classmethod
    def open_in(cls, pair):
        """The plans not yet completed or let go, the oldest first."""
        return list(cls.of(pair).where(cls.closed_at.is_null()).order_by(cls.created_at, cls.id))

    @classmethod
    def closed_in(cls, pair):
        """The plans that were completed or let go, the latest first."""
        return cls.of(pair).where(cls.closed_at.is_null(False)).order_by(cls.closed_at.desc(), cls.id)

    @classmethod
    def origins(cls, pair):
        """(how many plans were the mentee's own idea, how many the mentor's)."""
        plans = cls.select(fn.COUNT(cls.id), fn.COUNT(cls.offer)).where(cls.pair == pair.id)
        everything, offered = plans.scalar(as_tuple=True)
        return everything - offered, offered

    def reword(self, typed, *, rev):
        """Other words for an open plan; raises Invalid, Conflict."""
        self._mine_and_open()
        self.change(rev=rev, **self._read(typed))

    def complete(self, outcome, learned):
        """What became of it: done, partly or not_done, with what happened; raises Invalid."""
        self._mine_and_open()
        if outcome not in ("done", "partly", "not_done"):
            raise Invalid(_("Choose how it went."), "outcome")
        self.change(closed_at=now(), outcome=outcome, learned=_learned(learned))

    def let_go(self, learned):
        """It no longer matters. Not a failure."""
        self._mine_and_open()
        self.change(closed_at=now(), outcome="let_go", learned=_learned(learned))

    def reopen(self):
        """It was closed by mistake, or it goes on."""
        self.opener.only(MENTEE)
        if self.closed_at:
            self.change(closed_at=None, outcome="")

    @property
    def outcome_name(self):
        return OUTCOMES.get(self.outcome, _("Open"))

    @property
    def look_again(self):
        """The day to look at it again, or None."""
        return date.fromisoformat(self.look_on) if self.look_on else None

    @property
    def was_offered(self):
        return self.offer_id is not None

    def _mine_and_open(self):
        self.opener.only(MENTEE)
        if self.closed_at:
            raise Invalid(_("This plan is closed. Open it again first."))


def _learned(typed):
    return text.read(typed, field="learned", longest=2000)


def _day(typed):
    if not typed:
        return ""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise Invalid(_("Choose a day, such as 12 November."), "look_on") from None
    today = i18n.local(now()).date()
    if not today <= day <= today + timedelta(days=2 * 366):
        raise Invalid(_("Choose a day that is still to come."), "look_on")
    return day.isoformat()
