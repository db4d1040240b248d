"""The mentee's if–then plans, and what the mentor can only offer.

Source of the form: implementation intentions, if–then (Gollwitzer & Sheeran 2006), with the obstacle from mental
contrasting; a plan is worth making when it is wanted (Sheeran, Listrom & Gollwitzer 2024).
"""

from datetime import date, timedelta
from typing import NamedTuple

from peewee import DateTimeField, ForeignKeyField, fn

from companion import i18n, text
from companion.db import IdField, db, now
from companion.errors import Invalid, NotYours
from companion.goals.models import Goal
from companion.i18n import _, _l
from companion.meetings.models import Meeting
from companion.pairs.models import MENTEE, MENTOR
from companion.pairs.rows import Row
from companion.reflections.models import Insight

OUTCOMES = {
    "done": _l("Done"),
    "partly": _l("Partly"),
    "not_done": _l("Not done"),
    "let_go": _l("Let go"),
    # It went on as a plan with other words.
    "changed": _l("Changed"),
}
OPEN_AT_MOST = 5
# An idea that was put by comes back by itself after so long: about as far as two meetings are apart.
PARKED_FOR = timedelta(days=28)


def goals_of(pair):
    """[(id, words)] of the goals a plan can be made for: asked for in the form where there are any."""
    return [(goal.id, goal.what) for goal in Goal.open_in(pair) if goal.readable]


class Offer(Row):
    """An idea from the mentor. Only the mentee makes it a plan."""

    kind = "offer"
    sealed = {"text": ""}

    meeting = ForeignKeyField(Meeting, null=True, on_delete="SET NULL", backref="+")
    adopted_at = DateTimeField(null=True)
    declined_at = DateTimeField(null=True)
    parked_at = DateTimeField(null=True)

    @classmethod
    def make(cls, pair, typed, meeting=None):
        pair.only(MENTOR)
        words = text.read(typed, field="offer", longest=1000, required=True)
        return cls.add(pair, meeting=meeting.id if meeting else None, text=words)

    @classmethod
    def unanswered(cls, pair):
        """The ideas neither adopted nor declined, those put by among them, the oldest first."""
        unanswered = cls.adopted_at.is_null() & cls.declined_at.is_null()
        return list(cls.of(pair).where(unanswered).order_by(cls.created_at, cls.id))

    @classmethod
    def waiting(cls, pair):
        """The ideas the mentee has not answered; one that was put by waits again when its time has passed."""
        return [offer for offer in cls.unanswered(pair) if not offer.is_parked]

    @classmethod
    def answered_in(cls, pair):
        """The ideas that became a plan or were declined, the latest first."""
        answered = cls.adopted_at.is_null(False) | cls.declined_at.is_null(False)
        return cls.of(pair).where(answered).order_by(cls.created_at.desc(), cls.id)

    @property
    def state(self):
        """adopted, declined, parked or waiting: what the mentor is told, without a reason."""
        if self.adopted_at or self.declined_at:
            return "adopted" if self.adopted_at else "declined"
        return "parked" if self.is_parked else "waiting"

    @property
    def is_parked(self):
        unanswered = not (self.adopted_at or self.declined_at)
        return bool(unanswered and self.parked_at and now() - self.parked_at < PARKED_FOR)

    @property
    def back_on(self):
        """When an idea that was put by comes back."""
        return self.parked_at + PARKED_FOR

    def decline(self):
        self._answered_by_the_mentee()
        self.change(declined_at=now())

    def park(self):
        """Not now: it comes back by itself, or is taken out again."""
        self._answered_by_the_mentee()
        if not self.is_parked:
            self.change(parked_at=now())

    def unpark(self):
        self._answered_by_the_mentee()
        if self.parked_at:
            self.change(parked_at=None)

    def _answered_by_the_mentee(self):
        self.opener.only(MENTEE)
        self._unanswered()

    def _unanswered(self):
        if self.adopted_at or self.declined_at:
            raise Invalid(_("This idea has been answered."))


class Promise(Row):
    """What one of the two promised the other. Both read it; who made it says what became of it."""

    kind = "promise"
    sealed = {"text": "", "outcome": "", "became": ""}

    meeting = ForeignKeyField(Meeting, null=True, on_delete="SET NULL", backref="+")
    closed_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("pair", "closed_at"), False),)

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
    def own_open(cls, pair):
        """The asker's own promises neither kept nor let go, the oldest first."""
        return (
            cls.of(pair).where(cls.closed_at.is_null(), cls.author == pair.person.id).order_by(cls.created_at, cls.id)
        )

    @classmethod
    def closed_in(cls, pair):
        """The promises that were kept or let go, the latest first."""
        return cls.of(pair).where(cls.closed_at.is_null(False)).order_by(cls.closed_at.desc(), cls.id)

    @classmethod
    def from_meeting(cls, meeting):
        """The promises made at one meeting."""
        return list(cls.of(meeting.opener).where(cls.meeting == meeting.id).order_by(cls.created_at, cls.id))

    @property
    def is_mine(self):
        return self.author == self.opener.person.id

    def close(self, outcome, became=""):
        """It is kept, or let go, and what became of it; raises Invalid, and NotYours for whoever did not make it."""
        if not self.is_mine:
            raise NotYours(_("Only who promised it says this."))
        if outcome not in ("kept", "let_go"):
            raise Invalid(_("Choose how it went."), "outcome")
        became = text.read(became, field="became", longest=500)
        if not self.closed_at:
            self.change(closed_at=now(), outcome=outcome, became=became)


class Origins(NamedTuple):
    """How many plans were the mentee's own idea, how many came of a shared insight, how many of an idea offered."""

    own: int
    insight: int
    offer: int


class Action(Row):
    """One plan: if this happens, then I do that.

    A plan that goes on with other words is a new one that knows what it `began_as`; the earlier ones keep theirs.
    """

    kind = "action"
    sealed = {
        "cue": "", "act": "", "obstacle": "", "want": None, "look_on": "",
        "outcome": "", "happened": "", "learned": "",
    }  # fmt: skip

    meeting = ForeignKeyField(Meeting, null=True, on_delete="SET NULL", backref="+")
    offer = ForeignKeyField(Offer, null=True, on_delete="SET NULL", backref="+")
    insight = ForeignKeyField(Insight, null=True, on_delete="SET NULL", backref="+")
    # The first of the plans that led to this one; none for that one itself.
    began_as = ForeignKeyField("self", null=True, on_delete="SET NULL", backref="+")
    goal = IdField(null=True)
    closed_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("pair", "closed_at"), False),)

    @classmethod
    def plan(cls, pair, typed, *, meeting=None, offer=None, insight=None):
        """A new plan by the mentee: their own, of a shared insight or made from an offer; raises Invalid."""
        pair.only(MENTEE)
        words, goal = cls._read(typed), cls._goal(pair, typed)
        with db.atomic():
            cls.room_for_one(pair)
            meeting_id = meeting.id if meeting else insight.meeting_id if insight else None
            if offer:
                offer = Offer.find(pair, offer.id)
                offer._unanswered()
                offer.change(adopted_at=now())
                meeting_id = offer.meeting_id
            return cls.add(
                pair,
                meeting=meeting_id,
                offer=offer.id if offer else None,
                insight=insight.id if insight else None,
                goal=goal,
                **words,
            )

    @classmethod
    def room_for_one(cls, pair):
        """Raises Invalid while five plans are open: what is left undone weighs more than what is not begun."""
        if cls.count_open(pair) >= OPEN_AT_MOST:
            raise Invalid(_("You have five plans open, and that is plenty. Say how one of them went, or let one go."))

    @classmethod
    def count_open(cls, pair):
        return cls.select(fn.COUNT(cls.id)).where(cls.pair == pair.id, cls.closed_at.is_null()).scalar()

    @classmethod
    def _goal(cls, pair, typed):
        return next((goal for goal, _words in goals_of(pair) if str(goal) == typed.get("goal")), None)

    @classmethod
    def _read(cls, typed, day=""):
        if typed.get("small") == "no":
            raise Invalid(_("Which small part of it comes first? Write only that, and keep the rest for later."), "act")
        want = typed.get("want", "")
        if want not in ("", "1", "2", "3", "4", "5"):
            raise Invalid(_("Choose from 1 to 5."), "want")
        return {
            "cue": text.read(typed.get("cue", ""), field="cue", longest=500, required=True),
            "act": text.read(typed.get("act", ""), field="act", longest=500, required=True),
            "obstacle": text.read(typed.get("obstacle", ""), field="obstacle", longest=500),
            "want": int(want) if want else None,
            # The day it has already may be past.
            "look_on": day if typed.get("look_on") == day else _day(typed.get("look_on", "")),
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
        """Where the plans came from: a plan that went on with other words counts once."""
        plans = cls.select(fn.COUNT(cls.id), fn.COUNT(cls.insight), fn.COUNT(cls.offer))
        everything, seen, offered = plans.where(cls.pair == pair.id, cls.began_as.is_null()).scalar(as_tuple=True)
        return Origins(everything - seen - offered, seen, offered)

    @classmethod
    def origins_by_meeting(cls, pair, meeting_ids):
        """{meeting id: Origins} of the plans made from each; none of them is opened."""
        plans = cls.select(cls.meeting, cls.insight, cls.offer).where(
            cls.pair == pair.id, cls.began_as.is_null(), cls.meeting.in_(meeting_ids)
        )
        found = {meeting_id: [] for meeting_id in meeting_ids}
        for meeting_id, insight, offer in plans.tuples():
            found[meeting_id].append("offer" if offer else "insight" if insight else "own")
        return {key: Origins(*map(kinds.count, Origins._fields)) for key, kinds in found.items()}

    @classmethod
    def from_insights(cls, pair, insights):
        """{insight id: [the plans made of it, the first one first]}, those that went on with other words too."""
        found = {insight.id: [] for insight in insights}
        for plan in cls.of(pair).where(cls.insight.in_(list(found))).order_by(cls.created_at, cls.id):
            found[plan.insight_id].append(plan)
        return found

    @classmethod
    def insights_towards(cls, pair, goal):
        """The ids of the insights of which a plan towards this goal was made."""
        plans = cls.select(cls.insight).where(cls.pair == pair.id, cls.goal == goal, cls.insight.is_null(False))
        return [insight for (insight,) in plans.tuples()]

    @classmethod
    def made_at(cls, pair, meeting_ids):
        """The plans made from these meetings and those made from none, the first one first."""
        made = cls.meeting.in_(meeting_ids) | cls.meeting.is_null()
        return cls.of(pair).where(made).order_by(cls.created_at.desc(), cls.id)

    def reword(self, typed, *, rev):
        """Other words for an open plan; raises Invalid, Conflict."""
        self._mine_and_open()
        self.change(rev=rev, **self._read(typed, self.look_on))

    def complete(self, outcome, learned, happened=""):
        """What became of it: done, partly or not_done, what happened and what was learned; raises Invalid."""
        self._mine_and_open()
        if outcome not in ("done", "partly", "not_done"):
            raise Invalid(_("Choose how it went."), "outcome")
        self.change(closed_at=now(), outcome=outcome, **_told(happened, learned))

    def let_go(self, learned, happened=""):
        """It no longer matters. Not a failure."""
        self._mine_and_open()
        self.change(closed_at=now(), outcome="let_go", **_told(happened, learned))

    def reopen(self):
        """It was closed by mistake, or it goes on; raises Invalid when it went on already, or five others did."""
        self.opener.only(MENTEE)
        with db.atomic():
            if self.closed_at:
                self._last_of_its_line()
                self.room_for_one(self.opener)
                self.change(closed_at=None, outcome="")

    def replan(self, typed, learned=""):
        """The plan that goes on from this one, with other words and all it came from; raises Invalid.

        One that was still open is closed as changed, with what was learned; one that was closed keeps its outcome.
        """
        self.opener.only(MENTEE)
        words, cls, pair = self._read(typed), type(self), self.opener
        with db.atomic():
            self._last_of_its_line()
            if self.closed_at:
                self.room_for_one(pair)
            else:
                self.change(closed_at=now(), outcome="changed", **_told(self.happened, learned))
            came_from = {"offer": self.offer_id, "insight": self.insight_id, "meeting": self.meeting_id}
            goal = cls._goal(pair, typed) or self.goal
            return cls.add(pair, began_as=self.began_as_id or self.id, goal=goal, **came_from, **words)

    def line(self):
        """This plan and all it was and became, the first one first."""
        cls, first = type(self), self.began_as_id or self.id
        return list(
            cls.of(self.opener).where((cls.id == first) | (cls.began_as == first)).order_by(cls.created_at, cls.id)
        )

    def _last_of_its_line(self):
        if self.line()[-1].id != self.id:
            raise Invalid(_("This plan went on with other words. You find them below."))

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

    @property
    def came_from(self):
        """own, insight or offer."""
        return "offer" if self.offer_id else "insight" if self.insight_id else "own"

    @property
    def state(self):
        """How it stands: open, or a key of OUTCOMES."""
        return self.outcome if self.closed_at and self.outcome in OUTCOMES else "open"

    def _mine_and_open(self):
        self.opener.only(MENTEE)
        if self.closed_at:
            raise Invalid(_("This plan is closed. Open it again first."))


def _told(happened, learned):
    return {
        "happened": text.read(happened, field="happened", longest=2000),
        "learned": text.read(learned, field="learned", longest=2000),
    }


def _day(typed):
    if not typed:
        return ""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise Invalid(_("Choose a day, such as 12 November."), "look_on") from None
    today = i18n.today()
    if not today <= day <= today + timedelta(days=2 * 366):
        raise Invalid(_("Choose a day that is still to come."), "look_on")
    return day.isoformat()
