"""How the two are getting on: a private pulse after a meeting, the wish to talk about it, and the midway review."""

from datetime import datetime
from uuid import UUID

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField

from companion import text
from companion.agreement.kept import midway_of
from companion.agreement.models import Edition
from companion.db import db, now
from companion.errors import Invalid, Missing, Sealed
from companion.i18n import _, _l
from companion.meetings.models import Meeting
from companion.pairs.models import MENTOR
from companion.pairs.rows import Row

# Six items of our own: agreement on goals and tasks, the bond, room for the mentee's own answer, the value of
# experience, the contract. The mentor is asked the fourth from the mentor's side.
ITEMS = {
    "goal": _l("We agree on what we are working towards."),
    "task": _l("The way we work makes sense to me."),
    "bond": _l("I can say things as they are."),
    "autonomy": _l("There was room for me to find my own answer."),
    "experience": _l("I got something I could not have found on my own."),
    "contract": _l("We keep what we promise each other."),
}
MENTORS = {"autonomy": _l("I made room for the mentee to find their own answer.")}
ANSWERS = {1: _l("Not at all"), 2: _l("A little"), 3: _l("Somewhat"), 4: _l("Mostly"), 5: _l("Very much")}
# Low on one of these, and the one who answered is asked whether the two shall talk about it.
ASKED_ABOUT, LOW = ("bond", "contract"), 2
TALK = {"unnamed": _l("Yes, without saying who asks"), "named": _l("Yes, and say that it is me"), "no": _l("No")}

QUESTIONS = {
    "agreement": _l("Is the agreement still right?"),
    "style": _l("Is the style of conversation right?"),
    "unsaid": _l("What have we not talked about?"),
}


def items_for(role):
    """{key: sentence} as the pair's `role` is asked."""
    return ITEMS | MENTORS if role == MENTOR else ITEMS


class Pulse(Row):
    """How one of the two found it after a meeting. Only ever theirs."""

    kind = "pulse"
    sealed = {"answers": {}, "talk": ""}

    meeting = ForeignKeyField(Meeting, on_delete="CASCADE", backref="+")

    class Meta:
        indexes = ((("meeting", "author"), True),)

    @classmethod
    def on(cls, meeting):
        """The asker's pulse after `meeting`, or None."""
        pair = meeting.opener
        return cls.of(pair).where(cls.meeting == meeting.id, cls.scope == pair.person.id).first()

    @classmethod
    def is_given(cls, pair, meeting_id):
        """Whether the asker has answered after that meeting."""
        given = cls.select(cls.id).where(cls.meeting == meeting_id, cls.scope == pair.person.id)
        return given.first() is not None

    @classmethod
    def mine(cls, pair):
        """The asker's pulses, the latest first."""
        return cls.of(pair).where(cls.scope == pair.person.id).order_by(cls.created_at.desc(), cls.id)

    @classmethod
    def give(cls, meeting, typed):
        """The asker says how it was, as often as they like; raises Invalid."""
        pair = meeting.opener
        answers = {key: cls._read(typed.get(key, ""), key) for key in ITEMS}
        if not any(answers.values()):
            raise Invalid(_("Answer at least one of the six."))
        with db.atomic():
            if not Meeting.find(pair, meeting.id).held_at:
                raise Invalid(_("This is for after the meeting."))
            mine = cls.on(meeting)
            return mine.change(answers=answers) if mine else cls.add(pair, mine=True, meeting=meeting.id,
                                                                     answers=answers)  # fmt: skip

    @staticmethod
    def _read(value, key):
        if value and value not in {str(step) for step in ANSWERS}:
            raise Invalid(_("Choose one of the five."), key)
        return int(value) if value else None

    @property
    def is_low(self):
        """Whether something between the two is so low that it may be worth a talk."""
        return any((self.answers.get(key) or LOW + 1) <= LOW for key in ASKED_ABOUT)

    def wish(self, talk):
        """Whether the two shall talk about how it is going: unnamed, named or no; raises Invalid.

        Whoever answered low is asked. Everybody may wish for it, so that a wish says nothing of what was answered.
        """
        if talk not in TALK:
            raise Invalid(_("Choose one of the answers."), "talk")
        with db.atomic():
            mine = Pulse.find(self.opener, self.id)
            if mine.talk == talk or mine.talk == "named" or (mine.talk == "unnamed" and talk == "no"):
                # Said already, and what was said cannot be unsaid.
                return
            mine._say_in_place(talk)
            if talk != "no":
                TalkWish.say(self.opener, named=talk == "named", again=bool(self.talk and self.talk != "no"))

    def _say_in_place(self, talk):
        # `rev` stands in clear: counted on, it would tell which of the two was asked, and so who wishes to talk.
        if not self.readable:
            raise Sealed
        self.talk = talk
        Pulse.update(blob=self._seal()).where(Pulse.id == self.id).execute()


class TalkWish(Row):
    """Shall we talk about how it is going? One of the two, or both, said yes; it does not say who, unless they did.

    Nobody is its author, and it is dated by the day, so that not even the other's key, in the hands of somebody who
    has the database, tells who it was.
    """

    kind = "talk wish"
    sealed = {"who": []}
    anonymous = True

    closed_at = DateTimeField(null=True)

    @classmethod
    def open_in(cls, pair):
        """The wish the two have not talked about yet, or None."""
        return cls.of(pair).where(cls.closed_at.is_null()).first()

    @classmethod
    def say(cls, pair, *, named, again=False):
        """The asker wishes to talk; `again` when they only add their name to a wish that may be over by now."""
        with db.atomic():
            wish, who = cls.open_in(pair), str(pair.person.id)
            if wish and not wish.readable:
                # Another can say what this one no longer does.
                wish.close()
                wish = None
            if wish is None:
                if not again:
                    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
                    cls.add(pair, created_at=today, who=[who] if named else [])
            elif named and who not in wish.who:
                wish.change(who=[*wish.who, who])

    @property
    def names(self):
        """Those who said that it was them."""
        return [self.opener.name_of(UUID(one)) for one in self.who]

    def close(self):
        """They have talked, or it can rest: either may say so, and what cannot be opened stays as it is."""
        if self.closed_at:
            return
        if self.readable:
            self.change(closed_at=now())
        else:
            with db.atomic():
                self._require_running()
                TalkWish.update(closed_at=now()).where(TalkWish.id == self.id).execute()


class MidwayReview(Row):
    """Midway the two look at it all again; it ends when both keep the agreement, or when they go on to change it.

    `number` is after how many meetings they had agreed to. Source: a review half-way, as programmes have it.
    """

    kind = "midway review"
    sealed = {"keeps": {}, "outcome": ""}

    number = IntegerField()
    ended_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("pair", "number"), True),)

    @classmethod
    def at(cls, pair, number):
        """The review after so many meetings, or None before either has said anything."""
        return cls.of(pair).where(cls.number == number).first()

    @classmethod
    def keep(cls, pair, *, seen):
        """The asker would keep the agreement as it is; with the other's yes the review ends. Raises Invalid, Missing.

        `seen` is the id (text) of the edition they read.
        """
        with db.atomic():
            edition, review = cls._begun(pair)
            if seen != str(edition.id):
                raise Invalid(_("A new edition has come into force meanwhile. Read it first."))
            if review.ended_at:
                if review.outcome == "kept":
                    return
                raise Invalid(_("The review is over."))
            keeps = {who: said for who, said in review.keeps.items() if said["edition"] == edition.number}
            keeps.setdefault(str(pair.person.id), {"edition": edition.number, "at": now().isoformat()})
            # Whoever is left alone in the room decides alone.
            ended = len(keeps) == 2 or pair.partner is None
            review.change(keeps=keeps, **({"outcome": "kept", "ended_at": now()} if ended else {}))

    @classmethod
    def go_on_to_change(cls, pair):
        """Either goes on to propose other words: that ends the review too. Raises Invalid, Missing."""
        with db.atomic():
            _edition, review = cls._begun(pair)
            if review.ended_at and review.outcome == "kept":
                raise Invalid(_("The review is over. The agreement can be changed at any time all the same."))
            if not review.ended_at:
                review.change(outcome="changed", ended_at=now())

    @classmethod
    def _begun(cls, pair):
        edition = Edition.in_force(pair)
        number = midway_of(edition)
        if number is None:
            raise Missing
        return edition, cls.at(pair, number) or cls.add(pair, number=number)

    def kept_by(self, edition):
        """[(person id, when)] of those who would keep `edition`, the first to say so first."""
        said = [(UUID(who), datetime.fromisoformat(keep["at"])) for who, keep in self.keeps.items()
                if self.ended_at or keep["edition"] == edition.number]  # fmt: skip
        return sorted(said, key=lambda one: one[1])


class MidwayNote(Row):
    """What the two write down together at one question of a review."""

    kind = "midway note"
    sealed = {"text": ""}
    markdown = ("text",)

    number = IntegerField()
    step = CharField()

    class Meta:
        indexes = ((("pair", "number", "step"), True),)

    @classmethod
    def on(cls, pair, number):
        """{question: note} of the review after so many meetings."""
        return {row.step: row for row in cls.of(pair).where(cls.number == number)}

    @classmethod
    def save_text(cls, pair, step, typed, *, rev, page):
        """Save a note while it is being typed; raises Invalid, Missing, Conflict."""
        words = text.read(typed)
        with db.atomic():
            number = midway_of(Edition.in_force(pair))
            if number is None or step not in QUESTIONS:
                raise Missing
            review = MidwayReview.at(pair, number)
            if review and review.ended_at:
                raise Invalid(_("The review is over."))
            return cls.write(pair, mine=False, where={"number": number, "step": step}, rev=rev, page=page, text=words)


class SetAside(Row):
    """One of the two does not want to be asked again about the agreement because of this cancelled meeting."""

    kind = "set aside"
    sealed = {}

    meeting = ForeignKeyField(Meeting, on_delete="CASCADE", backref="+")

    class Meta:
        indexes = ((("meeting", "author"), True),)

    @classmethod
    def mark(cls, pair, meeting_id):
        """The asker sets the question aside; raises Invalid where it was not asked."""
        with db.atomic():
            if twice_cancelled(Meeting.states(pair)) != meeting_id:
                raise Invalid(_("This is not asked any more."))
            if not cls.is_marked(pair, meeting_id):
                cls.add(pair, mine=True, meeting=meeting_id)

    @classmethod
    def is_marked(cls, pair, meeting_id):
        marked = cls.select(cls.id).where(cls.meeting == meeting_id, cls.scope == pair.person.id)
        return marked.first() is not None


def twice_cancelled(states):
    """The id of the latest meeting where the last two, of those not still ahead, were cancelled; else None."""
    over = [(meeting_id, cancelled) for meeting_id, held, cancelled in states if held or cancelled][-2:]
    return over[-1][0] if len(over) == 2 and all(cancelled for _id, cancelled in over) else None
