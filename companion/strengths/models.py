"""What the mentee stands on: strengths they name themselves, each with a moment that showed it.

Source: awareness of one's strengths is what mentoring promises first; a strength is believed when a situation shows
it (situation, task, action, result, reflection, as competence interviews have it).
"""

from peewee import DateTimeField, ForeignKeyField

from companion import text
from companion.db import db, now
from companion.errors import Invalid
from companion.i18n import _
from companion.pairs.models import MENTEE, MENTOR
from companion.pairs.rows import Row


class StrengthOffer(Row):
    """What the mentor has seen. Only the mentee makes it a strength; a no is not told to anybody."""

    kind = "strength offer"
    sealed = {"text": ""}
    # A no is quiet.
    untold = ("declined_at",)

    taken_in_at = DateTimeField(null=True)
    declined_at = DateTimeField(null=True)

    @classmethod
    def make(cls, pair, typed):
        """The mentor offers what they have seen; raises Invalid."""
        pair.only(MENTOR)
        return cls.add(pair, text=text.read(typed, field="seen", longest=1000, required=True))

    @classmethod
    def waiting(cls, pair):
        """What the mentee has not answered, the oldest first."""
        unanswered = cls.taken_in_at.is_null() & cls.declined_at.is_null()
        return list(cls.of(pair).where(unanswered).order_by(cls.created_at, cls.id))

    @classmethod
    def all_of(cls, pair):
        """Everything the mentor has offered, the latest first."""
        return list(cls.of(pair).order_by(cls.created_at.desc(), cls.id))

    def decline(self):
        """No, thank you; raises Invalid when it was answered before."""
        self.opener.only(MENTEE)
        self._unanswered()
        self.change(declined_at=now())

    def _unanswered(self):
        if self.taken_in_at or self.declined_at:
            raise Invalid(_("This has been answered."))


class Strength(Row):
    """One thing the mentee stands on, in their own words, and one moment that showed it."""

    kind = "strength"
    sealed = {"name": "", "moment": ""}

    strength_offer = ForeignKeyField(StrengthOffer, null=True, on_delete="SET NULL", backref="+")
    put_aside_at = DateTimeField(null=True)

    @classmethod
    def name_one(cls, pair, typed, offer=None):
        """A new strength by the mentee, found by themselves or taken in from an offer; raises Invalid."""
        pair.only(MENTEE)
        words = cls._read(typed)
        with db.atomic():
            if offer:
                offer = StrengthOffer.find(pair, offer.id)
                offer._unanswered()
                offer.change(taken_in_at=now())
            return cls.add(pair, strength_offer=offer.id if offer else None, **words)

    @classmethod
    def _read(cls, typed):
        return {
            "name": text.read(typed.get("strength", ""), field="strength", longest=200, required=True),
            "moment": text.read(typed.get("moment", ""), field="moment", longest=1000, required=True),
        }

    @classmethod
    def named(cls, pair):
        """What the mentee stands on, as they named it, the first one first."""
        return list(cls.of(pair).where(cls.put_aside_at.is_null()).order_by(cls.created_at, cls.id))

    @classmethod
    def put_aside_in(cls, pair):
        """What the mentee no longer counts on, the latest first."""
        return list(cls.of(pair).where(cls.put_aside_at.is_null(False)).order_by(cls.put_aside_at.desc(), cls.id))

    def reword(self, typed, *, rev):
        """Other words for it; raises Invalid, Conflict."""
        self.opener.only(MENTEE)
        self.change(rev=rev, **self._read(typed))

    def put_aside(self):
        """It is no longer shown among the others; nothing of it is lost."""
        self.opener.only(MENTEE)
        if not self.put_aside_at:
            self.change(put_aside_at=now())

    def take_up(self):
        """It counts again."""
        self.opener.only(MENTEE)
        if self.put_aside_at:
            self.change(put_aside_at=None)

    @property
    def was_offered(self):
        return self.strength_offer_id is not None
